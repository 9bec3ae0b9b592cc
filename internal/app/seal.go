package app

import (
	"context"
	"fmt"

	"github.com/bedesten/bedesten/internal/codec"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/seal"
)

// seals reads the keys that personal data is sealed with, and refuses a look-up key
// that is not the shop's.
func (a *App) seals(ctx context.Context) error {
	ring, err := masters(a.Config)
	if err != nil {
		return err
	}
	if a.Lookup, err = lookup(a.Config); err != nil {
		return err
	}
	a.Vault = mongo.NewVault(a.DB, ring, a.Clock)
	_, err = mongo.NewLookupMark(a.DB, a.Lookup.Key).Check(ctx)
	return err
}

func masters(cfg config.Config) (*seal.Keyring, error) {
	keys, err := cfg.MasterKeys()
	if err != nil {
		return nil, err
	}
	ring, err := seal.NewKeyring(sealing(keys)...)
	if err != nil {
		return nil, fmt.Errorf("BEDESTEN_DATA_KEYS: %w", err)
	}
	return ring, nil
}

func lookup(cfg config.Config) (*seal.Lookup, error) {
	secret, err := cfg.LookupSecret()
	if err != nil {
		return nil, err
	}
	l, err := seal.NewLookup(secret)
	if err != nil {
		return nil, fmt.Errorf("BEDESTEN_LOOKUP_KEY: %w", err)
	}
	return l, nil
}

// markLookup remembers the look-up key of a shop that has no mark of it yet, unless
// its accounts are another key's.
func (a *App) markLookup(ctx context.Context) error {
	mark := mongo.NewLookupMark(a.DB, a.Lookup.Key)
	there, err := mark.Check(ctx)
	if err != nil || there {
		return err
	}
	if err := a.Accounts.CheckLookup(ctx); err != nil {
		return err
	}
	return mark.Write(ctx)
}

// payloads returns the codec of what Temporal keeps.
func payloads(cfg config.Config) (*codec.Codec, error) {
	keys, err := cfg.CodecKeys()
	if err != nil {
		return nil, err
	}
	c, err := codec.New(sealing(keys)...)
	if err != nil {
		return nil, fmt.Errorf("BEDESTEN_PAYLOAD_KEYS: %w", err)
	}
	return c, nil
}

func sealing(keys []config.Key) []seal.Key {
	ring := make([]seal.Key, len(keys))
	for i, k := range keys {
		ring[i] = seal.Key{ID: k.ID, Bytes: k.Secret}
	}
	return ring
}

// sealOld wraps data keys under the first master key and seals what was stored
// before personal data was. Both go on where they were interrupted.
func (a *App) sealOld(ctx context.Context) error {
	keys, err := a.Vault.Rewrap(ctx)
	if err != nil {
		return err
	}
	orders, err := a.Orders.SealOld(ctx, a.Cursors)
	if err != nil {
		return err
	}
	carts, err := a.Carts.SealOld(ctx)
	if err != nil {
		return err
	}
	if keys+orders+carts > 0 {
		a.Log.InfoContext(ctx, "personal data is sealed", "keys_wrapped_anew", keys, "old_orders", orders, "old_carts", carts)
	}
	return nil
}
