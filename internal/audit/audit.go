// Package audit is the referee. It recomputes every invariant of orders, money
// and stock from raw rows and from the providers' own lists, and shares no
// folding code with the product: what the product got wrong, it must not get
// wrong in the same way.
package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// Source gives the raw rows of a collection.
type Source interface {
	// All reads every row of the collection into rows, a pointer to a slice.
	All(ctx context.Context, collection string, rows any) error
}

// Auditor looks at everything.
type Auditor struct {
	Rows     Source
	Runs     order.Runs
	Gateways payment.Gateways
	Carriers shipping.Carriers
	// Mailbox counts the mails that the provider took, by send key; nil where the
	// provider does not tell.
	Mailbox func(context.Context) (map[string]int, error)
	// Now tells the time by which ages are judged.
	Now func() time.Time
	// Patience is how long the audit waits for orders on their way, and for
	// facts that are not delivered yet, to come to rest.
	Patience time.Duration
}

// Finding is one violation of an invariant.
type Finding struct {
	// Invariant is its stable name, such as payment.held_once.
	Invariant string
	// Subject is the order, payment or stock item.
	Subject string
	Detail  string
}

// Report is what an audit saw.
type Report struct {
	Orders    int
	Attempts  int
	Payments  int
	Items     int
	Movements int
	Parcels   int
	Mails     int
	Products  int
	Waited    time.Duration
	ByStatus  map[string]int
	Findings  []Finding
	// Unchecked are providers whose books could not be read: what they hold was
	// not compared.
	Unchecked []string
	// People are the reasons for which orders need a person, with how many do
	// and since when the oldest.
	People map[string]Waiting
}

// Waiting are orders that need a person for one reason.
type Waiting struct {
	Orders int
	Since  time.Time
}

// Clean reports whether everything was checked and nothing was found. Orders
// that need a person and say so are no finding.
func (r Report) Clean() bool { return len(r.Findings)+len(r.Unchecked) == 0 }

// String renders the report for a terminal, aligned.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "audit: %d orders, %d attempts, %d payments at providers, %d parcels, %d mails, %d stock items, %d movements, %d products (waited %s for rest)\n",
		r.Orders, r.Attempts, r.Payments, r.Parcels, r.Mails, r.Items, r.Movements, r.Products, r.Waited.Round(10*time.Millisecond))
	statuses := make([]string, 0, len(r.ByStatus))
	for s, n := range r.ByStatus {
		statuses = append(statuses, fmt.Sprintf("%s %d", s, n))
	}
	slices.Sort(statuses)
	fmt.Fprintf(&b, "       %s\n", strings.Join(statuses, " · "))
	for _, reason := range slices.Sorted(maps.Keys(r.People)) {
		w := r.People[reason]
		fmt.Fprintf(&b, "       %d need a person: %s, since %s\n", w.Orders, reason, w.Since.Format(time.DateTime))
	}
	for _, provider := range r.Unchecked {
		fmt.Fprintf(&b, "  NOT CHECKED: the books of %s\n", provider)
	}
	if r.Clean() {
		b.WriteString("audit: clean\n")
		return b.String()
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %-28s %-46s %s\n", f.Invariant, f.Subject, f.Detail)
	}
	fmt.Fprintf(&b, "audit: %d findings\n", len(r.Findings))
	return b.String()
}

// Run waits for rest, reads everything once and checks every invariant.
func (a *Auditor) Run(ctx context.Context) (Report, error) {
	began := a.Now()
	s, err := a.rest(ctx)
	if err != nil {
		return Report{}, err
	}
	c := &check{snapshot: s}
	for _, look := range []func(){
		c.orders, c.runsMatch, c.quotes, c.attempts, c.payments, c.stockCounters, c.parcelsOf, c.stockOwners, c.stories, c.claims, c.inbox,
		c.mailsOf, c.texts, c.privacy, c.catalog,
	} {
		look()
	}
	slices.SortFunc(c.findings, func(x, y Finding) int {
		return strings.Compare(x.Invariant+x.Subject+x.Detail, y.Invariant+y.Subject+y.Detail)
	})
	report := Report{
		Orders: len(s.orders), Attempts: len(s.attempts), Payments: len(s.pictures), Items: len(s.items), Movements: len(s.movements), Parcels: len(s.parcels), Mails: len(s.mails), Products: len(s.shelves.products),
		Waited: a.Now().Sub(began), ByStatus: map[string]int{}, Findings: c.findings,
		Unchecked: s.unlisted, People: map[string]Waiting{},
	}
	for _, o := range s.orders {
		report.ByStatus[o.State.Status]++
		if a := o.State.Attention; a != nil {
			w := report.People[a.Reason]
			if w.Orders++; w.Since.IsZero() || a.Since.Before(w.Since) {
				w.Since = a.Since
			}
			report.People[a.Reason] = w
		}
	}
	return report, nil
}

// rest reads until nothing is on its way, or patience is over.
func (a *Auditor) rest(ctx context.Context) (snapshot, error) {
	deadline := a.Now().Add(a.Patience)
	for {
		s, err := a.read(ctx)
		if err != nil {
			return s, err
		}
		still, err := a.stoodStill(ctx, s)
		if err != nil || still && s.atRest() || !a.Now().Before(deadline) {
			return s, err
		}
		select {
		case <-ctx.Done():
			return s, fmt.Errorf("waiting for orders to come to rest: %w", ctx.Err())
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// stoodStill reports whether no order moved while the snapshot was read: one
// that did would be judged by rows of two moments.
func (a *Auditor) stoodStill(ctx context.Context, s snapshot) (bool, error) {
	var now []orderRow
	if err := a.Rows.All(ctx, "orders", &now); err != nil {
		return false, fmt.Errorf("reading orders again: %w", err)
	}
	for _, o := range now {
		before, ok := s.byID[o.ID]
		if !ok || before.State.Rev != o.State.Rev {
			return false, nil
		}
	}
	return true, nil
}
