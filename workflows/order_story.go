package workflows

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/order"
)

// writef is fmt.Fprintf by way of a string: the checker for determinism holds
// Fprintf for input and output.
func writef(b *strings.Builder, format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	b.WriteString(line)
}

func itoa(n int) string { return strconv.Itoa(n) }

// note adds a line to the order's story. Its id is made of the command that
// caused it, so that a repeated or reset run writes the same line.
func (o *orderRun) note(ctx workflow.Context, kind order.EntryKind, command, detail string) {
	e := order.Entry{
		ID: command + "-" + string(kind), At: workflow.Now(ctx).UTC(), Kind: kind, Status: o.state.Status, Detail: detail,
		Seq: o.state.Rev*10 + int64(len(o.entries)),
	}
	if kind == order.EntryAuthorized || kind == order.EntryVoided || kind == order.EntryPlaced || kind == order.EntryLateSuccess {
		total := o.in.Total
		e.Amount = &total
	}
	o.entries = append(o.entries, e)
}

// attend asks for a person. Each reason stays until it is dealt with; the
// gravest is shown first.
func (o *orderRun) attend(ctx workflow.Context, reason order.Reason) { o.attendTo(ctx, reason, "") }

// attendTo asks for a person and says what it is about: the parcel, mail or
// refund, and what the other side said.
func (o *orderRun) attendTo(ctx workflow.Context, reason order.Reason, about string) {
	if o.state.Attention.Has(reason) {
		return
	}
	o.state.Attention = o.state.Attention.With(reason, about, workflow.Now(ctx).UTC())
	o.note(ctx, order.EntryAttention, o.state.AttemptID+"-"+string(reason)+"-"+itoa(int(o.state.Rev)), strings.TrimSpace(string(reason)+" "+about))
}

// clear takes a reason for a person off, and tells it.
func (o *orderRun) clear(ctx workflow.Context, reason order.Reason) {
	if !o.state.Attention.Has(reason) {
		return
	}
	o.state.Attention = o.state.Attention.Without(reason)
	o.note(ctx, order.EntryAttentionCleared, string(reason)+"-"+itoa(int(o.state.Rev)), string(reason))
}

// upsert writes the search attributes when status or attention changed: a
// visibility write is a tenth of an order's cost.
func (o *orderRun) upsert(ctx workflow.Context) {
	reason := ""
	if o.state.Attention != nil {
		reason = string(o.state.Attention.Reason)
	}
	now := string(o.state.Status) + "/" + reason
	o.tell(ctx)
	if now == o.upserted {
		return
	}
	o.upserted = now
	attention := AttrAttention.ValueUnset()
	if reason != "" {
		attention = AttrAttention.ValueSet(reason)
	}
	updates := []temporal.SearchAttributeUpdate{AttrStatus.ValueSet(string(o.state.Status)), attention}
	if reason == "" && o.state.Rev == 0 {
		updates = updates[:1]
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes not written", "error", err)
	}
}

// tell writes the details that an operator reads at the top of the workflow's
// page: where the order stands, what to do, and the last lines of its story.
func (o *orderRun) tell(ctx workflow.Context) {
	var b strings.Builder
	writef(&b, "**%s** · order %s · %s\n", o.state.Status, o.in.Number, o.in.Total)
	if o.state.Reason != "" {
		writef(&b, "\nReason: %s\n", o.state.Reason)
	}
	if a := o.state.Attention; a != nil {
		for _, each := range append([]order.Attention{*a}, a.Also...) {
			writef(&b, "\n### Needs a person: %s\n\n", strings.TrimSpace(string(each.Reason)+" "+each.About))
			writef(&b, "Since %s · owner: %s\n\n%s\n", each.Since.Format("2006-01-02 15:04:05 MST"), each.Owner, each.Next)
		}
	}
	if ends := o.repayEnds(); !ends.IsZero() {
		writef(&b, "\nThe hold is lost: the shopper was sent a link to pay again, and has until %s.\n", ends.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	table(&b, "payment attempt", "provider", "state", "decline")
	for _, id := range sortedAttempts(o.state.Attempts) {
		a := o.state.Attempts[id]
		row(&b, strings.TrimPrefix(id, o.in.OrderID+"-attempt-"), a.Provider, a.State, a.Decline)
	}
	if len(o.state.Shipments) > 0 {
		// The UI puts the namespace into a link's address.
		table(&b, "parcel", "state", "carrier", "")
		for _, id := range sortedParcels(o.state.Shipments) {
			s := o.state.Shipments[id]
			row(&b, itoa(s.Number), s.State, s.Carrier, "[open](/namespaces/{namespace}/workflows/"+url.PathEscape(ShipmentID(id))+")")
		}
	}
	workflow.SetCurrentDetails(ctx, b.String())
}

// gap keeps the cells of a row apart: the UI's own page for details resets all
// padding and shows what is left of its tables without any
// (github.com/temporalio/ui-server v2.54.1, server/route/ui.go: gomarkdown with
// its common extensions, tables among them). Wide blanks are not taken together
// as plain ones are.
const gap = "\u2003"

// table begins a table under a heading of its own; rows follow at once.
func table(b *strings.Builder, columns ...string) {
	b.WriteString("\n")
	row(b, columns...)
	writef(b, "|%s\n", strings.Repeat(":---|", len(columns)))
}

func row(b *strings.Builder, cells ...string) {
	writef(b, "| %s |\n", strings.Join(cells, gap+" | "))
}

// sortedParcels returns the parcels' ids by their numbers.
func sortedParcels(m map[string]order.ShipmentSummary) []string {
	ids := workflow.DeterministicKeys(m)
	slices.SortStableFunc(ids, func(x, y string) int { return m[x].Number - m[y].Number })
	return ids
}

// sortedAttempts returns the attempts' ids in an order that every replay has.
func sortedAttempts(m map[string]order.AttemptSummary) []string { return workflow.DeterministicKeys(m) }

// prepareSave freezes what the next write of the projection holds.
func (o *orderRun) prepareSave(ctx workflow.Context) activities.SaveInput {
	o.state.Rev++
	o.state.UpdatedAt = workflow.Now(ctx).UTC()
	in := activities.SaveInput{OrderID: o.in.OrderID, Over: o.over, State: o.state, Entries: o.entries, Events: o.events}
	o.entries, o.events = nil, nil
	return in
}

// save writes the projection with the lines and events gathered since the last
// write.
func (o *orderRun) save(ctx workflow.Context) {
	o.upsert(ctx)
	in := o.prepareSave(ctx)
	var result activities.SaveResult
	o.insist(ctx, order.ReasonStoreUnavailable, func(ctx workflow.Context) error {
		ctx = options(ctx, o.policy, "SaveOrder", "write the order's state: "+string(in.State.Status))
		return workflow.ExecuteActivity(ctx, orders.SaveOrder, in).Get(ctx, &result)
	})
	if result.Ahead != nil {
		o.adopt(ctx)
	}
	o.wrote = true
	o.heardCancel(result.CancelWanted)
	o.sendMails(ctx)
}

// flush saves when there is something to tell.
func (o *orderRun) flush(ctx workflow.Context) {
	if len(o.entries) > 0 || len(o.events) > 0 {
		o.save(ctx)
	}
}
