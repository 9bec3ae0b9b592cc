package mongo_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestCarts_AWriteOfAnOldRevIsRefused(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewCarts(db, mongotest.Vault(t, db))
	c, err := cart.New("crt_1", "TRY", "tr", noon)
	require.NoError(t, err)
	require.NoError(t, s.Create(t.Context(), c))
	mine, err := s.Find(t.Context(), c.ID)
	require.NoError(t, err)
	theirs := mine

	require.NoError(t, mine.Add("op-1", cart.Item{VariantID: "var_1", SKU: "CAY", Currency: "TRY", Quantity: 1}, noon))
	saved, err := s.Save(t.Context(), mine)
	require.NoError(t, err)
	require.Equal(t, int64(2), saved.Rev)
	require.NoError(t, theirs.Add("op-2", cart.Item{VariantID: "var_2", SKU: "BAL", Currency: "TRY", Quantity: 1}, noon))
	_, err = s.Save(t.Context(), theirs)
	require.True(t, fault.Is(err, fault.Conflict))
	found, err := s.Find(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"CAY"}, found.SKUs())
	_, err = s.Find(t.Context(), "crt_yok")
	require.True(t, fault.Is(err, fault.NotFound))
}

func TestCarts_LoseNothingWhenManyWriteAtOnce(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewCarts(db, mongotest.Vault(t, db))
	c, err := cart.New("crt_1", "TRY", "tr", noon)
	require.NoError(t, err)
	require.NoError(t, s.Create(t.Context(), c))
	add := func(op string) error {
		for {
			c, err := s.Find(t.Context(), "crt_1")
			if err != nil {
				return err
			}
			if err := c.Add(op, cart.Item{VariantID: "var_1", SKU: "CAY", Currency: "TRY", Quantity: 1}, noon); err != nil {
				return err
			}
			if _, err := s.Save(t.Context(), c); !fault.Is(err, fault.Conflict) {
				return err
			}
		}
	}
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = add(fmt.Sprint("op-", i)) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	found, err := s.Find(t.Context(), "crt_1")
	require.NoError(t, err)
	require.Equal(t, int64(8), found.Lines["var_1"].Quantity)
	require.Equal(t, int64(9), found.Rev)
}

func TestCarts_ForgetNoGuestsWhereNobodyIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, id := range []string{"crt_1", "crt_2"} {
		require.NoError(t, h.carts.Create(t.Context(), cartOf(id, "")))
	}
	require.NoError(t, h.carts.Forget(t.Context(), "", []string{"crt_1"}))
	_, err := h.carts.Find(t.Context(), "crt_1")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = h.carts.Find(t.Context(), "crt_2")
	require.NoError(t, err)
}
