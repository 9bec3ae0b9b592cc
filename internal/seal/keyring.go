package seal

import (
	"errors"
	"fmt"
	"strings"
)

// Key is a master key. Its id is kept beside whatever was sealed with it.
type Key struct {
	ID    string
	Bytes []byte
}

// Sealed is something that a master key sealed, with the key's id.
type Sealed struct {
	KeyID string
	Bytes []byte
}

// Keyring holds the master keys: the first seals, all of them open. A new key is
// put first; an old one leaves when nothing names it any more.
type Keyring struct {
	first string
	byID  map[string]DataKey
	ids   []string
}

// NewKeyring returns a keyring, or says which key cannot be used.
func NewKeyring(keys ...Key) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, errors.New("a keyring needs at least one master key")
	}
	ring := &Keyring{first: keys[0].ID, byID: make(map[string]DataKey, len(keys))}
	for _, k := range keys {
		if k.ID == "" || strings.ContainsAny(k.ID, ":|") {
			return nil, fmt.Errorf("%q cannot be a key's id: it must not be empty or hold a colon or a bar", k.ID)
		}
		if _, twice := ring.byID[k.ID]; twice {
			return nil, fmt.Errorf("key %s is given twice", k.ID)
		}
		key, err := KeyOf(k.Bytes)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.ID, err)
		}
		ring.byID[k.ID] = key
		ring.ids = append(ring.ids, k.ID)
	}
	return ring, nil
}

// First is the id of the key that seals.
func (r *Keyring) First() string { return r.first }

// Has reports whether the keyring opens what the key with this id sealed.
func (r *Keyring) Has(keyID string) bool {
	_, known := r.byID[keyID]
	return known
}

// IDs returns the ids of all keys, the first one's first.
func (r *Keyring) IDs() []string { return append([]string{}, r.ids...) }

// Seal encrypts plaintext with the first key and binds it to about and to the
// key's id.
func (r *Keyring) Seal(about string, plaintext []byte) Sealed {
	return Sealed{KeyID: r.first, Bytes: Seal(r.byID[r.first], r.first+"|"+about, plaintext)}
}

// Open returns what any of the keys sealed about the same.
func (r *Keyring) Open(about string, s Sealed) ([]byte, error) {
	key, known := r.byID[s.KeyID]
	if !known {
		return nil, fmt.Errorf("there is no key %q here: put it back into the list of keys", s.KeyID)
	}
	return Open(key, s.KeyID+"|"+about, s.Bytes)
}

// NewKey makes a data key for the subject and returns it with its wrapped form,
// which is all that is ever stored of it.
func (r *Keyring) NewKey(subject string) (DataKey, Sealed, error) {
	raw := random()
	key, err := KeyOf(raw)
	return key, r.Seal(wrapping(subject), raw), err
}

// Unwrap returns the data key that NewKey or Rewrap wrapped for the subject.
func (r *Keyring) Unwrap(subject string, wrapped Sealed) (DataKey, error) {
	raw, err := r.Open(wrapping(subject), wrapped)
	if err != nil {
		return DataKey{}, err
	}
	return KeyOf(raw)
}

// Rewrap returns the same data key wrapped with the first master key.
func (r *Keyring) Rewrap(subject string, wrapped Sealed) (Sealed, error) {
	raw, err := r.Open(wrapping(subject), wrapped)
	if err != nil {
		return Sealed{}, err
	}
	return r.Seal(wrapping(subject), raw), nil
}

// wrapping keeps a data key apart from everything else that a master key seals.
func wrapping(subject string) string { return "data key|" + subject }
