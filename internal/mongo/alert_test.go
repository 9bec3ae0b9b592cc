package mongo_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
)

// night is when the alerts of these tests are told.
var night = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func try(way, claim string, at time.Time) order.AlertTry {
	return order.AlertTry{Way: way, Claim: claim, At: at, Until: at.Add(time.Minute)}
}

func disputes(n int) (alerts []order.Alert, ids []string) {
	for i := range n {
		a := order.Alert{OrderID: fmt.Sprintf("ord_%02d", i), Number: "7KXM-92QD", Reason: order.ReasonDisputed, Since: night}
		alerts, ids = append(alerts, a), append(ids, a.ID())
	}
	return alerts, ids
}

func TestAlerts_StandingReadsOnlyWhatNeedsAPersonTheOldestFirst(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	orders, alerts := mongo.NewOrders(db, mongotest.Vault(t, db)), mongo.NewAlerts(db)
	for id, since := range map[string]time.Time{"ord_a": night, "ord_b": night.Add(-time.Hour), "ord_c": {}, "ord_d": night.Add(time.Second)} {
		o := order.Order{ID: id, Number: "N-" + id, Contact: order.Contact{Name: "Ayşe Yılmaz"}}
		if !since.IsZero() {
			o.State.Attention = order.NewAttention(order.ReasonDisputed, since).With(order.ReasonMailBounced, "", since)
		}
		_, err := orders.Create(t.Context(), o)
		require.NoError(t, err)
	}
	found, err := alerts.Standing(t.Context(), 2)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, "ord_b", found[0].ID)
	require.Equal(t, "N-ord_b", found[0].Number)
	require.Len(t, found[0].State.Attention.Reasons(), 2)
	require.Equal(t, night.Add(-time.Hour), found[0].State.Attention.Since.UTC())
	require.Empty(t, found[0].Contact.Name, "nothing personal is read")
	require.Equal(t, "ord_a", found[1].ID)
}

func TestAlerts_OneGoHasWhatNobodyElseHasOrWasToldOf(t *testing.T) {
	t.Parallel()
	store := mongo.NewAlerts(mongotest.Database(t))
	alerts, ids := disputes(3)
	ctx := t.Context()

	first := try("mail", "a", night)
	mine, err := store.Claim(ctx, first, alerts[:2])
	require.NoError(t, err)
	require.Equal(t, map[string]int{ids[0]: 1, ids[1]: 1}, mine)

	second, err := store.Claim(ctx, try("mail", "b", night.Add(59*time.Second)), alerts)
	require.NoError(t, err)
	require.Equal(t, map[string]int{ids[2]: 1}, second, "the first go is not given up yet")
	other, err := store.Claim(ctx, try("webhook", "c", night), alerts)
	require.NoError(t, err)
	require.Len(t, other, 3, "each way has its own")

	require.NoError(t, store.Done(ctx, first, ids[:1]))
	told, err := store.Told(ctx, "mail", night.Add(time.Minute), ids)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{ids[0]: true, ids[2]: true}, told)

	late, err := store.Claim(ctx, try("mail", "d", night.Add(time.Minute)), alerts)
	require.NoError(t, err)
	require.Equal(t, map[string]int{ids[1]: 2}, late, "a go that was not finished within a minute is tried again")
	require.NoError(t, store.Done(ctx, first, ids[1:2]), "the first go comes back, and has lost it")
	told, err = store.Told(ctx, "mail", night.Add(3*time.Minute), ids)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{ids[0]: true}, told)
}

func TestAlerts_WhatWasGivenUpIsFreeFromTheNextTimeOn(t *testing.T) {
	t.Parallel()
	store := mongo.NewAlerts(mongotest.Database(t))
	alerts, ids := disputes(1)
	ctx, first := t.Context(), try("mail", "a", night)
	_, err := store.Claim(ctx, first, alerts)
	require.NoError(t, err)
	require.NoError(t, store.GiveUp(ctx, first, ids, night.Add(4*time.Minute)))
	for after, free := range map[time.Duration]bool{4*time.Minute - time.Millisecond: false, 4 * time.Minute: true} {
		told, err := store.Told(ctx, "mail", night.Add(after), ids)
		require.NoError(t, err)
		require.Equal(t, free, !told[ids[0]])
	}
	mine, err := store.Claim(ctx, try("mail", "b", night.Add(4*time.Minute)), alerts)
	require.NoError(t, err)
	require.Equal(t, map[string]int{ids[0]: 2}, mine)
}

func TestAlerts_OfTwoGoesAtOnceOneHasEach(t *testing.T) {
	t.Parallel()
	store := mongo.NewAlerts(mongotest.Database(t))
	alerts, ids := disputes(30)
	got := make([]map[string]int, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			mine, err := store.Claim(t.Context(), try("mail", fmt.Sprint("go-", i), night), alerts)
			if err == nil {
				got[i] = mine
			}
		})
	}
	wg.Wait()
	total := 0
	for _, mine := range got {
		total += len(mine)
	}
	require.Equal(t, len(ids), total)
}
