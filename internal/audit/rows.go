package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// The rows as the audit reads them: only what it judges, by the names in the
// database.
type (
	orderRow struct {
		ID         string `bson:"_id"`
		Number     string `bson:"number"`
		CartID     string `bson:"cart_id"`
		CustomerID string `bson:"customer_id"`
		EmailKey   string `bson:"email_key"`
		// Sealed says of each sealed part whose key opens it.
		Sealed map[string]struct {
			Subject string `bson:"subject"`
		} `bson:"sealed"`
		Accepted []struct {
			Kind     string `bson:"kind"`
			Language string `bson:"language"`
			Number   int64  `bson:"number"`
			Hash     string `bson:"hash"`
		} `bson:"accepted_terms"`
		Quote struct {
			Currency string `bson:"currency"`
			Lines    []struct {
				SKU       string `bson:"sku"`
				Quantity  int64  `bson:"quantity"`
				UnitPrice amount `bson:"unit_price"`
				Discount  amount `bson:"discount"`
				Total     amount `bson:"total"`
				Tax       amount `bson:"tax"`
				Percent   int64  `bson:"tax_percent"`
			} `bson:"lines"`
			Shipping amount `bson:"shipping"`
			Total    amount `bson:"total"`
			Hash     string `bson:"hash"`
		} `bson:"quote"`
		State struct {
			Status      string     `bson:"status"`
			Rev         int64      `bson:"rev"`
			Open        bool       `bson:"open"`
			AttemptID   string     `bson:"attempt_id"`
			Attention   *attention `bson:"attention"`
			Reservation struct {
				Op     string `bson:"op"`
				UndoOp string `bson:"undo_op"`
			} `bson:"reservation"`
			PlacedAt   time.Time `bson:"placed_at"`
			Fulfilment struct {
				Shipments map[string]struct {
					State    string `bson:"state"`
					Replaced bool   `bson:"replaced"`
				} `bson:"shipments"`
				Hold *struct {
					State string `bson:"state"`
				} `bson:"hold"`
				Refunds map[string]struct {
					AttemptID string `bson:"attempt_id"`
					Amount    int64  `bson:"amount"`
					Done      bool   `bson:"done"`
				} `bson:"refunds"`
				Mails map[string]struct {
					Kind  string `bson:"kind"`
					State string `bson:"state"`
				} `bson:"mails"`
			} `bson:"fulfilment"`
		} `bson:"state"`
	}
	attention struct {
		Reason string      `bson:"reason"`
		Since  time.Time   `bson:"since"`
		Also   []attention `bson:"also"`
	}
	amount struct {
		Minor    int64  `bson:"amount"`
		Currency string `bson:"currency"`
	}
	shipmentRow struct {
		ID       string `bson:"_id"`
		OrderID  string `bson:"order_id"`
		Carrier  string `bson:"carrier"`
		Location string `bson:"location"`
		Lines    []struct {
			SKU      string `bson:"sku"`
			Quantity int64  `bson:"quantity"`
		} `bson:"lines"`
		Share        amount                `bson:"share"`
		State        string                `bson:"state"`
		Ref          string                `bson:"ref"`
		LeftUnpaid   bool                  `bson:"left_unpaid"`
		CapturedAt   time.Time             `bson:"captured_at"`
		HandedOverAt time.Time             `bson:"handed_over_at"`
		CreatedAt    time.Time             `bson:"created_at"`
		Ops          map[string]shipmentOp `bson:"ops"`
	}
	shipmentOp struct {
		Kind  string `bson:"kind"`
		State string `bson:"state"`
	}
	mailRow struct {
		ID      string             `bson:"_id"`
		OrderID string             `bson:"order_id"`
		Kind    string             `bson:"kind"`
		State   string             `bson:"state"`
		Again   bool               `bson:"again"`
		Tries   map[string]mailTry `bson:"tries"`
	}
	mailTry struct {
		State string `bson:"state"`
	}
	attemptRow struct {
		ID        string           `bson:"_id"`
		OrderID   string           `bson:"order_id"`
		Provider  string           `bson:"provider"`
		Amount    amount           `bson:"amount"`
		QuoteHash string           `bson:"quote_hash"`
		State     string           `bson:"state"`
		Ref       string           `bson:"ref"`
		Held      int64            `bson:"held"`
		Captured  int64            `bson:"captured"`
		Purpose   string           `bson:"purpose"`
		CreatedAt time.Time        `bson:"created_at"`
		Ops       map[string]opRow `bson:"ops"`
	}
	opRow struct {
		Kind   string `bson:"kind"`
		Amount amount `bson:"amount"`
		State  string `bson:"state"`
	}
	itemRow struct {
		ID        string            `bson:"_id"`
		OnHand    int64             `bson:"on_hand"`
		Reserved  int64             `bson:"reserved"`
		Committed int64             `bson:"committed"`
		Available int64             `bson:"available"`
		Ops       map[string]string `bson:"ops"`
	}
	movementRow struct {
		ID       string `bson:"_id"`
		Item     string `bson:"item"`
		Op       string `bson:"op"`
		Kind     string `bson:"kind"`
		Quantity int64  `bson:"quantity"`
	}
	timelineRow struct {
		ID      string `bson:"_id"`
		Entries map[string]struct {
			Kind string `bson:"kind"`
		} `bson:"entries"`
	}
	noticeRow struct {
		ID      string `bson:"_id"`
		OrderID string `bson:"order_id"`
		Kind    string `bson:"kind"`
	}
	claimRow struct {
		Key   string `bson:"_id"`
		Owner string `bson:"owner"`
	}
	idRow struct {
		ID string `bson:"_id"`
	}
	accountRow struct {
		ID       string    `bson:"_id"`
		ErasedAt time.Time `bson:"erased_at"`
		Erasure  *struct {
			Due time.Time `bson:"due"`
		} `bson:"erasure"`
	}
	keyRow struct {
		ID          string    `bson:"_id"`
		DestroyedAt time.Time `bson:"destroyed_at"`
	}
	versionRow struct {
		ID   string `bson:"_id"`
		Text string `bson:"text"`
		Hash string `bson:"hash"`
	}
)

// snapshot is everything, read once.
type snapshot struct {
	orders    []orderRow
	byID      map[string]orderRow
	attempts  []attemptRow
	items     []itemRow
	movements []movementRow
	timelines []timelineRow
	notices   []noticeRow
	claims    []claimRow
	letters   []idRow
	parcels   []shipmentRow
	mails     []mailRow
	versions  []versionRow
	accounts  []accountRow
	keys      []keyRow
	shelves   shelves
	// at is when reading began.
	at       time.Time
	pictures []payment.Picture
	// labels are the carriers' own books, sent the mail provider's, by send key;
	// nil where it tells nothing.
	labels []shipping.Picture
	sent   map[string]int
	// unlisted are providers whose books could not be read, with the reason.
	unlisted []string
	// runs are the orders' workflows.
	runs map[string]order.RunState
	// named are the pictures' providers, by reference.
	named map[string]string
}

func (a *Auditor) read(ctx context.Context) (snapshot, error) {
	s := snapshot{at: a.Now(), byID: map[string]orderRow{}, named: map[string]string{}, runs: map[string]order.RunState{}}
	var told []noticeRow
	var parcelLetters []idRow
	for _, c := range []struct {
		name string
		rows any
	}{
		{"payment_inbox", &s.letters}, {"shipping_inbox", &parcelLetters}, {"shipments", &s.parcels}, {"mails", &s.mails}, {"orders", &s.orders}, {"payment_attempts", &s.attempts}, {"stock", &s.items},
		{"stock_movements", &s.movements}, {"timelines", &s.timelines}, {"outbox", &s.notices}, {"outbox_told", &told}, {"claims", &s.claims}, {"terms", &s.versions},
		{"accounts", &s.accounts}, {"person_keys", &s.keys},
	} {
		if err := a.Rows.All(ctx, c.name, c.rows); err != nil {
			return s, fmt.Errorf("reading %s: %w", c.name, err)
		}
	}
	var err error
	if s.shelves, err = a.shelves(ctx); err != nil {
		return s, err
	}
	s.notices = append(s.notices, told...)
	s.letters = append(s.letters, parcelLetters...)
	for _, o := range s.orders {
		s.byID[o.ID] = o
		run, err := a.Runs.Describe(ctx, o.ID)
		if err != nil {
			return s, fmt.Errorf("describing the run of %s: %w", o.ID, err)
		}
		s.runs[o.ID] = run
	}
	a.list(ctx, &s)
	return s, nil
}

// list asks each provider for its own books, from before the oldest attempt.
func (a *Auditor) list(ctx context.Context, s *snapshot) {
	since := a.Now()
	for _, at := range s.attempts {
		if at.CreatedAt.Before(since) {
			since = at.CreatedAt
		}
	}
	for name, gateway := range a.Gateways {
		pictures, err := gateway.List(ctx, since.Add(-time.Hour))
		if err != nil {
			// The rest can be judged all the same.
			s.unlisted = append(s.unlisted, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		for _, p := range pictures {
			s.named[p.Ref] = name
		}
		s.pictures = append(s.pictures, pictures...)
	}
	for name, carrier := range a.Carriers {
		if !carrier.Tracks() {
			continue
		}
		labels, err := carrier.List(ctx, since.Add(-time.Hour))
		if err != nil {
			s.unlisted = append(s.unlisted, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		s.labels = append(s.labels, labels...)
	}
	if a.Mailbox != nil {
		var err error
		if s.sent, err = a.Mailbox(ctx); err != nil {
			s.unlisted = append(s.unlisted, fmt.Sprintf("mails: %v", err))
		}
	}
	slices.Sort(s.unlisted)
}

// onItsWay lists the states in which an order does not rest unless it waits
// for a person.
var onItsWay = map[string]bool{
	"pending": true, "reserved": true, "awaiting_customer": true, "payment_unknown": true, "closing_payment": true,
	"authorized": true, "cancelling": true,
}

var over = map[string]bool{"rejected": true, "expired": true, "payment_failed": true, "cancelled": true}

// sold are the states of an order that was placed and goes on, or went to its
// good end.
var sold = map[string]bool{"placed": true, "processing": true, "fulfilled": true, "completed": true}

// inTheHouse are the states of a parcel before it leaves.
var inTheHouse = map[string]bool{
	"planned": true, "allocated": true, "label_requested": true, "label_created": true, "label_failed": true, "label_unknown": true,
	"packed": true, "capture_pending": true, "ready": true, "blocked": true, "cancelling": true,
}

// hurries reports whether the parcel is where it rests for nobody: not for staff,
// nor for the carrier, nor for the time in which a change of mind costs nothing.
func (p shipmentRow) hurries() bool {
	switch p.State {
	case "allocated", "label_requested", "label_unknown", "packed", "capture_pending", "cancelling":
		return true
	}
	return false
}

// unheard reports whether the parcel has come to its end and its order has not
// heard of it.
func (s snapshot) unheard(p shipmentRow) bool {
	ended := gone[p.State] || p.State == "delivered"
	return ended && s.byID[p.OrderID].State.Fulfilment.Shipments[p.ID].State != p.State
}

// gone are the ends of a parcel that the shopper did not get.
var gone = map[string]bool{"cancelled": true, "lost": true, "damaged": true, "returned_to_sender": true}

// left are the states of a parcel that has left the house, for good or not.
var left = map[string]bool{
	"handed_over": true, "in_transit": true, "out_for_delivery": true, "delivery_failed": true, "exception": true, "delivered": true,
	"returning_to_sender": true, "returned_to_sender": true, "lost": true, "damaged": true,
}

// excused reports whether a person was asked to look at the order's money, or at
// what cannot be undone: a reason that has nothing to do with it excuses nothing.
func (o orderRow) excused(reasons ...string) bool {
	if o.State.Attention == nil {
		return false
	}
	for _, a := range append([]attention{*o.State.Attention}, o.State.Attention.Also...) {
		if slices.Contains(reasons, a.Reason) {
			return true
		}
	}
	return false
}

// mailing reports whether a mail of the order is still on its way.
func (o orderRow) mailing() bool {
	for _, m := range o.State.Fulfilment.Mails {
		if m.State == "" {
			return true
		}
	}
	return false
}

// settling reports whether money is on its way back, or a capture on its way.
func (o orderRow) settling() bool {
	for _, r := range o.State.Fulfilment.Refunds {
		if !r.Done {
			return true
		}
	}
	hold := o.State.Fulfilment.Hold
	return hold != nil && (hold.State == "capturing" || hold.State == "capture_unknown")
}

func (o orderRow) moving() bool {
	if sold[o.State.Status] && o.State.Attention == nil && (o.mailing() || o.settling() || o.State.Status == "placed" || o.State.Status == "completed" && o.State.Open) {
		return true
	}
	return (onItsWay[o.State.Status] || over[o.State.Status]) && o.State.Open && o.State.Attention == nil
}

// atRest reports whether nothing is on its way: no order moves and no parcel, no
// letter waits, nobody is about to be forgotten, no open order has lost its run,
// which the sweeper would find, and none that is over is still about to leave its
// run.
func (s snapshot) atRest() bool {
	for _, o := range s.orders {
		if o.moving() || (s.runs[o.ID] == order.RunRunning) != o.State.Open {
			return false
		}
	}
	for _, p := range s.parcels {
		if o, known := s.byID[p.OrderID]; known && (p.hurries() && o.State.Attention == nil || s.unheard(p)) {
			return false
		}
	}
	return len(s.letters) == 0 && !s.forgetting()
}
