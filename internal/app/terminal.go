package app

import (
	"context"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

// terminal stands in the audit log where the API has an account or a key.
const terminal = "terminal"

// Order returns an order by its id, or by the number that the shopper has.
func (a *App) Order(ctx context.Context, name string) (order.Order, error) {
	if !id.ValidNumber(name) {
		return a.Orders.Find(ctx, name)
	}
	orderID, err := a.Claims.Owner(ctx, order.NumberKey(name))
	if fault.Is(err, fault.NotFound) {
		return order.Order{}, fault.New(fault.NotFound, "no order has the number %s", name)
	}
	if err != nil {
		return order.Order{}, err
	}
	return a.Orders.Find(ctx, orderID)
}

// OnOrder runs what somebody does about an order from a terminal, between its entries
// of the audit log. By is a handle: nothing personal gets into the log.
func (a *App) OnOrder(ctx context.Context, what, orderID, by string, work func() error) error {
	if !identity.Handle(by) {
		return fault.New(fault.Invalid, "--by takes a handle, such as depo-2: 2 to 40 of a-z, 0-9, dot, dash and underscore. It stays in the order's story and in the audit log, so no name and no mail address")
	}
	return a.atTerminal(ctx, auditlog.Entry{Who: by, What: what, Target: orderID}, work)
}

// atTerminal runs what is done from a terminal, by whoever has the configuration of the
// shop and no account, between its entries of the audit log. It is not begun unless it
// is written down.
func (a *App) atTerminal(ctx context.Context, entry auditlog.Entry, work func() error) error {
	entry.WhoID, entry.Phase, entry.At = terminal, auditlog.Begun, a.Clock().UTC()
	entry.ID = id.New(auditlog.Prefix, entry.At)
	entry.ActionID = entry.ID
	if err := a.AuditLog.Append(ctx, entry); err != nil {
		return err
	}
	failed := work()
	entry.Phase, entry.At = auditlog.Done, a.Clock().UTC()
	if failed != nil {
		entry.Phase, entry.Code, entry.After = auditlog.Refused, string(fault.CodeOf(failed)), ""
	}
	entry.ID = id.New(auditlog.Prefix, entry.At)
	if err := a.AuditLog.Append(context.WithoutCancel(ctx), entry); err != nil {
		a.Log.ErrorContext(ctx, "what was done at the terminal is in the audit log as begun only", "action", entry.ActionID, "error", err)
	}
	return failed
}
