package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// crashFate is what becomes of a shopper and of what was bought.
type crashFate struct {
	method, next string
	scarce       bool
	confirm      string
	// parcels is 2 for what does not fit into one.
	parcels int
	// cancel says when the shopper cancels.
	cancel cancelling
	// journey is what the carrier does with the parcels, as EasyPost's simulator
	// names it. early lets the van take them before anybody has packed.
	journey string
	early   bool
}

// cancelling is when a shopper cancels.
type cancelling int

const (
	never cancelling = iota
	atOnce
	whenLabelled
	whenReady
	whenOneHasLeft
	whenAllHaveLeft
)

// crashFates are what becomes of shoppers; each line is one of them.
var crashFates = []crashFate{
	{method: "pm_card_visa"},
	{method: "pm_card_mastercard", cancel: atOnce},
	{method: "pm_card_visa_chargeDeclined", next: "pm_card_visa"},
	{method: "pm_card_threeDSecure2Required", confirm: stripe.ChallengeComplete, parcels: 2},
	{method: "pm_card_visa", scarce: true},
	{method: "pm_card_visa", cancel: whenLabelled},
	{method: "pm_card_visa", parcels: 2, cancel: whenOneHasLeft},
	{method: "pm_card_threeDSecure2Required", confirm: stripe.ChallengeFail, next: "pm_card_visa"},
	{method: "pm_card_visa", journey: "returned"},
	{method: "pm_card_visa", cancel: whenReady},
	{method: "pm_card_threeDSecure2Required"},
	{method: "pm_card_visa", journey: "lost"},
	{method: "pm_card_threeDSecure2Required", next: "pm_card_amex"},
	{method: "pm_card_visa", cancel: whenAllHaveLeft, journey: "second_try"},
	{method: "pm_card_visa_chargeDeclinedInsufficientFunds"},
	{method: "pm_card_visa", parcels: 2, journey: "damaged"},
	{method: "pm_card_visa", cancel: atOnce, scarce: true},
	{method: "pm_card_mastercard", journey: "error"},
	{method: "pm_card_visa", early: true},
	{method: "pm_card_threeDSecure2Required", confirm: stripe.ChallengeComplete, journey: "direct"},
}

// shop lives one shopper's fate, asking again whenever nobody answers, and then
// serves the order until it is over.
func (w *world) shop(ctx context.Context, i int) {
	fate := crashFates[i%len(crashFates)]
	line := lab.Line{SKU: w.sku, Quantity: 1}
	switch {
	case fate.scarce:
		line.SKU = w.scarce
	case fate.parcels == 2:
		line = lab.Line{SKU: w.heavy, Quantity: 4}
	}
	p := w.fill(ctx, line)
	if p == nil {
		return
	}
	key := fmt.Sprintf("checkout-%d", i)
	w.insist(ctx, func() (lab.Reply, error) { return p.Checkout(ctx, key, fate.method) })
	if p.OrderID == "" {
		return
	}
	w.remember(p.OrderID)
	if fate.confirm != "" {
		w.confirm(ctx, p, fate.confirm)
	}
	if fate.next != "" {
		w.insist(ctx, func() (lab.Reply, error) { return p.PayAgain(ctx, key+"-next", fate.next) })
	}
	if fate.cancel == atOnce {
		w.insist(ctx, func() (lab.Reply, error) { return p.Cancel(ctx, key+"-cancel") })
	}
	(&service{world: w, p: p, fate: fate, key: key, keys: map[string]int{}}).serve(ctx)
}

func (w *world) fill(ctx context.Context, line lab.Line) *lab.Shopper {
	for ctx.Err() == nil {
		if p, err := w.lab.Shop().Fill(ctx, line); err == nil {
			return p
		}
		pause(ctx, 200*time.Millisecond)
	}
	return nil
}

// certain reports whether an answer is one: the same question brings no other.
func certain(r lab.Reply, err error) bool {
	return err == nil && r.Status < 500 && r.Status != http.StatusTooManyRequests && r.Code != "attempt_open"
}

// insist asks under the same key until somebody answers for certain.
func (w *world) insist(ctx context.Context, ask func() (lab.Reply, error)) {
	for range 60 {
		if certain(ask()) || ctx.Err() != nil {
			return
		}
		pause(ctx, 300*time.Millisecond)
	}
}

// confirm is the shopper at the bank's page; the way back may find nobody at
// home, and the order's own poll has to notice.
func (w *world) confirm(ctx context.Context, p *lab.Shopper, outcome string) {
	for range 40 {
		for _, intent := range w.lab.Stripe.IntentsOf("order_id", p.OrderID) {
			if _, err := w.lab.Stripe.FinishChallenge(intent, outcome); err == nil {
				return
			}
		}
		if r, err := p.Order(ctx); err == nil && (r.State.Ended() || lab.GoesOn(r.State)) {
			return
		}
		pause(ctx, 150*time.Millisecond)
	}
}

// service is what the people of the shop, the carrier and the shopper do with one
// order after its checkout.
type service struct {
	*world
	p    *lab.Shopper
	fate crashFate
	key  string
	// keys counts the certain answers to each question: the next time it is asked
	// anew.
	keys      map[string]int
	cancelled bool
}

// servedEvery is how often the people of the shop look at an order.
const servedEvery = 1500 * time.Millisecond

// serve looks at the order until it is over: what can be packed is packed, what is
// ready is handed over, what is broken is repaired.
func (s *service) serve(ctx context.Context) {
	var late <-chan time.Time
	calm := s.calm
	for {
		o, err := s.lab.App.Orders.Find(ctx, s.p.OrderID)
		if err == nil && o.State.Status.Ended() && !o.State.Open {
			return
		}
		if err == nil {
			s.work(ctx, o)
		}
		select {
		case <-ctx.Done():
			s.tooLate(ctx, s.p.OrderID)
			return
		case <-calm:
			late, calm = time.After(calmWithin), nil
		case <-late:
			s.tooLate(ctx, s.p.OrderID)
			return
		case <-time.After(servedEvery):
		}
	}
}

func (s *service) work(ctx context.Context, o order.Order) {
	if o.State.Status == order.Processing {
		s.pack(ctx)
	}
	// Also behind a reason that is only acknowledged, such as left_unpaid.
	if o.State.Attention.For(order.RepairRetry) != "" {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		// The order may need nobody any more, or nobody may answer now: the next look
		// tells.
		_ = s.lab.Repair(ctx, s.p.OrderID, "Zeynep")
	}
}

// pack does with the order's parcels what is to be done where they stand.
func (s *service) pack(ctx context.Context) {
	parcels, err := s.staff.Parcels(ctx, s.p.OrderID)
	if err != nil {
		return
	}
	s.maybeCancel(ctx, parcels)
	if s.fate.cancel == whenOneHasLeft && !s.cancelled {
		parcels = parcels[:min(1, len(parcels))]
	}
	for _, parcel := range parcels {
		s.handle(ctx, parcel)
	}
}

// handle does with a parcel what is to be done where it stands.
func (s *service) handle(ctx context.Context, parcel lab.Parcel) {
	switch parcel.State {
	case shipping.LabelCreated:
		if s.fate.early {
			// The driver took it from the shelf, and nobody had packed it.
			s.drive(parcel)
			return
		}
		s.ask(ctx, parcel, lab.Pack, nil)
	case shipping.Ready:
		if s.ask(ctx, parcel, lab.HandOver, nil) {
			s.drive(parcel)
		}
	case shipping.HandedOver:
		s.drive(parcel)
	case shipping.InTransit, shipping.Exception:
		if s.fate.journey == "error" {
			// The carrier's computers tell nothing any more, and its driver does.
			s.ask(ctx, parcel, lab.Scan, map[string]any{"state": shipping.Delivered})
		}
	case shipping.ReturningToSender:
		s.ask(ctx, parcel, lab.Scan, map[string]any{"state": shipping.ReturnedToSender})
	}
}

// ask says what was done with a parcel, under one key until the answer is certain,
// and reports whether it was a yes.
func (s *service) ask(ctx context.Context, parcel lab.Parcel, action string, body any) bool {
	s.keep(&s.parcels, parcel.ID)
	question := parcel.ID + "-" + action
	r, err := s.staff.Do(ctx, parcel.ID, action, fmt.Sprintf("%s-%d", question, s.keys[question]), body)
	if certain(r, err) && r.Status != http.StatusAccepted {
		s.keys[question]++
	}
	return err == nil && r.Status == http.StatusOK
}

// drive is the carrier's van. It takes a parcel once; one whose label was given
// back meanwhile it does not know.
func (s *service) drive(parcel lab.Parcel) {
	if s.fate.journey != "" {
		s.tolerateCarrier(s.lab.EasyPost.SetJourney(parcel.TrackingCode, s.fate.journey))
	}
	s.tolerateCarrier(s.lab.EasyPost.HandOver(parcel.TrackingCode))
}

// tolerateCarrier lets the carrier say that it has the parcel, or none.
func (s *service) tolerateCarrier(err error) {
	if err != nil && s.fate.early {
		s.t.Logf("the van at the door of %s: %v", s.p.OrderID, err)
	}
}

// maybeCancel lets the shopper cancel at the moment of their fate.
func (s *service) maybeCancel(ctx context.Context, parcels []lab.Parcel) {
	labelled, ready, left := 0, 0, 0
	for _, parcel := range parcels {
		switch {
		case parcel.State.Left():
			left++
		case parcel.State == shipping.Ready:
			ready++
		case parcel.State == shipping.LabelCreated:
			labelled++
		}
	}
	now := map[cancelling]bool{
		whenLabelled: labelled > 0, whenReady: ready > 0, whenOneHasLeft: left > 0, whenAllHaveLeft: left > 0 && left == len(parcels),
	}[s.fate.cancel]
	if now && !s.cancelled {
		r, err := s.p.Cancel(ctx, s.key+"-cancel")
		s.cancelled = certain(r, err)
	}
}
