package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

type auditLogInput struct {
	Who    string         `query:"who" maxLength:"40" doc:"A handle, or a key's name."`
	WhoID  string         `query:"who_id" maxLength:"40" doc:"An account's id, a key's prefix, or terminal." example:"usr_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	What   string         `query:"what" maxLength:"60" doc:"A route's id." example:"pack-shipment"`
	Target string         `query:"target" maxLength:"80" doc:"The id of what it is about. That of an order, or its number, finds what was done to its parcels too."`
	Phase  auditlog.Phase `query:"phase" enum:"begun,done,refused"`
	From   time.Time      `query:"from" doc:"Not before."`
	Until  time.Time      `query:"until" doc:"Before."`
	Limit  int            `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string         `query:"cursor" maxLength:"60"`
}

type auditLogOutput struct {
	Body struct {
		Entries    []auditlog.Entry `json:"entries" nullable:"false"`
		NextCursor string           `json:"next_cursor,omitempty"`
	}
}

func (a *API) auditLogRoutes() {
	handle(a, Route{
		ID: "search-audit-log", Method: http.MethodGet, Path: "/v1/staff/audit-log", Tag: tagStaff, Access: Staff, Permission: identity.ReadAuditLog,
		Summary: "Search what staff did, and what was refused to them", Description: "The newest first. Nothing in it is ever changed.",
	}, a.searchAuditLog)
}

func (a *API) searchAuditLog(ctx context.Context, in *auditLogInput) (*auditLogOutput, error) {
	if in.Cursor != "" && !id.Valid(auditlog.Prefix, in.Cursor) {
		return nil, fault.New(fault.Invalid, "this cursor is of no list of ours").With(detailField, "query.cursor")
	}
	target, named, err := a.namesOfTarget(ctx, in.Target)
	if err != nil {
		return nil, err
	}
	entries, err := a.AuditLog.Find(ctx, auditlog.Search{
		Who: in.Who, WhoID: in.WhoID, What: in.What, Target: target, Named: named, Phase: in.Phase,
		From: in.From, Until: in.Until, Before: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &auditLogOutput{}
	out.Body.Entries = entries
	if len(entries) == in.Limit {
		out.Body.NextCursor = entries[len(entries)-1].ID
	}
	return out, nil
}

// namesOfTarget returns an order's id and its number for either of them: what was refused
// before the order was read stands under the name that was asked for. Other targets have
// one name, and so has a number that is nobody's.
func (a *API) namesOfTarget(ctx context.Context, asked string) (target, named string, err error) {
	switch {
	case id.ValidNumber(asked):
		target, err = a.Claims.Owner(ctx, order.NumberKey(asked))
		named = asked
	case id.Valid(id.Order, asked):
		var o order.Order
		o, err = a.Orders.Find(ctx, asked)
		target, named = asked, o.Number
	default:
		return asked, "", nil
	}
	if fault.Is(err, fault.NotFound) {
		return asked, "", nil
	}
	return target, named, err
}

// targets are the path's names of what an action is about.
var targets = []string{"order_id", "shipment_id", "account_id", "prefix", "kind", "customer_id", "order", "media_id", "import", "export"}

// actionOf returns the entry of what a caller asks for.
func (a *API) actionOf(c *gin.Context, r Route) auditlog.Entry {
	req := requestOf(c.Request.Context())
	e := auditlog.Entry{What: r.ID, Permission: string(r.Permission), RequestID: req.id}
	for _, name := range targets {
		if value, there := c.Params.Get(name); there && len(value) <= 80 {
			e.Target = value
		}
	}
	if p := req.caller; p != nil {
		e.Who, e.WhoID = p.name, p.accountID
		if p.key != "" {
			e.WhoID = p.key
		}
	}
	e.At = a.Clock().UTC()
	e.ID = id.New(auditlog.Prefix, e.At)
	e.ActionID = e.ID
	return e
}

// recordRefusal writes down that a caller who is known may not do this.
func (a *API) recordRefusal(c *gin.Context, r Route) error {
	e := a.actionOf(c, r)
	e.Phase, e.Status, e.Code = auditlog.Refused, http.StatusForbidden, string(fault.Forbidden)
	return a.AuditLog.Append(c.Request.Context(), e)
}

// recorded runs an action of the staff between its entries. One that changes
// something is not begun unless it is written down.
func (a *API) recorded(c *gin.Context, r Route, act func()) error {
	ctx := c.Request.Context()
	e := a.actionOf(c, r)
	if r.Method != http.MethodGet {
		e.Phase = auditlog.Begun
		if err := a.AuditLog.Append(ctx, e); err != nil {
			return err
		}
	}
	act()
	req := requestOf(ctx)
	e.At = a.Clock().UTC()
	e.ID = id.New(auditlog.Prefix, e.At)
	e.Phase, e.Status, e.Code, e.Before, e.After = auditlog.Done, c.Writer.Status(), string(req.code), req.before, req.after
	if req.target != "" {
		e.Target = req.target
	}
	if e.Status >= http.StatusBadRequest {
		e.Phase = auditlog.Refused
	}
	if err := a.AuditLog.Append(context.WithoutCancel(ctx), e); err != nil {
		a.Log.ErrorContext(ctx, "what staff did is in the audit log as begun only", "request_id", req.id, "action", e.ActionID, "error", err)
	}
	return nil
}

// changed says what an action changed, for the audit log: nothing personal.
func (a *API) changed(ctx context.Context, before, after any) {
	req := requestOf(ctx)
	req.before, req.after = a.inJSON(ctx, before), a.inJSON(ctx, after)
}

// target says, for the audit log, what an action is about where its path does not: the
// id of what it made.
func (a *API) target(ctx context.Context, made string) { requestOf(ctx).target = made }

func (a *API) inJSON(ctx context.Context, v any) string {
	if v == nil {
		return ""
	}
	raw, err := json.Marshal(v)
	if err != nil {
		a.Log.ErrorContext(ctx, "a change cannot be written for the audit log", "error", err)
		return ""
	}
	return string(raw)
}
