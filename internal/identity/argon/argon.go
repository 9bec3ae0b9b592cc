// Package argon hashes passwords with argon2id (RFC 9106). It bounds how many are
// hashed at once: each takes a core and its memory, and whoever sends wrong
// passwords by the thousand must not take them all.
package argon

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// Cost is how much work a hash is.
type Cost struct {
	// MemoryKiB is the memory of one hash, in KiB.
	MemoryKiB   uint32
	Iterations  uint32
	Parallelism uint8
}

// Default is the first of the equal choices in OWASP's Password Storage Cheat
// Sheet that a log-in of 150 ms leaves room for; bench/results has what it costs.
var Default = Cost{MemoryKiB: 47104, Iterations: 1, Parallelism: 1}

// patience is how long a password waits for its turn.
const patience = 3 * time.Second

var _ identity.Hasher = (*Hasher)(nil)

// Hasher hashes at one cost.
type Hasher struct {
	params *argon2id.Params
	turns  *turns
	// nobody is the hash that a password is held against where there is none, so
	// that it takes as long.
	nobody string
}

// New returns a hasher that works on as many passwords at once as there are
// processors.
func New(c Cost) (*Hasher, error) {
	h := &Hasher{
		params: &argon2id.Params{Memory: c.MemoryKiB, Iterations: c.Iterations, Parallelism: c.Parallelism, SaltLength: 16, KeyLength: 32},
		turns:  newTurns(runtime.GOMAXPROCS(0)),
	}
	var err error
	if h.nobody, err = argon2id.CreateHash("nobody's password", h.params); err != nil {
		return nil, fmt.Errorf("hashing a password that is nobody's: %w", err)
	}
	return h, nil
}

// Hash returns the password's hash in PHC form.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := argon2id.CreateHash(password, h.params)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return hash, nil
}

// Check compares in constant time.
func (h *Hasher) Check(ctx context.Context, password, hash string) (ok, stale bool, err error) {
	done, err := h.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	there := hash != ""
	if !there {
		hash = h.nobody
	}
	match, params, err := argon2id.CheckHash(password, hash)
	if err != nil {
		return false, false, fmt.Errorf("reading a password's hash: %w", err)
	}
	return match && there, *params != *h.params, nil
}

// turn waits until it is the password's turn.
func (h *Hasher) turn(ctx context.Context) (done func(), err error) {
	standing := identity.StandingIn(ctx)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !h.turns.take(ctx, standing) {
		return nil, fault.New(fault.Unavailable, "too many people are signing in at once: try again in a moment").With("retry_after", 3)
	}
	return func() { h.turns.done(standing) }, nil
}
