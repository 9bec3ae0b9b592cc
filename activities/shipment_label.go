package activities

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

// LabelShipment buys the label of a parcel: opens the shipment at the carrier
// with our reference, keeps its id, and buys. It goes on from wherever an
// earlier try stopped, and looks before it asks again.
func (s *Shipments) LabelShipment(ctx context.Context, in ShipmentInput) (ShipmentResult, error) {
	return s.run(ctx, in, s.label)
}

// MendLabel asks again under new ops, after a repair of what the carrier had
// refused for certain.
func (s *Shipments) MendLabel(ctx context.Context, in ShipmentInput) (ShipmentResult, error) {
	return s.run(ctx, in, s.mend)
}

func (s *Shipments) mend(ctx context.Context, t parcel) (shipping.Shipment, bool, error) {
	if t.row.State != shipping.LabelFailed || t.row.Command == t.in.Command {
		return s.label(ctx, t)
	}
	bought, err := s.boughtAfterAll(ctx, t)
	if err != nil {
		return t.row, false, err
	}
	to, err := shipping.Machine.Next(t.row.State, shipping.LabelMended)
	if err != nil {
		return t.row, false, err
	}
	change := shipping.Change{ShipmentID: t.row.ID, From: []shipping.State{t.row.State}, State: to}
	if !bought {
		change.Command = t.in.Command
	}
	row, _, err := s.Store.Apply(ctx, change)
	return row, false, err
}

// boughtAfterAll reports whether the label is there although its buying was
// refused: another try of the same op was still on its way, or another worker's
// got through. A new op would buy a second one.
func (s *Shipments) boughtAfterAll(ctx context.Context, t parcel) (bool, error) {
	if t.row.Op(shipping.OpBuy).State == "" {
		return false, nil
	}
	seen := t.carrier.Lookup(ctx, t.row.Ref)
	switch seen.Outcome {
	case outcome.Yes:
		return seen.Picture.Standing == shipping.StandsBought, nil
	case outcome.Missing:
		return false, nil
	}
	return false, fault.New(fault.Unavailable, "whether the label was bought after all cannot be seen now (%s)", seen.Code)
}

// VoidLabel gives the label of a parcel back that is being cancelled. It fails
// until that is certain.
func (s *Shipments) VoidLabel(ctx context.Context, in ShipmentInput) (ShipmentResult, error) {
	return s.run(ctx, in, s.void)
}

// parcel is one shipment, its carrier, and what was asked.
type parcel struct {
	in      ShipmentInput
	row     shipping.Shipment
	carrier shipping.Carrier
}

func (s *Shipments) run(
	ctx context.Context, in ShipmentInput, do func(context.Context, parcel) (shipping.Shipment, bool, error),
) (ShipmentResult, error) {
	var result ShipmentResult
	err := beating(ctx, func(ctx context.Context) error {
		row, err := s.Store.Find(ctx, in.ShipmentID)
		if err != nil {
			return err
		}
		for range maxSteps {
			carrier, ok := s.Carriers[row.Carrier]
			if !ok {
				return fault.New(fault.Internal, "no adapter speaks to the carrier %q", row.Carrier)
			}
			next, done, err := do(ctx, parcel{in: in, row: row, carrier: carrier})
			if err != nil {
				return err
			}
			row = next
			if done {
				result = resultOf(row)
				return nil
			}
		}
		return fault.New(fault.Unavailable, "shipment %s is being written by others", in.ShipmentID)
	})
	if err != nil {
		s.Log.WarnContext(ctx, "parcel step failed", "shipment", in.ShipmentID, "order", in.OrderID, "error", err)
	}
	return result, forTemporal(err)
}

// label brings a parcel from planned to a label, or to a definite no.
func (s *Shipments) label(ctx context.Context, t parcel) (shipping.Shipment, bool, error) {
	switch t.row.State {
	case shipping.Planned:
		return s.step(ctx, t, shipping.LocationChosen)
	case shipping.Allocated:
		return s.step(ctx, t, shipping.LabelAsked)
	case shipping.LabelRequested, shipping.LabelUnknown:
	default:
		return t.row, true, nil
	}
	if t.row.Ref == "" || t.row.Op(shipping.OpOpen).State != shipping.OpYes {
		return s.open(ctx, t)
	}
	return s.buy(ctx, t)
}

func (s *Shipments) step(ctx context.Context, t parcel, trigger shipping.Trigger) (shipping.Shipment, bool, error) {
	to, err := shipping.Machine.Next(t.row.State, trigger)
	if err != nil {
		return t.row, false, err
	}
	row, _, err := s.Store.Apply(ctx, shipping.Change{ShipmentID: t.row.ID, From: []shipping.State{t.row.State}, State: to, At: s.now()})
	return row, false, err
}

// claim takes the right to send the op: written ahead, once. An op that somebody
// has claimed is looked up by whoever comes after.
func (s *Shipments) claim(ctx context.Context, t parcel, kind shipping.Kind, rate string) (shipping.Shipment, bool, error) {
	id, now := t.row.OpID(kind), s.now()
	return s.Store.Apply(ctx, shipping.Change{
		ShipmentID: t.row.ID, From: []shipping.State{t.row.State}, Expect: map[string][]shipping.OpState{id: nil}, RateRef: rate,
		Ops: map[string]shipping.Op{id: {Kind: kind, State: shipping.OpInFlight, Claim: token(ctx), CreatedAt: now, SentAt: now}},
	})
}

// open makes the shipment at the carrier. A carrier keeps no keys: an open that
// was sent before is searched by our reference, and "there is none" is believed
// only after every delay has passed.
func (s *Shipments) open(ctx context.Context, t parcel) (shipping.Shipment, bool, error) {
	op := t.row.Op(shipping.OpOpen)
	if op.State != "" {
		return s.searchOpened(ctx, t, op)
	}
	o, err := s.Orders.Find(ctx, t.row.OrderID)
	if err != nil {
		return t.row, false, err
	}
	row, won, err := s.claim(ctx, t, shipping.OpOpen, "")
	if err != nil || !won {
		return row, false, err
	}
	t.row = row
	return s.sendOpen(ctx, t, o)
}

func (s *Shipments) sendOpen(ctx context.Context, t parcel, o order.Order) (shipping.Shipment, bool, error) {
	crashpoint.Here("label.open.before")
	answer := shipping.Answer{Outcome: outcome.No, Code: codeErased}
	if !o.Erased {
		answer = t.carrier.Open(ctx, shipping.OpenRequest{
			Reference: t.row.OpID(shipping.OpOpen), From: s.From, To: addressOf(o), WeightGrams: t.row.Grams,
		})
	}
	crashpoint.Here("label.open.answered")
	return s.record(ctx, t, shipping.OpOpen, answer)
}

func (s *Shipments) searchOpened(ctx context.Context, t parcel, op shipping.Op) (shipping.Shipment, bool, error) {
	answer := t.carrier.Search(ctx, t.row.OpID(shipping.OpOpen), op.SentAt.Add(-time.Minute))
	switch answer.Outcome {
	case outcome.Missing:
	case outcome.Yes:
		return s.record(ctx, t, shipping.OpOpen, answer)
	default:
		// A search that was refused says nothing of what it would have found.
		return s.record(ctx, t, shipping.OpOpen, shipping.Answer{Outcome: outcome.Unsure, Code: answer.Code})
	}
	if s.Clock().Sub(op.SentAt) <= t.in.NotFoundAfter {
		return s.record(ctx, t, shipping.OpOpen, shipping.Answer{Outcome: outcome.Unsure, Code: "not_in_list_yet"})
	}
	// Nothing was opened and the request cannot be on its way any more: it goes
	// out again, by whoever takes the op over.
	o, err := s.Orders.Find(ctx, t.row.OrderID)
	if err != nil {
		return t.row, false, err
	}
	id, now := t.row.OpID(shipping.OpOpen), s.now()
	again := op
	again.State, again.Claim, again.SentAt = shipping.OpInFlight, token(ctx), now
	if t.row.State != shipping.LabelUnknown {
		return s.record(ctx, t, shipping.OpOpen, shipping.Answer{Outcome: outcome.Unsure, Code: "not_in_list"})
	}
	to, err := shipping.Machine.Next(t.row.State, shipping.LabelNotExecuted)
	if err != nil {
		return t.row, false, err
	}
	row, won, err := s.Store.Apply(ctx, shipping.Change{
		ShipmentID: t.row.ID, From: []shipping.State{t.row.State}, State: to,
		Expect: map[string][]shipping.OpState{id: {shipping.OpUnanswered}}, Ops: map[string]shipping.Op{id: again},
	})
	if err != nil || !won {
		return row, !won, err
	}
	t.row = row
	return s.sendOpen(ctx, t, o)
}

// buy buys the cheapest rate. A buy that was sent before is read first.
func (s *Shipments) buy(ctx context.Context, t parcel) (shipping.Shipment, bool, error) {
	op := t.row.Op(shipping.OpBuy)
	var seen shipping.Answer
	if seen = t.carrier.Lookup(ctx, t.row.Ref); seen.Outcome != outcome.Yes {
		return s.unread(ctx, t, op, seen)
	}
	if op.State != "" && seen.Picture.Standing == shipping.StandsBought {
		return s.record(ctx, t, shipping.OpBuy, seen)
	}
	if op.State == shipping.OpYes || op.State == shipping.OpNo {
		// It was bought and is there no more: somebody gave it back at the carrier's.
		return s.record(ctx, t, shipping.OpBuy, shipping.Answer{Outcome: outcome.No, Code: "label_gone"})
	}
	if op.State != "" {
		row, ours, err := s.sentAgain(ctx, t, shipping.OpBuy)
		if err != nil || !ours {
			return row, false, err
		}
		t.row = row
	} else {
		if len(seen.Picture.Rates) == 0 {
			return s.refuse(ctx, t, "no_rate")
		}
		rate := seen.Picture.Rates[0].Ref
		row, won, err := s.claim(ctx, t, shipping.OpBuy, rate)
		if err != nil || !won {
			return row, false, err
		}
		t.row = row
	}
	crashpoint.Here("label.buy.before")
	answer := t.carrier.Buy(ctx, shipping.BuyRequest{OpID: t.row.OpID(shipping.OpBuy), Ref: t.row.Ref, RateRef: t.row.RateRef})
	crashpoint.Here("label.buy.answered")
	row, done, err := s.record(ctx, t, shipping.OpBuy, answer)
	crashpoint.Here("label.recorded")
	return row, done, err
}

// sentAgain writes down that an op's request goes out once more: from now on it
// may be on its way.
func (s *Shipments) sentAgain(ctx context.Context, t parcel, kind shipping.Kind) (shipping.Shipment, bool, error) {
	id := t.row.OpID(kind)
	op := t.row.Ops[id]
	op.State, op.SentAt, op.Claim = shipping.OpInFlight, s.now(), token(ctx)
	return s.Store.Apply(ctx, shipping.Change{
		ShipmentID: t.row.ID, From: []shipping.State{t.row.State},
		Expect: map[string][]shipping.OpState{id: {shipping.OpInFlight, shipping.OpUnanswered}}, Ops: map[string]shipping.Op{id: op},
	})
}

// unread leaves a parcel whose carrier cannot be read unknown.
func (s *Shipments) unread(ctx context.Context, t parcel, op shipping.Op, seen shipping.Answer) (shipping.Shipment, bool, error) {
	kind := shipping.OpBuy
	if op.State == "" {
		kind = shipping.OpOpen
	}
	return s.record(ctx, t, kind, shipping.Answer{Outcome: outcome.Unsure, Code: seen.Code})
}

// refuse records that the carrier shows nothing that could be bought.
func (s *Shipments) refuse(ctx context.Context, t parcel, code string) (shipping.Shipment, bool, error) {
	return s.record(ctx, t, shipping.OpOpen, shipping.Answer{Outcome: outcome.No, Code: code})
}

// record writes an answer about a label's op, also when the step's time is over.
func (s *Shipments) record(ctx context.Context, t parcel, kind shipping.Kind, answer shipping.Answer) (shipping.Shipment, bool, error) {
	id, now := t.row.OpID(kind), s.now()
	op := t.row.Ops[id]
	before := op.State
	op.Code, op.AnsweredAt = answer.Code, now
	change := shipping.Change{ShipmentID: t.row.ID, From: []shipping.State{t.row.State}, Expect: map[string][]shipping.OpState{id: {before}}}
	trigger := shipping.Trigger("")
	switch answer.Outcome {
	case outcome.Yes:
		op.State, change.Picture = shipping.OpYes, &answer.Picture
		if answer.Picture.Standing == shipping.StandsBought {
			trigger = shipping.LabelBought
		}
	case outcome.No, outcome.RefusedByProvider, outcome.Missing:
		op.State, trigger = shipping.OpNo, shipping.LabelRefused
	default:
		if before != shipping.OpYes && before != shipping.OpNo {
			// A look that failed takes no answer back.
			op.State = shipping.OpUnanswered
		}
		if t.row.State == shipping.LabelRequested {
			trigger = shipping.LabelUnanswered
		}
	}
	change.Ops = map[string]shipping.Op{id: op}
	if trigger != "" {
		to, err := shipping.Machine.Next(t.row.State, trigger)
		if err != nil {
			return t.row, false, err
		}
		change.State, change.At = to, now
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	row, applied, err := s.Store.Apply(ctx, change)
	settled := answer.Outcome != outcome.Yes || answer.Picture.Standing == shipping.StandsBought
	return row, applied && settled, err
}

// void gives the label back, if there is one.
func (s *Shipments) void(ctx context.Context, t parcel) (shipping.Shipment, bool, error) {
	if t.row.State.Left() {
		// Whoever wrote that it left may have died before its units did.
		return t.row, true, s.ship(ctx, t.row.ID)
	}
	if t.row.State != shipping.Cancelling {
		return t.row, true, nil
	}
	open := t.row.Op(shipping.OpOpen)
	if open.State == "" || open.State == shipping.OpNo {
		return s.voided(ctx, t, nil)
	}
	if t.row.Ref == "" {
		return s.findToVoid(ctx, t, open)
	}
	row, answer, err := s.giveBack(ctx, t)
	if err != nil {
		return row, false, err
	}
	t.row = row
	op := row.Op(shipping.OpVoid)
	op.Code, op.AnsweredAt = answer.Code, s.now()
	switch {
	case (answer.Outcome == outcome.Yes || answer.Outcome == outcome.Missing) && s.mayStillBuy(t) && answer.Picture.Standing == shipping.StandsOpen:
		return t.row, false, fault.New(fault.Unavailable, "the buying of the label may still be on its way")
	case answer.Outcome == outcome.Yes, answer.Outcome == outcome.Missing:
		op.State = shipping.OpYes
		return s.voided(ctx, t, &op)
	case answer.Outcome == outcome.No && !shipping.Newest(answer.Picture.Scans, s.now()).IsZero():
		// The parcel travels with it.
		op.State = shipping.OpNo
		return s.leftMeanwhile(ctx, t, op)
	case answer.Outcome == outcome.No:
		// The carrier keeps it: the shop has paid for a label that nobody uses.
		op.State = shipping.OpNo
		return s.voided(ctx, t, &op)
	}
	op.State = shipping.OpUnanswered
	id := t.row.OpID(shipping.OpVoid)
	if _, _, err := s.Store.Apply(ctx, shipping.Change{
		ShipmentID: t.row.ID, Expect: map[string][]shipping.OpState{id: {shipping.OpInFlight, shipping.OpUnanswered}}, Ops: map[string]shipping.Op{id: op},
	}); err != nil {
		return t.row, false, err
	}
	return t.row, false, fault.New(fault.Unavailable, "the label could not be given back yet (%s)", answer.Code)
}

// giveBack asks the carrier to take the label back. One that was asked before is
// looked up first: what it gave back stands there as given back.
func (s *Shipments) giveBack(ctx context.Context, t parcel) (shipping.Shipment, shipping.Answer, error) {
	if t.row.Op(shipping.OpVoid).State == "" {
		row, _, err := s.claim(ctx, t, shipping.OpVoid, "")
		if err != nil {
			return row, shipping.Answer{}, err
		}
		t.row = row
	} else if seen := t.carrier.Lookup(ctx, t.row.Ref); seen.Outcome == outcome.Yes {
		switch seen.Picture.Standing {
		case shipping.StandsVoiding, shipping.StandsVoided:
			return t.row, seen, nil
		case shipping.StandsKept:
			return t.row, shipping.Answer{Outcome: outcome.No, Code: "kept", Picture: seen.Picture}, nil
		}
	}
	crashpoint.Here("label.void.before")
	answer := t.carrier.Void(ctx, shipping.VoidRequest{OpID: t.row.OpID(shipping.OpVoid), Ref: t.row.Ref})
	crashpoint.Here("label.void.answered")
	return t.row, answer, nil
}

// leftMeanwhile records that a parcel which was to be stopped had left: paid for
// or not. The next round takes its units out of the house.
func (s *Shipments) leftMeanwhile(ctx context.Context, t parcel, op shipping.Op) (shipping.Shipment, bool, error) {
	to, err := shipping.Machine.Next(t.row.State, shipping.LeftMeanwhile)
	if err != nil {
		return t.row, false, err
	}
	row, _, err := s.Store.Apply(ctx, shipping.Change{
		ShipmentID: t.row.ID, From: []shipping.State{t.row.State}, State: to, At: s.now(), By: "carrier",
		LeftUnpaid: t.row.CapturedAt.IsZero(), Ops: map[string]shipping.Op{t.row.OpID(shipping.OpVoid): op},
	})
	return row, false, err
}

// mayStillBuy reports whether a buy without an answer may still reach the carrier:
// a label that it buys after the parcel was given up nobody would give back.
func (s *Shipments) mayStillBuy(t parcel) bool {
	op := t.row.Op(shipping.OpBuy)
	unanswered := op.State == shipping.OpInFlight || op.State == shipping.OpUnanswered
	return unanswered && s.Clock().Sub(op.SentAt) <= t.in.NotFoundAfter
}

// voided ends the parcel.
func (s *Shipments) voided(ctx context.Context, t parcel, op *shipping.Op) (shipping.Shipment, bool, error) {
	to, err := shipping.Machine.Next(t.row.State, shipping.LabelGone)
	if err != nil {
		return t.row, false, err
	}
	change := shipping.Change{ShipmentID: t.row.ID, From: []shipping.State{t.row.State}, State: to, At: s.now()}
	if op != nil {
		change.Ops = map[string]shipping.Op{t.row.OpID(shipping.OpVoid): *op}
	}
	row, applied, err := s.Store.Apply(ctx, change)
	return row, applied, err
}

// findToVoid learns whether an open without an answer made something.
func (s *Shipments) findToVoid(ctx context.Context, t parcel, open shipping.Op) (shipping.Shipment, bool, error) {
	answer := t.carrier.Search(ctx, t.row.OpID(shipping.OpOpen), open.SentAt.Add(-time.Minute))
	switch {
	case answer.Outcome == outcome.Yes:
		open.State, open.AnsweredAt = shipping.OpYes, s.now()
		id := t.row.OpID(shipping.OpOpen)
		row, _, err := s.Store.Apply(ctx, shipping.Change{
			ShipmentID: t.row.ID, Expect: map[string][]shipping.OpState{id: {shipping.OpInFlight, shipping.OpUnanswered}},
			Ops: map[string]shipping.Op{id: open}, Picture: &answer.Picture,
		})
		return row, false, err
	case answer.Outcome == outcome.Missing && s.Clock().Sub(open.SentAt) > t.in.NotFoundAfter:
		return s.voided(ctx, t, nil)
	}
	return t.row, false, fault.New(fault.Unavailable, "whether a label was bought is not known yet (%s)", answer.Code)
}

// addressOf is where an order's parcels go.
func addressOf(o order.Order) shipping.Address {
	c, a := o.Contact, o.Contact.Address
	return shipping.Address{
		Name: c.Name, Line1: a.Line1, Line2: a.Line2, District: a.District, Province: a.Province, Postcode: a.Postcode,
		Country: a.Country, Phone: c.Phone, Email: c.Email,
	}
}
