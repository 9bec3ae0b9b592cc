package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// edit replaces one exact text, or adds a file when old is empty.
type edit struct {
	why   string // told when the edit does not fit
	file  string // below the module's root
	old   string
	new   string
	times int // how often old occurs; anything else is an error
}

// apply edits the file below root. It fails when the text is not there exactly
// as often as expected, so that another version of FerretDB cannot be built
// half patched.
func (e edit) apply(root string) error {
	path := filepath.Join(root, filepath.FromSlash(e.file))
	if e.old == "" {
		return e.add(path)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: reading %s: %w", e.why, e.file, err)
	}
	if n := strings.Count(string(body), e.old); n != e.times {
		return fmt.Errorf("%s: %s holds the text to replace %d times, want %d", e.why, e.file, n, e.times)
	}
	body = []byte(strings.ReplaceAll(string(body), e.old, e.new))
	if err := os.WriteFile(path, body, 0o644); err != nil {
		return fmt.Errorf("%s: writing %s: %w", e.why, e.file, err)
	}
	return nil
}

func (e edit) add(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %s is there already (%v)", e.why, e.file, err)
	}
	if err := os.WriteFile(path, []byte(e.new), 0o644); err != nil {
		return fmt.Errorf("%s: writing %s: %w", e.why, e.file, err)
	}
	return nil
}
