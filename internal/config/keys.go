package config

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Key is one key with the id by which it is known wherever it was used.
type Key struct {
	ID     string
	Secret []byte
}

// keyBytes is how long a key of AES-256 is, and a server key at least.
const keyBytes = 32

// keyList is one of the lists of keys, "<id>:<base64>" each.
type keyList struct {
	name  string
	given []string
	// exact says that no other length than keyBytes will do.
	exact bool
}

func (c Config) secretKeys() keyList {
	return keyList{name: "BEDESTEN_SECRET_KEYS", given: c.SecretKeys}
}
func (c Config) dataKeys() keyList {
	return keyList{name: "BEDESTEN_DATA_KEYS", given: c.DataKeys, exact: true}
}
func (c Config) payloadKeys() keyList {
	return keyList{name: "BEDESTEN_PAYLOAD_KEYS", given: c.PayloadKeys, exact: true}
}

func (c Config) tokenKeys() keyList {
	return keyList{name: "BEDESTEN_TOKEN_KEYS", given: c.TokenKeys, exact: true}
}

// SigningKeys returns the seeds of the keys that sign access tokens, the one that
// signs first.
func (c Config) SigningKeys() ([]Key, error) { return c.tokenKeys().read() }

// Keys returns the server keys, the one for new secrets first.
func (c Config) Keys() ([]Key, error) { return c.secretKeys().read() }

// MasterKeys returns the keys under which each person's data key is kept, the
// one that seals first.
func (c Config) MasterKeys() ([]Key, error) { return c.dataKeys().read() }

// LookupSecret returns the secret of the keys of documents that are found by
// something personal.
func (c Config) LookupSecret() ([]byte, error) {
	const example = "the base64 of 32 random bytes, for example from `openssl rand -base64 32`"
	if c.LookupKey == "" {
		return nil, errors.New("BEDESTEN_LOOKUP_KEY is required: " + example)
	}
	secret, err := base64.StdEncoding.DecodeString(c.LookupKey)
	if err != nil || len(secret) != keyBytes {
		return nil, errors.New("BEDESTEN_LOOKUP_KEY is not " + example)
	}
	return secret, nil
}

// CodecKeys returns the keys that encrypt what Temporal keeps, the one that
// encrypts first. Only under the scaled policy, on a machine that sells nothing,
// there may be none: Temporal's UI shows everything there.
func (c Config) CodecKeys() ([]Key, error) {
	if len(c.PayloadKeys) == 0 && c.PolicyName == "scaled" {
		return nil, nil
	}
	return c.payloadKeys().read()
}

func (l keyList) read() ([]Key, error) {
	if len(l.given) == 0 {
		return nil, fmt.Errorf("%s is required: k1:<base64 of %d random bytes>, for example from `openssl rand -base64 %d`", l.name, keyBytes, keyBytes)
	}
	least := "at least "
	if l.exact {
		least = ""
	}
	keys, seen := make([]Key, 0, len(l.given)), map[string]bool{}
	for i, s := range l.given {
		id, encoded, ok := strings.Cut(s, ":")
		secret, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || id == "" || err != nil || len(secret) < keyBytes || l.exact && len(secret) != keyBytes {
			return nil, fmt.Errorf("%s: key %d is not <id>:<base64 of %s%d bytes>", l.name, i+1, least, keyBytes)
		}
		if seen[id] {
			return nil, fmt.Errorf("%s: key %d has the id of another: give each an id of its own", l.name, i+1)
		}
		seen[id] = true
		keys = append(keys, Key{ID: id, Secret: secret})
	}
	return keys, nil
}

// checkKeys reports what cannot be read.
func (c Config) checkKeys() []error {
	_, secrets := c.Keys()
	_, masters := c.MasterKeys()
	_, lookup := c.LookupSecret()
	_, codec := c.CodecKeys()
	_, tokens := c.SigningKeys()
	return []error{secrets, masters, lookup, codec, tokens}
}

// checkLiveKeys refuses keys that anybody can guess. What cannot be read is
// reported by itself.
func (c Config) checkLiveKeys() []error {
	var errs []error
	for _, l := range []keyList{c.secretKeys(), c.dataKeys(), c.payloadKeys(), c.tokenKeys()} {
		keys, _ := l.read()
		for i, k := range keys {
			if repeated(k.Secret) {
				errs = append(errs, fmt.Errorf("%s: key %d is one byte repeated, which anybody can guess", l.name, i+1))
			}
		}
	}
	if secret, err := c.LookupSecret(); err == nil && repeated(secret) {
		errs = append(errs, errors.New("BEDESTEN_LOOKUP_KEY is one byte repeated, which anybody can guess"))
	}
	return errs
}

func repeated(secret []byte) bool { return bytes.Count(secret, secret[:1]) == len(secret) }
