package token

import (
	"crypto/sha256"
	"sync"

	"github.com/bedesten/bedesten/internal/identity"
)

// maxSeen bounds the memory that tokens take which were verified before.
const maxSeen = 8192

// seen remembers the claims of tokens whose signature was verified, by the hashes of
// the whole tokens: whoever is signed in sends the same one many times, and verifying
// Ed25519 is the whole cost of a check. Times are looked at every time. Of two
// generations the older one goes when the younger is full.
type seen struct {
	mu         sync.Mutex
	young, old map[[sha256.Size]byte]identity.Claims
}

func newSeen() *seen { return &seen{young: map[[sha256.Size]byte]identity.Claims{}} }

func (s *seen) find(name [sha256.Size]byte) (identity.Claims, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, there := s.young[name]; there {
		return c, true
	}
	c, there := s.old[name]
	return c, there
}

func (s *seen) keep(name [sha256.Size]byte, c identity.Claims) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.young) >= maxSeen/2 {
		s.young, s.old = map[[sha256.Size]byte]identity.Claims{}, s.young
	}
	s.young[name] = c
}
