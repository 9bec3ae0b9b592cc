package api

import (
	"context"
	"strconv"
	"time"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/order"
)

const (
	headerKey = "Idempotency-Key"
	// headerField is how a problem names it.
	headerField = "header." + headerKey
)

// KeyHeader is embedded in the input of routes that take effect once.
type KeyHeader struct {
	Key string `header:"Idempotency-Key" required:"true" doc:"A fresh random value for each thing wanted; the same one when asking again." example:"6f1c2b0e-4f0a-4e0e-9a55-8f0c1e5b7a01"`
}

// The principals of idempotency records: who proved to be allowed. It is the
// cart or order and its epoch, not the secret's letters, which change when
// server keys rotate while the same client asks again.

func cartPrincipal(c cart.Cart) string    { return principal(c.ID, c.SecretEpoch) }
func orderPrincipal(o order.Order) string { return principal(o.ID, o.SecretEpoch) }

// begin remembers the request of ctx before it takes effect, and names its
// result. The returned record's ResultID is that of the first time; a Status
// above 0 says that it was answered, and the answer is made anew from the
// result. A record that is neither fresh nor answered is to be resumed.
func (a *API) begin(ctx context.Context, principal, route, key, resultID string, keep time.Duration) (rec idempotency.Record, fresh bool, err error) {
	hash, err := idempotency.BodyHash(requestOf(ctx).body)
	if err != nil {
		return idempotency.Record{}, false, err
	}
	return a.beginOver(ctx, principal, route, key, resultID, hash, keep)
}

// beginOver is begin for what is asked otherwise than by JSON; hash is of all that the
// request says.
func (a *API) beginOver(ctx context.Context, principal, route, key, resultID, hash string, keep time.Duration) (rec idempotency.Record, fresh bool, err error) {
	now := a.Clock()
	rec, fresh, err = a.Keys.Begin(ctx, idempotency.Record{
		ID: idempotency.ID(principal, route, key), BodyHash: hash, ResultID: resultID,
		CreatedAt: now, KeepUntil: now.Add(keep),
	})
	return rec, fresh, inField(err, headerField)
}

// finish notes that the request was answered. Answers that ask to try again
// (5xx, 429) are not noted.
func (a *API) finish(ctx context.Context, rec idempotency.Record, status int) error {
	if status >= 500 || status == 429 || rec.Status != 0 {
		return nil
	}
	return a.Keys.Finish(ctx, rec.ID, status)
}

func principal(id string, epoch int64) string { return id + "|" + strconv.FormatInt(epoch, 10) }
