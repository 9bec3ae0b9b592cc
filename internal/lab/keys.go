package lab

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// keys are those of a lab, in the form of the configuration.
type keys struct{ secret, token, data, lookup, payload string }

// keysOf returns the lab's keys: kept in the folder data, so that carts, orders
// and what was sealed still open after a restart; else fresh ones.
func keysOf(data string) (k keys, err error) {
	for _, each := range []struct {
		into *string
		file string
		id   func(secret []byte) string
	}{
		{&k.secret, "server.key", func([]byte) string { return "dev:" }},
		{&k.token, "token.key", fingerprint},
		{&k.data, "data.key", fingerprint},
		{&k.lookup, "lookup.key", func([]byte) string { return "" }},
		{&k.payload, "payload.key", fingerprint},
	} {
		if *each.into, err = kept(data, each.file, each.id); err != nil {
			return k, err
		}
	}
	return k, nil
}

// fingerprint is the id of a key that stores name: a store that is used again
// with other keys says which it misses.
func fingerprint(secret []byte) string {
	sum := sha256.Sum256(secret)
	return "dev-" + hex.EncodeToString(sum[:4]) + ":"
}

// kept returns the key in the folder's file, or makes one.
func kept(folder, file string, id func([]byte) string) (string, error) {
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return "", fmt.Errorf("making a key: %w", err)
	}
	key := id(fresh) + base64.StdEncoding.EncodeToString(fresh)
	if folder == "" {
		return key, nil
	}
	path := filepath.Join(folder, file)
	there, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(there)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading a key: %w", err)
	}
	if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
		return "", fmt.Errorf("keeping a key: %w", err)
	}
	return key, nil
}
