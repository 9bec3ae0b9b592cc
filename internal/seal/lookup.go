package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// Lookup makes the keys of documents that are found by something personal, such
// as a mail address: an HMAC of it, which nobody can guess back from a list of
// addresses without the secret.
//
// Its secret has no id and no successor: with another one every such document is
// still there and none is found. So the store keeps a mark of it, and nothing starts
// with another. docs/operations.md says what a secret that leaked is worth.
type Lookup struct{ secret []byte }

// NewLookup returns a Lookup of a secret of 32 bytes.
func NewLookup(secret []byte) (*Lookup, error) {
	if len(secret) != KeyBytes {
		return nil, fmt.Errorf("a look-up secret has %d bytes, this one has %d", KeyBytes, len(secret))
	}
	return &Lookup{append([]byte{}, secret...)}, nil
}

// Key returns the look-up key of a value of some kind, 43 characters of
// base64url. Each kind has a secret of its own, derived by HKDF: the same value
// has unlike keys as "email" and as "phone". Bring the value into one form first.
func (l *Lookup) Key(kind, value string) string {
	secret, err := hkdf.Key(sha256.New, l.secret, nil, "bedesten look-up|"+kind, KeyBytes)
	if err != nil {
		panic(err) // only for a key longer than 255 hashes
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// String hides the secret.
func (*Lookup) String() string { return "[look-up secret]" }
