// Package seal encrypts what is personal before it is stored. Each person, or
// each order of a guest, has a data key of its own, and only the data key is
// encrypted under a master key: destroying it makes everything that was sealed
// with it unreadable, in every backup too. Master keys rotate by their id.
//
// Whatever is sealed is bound to a text that says what it is and where it
// stands; moved to another row, field or person it does not open. No error here
// holds a key or anything of what was sealed.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
)

// KeyBytes is the length of every key: AES-256.
const KeyBytes = 32

// version stands in front of what is sealed: AES-256-GCM with a random nonce of
// 12 bytes before the ciphertext and its tag of 16 bytes behind it.
const version = 1

// overhead is how much longer a sealed text is than what was sealed.
const overhead = 1 + 12 + 16

var (
	errForm   = errors.New("this was not sealed here, or by a newer version")
	errNoOpen = errors.New("this does not open: it was changed, belongs elsewhere, or was sealed with another key")
)

// DataKey is what somebody's personal data is sealed with. It prints as a word
// and not as itself.
type DataKey struct{ aead cipher.AEAD }

// String hides the key.
func (DataKey) String() string { return "[data key]" }

// GoString hides the key.
func (k DataKey) GoString() string { return k.String() }

// LogValue hides the key.
func (k DataKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// KeyOf returns the key of 32 bytes.
func KeyOf(raw []byte) (DataKey, error) {
	if len(raw) != KeyBytes {
		return DataKey{}, fmt.Errorf("a key has %d bytes, this one has %d", KeyBytes, len(raw))
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return DataKey{}, fmt.Errorf("making a cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return DataKey{}, fmt.Errorf("making a cipher: %w", err)
	}
	return DataKey{aead}, nil
}

// random returns the bytes of a fresh key.
func random() []byte {
	raw := make([]byte, KeyBytes)
	rand.Read(raw) // it never fails since Go 1.24: it ends the program instead
	return raw
}

// Seal encrypts plaintext with k and binds it to about, which Open must be
// given again. The same text sealed twice never looks the same.
func Seal(k DataKey, about string, plaintext []byte) []byte {
	sealed := make([]byte, 1, len(plaintext)+overhead)
	sealed[0] = version
	return k.aead.Seal(sealed, nil, plaintext, bound(about)) //nolint:gosec // this cipher draws its nonce itself and takes none
}

// Open returns what Seal encrypted with k about the same.
func Open(k DataKey, about string, sealed []byte) ([]byte, error) {
	if len(sealed) < overhead || sealed[0] != version {
		return nil, errForm
	}
	plaintext, err := k.aead.Open(nil, nil, sealed[1:], bound(about))
	if err != nil {
		return nil, errNoOpen
	}
	return plaintext, nil
}

// bound has the version in it, which can then not be changed either.
func bound(about string) []byte { return append([]byte{version}, about...) }
