package activities_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
)

// bought writes an order that came at a moment.
func (b *broom) bought(at time.Time, status order.Status, productID string, units int64) string {
	b.t.Helper()
	o := order.Order{ID: id.New(id.Order, at), Policy: order.Scaled(), State: order.Projection{Status: status}}
	o.Number = o.ID
	o.Quote.Lines = []order.QuoteLine{{ProductID: productID, Quantity: units}}
	_, err := b.orders.Create(b.t.Context(), o)
	require.NoError(b.t, err)
	return o.ID
}

func TestCountSales_AddsUpWhatWasBoughtOnEachDay(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("two hundred orders take seconds: make test does it")
	}
	b := newBroom(t)
	now := time.Date(2026, 11, 26, 15, 0, 0, 0, time.UTC)
	b.Clock = func() time.Time { return now }
	b.bought(now.Add(-time.Hour), order.Processing, "prd_kilim", 2)
	b.bought(now.Add(-time.Hour), order.Completed, "prd_hali", 1)
	b.bought(now.Add(-time.Hour), order.Expired, "prd_hali", 50)
	b.bought(now.Truncate(24*time.Hour).Add(-time.Millisecond), order.Placed, "prd_kilim", 7) // yesterday's last
	b.bought(now.AddDate(0, 0, -2), order.Fulfilled, "prd_kilim", 100)
	for i := range 205 {
		b.bought(now.Add(-time.Duration(i)*time.Second), order.Placed, "prd_cezve", 1)
	}
	sold := func() map[string]int64 {
		units, err := b.Sales.Sold(t.Context(), "2026-10-01")
		require.NoError(t, err)
		return units
	}
	_, err := b.sweep(b.CountSales)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"prd_kilim": 9, "prd_hali": 1, "prd_cezve": 205}, sold(), "today and one more day")

	result, err := b.sweep(b.CountSales)
	require.NoError(t, err)
	require.Zero(t, result.Looked, "not again so soon")
	now = now.Add(2 * time.Minute)
	_, err = b.sweep(b.CountSales)
	require.NoError(t, err)
	require.Equal(t, int64(109), sold()["prd_kilim"], "the day before has its turn")

	for range catalog.SalesDays + 1 {
		now = now.Add(2 * time.Minute)
		_, err = b.sweep(b.CountSales)
		require.NoError(t, err)
	}
	require.Equal(t, int64(109), sold()["prd_kilim"], "counted again and not twice")

	require.NoError(t, b.Sales.SaveDay(t.Context(), "2026-10-20", map[string]int64{"prd_eski": 1}))
	now = now.Add(2 * time.Minute)
	_, err = b.sweep(b.CountSales)
	require.NoError(t, err)
	require.NotContains(t, sold(), "prd_eski", fmt.Sprint("older than ", catalog.SalesDays, " days"))
}
