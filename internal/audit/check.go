package audit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
)

// check holds a snapshot and gathers what is wrong with it.
type check struct {
	snapshot
	ledger   map[string]map[string]stockOp
	findings []Finding
}

func (c *check) find(invariant, subject, format string, args ...any) {
	c.findings = append(c.findings, Finding{invariant, subject, fmt.Sprintf(format, args...)})
}

// orders: every state is one of ours, and none is stuck in silence.
func (c *check) orders() {
	for _, o := range c.snapshot.orders {
		status := o.State.Status
		if !onItsWay[status] && !over[status] && !sold[status] {
			c.find("order.known_state", o.ID, "stands at %q", status)
		}
		if o.moving() {
			c.find("order.not_stuck", o.ID, "stands at %s and nobody was asked", status)
		}
		if onItsWay[status] && !o.State.Open {
			c.find("order.on_its_way_is_open", o.ID, "stands at %s and is closed", status)
		}
	}
}

// runsMatch: an open order has a running workflow, a closed one has none.
func (c *check) runsMatch() {
	for _, o := range c.snapshot.orders {
		if run := c.runs[o.ID]; (run == order.RunRunning) != o.State.Open {
			c.find("order.has_its_run", o.ID, "open is %t, its run is %s", o.State.Open, run)
		}
	}
}

// quotes: what was frozen adds up, line by line.
func (c *check) quotes() {
	for _, o := range c.snapshot.orders {
		sum := o.Quote.Shipping.Minor
		for _, l := range o.Quote.Lines {
			if l.UnitPrice.Minor*l.Quantity-l.Discount.Minor != l.Total.Minor {
				c.find("quote.adds_up", o.ID, "line %s is not price × quantity - discount", l.SKU)
			}
			sum += l.Total.Minor
		}
		if sum != o.Quote.Total.Minor || o.Quote.Total.Currency != o.Quote.Currency {
			c.find("quote.adds_up", o.ID, "lines come to %d, the total says %d %s", sum, o.Quote.Total.Minor, o.Quote.Total.Currency)
		}
	}
}

// attempts: rows belong to orders, ask for the order's total, and leave no op
// open once the order is closed.
func (c *check) attempts() {
	listed := map[string]bool{}
	for _, p := range c.pictures {
		listed[p.Ref] = true
	}
	for _, a := range c.snapshot.attempts {
		o, ok := c.byID[a.OrderID]
		if !ok && !a.sent() {
			// A checkout that ended between two writes: nothing was ever asked.
			continue
		}
		if !ok {
			c.find("attempt.has_its_order", a.ID, "order %s does not exist", a.OrderID)
			continue
		}
		if due := c.due(o, a); a.Amount.Minor != due || a.Amount.Currency != o.Quote.Total.Currency {
			c.find("attempt.asks_the_total", a.ID, "asks %d %s, the order costs %d %s", a.Amount.Minor, a.Amount.Currency, due, o.Quote.Total.Currency)
		}
		if a.Ref != "" && !listed[a.Ref] && len(c.unlisted) == 0 {
			c.find("attempt.is_at_provider", a.ID, "%s has no payment %s", a.Provider, a.Ref)
		}
		c.ops(o, a)
	}
}

func (c *check) ops(o orderRow, a attemptRow) {
	for id, op := range a.Ops {
		if !strings.HasPrefix(id, o.ID+"-") {
			c.find("op.named_after_order", id, "stands in attempt %s", a.ID)
		}
		part := op.Kind == "capture" || op.Kind == "refund"
		if !part && op.Amount != a.Amount || part && (op.Amount.Minor < 1 || op.Amount.Minor > a.Amount.Minor) {
			c.find("op.same_amount", id, "is over %d, its attempt over %d", op.Amount.Minor, a.Amount.Minor)
		}
		settled := !o.State.Open || sold[o.State.Status] && !o.settling() && a.ID == o.State.AttemptID
		if settled && !o.excused(aboutMoney...) && (op.State == "sent" || op.State == "unknown") && op.Kind != "open" {
			c.find("op.is_answered", id, "is %s although the order is %s", op.State, o.State.Status)
		}
	}
}

// payments: the providers' books against the orders.
func (c *check) payments() {
	if len(c.unlisted) > 0 {
		return
	}
	held, captured := map[string][]payment.Picture{}, map[string]int64{}
	for _, p := range c.pictures {
		captured[p.OrderID] += p.Captured
		o, ok := c.byID[p.OrderID]
		if !ok {
			if has(p) || mayTake(p) {
				c.find("payment.has_its_order", p.Ref, "%s has a payment for order %q", c.named[p.Ref], p.OrderID)
			}
			continue
		}
		if has(p) {
			held[o.ID] = append(held[o.ID], p)
		} else if mayTake(p) && !c.wanted(o, p) {
			c.find("payment.leaves_nothing", p.Ref, "still stands at %s, order %s is %s", p.Standing, o.ID, o.State.Status)
		}
	}
	for _, o := range c.snapshot.orders {
		c.money(o, held[o.ID])
		if total := o.Quote.Total.Minor; captured[o.ID] > total && !o.excused(aboutMoney...) {
			c.find("payment.captured_once", o.ID, "costs %d, providers captured %d in all", total, captured[o.ID])
		}
	}
}

// aboutMoney are the reasons for a person that say that an order's money is not
// where it should be, or not known.
var aboutMoney = []string{
	"money_moved_at_provider", "late_success", "manual_review", "payment_unknown", "payment_refused", "commit_impossible", "compensation_stuck",
	"capture_unknown", "refund_failed", "disputed", "parcel_found_again",
}

// sent reports whether anything of the attempt ever went to a provider.
func (a attemptRow) sent() bool {
	for _, op := range a.Ops {
		if op.State != "created" && op.State != "barred" {
			return true
		}
	}
	return a.Ref != ""
}

// has reports whether the shopper's money is with the payment.
func has(p payment.Picture) bool { return p.Held+p.Captured-p.Refunded > 0 }

// mayTake reports whether a payment without money can still come to some: one
// that is voided, or was captured and given back, is over.
func mayTake(p payment.Picture) bool {
	return p.Standing != payment.StandsVoided && p.Standing != payment.StandsCaptured
}

// wanted reports whether a payment without money may still stand: its order
// waits for the customer, or for a person.
func (c *check) wanted(o orderRow, p payment.Picture) bool {
	if o.excused(aboutMoney...) {
		return true
	}
	hold := o.State.Fulfilment.Hold
	asked := onItsWay[o.State.Status] || o.State.Status == "processing" && hold != nil && hold.State == "lost"
	return asked && strings.HasPrefix(p.OpID, o.ID+"-open-") && strings.HasSuffix(o.State.AttemptID, strings.TrimPrefix(p.OpID, o.ID+"-open-"))
}

// money: paid once where the order stands, not at all where it is over.
func (c *check) money(o orderRow, held []payment.Picture) {
	net := int64(0)
	for _, p := range held {
		net += p.Held + p.Captured - p.Refunded
		if p.Amount.Currency != o.Quote.Currency {
			c.find("payment.same_currency", p.Ref, "is in %s, order %s in %s", p.Amount.Currency, o.ID, o.Quote.Currency)
		}
	}
	total := o.Quote.Total.Minor
	switch {
	case len(held) > 1:
		c.find("payment.held_once", o.ID, "%d payments hold money for it, %d in all", len(held), net)
	case sold[o.State.Status] && !o.settling() && !c.paidFor(o, held) && !o.excused(aboutMoney...):
		c.find("payment.held_in_full", o.ID, "is %s over %d, providers hold %d", o.State.Status, total, net)
	case over[o.State.Status] && net != 0 && (!o.excused(aboutMoney...) || !o.State.Open && !o.excused("money_moved_at_provider")):
		c.find("payment.given_back", o.ID, "is %s, providers hold %d", o.State.Status, net)
	case net > total:
		c.find("payment.not_too_much", o.ID, "costs %d, providers hold %d", total, net)
	}
	c.row(o, held)
}

// row: what pays a placed order is known to one of its attempts, and the
// attempt that paid says what the provider says.
func (c *check) row(o orderRow, held []payment.Picture) {
	if o.excused(aboutMoney...) {
		return
	}
	for _, p := range held {
		known := false
		for _, a := range c.snapshot.attempts {
			if a.Ref != p.Ref || a.OrderID != o.ID {
				continue
			}
			known = true
			if p.Held > 0 && a.Held != p.Held {
				c.find("attempt.agrees", a.ID, "says %d is held, the provider %d", a.Held, p.Held)
			}
		}
		if !known && sold[o.State.Status] {
			c.find("payment.has_its_attempt", p.Ref, "pays order %s, none of its attempts knows", o.ID)
		}
	}
}

// stockCounters: each document adds up, and its counters are what movements
// and open entries make of them.
func (c *check) stockCounters() {
	c.ledger = c.stockOps()
	effects := c.effects()
	for _, it := range c.items {
		if it.Available != it.OnHand-it.Reserved-it.Committed {
			c.find("stock.adds_up", it.ID, "available %d is not %d - %d - %d", it.Available, it.OnHand, it.Reserved, it.Committed)
		}
		e := effects[it.ID]
		if it.Available < 0 && !e.adjusted {
			c.find("stock.not_oversold", it.ID, "available is %d and nobody counted it so", it.Available)
		}
		if e.onHand != it.OnHand || e.reserved != it.Reserved || e.committed != it.Committed {
			c.find("stock.rebuilt", it.ID, "on hand/reserved/committed %d/%d/%d, the ledger makes %d/%d/%d",
				it.OnHand, it.Reserved, it.Committed, e.onHand, e.reserved, e.committed)
		}
	}
}

type effect struct {
	onHand, reserved, committed int64
	adjusted                    bool
}

// effects rebuilds the counters of every item. An op counts by its furthest
// entry: committed or released beats reserved.
func (c *check) effects() map[string]effect {
	out := map[string]effect{}
	for item, ops := range c.ledger {
		e := out[item]
		for _, op := range ops {
			switch op.kind {
			case "r":
				e.reserved += op.quantity
			case "c":
				e.committed += op.quantity
			case "u":
				e.committed -= op.quantity
			case "s":
				e.committed -= op.quantity
				e.onHand -= op.quantity
			case "i", "t":
				e.onHand += op.quantity
			case "w", "a":
				e.onHand += op.quantity
				e.adjusted = true
			}
		}
		out[item] = e
	}
	return out
}

// entryKinds are the letters of what happened to units; x is a release.
var entryKinds = map[string]bool{
	"r": true, "c": true, "x": true, "u": true, "s": true, "i": true, "t": true, "w": true, "a": true,
}

type stockOp struct {
	kind     string
	quantity int64
}

// stockOps joins movements with the entries that are not pruned, by item and
// op.
func (c *check) stockOps() map[string]map[string]stockOp {
	out := map[string]map[string]stockOp{}
	put := func(item, op, kind string, quantity int64) {
		if out[item] == nil {
			out[item] = map[string]stockOp{}
		}
		if there, ok := out[item][op]; ok && kind == "r" && there.kind != "r" {
			return
		}
		out[item][op] = stockOp{kind, quantity}
	}
	for _, m := range c.movements {
		put(m.Item, m.Op, m.Kind, m.Quantity)
	}
	for _, it := range c.items {
		for op, entry := range it.Ops {
			parts := strings.Split(entry, ":")
			quantity, err := strconv.ParseInt(parts[min(1, len(parts)-1)], 10, 64)
			if err != nil || len(parts) != 3 || !entryKinds[parts[0]] {
				c.find("stock.entry_reads", it.ID, "op %s has the entry %q", op, entry)
				continue
			}
			put(it.ID, op, parts[0], quantity)
		}
	}
	return out
}

// stockOwners: units are taken by orders that have a right to them, and every
// placed order has its units.
func (c *check) stockOwners() {
	taken := map[string]map[string]int64{}
	for item, ops := range c.ledger {
		sku := item[strings.Index(item, "/")+1:]
		for id, op := range ops {
			owner, noun, ok := strings.Cut(id, "-")
			if !ok || !strings.HasPrefix(id, "ord_") {
				continue
			}
			if _, known := c.byID[owner]; !known {
				c.find("stock.has_its_order", item, "op %s belongs to no order", id)
				continue
			}
			if taken[owner] == nil {
				taken[owner] = map[string]int64{}
			}
			switch {
			case op.kind == "r" || op.kind == "c":
				taken[owner][sku] += op.quantity
			case op.kind == "u" && strings.HasPrefix(noun, "uncommit"), op.kind == "t":
				taken[owner][sku] -= op.quantity
			}
		}
	}
	for _, o := range c.snapshot.orders {
		c.units(o, taken[o.ID])
	}
}

func (c *check) units(o orderRow, taken map[string]int64) {
	want := map[string]int64{}
	for _, l := range o.Quote.Lines {
		want[l.SKU] += l.Quantity
	}
	for sku := range taken {
		want[sku] += 0 // what it never bought, it may not have either
	}
	kept := c.keptUnits(o)
	for sku, quantity := range want {
		switch {
		case sold[o.State.Status] && !c.unsettled(o) && taken[sku] != quantity-kept.back[sku]:
			c.find("stock.sold_once", o.ID, "bought %d of %s, the ledger has %d for it", quantity-kept.back[sku], sku, taken[sku])
		case over[o.State.Status] && !o.State.Open && taken[sku] != kept.lost[sku]:
			c.find("stock.given_back", o.ID, "is %s and still has %d of %s", o.State.Status, taken[sku]-kept.lost[sku], sku)
		case taken[sku] > quantity:
			c.find("stock.sold_once", o.ID, "bought %d of %s, the ledger has %d for it", quantity, sku, taken[sku])
		}
	}
}

// stories: a placed order was told of exactly once, an order that never was
// placed not at all.
func (c *check) stories() {
	lines, events, seen := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, t := range c.timelines {
		owner, _, _ := strings.Cut(t.ID, "/")
		for _, e := range t.Entries {
			if e.Kind == "order_placed" {
				lines[owner]++
			}
		}
	}
	for _, n := range c.notices {
		// An event on its way to the archive stands in both places.
		if n.Kind == "order.placed" && !seen[n.ID] {
			seen[n.ID] = true
			events[n.OrderID]++
		}
	}
	for _, o := range c.snapshot.orders {
		want := 0
		if !o.State.PlacedAt.IsZero() && o.State.PlacedAt.Year() > 1 {
			want = 1
		}
		if lines[o.ID] != want {
			c.find("story.placed_once", o.ID, "its timeline says placed %d times, it should %d", lines[o.ID], want)
		}
		if events[o.ID] != want {
			c.find("outbox.placed_once", o.ID, "%d order.placed events, it should be %d", events[o.ID], want)
		}
	}
}

// claims: a cart is held by exactly the order that lives from it.
func (c *check) claims() {
	owners := map[string]string{}
	for _, cl := range c.snapshot.claims {
		cart, ok := strings.CutPrefix(cl.Key, "cart/")
		if !ok {
			continue
		}
		owners[cart] = cl.Owner
		if o, known := c.byID[cl.Owner]; known && over[o.State.Status] && !o.State.Open {
			c.find("claim.ends_with_order", cl.Key, "is held by %s, which is %s", o.ID, o.State.Status)
		}
	}
	for _, o := range c.snapshot.orders {
		if sold[o.State.Status] && owners[o.CartID] != o.ID {
			c.find("claim.lasts_with_order", o.ID, "is placed, its cart is held by %q", owners[o.CartID])
		}
	}
}

// inbox: every webhook that we kept was passed on.
func (c *check) inbox() {
	for _, l := range c.letters {
		c.find("inbox.is_delivered", l.ID, "was kept and nobody was told")
	}
}
