// Package secret derives the secrets by which guests open their carts and
// orders. A secret is never stored: it is an HMAC-SHA256 over what it opens,
// so that a repeated answer can give it again, an epoch in the row revokes it,
// and server keys rotate by their id.
package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Kind says what a secret opens, so that a cart's secret never opens an order.
type Kind string

// Kinds of secrets.
const (
	Cart  Kind = "cart"
	Order Kind = "order"
	// OrderLink opens an order's page from a mail.
	OrderLink Kind = "order-link"
	// Ticket is what a link of a mail about an account carries.
	Ticket Kind = "ticket"
	// Refresh is a session's refresh token, its epoch the turn.
	Refresh Kind = "refresh"
	// MediaUpload lets one picture be uploaded, its epoch until when.
	MediaUpload Kind = "media-upload"
	// Device marks a browser in which an account was signed in to.
	Device Kind = "device"
)

// MinKeyBytes is the least length of a server key.
const MinKeyBytes = 32

// Key is a server key. Its id stands in front of every secret made with it.
type Key struct {
	ID    string
	Bytes []byte
}

// Keyring holds the server keys: the first makes new secrets, all of them
// check.
type Keyring struct {
	first Key
	byID  map[string]Key
}

// NewKeyring returns a keyring, or says which key cannot be used.
func NewKeyring(keys ...Key) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, errors.New("a keyring needs at least one server key")
	}
	ring := &Keyring{first: keys[0], byID: make(map[string]Key, len(keys))}
	for _, k := range keys {
		switch {
		case k.ID == "" || strings.Contains(k.ID, "."):
			return nil, fmt.Errorf("%q cannot be a key's id: it must not be empty or hold a dot", k.ID)
		case len(k.Bytes) < MinKeyBytes:
			return nil, fmt.Errorf("key %s is shorter than %d bytes", k.ID, MinKeyBytes)
		case ring.byID[k.ID].ID != "":
			return nil, fmt.Errorf("key %s is given twice", k.ID)
		}
		ring.byID[k.ID] = k
	}
	return ring, nil
}

// Derive returns the secret that opens id of kind in its epoch, made with the
// first key: "<key id>.<base64url>".
func (r *Keyring) Derive(kind Kind, id string, epoch int64) string {
	return r.first.ID + "." + base64.RawURLEncoding.EncodeToString(r.first.sum(kind, id, epoch))
}

// Opens reports whether given is the secret of id, made with any of the keys.
// It takes the same time for every wrong secret of a known key.
func (r *Keyring) Opens(given string, kind Kind, id string, epoch int64) bool {
	keyID, encoded, _ := strings.Cut(given, ".")
	key, known := r.byID[keyID]
	if !known {
		return false
	}
	sum, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return false
	}
	return hmac.Equal(sum, key.sum(kind, id, epoch))
}

// sum separates its parts by "|", which no kind and no id contains.
func (k Key) sum(kind Kind, id string, epoch int64) []byte {
	mac := hmac.New(sha256.New, k.Bytes)
	mac.Write([]byte(string(kind) + "|" + id + "|" + strconv.FormatInt(epoch, 10)))
	return mac.Sum(nil)
}
