package mongo_test

import (
	"bytes"
	"encoding/base64"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/seal"
)

func lookupOf(t *testing.T, b byte) func(kind, value string) string {
	t.Helper()
	lookup, err := seal.NewLookup(bytes.Repeat([]byte{b}, seal.KeyBytes))
	require.NoError(t, err)
	return lookup.Key
}

func TestLookupMark_TakesTheShopsKeyAndRefusesAnother(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	mine, other := mongo.NewLookupMark(db, lookupOf(t, 'l')), mongo.NewLookupMark(db, lookupOf(t, 'm'))
	for _, m := range []*mongo.LookupMark{mine, other} {
		there, err := m.Check(t.Context())
		require.NoError(t, err, "a shop without a mark takes any key")
		require.False(t, there)
	}
	require.NoError(t, mine.Write(t.Context()))
	require.NoError(t, mine.Write(t.Context()), "it may be repeated")
	there, err := mine.Check(t.Context())
	require.NoError(t, err)
	require.True(t, there)

	_, err = other.Check(t.Context())
	require.ErrorContains(t, err, "BEDESTEN_LOOKUP_KEY is not the one that this shop was begun with")
	require.ErrorContains(t, err, "Put the first one back")
	require.Error(t, other.Write(t.Context()))
	_, err = mine.Check(t.Context())
	require.NoError(t, err, "the mark is still the first one's")
}

func TestLookupMark_OfTwoKeysAtOnceOneWins(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	var wg sync.WaitGroup
	refused := make(chan error, 2)
	for _, key := range []byte{'l', 'm'} {
		m := mongo.NewLookupMark(db, lookupOf(t, key))
		wg.Go(func() { refused <- m.Write(t.Context()) })
	}
	wg.Wait()
	first, second := <-refused, <-refused
	require.NotEqual(t, first == nil, second == nil)
}

func TestLookupMark_SaysNothingOfTheKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, mongo.NewLookupMark(h.db, lookupOf(t, 'l')).Write(t.Context()))
	rows := h.stored(t, "settings")
	require.Len(t, rows, 1)
	key := bytes.Repeat([]byte{'l'}, seal.KeyBytes)
	require.NotContains(t, string(rows[0]), string(key))
	require.NotContains(t, string(rows[0]), base64.StdEncoding.EncodeToString(key))
	require.NotContains(t, string(rows[0]), lookupOf(t, 'l')("email", "bedesten"), "nor is it the key of somebody's address")
}

func TestAccounts_OfAnotherLookUpKeyAreNoticed(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	vault := mongotest.Vault(t, db)
	mine, other := mongo.NewAccounts(db, vault, lookupOf(t, 'l')), mongo.NewAccounts(db, vault, lookupOf(t, 'm'))
	require.NoError(t, other.CheckLookup(t.Context()), "nobody is there yet")
	at := time.Now().UTC()
	erased, kept := ayse(at.Add(-time.Hour)), ayse(at)
	erased.Personal.Email = "şule@example.com"
	require.NoError(t, other.Create(t.Context(), erased))
	require.NoError(t, mine.Create(t.Context(), kept))
	require.Error(t, mine.CheckLookup(t.Context()), "the oldest account is another key's")
	require.NoError(t, vault.Destroy(t.Context(), erased.ID))
	require.NoError(t, mine.CheckLookup(t.Context()), "whom nobody can read says nothing")
	require.ErrorContains(t, other.CheckLookup(t.Context()), "BEDESTEN_LOOKUP_KEY is not the one")
}
