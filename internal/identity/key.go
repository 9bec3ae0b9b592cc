package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// Key is the key of a machine: a storefront's server, or an integration. Prefix is
// shown wherever the key is spoken of; of the secret only the hash is kept. It is
// random and long, so a fast hash is enough.
type Key struct {
	Prefix string `bson:"_id"`
	// Name stands beside what is done with the key.
	Name       string       `bson:"name"`
	Hash       []byte       `bson:"hash"`
	Scopes     []Permission `bson:"scopes"`
	CreatedBy  string       `bson:"created_by"`
	CreatedAt  time.Time    `bson:"created_at"`
	ExpiresAt  time.Time    `bson:"expires_at"`
	LastUsedAt time.Time    `bson:"last_used_at"`
	Revoked    time.Time    `bson:"revoked,omitempty"`
	RevokedBy  string       `bson:"revoked_by"`
}

// keyMark begins every key, so that scanners of code find one that leaked.
const keyMark = "bdk_"

// prefixLetters are those of a key's prefix.
const prefixLetters = "abcdefghjkmnpqrstuvwxyz23456789"

// MaxKeyLife is how long a key may be good for.
const MaxKeyLife = 366 * 24 * time.Hour

// NewKey returns a key's row and the key itself, which is shown once.
func NewKey(name string, scopes []Permission, createdBy string, now, expires time.Time) (row Key, key string, err error) {
	prefix := make([]byte, 8)
	random := make([]byte, len(prefix))
	_, _ = rand.Read(random) // never fails since Go 1.24
	for i, b := range random {
		prefix[i] = prefixLetters[int(b)%len(prefixLetters)]
	}
	return KeyOf(string(prefix), rand.Text()+rand.Text(), name, scopes, createdBy, now, expires)
}

// KeyOf is NewKey with a prefix and a secret that were chosen elsewhere.
func KeyOf(prefix, secret, name string, scopes []Permission, createdBy string, now, expires time.Time) (row Key, key string, err error) {
	switch {
	case !Handle(name):
		return Key{}, "", fault.New(fault.Invalid, "a key's name has 2 to 40 letters a-z, digits, . _ or -").With("field", "name")
	case len(scopes) == 0:
		return Key{}, "", fault.New(fault.Invalid, "a key needs at least one scope of %v", Scopes).With("field", "scopes")
	case !expires.After(now) || expires.After(now.Add(MaxKeyLife)):
		return Key{}, "", fault.New(fault.Invalid, "a key expires within a year from now").With("field", "expires_at")
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes, s) {
			return Key{}, "", fault.New(fault.Invalid, "%q is none of the scopes %v", s, Scopes).With("field", "scopes")
		}
	}
	row = Key{
		Prefix: prefix, Name: name, Hash: hashOf(secret), Scopes: scopes, CreatedBy: createdBy, CreatedAt: now, ExpiresAt: expires,
	}
	return row, keyMark + prefix + "_" + secret, nil
}

// CutKey reads the prefix and the secret of a key. ok is false for what has not a
// key's form.
func CutKey(key string) (prefix, secret string, ok bool) {
	rest, marked := strings.CutPrefix(key, keyMark)
	prefix, secret, cut := strings.Cut(rest, "_")
	return prefix, secret, marked && cut && len(prefix) == 8 && len(secret) >= 32 && len(secret) <= 128
}

// Opens reports whether the secret is the key's, and the key good at now. It takes
// the same time for every wrong secret.
func (k Key) Opens(secret string, now time.Time) bool {
	right := subtle.ConstantTimeCompare(hashOf(secret), k.Hash) == 1
	return right && k.Live(now)
}

// Live reports whether the key is good at now for whoever has its secret.
func (k Key) Live(now time.Time) bool { return k.Revoked.IsZero() && now.Before(k.ExpiresAt) }

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Handle reports whether s is fit to stand beside what somebody did: it goes into
// workflows and logs, so it is no personal name and needs no escaping.
func Handle(s string) bool {
	if len(s) < 2 || len(s) > 40 {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

// HandleKey is the second key of a handle, which is one person's, or a name of keys.
func HandleKey(handle string) string { return "handle/" + handle }

// recoveryCodes is how many codes replace a lost second factor.
const recoveryCodes = 10

// NewRecoveryCodes returns fresh codes and what is kept of them.
func NewRecoveryCodes() (codes []string, kept map[string]time.Time) {
	kept = make(map[string]time.Time, recoveryCodes)
	for range recoveryCodes {
		text := strings.ToLower(rand.Text()[:16])
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		kept[RecoveryHash(text)] = time.Time{}
	}
	return codes, kept
}

// RecoveryHash is under what a recovery code is kept, however it was typed.
func RecoveryHash(code string) string {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(code)))
	return base64.RawURLEncoding.EncodeToString(hashOf(plain))
}
