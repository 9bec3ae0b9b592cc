package identity

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/fault"
)

// Bounds of a password, in characters. Nothing is asked of its kinds of letters:
// length and a list of what everybody tries are what helps (OWASP ASVS 5, V6.2).
const (
	MinPassword = 10
	MaxPassword = 128
)

// weakList is sorted by bytes; SOURCES.md says what it is made of.
//
//go:embed weak.txt.gz
var weakList []byte

var weak = sync.OnceValue(func() []string {
	zipped, err := gzip.NewReader(bytes.NewReader(weakList))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(zipped)
	if err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
})

// CheckPassword returns an Invalid fault for a password that is too short, too
// long, known to everybody who guesses, or made of what is known of its owner.
func CheckPassword(password string, about ...string) error {
	length := utf8.RuneCountInString(password)
	if length < MinPassword || length > MaxPassword || !utf8.ValidString(password) {
		return fault.New(fault.Invalid, "a password has %d to %d characters", MinPassword, MaxPassword)
	}
	plain := strings.ToLower(password)
	if known(plain) || repeated(plain) {
		return fault.New(fault.Invalid, "this password is on the list of those that are tried first: take another")
	}
	for _, fact := range about {
		for _, part := range strings.FieldsFunc(strings.ToLower(fact), func(r rune) bool { return strings.ContainsRune("@. _-", r) }) {
			if utf8.RuneCountInString(part) >= 4 && strings.Contains(plain, part) {
				return fault.New(fault.Invalid, "a password must not hold your name or mail address")
			}
		}
	}
	return nil
}

// known also finds a listed word with digits or signs hung on to it.
func known(plain string) bool {
	for _, tried := range []string{plain, strings.TrimRight(plain, "0123456789!.*-_")} {
		if _, found := slices.BinarySearch(weak(), tried); found {
			return true
		}
	}
	return false
}

// repeated reports whether the whole is one piece of at most four letters, over
// and over, or letters that follow each other.
func repeated(plain string) bool {
	letters := []rune(plain)
	for size := 1; size <= 4; size++ {
		same := true
		for i := size; i < len(letters); i++ {
			same = same && letters[i] == letters[i-size]
		}
		if same {
			return true
		}
	}
	up, down := true, true
	for i := 1; i < len(letters); i++ {
		up, down = up && letters[i] == letters[i-1]+1, down && letters[i] == letters[i-1]-1
	}
	return up || down
}

// Hasher hashes passwords. Both calls take as long as the chosen cost, and wait
// for their turn: an Unavailable fault says that the queue was too long.
type Hasher interface {
	// Hash returns the password's hash with algorithm, cost and salt.
	Hash(ctx context.Context, password string) (string, error)

	// Check reports whether the password has the hash. stale says that the hash was
	// made at another cost than today's. An empty hash costs the same and is never
	// the password's.
	Check(ctx context.Context, password, hash string) (ok, stale bool, err error)
}
