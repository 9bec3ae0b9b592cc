package app

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
)

// desk is an app with what is done about orders at a terminal, and an order.
func desk(t *testing.T) (*App, order.Order) {
	t.Helper()
	db := mongotest.Database(t)
	a := &App{
		Clock: clock.System, Log: slog.New(slog.DiscardHandler), AuditLog: mongo.NewAuditLog(db), Claims: mongo.NewClaims(db),
		Orders: mongo.NewOrders(db, mongotest.Vault(t, db)),
	}
	o := order.Order{ID: id.New(id.Order, time.Now()), Number: id.Number(), CustomerID: order.Guest, Contact: order.Contact{Name: "Işıl Özgür"}}
	_, err := a.Orders.Create(t.Context(), o)
	require.NoError(t, err)
	_, err = a.Claims.Claim(t.Context(), order.NumberKey(o.Number), o.ID)
	require.NoError(t, err)
	return a, o
}

func TestTerminal_KnowsAnOrderByItsIDAndItsNumber(t *testing.T) {
	t.Parallel()
	a, o := desk(t)
	for _, name := range []string{o.ID, o.Number} {
		found, err := a.Order(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, o.ID, found.ID)
	}
	_, err := a.Order(t.Context(), id.Number())
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = a.Order(t.Context(), "ord_yok")
	require.True(t, fault.Is(err, fault.NotFound))
}

func TestTerminal_WritesDownWhatIsDoneAboutAnOrderAndWhatIsRefused(t *testing.T) {
	t.Parallel()
	a, o := desk(t)
	require.NoError(t, a.OnOrder(t.Context(), "repair-order", o.ID, "depo-2", func() error {
		begun, err := a.AuditLog.Find(t.Context(), auditlog.Search{Target: o.ID, Limit: 10})
		require.NoError(t, err)
		require.Len(t, begun, 1, "before anything is done")
		return nil
	}))
	needless := fault.New(fault.Conflict, "it needs nobody")
	require.ErrorIs(t, a.OnOrder(t.Context(), "acknowledge-order", o.ID, "ayse", func() error { return needless }), needless)

	entries, err := a.AuditLog.Find(t.Context(), auditlog.Search{WhoID: "terminal", Target: o.ID, Limit: 10})
	require.NoError(t, err)
	type line struct {
		who, what string
		phase     auditlog.Phase
		code      string
	}
	var said []line
	for _, e := range entries {
		said = append(said, line{e.Who, e.What, e.Phase, e.Code})
	}
	require.ElementsMatch(t, []line{
		{"depo-2", "repair-order", auditlog.Begun, ""}, {"depo-2", "repair-order", auditlog.Done, ""},
		{"ayse", "acknowledge-order", auditlog.Begun, ""}, {"ayse", "acknowledge-order", auditlog.Refused, "conflict"},
	}, said)
}

func TestTerminal_TakesAHandleAndNobodysName(t *testing.T) {
	t.Parallel()
	a, o := desk(t)
	for _, by := range []string{"Ayşe Yılmaz", "ayse@example.com", "", "a"} {
		err := a.OnOrder(t.Context(), "repair-order", o.ID, by, func() error { return errors.New("it was done nevertheless") })
		require.True(t, fault.Is(err, fault.Invalid), by)
		require.ErrorContains(t, err, "handle")
	}
	entries, err := a.AuditLog.Find(t.Context(), auditlog.Search{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, entries)
}
