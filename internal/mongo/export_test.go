package mongo

import (
	"context"
	"time"
)

// SealedPart seals a value of an order under a subject of its own, as invoice
// data is, and returns what opens it again.
func SealedPart(ctx context.Context, v *Vault, orderID, subject string, keepUntil time.Time, value map[string]string) (func(context.Context, *Vault) (map[string]string, bool, error), error) {
	at := place{"orders", "invoice", orderID}
	sealed, err := sealField(ctx, v, at, owner{Subject: subject, KeepUntil: keepUntil}, value)
	return func(ctx context.Context, v *Vault) (map[string]string, bool, error) {
		return openField[map[string]string](ctx, v, at, sealed)
	}, err
}
