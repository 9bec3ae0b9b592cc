package lab

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

// Password is that of every account which Enrol makes.
//
//nolint:gosec // of a shop that sells nothing
const Password = "kadife kedi uyur"

// EmailOf is the mail address of the n-th of them.
func EmailOf(n int) string { return fmt.Sprintf("alici-%d@example.com", n) }

// Guarded lets a lab count requests as a shop does, and believe the addresses that a
// proxy on this machine names.
func Guarded(c *config.Config) { c.NoRateLimits, c.TrustedProxies = false, []string{"127.0.0.1"} }

// enrolling is how many accounts are made at a time.
const enrolling = 16

// Enrol makes n accounts of shoppers whose passwords are hashed at the product's own
// cost, once for all of them.
func (l *Lab) Enrol(ctx context.Context, n int) error {
	hash, err := l.App.Hasher.Hash(ctx, Password)
	if err != nil {
		return fmt.Errorf("hashing a password: %w", err)
	}
	next, failed := make(chan int), make(chan error, enrolling)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var hands sync.WaitGroup
	for range enrolling {
		hands.Go(func() {
			for i := range next {
				if err := l.App.Accounts.Create(ctx, shopper(i, hash)); err != nil {
					failed <- fmt.Errorf("making account %d: %w", i, err)
					cancel()
					return
				}
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	hands.Wait()
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, ctx.Err())...)
}

func shopper(n int, hash string) identity.Account {
	now := time.Now().UTC()
	return identity.Account{
		ID: id.New(identity.AccountPrefix, now), Personal: identity.Person{Email: EmailOf(n), Name: "Işıl Özgür"}, Language: "tr",
		PasswordHash: hash, PasswordAt: now, Rev: 1, CreatedAt: now, UpdatedAt: now,
	}
}
