// Package id makes the identifiers of the product: a prefix that names the
// noun and a ULID, which sorts by time. Ids hold letters, digits and "_" only,
// since they become field names and providers' keys. They are never secrets.
package id

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// Prefixes of the nouns.
const (
	Order   = "ord"
	Product = "prd"
	Variant = "var"
	Cart    = "crt"
	Request = "req"
	Media   = "med"
)

// New returns a fresh id of the given noun, such as "ord_01jd…".
func New(prefix string, now time.Time) string {
	return prefix + "_" + strings.ToLower(ulid.MustNew(ulid.Timestamp(now), rand.Reader).String())
}

// Fixed returns the one id of the given noun that stands for what, of the time at.
// Whoever knows what can make it.
func Fixed(prefix string, at time.Time, what string) string {
	sum := sha256.Sum256([]byte(what))
	return prefix + "_" + strings.ToLower(ulid.MustNew(ulid.Timestamp(at), bytes.NewReader(sum[:])).String())
}

// First returns what sorts before every id of the given noun that is made at a time or
// later, and after those of before.
func First(prefix string, at time.Time) string {
	return prefix + "_" + strings.ToLower(ulid.MustNew(ulid.Timestamp(at), bytes.NewReader(make([]byte, 10))).String())
}

// Valid reports whether s is an id of the noun prefix, as New makes them.
func Valid(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || rest != strings.ToLower(rest) {
		return false
	}
	_, err := ulid.ParseStrict(strings.ToUpper(rest))
	return err == nil
}

// Time returns when an id of New was made. ok is false for anything else.
func Time(s string) (at time.Time, ok bool) {
	_, rest, found := strings.Cut(s, "_")
	u, err := ulid.ParseStrict(strings.ToUpper(rest))
	if !found || err != nil {
		return time.Time{}, false
	}
	return ulid.Time(u.Time()).UTC(), true
}

// letters of an order number: no 0 O 1 I L, and no vowels that make words.
const letters = "23456789BCDFGHJKMNPQRSTVWXYZ"

// NumberLength is how many letters an order number has, without its dash.
const NumberLength = 8

// Number returns a fresh order number such as "7KXM-92QD": short, without
// letters that are mixed up on the telephone. It is random, so whoever uses it
// claims it first.
func Number() string {
	var b strings.Builder
	for i := range NumberLength {
		if i == NumberLength/2 {
			b.WriteByte('-')
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			// crypto/rand.Reader never fails since Go 1.24: it ends the program instead.
			panic(err)
		}
		b.WriteByte(letters[n.Int64()])
	}
	return b.String()
}

// ValidNumber reports whether s has the form of an order number.
func ValidNumber(s string) bool {
	if len(s) != NumberLength+1 || s[NumberLength/2] != '-' {
		return false
	}
	return strings.Trim(strings.Replace(s, "-", "", 1), letters) == ""
}
