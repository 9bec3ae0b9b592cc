package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

// withOldRows is a shop that sold before personal data was sealed.
func withOldRows(t *testing.T, n int) house {
	t.Helper()
	h := newHouse(t)
	for i := range n {
		_, err := h.db.Collection("orders").InsertOne(t.Context(), orderOf(fmt.Sprintf("ord_%02d", i), "guest"))
		require.NoError(t, err)
		_, err = h.db.Collection("carts").InsertOne(t.Context(), cartOf(fmt.Sprintf("crt_%02d", i), ""))
		require.NoError(t, err)
	}
	_, err := h.db.Collection("carts").InsertOne(t.Context(), bson.D{{Key: "_id", Value: "crt_without"}, {Key: "contact", Value: nil}, {Key: "rev", Value: int64(1)}})
	require.NoError(t, err)
	return h
}

func TestVault_OldRowsAreReadAsTheyAreAndSealedByAMigration(t *testing.T) {
	t.Parallel()
	h := withOldRows(t, 3)
	cursors := mongo.NewCursors(h.db)
	readable := func() {
		t.Helper()
		for i := range 3 {
			o, err := h.orders.Find(t.Context(), fmt.Sprintf("ord_%02d", i))
			require.NoError(t, err)
			require.Equal(t, resident(), o.Contact)
			c, err := h.carts.Find(t.Context(), fmt.Sprintf("crt_%02d", i))
			require.NoError(t, err)
			require.Equal(t, cartOf("", "").Contact, c.Contact)
		}
		c, err := h.carts.Find(t.Context(), "crt_without")
		require.NoError(t, err)
		require.Nil(t, c.Contact)
	}
	readable()
	closed, err := h.orders.Closed().Find(t.Context(), "ord_00")
	require.NoError(t, err)
	require.Zero(t, closed.Contact, "an old row is closed to those too")

	for want := 3; want >= 0; want -= 3 {
		n, err := h.orders.SealOld(t.Context(), cursors)
		require.NoError(t, err)
		require.Equal(t, want, n)
		n, err = h.carts.SealOld(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	h.requireNothingPersonal(t)
	readable()

	// What an older process wrote meanwhile is found by the next migration.
	late := orderOf("ord_99", "guest")
	late.AcceptedAt = clock.System()
	_, err = h.db.Collection("orders").InsertOne(t.Context(), late)
	require.NoError(t, err)
	n, err := h.orders.SealOld(t.Context(), cursors)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	position, err := cursors.Cursor(t.Context(), "seal/orders")
	require.NoError(t, err)
	require.Equal(t, "ord_02", position, "young orders are looked at again")
}

func TestVault_AMigrationThatWasInterruptedGoesOn(t *testing.T) {
	t.Parallel()
	h := withOldRows(t, 30)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := h.orders.SealOld(ctx, mongo.NewCursors(h.db))
		done <- err
	}()
	require.Eventually(t, func() bool { return len(h.stored(t, "person_keys")) > 3 }, 10*time.Second, time.Millisecond)
	cancel()
	if err := <-done; err != nil {
		require.True(t, errors.Is(err, context.Canceled) || fault.Is(err, fault.Unavailable), "%v", err)
	}
	_, err := h.orders.SealOld(t.Context(), mongo.NewCursors(h.db))
	require.NoError(t, err)
	_, err = h.carts.SealOld(t.Context())
	require.NoError(t, err)
	h.requireNothingPersonal(t)
	for i := range 30 {
		o, err := h.orders.Find(t.Context(), fmt.Sprintf("ord_%02d", i))
		require.NoError(t, err)
		require.Equal(t, resident(), o.Contact)
	}
}

func TestCarts_ASweptCartTakesItsKeyWithIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	idle, busy, customers := cartOf("crt_idle", ""), cartOf("crt_busy", ""), cartOf("crt_customers", "usr_1")
	busy.UpdatedAt = noon.Add(48 * time.Hour)
	require.NoError(t, h.carts.Create(t.Context(), idle))
	require.NoError(t, h.carts.Create(t.Context(), busy))
	require.NoError(t, h.carts.Create(t.Context(), customers))
	n, err := h.carts.Sweep(t.Context(), noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 2, n)
	kept := map[string]bool{}
	for _, row := range h.stored(t, "person_keys") {
		kept[row.Lookup("_id").StringValue()] = true
	}
	require.Equal(t, map[string]bool{"crt_busy": true, "usr_1": true}, kept, "a customer's key is not the cart's")
	_, err = h.carts.Find(t.Context(), "crt_idle")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = h.carts.Save(t.Context(), idle)
	require.Error(t, err)
	found, err := h.carts.Find(t.Context(), "crt_busy")
	require.NoError(t, err)
	require.Equal(t, busy.Contact, found.Contact)
}

func TestCarts_ASweepThatWasInterruptedLeavesNoCartWithoutItsKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := cartOf("crt_1", "")
	require.NoError(t, h.carts.Create(t.Context(), c))
	read, err := h.carts.Find(t.Context(), c.ID)
	require.NoError(t, err)
	// As a sweep leaves it that died after its first step.
	_, err = h.db.Collection("carts").UpdateByID(t.Context(), c.ID, bson.D{
		{Key: "$set", Value: bson.D{{Key: "swept", Value: true}}}, {Key: "$inc", Value: bson.D{{Key: "rev", Value: int64(1)}}},
	})
	require.NoError(t, err)
	_, err = h.carts.Find(t.Context(), c.ID)
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = h.carts.Save(t.Context(), read)
	require.True(t, fault.Is(err, fault.Conflict))
	n, err := h.carts.Sweep(t.Context(), noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Empty(t, h.stored(t, "carts"))
	require.Empty(t, h.stored(t, "person_keys"))
}

func TestVault_KeepsWhatTheLawHasKeptWhenThePersonIsErased(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	h := houseOf(t, mongotest.Database(t), func() time.Time { return noon.Add(time.Duration(ahead.Load())) }, "k1")
	_, err := h.orders.Create(t.Context(), orderOf("ord_1", "usr_1"))
	require.NoError(t, err)
	invoice := map[string]string{"title": "Özgür Kırtasiye Ltd. Şti.", "tax_office": "Beşiktaş"}
	open, err := mongo.SealedPart(t.Context(), h.vault, "ord_1", "ord_1/invoice", noon.AddDate(10, 0, 0), invoice)
	require.NoError(t, err)

	require.NoError(t, h.vault.Destroy(t.Context(), "usr_1"))
	for range 2 {
		err = h.vault.Destroy(t.Context(), "ord_1/invoice")
		require.True(t, fault.Is(err, fault.Conflict), "%v", err)
		require.ErrorContains(t, err, "kept until 2036-03-01")
		found, err := h.orders.Find(t.Context(), "ord_1")
		require.NoError(t, err)
		require.True(t, found.Erased)
		kept, gone, err := open(t.Context(), houseOf(t, h.db, clock.System, "k1").vault)
		require.NoError(t, err)
		require.False(t, gone)
		require.Equal(t, invoice, kept)
	}
	ahead.Store(int64(noon.AddDate(10, 0, 1).Sub(noon)))
	require.NoError(t, h.vault.Destroy(t.Context(), "ord_1/invoice"))
	_, gone, err := open(t.Context(), h.vault)
	require.NoError(t, err)
	require.True(t, gone)
}
