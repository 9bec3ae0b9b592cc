package order

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// patience says how long each reason may stand before somebody is told of it,
// in multiples of Policy.AttentionAfter. Where somebody's money may be at stake,
// or every order is hit, it is none; what somebody does today anyhow waits.
var patience = map[Reason]int{
	ReasonMoneyMoved:       0,
	ReasonLateSuccess:      0,
	ReasonManualReview:     0,
	ReasonLeftUnpaid:       0,
	ReasonCaptureUnknown:   0,
	ReasonCaptureFailed:    0,
	ReasonDisputed:         0,
	ReasonRefundFailed:     0,
	ReasonCommitImpossible: 0,
	ReasonPaymentRefused:   0,

	// The product goes on trying by itself and often gets through.
	ReasonPaymentUnknown:    1,
	ReasonCompensationStuck: 1,
	ReasonStoreUnavailable:  1,
	ReasonLabelUnknown:      1,
	ReasonMailRefused:       1,
	ReasonMailUnknown:       1,
	// Somebody has to act, and minutes do not matter.
	ReasonRunWasLost:  1,
	ReasonLabelFailed: 1,
	ReasonHoldLost:    1,
	ReasonFoundAgain:  1,
	ReasonUnsupported: 1,

	// Work for the day.
	ReasonParcelWaiting:  6,
	ReasonParcelStalled:  6,
	ReasonParcelLost:     6,
	ReasonParcelReturned: 6,
	ReasonMailBounced:    6,
}

// AlertAfter is how long the reason may stand before somebody is told of it.
func (r Reason) AlertAfter(p Policy) time.Duration {
	return time.Duration(patience[r]) * p.AttentionAfter
}

// Alert is one reason that stands on one order: what somebody is told. It holds
// nothing personal.
type Alert struct {
	OrderID string    `bson:"order_id"`
	Number  string    `bson:"number"`
	Reason  Reason    `bson:"reason"`
	Since   time.Time `bson:"since"`
	Owner   string    `bson:"-"`
	About   string    `bson:"-"`
	Next    string    `bson:"-"`
}

// ID names the alert: the same reason that comes back later is another one.
func (a Alert) ID() string {
	return fmt.Sprintf("%s:%s:%d", a.OrderID, a.Reason, a.Since.Unix())
}

// Standing returns every reason that stands on the orders, those that have
// waited longest first.
func Standing(orders []Order) []Alert {
	var all []Alert
	for _, o := range orders {
		for _, r := range o.State.Attention.Reasons() {
			all = append(all, Alert{OrderID: o.ID, Number: o.Number, Reason: r.Reason, Since: r.Since, Owner: r.Owner, About: r.About, Next: r.Next})
		}
	}
	slices.SortStableFunc(all, func(a, b Alert) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.OrderID, b.OrderID))
	})
	return all
}

// Due returns the alerts whose time has come by now and which alerted, by their
// ids, does not hold: what has least patience first.
func Due(orders []Order, p Policy, now time.Time, alerted map[string]bool) []Alert {
	due := slices.DeleteFunc(Standing(orders), func(a Alert) bool {
		return now.Sub(a.Since) < a.Reason.AlertAfter(p) || alerted[a.ID()]
	})
	slices.SortStableFunc(due, func(a, b Alert) int { return patience[a.Reason] - patience[b.Reason] })
	return due
}

// DigestOf names the digest of a moment, so that it is told like an alert: once.
func DigestOf(at time.Time) Alert { return Alert{OrderID: "digest", Reason: "all", Since: at} }

// istanbul is where the digest's morning is: +03:00 all year, by law since 2016
// (tz's europe file, "Zone Europe/Istanbul").
var istanbul = time.FixedZone("+03", 3*60*60)

// digestHour is when people begin their day.
const digestHour = 8

// DigestAt returns when the latest digest was due at or before now: every
// Policy.DigestEvery from 08:00 in Istanbul on.
func DigestAt(p Policy, now time.Time) time.Time {
	local := now.In(istanbul)
	morning := time.Date(local.Year(), local.Month(), local.Day(), digestHour, 0, 0, 0, istanbul)
	if morning.After(now) {
		morning = morning.AddDate(0, 0, -1)
	}
	every := max(p.DigestEvery, time.Second)
	return morning.Add(now.Sub(morning).Truncate(every)).UTC()
}

// AlertTry is one go at telling somebody of alerts by one way.
type AlertTry struct {
	// Way is the Alerter's name, Claim tells this go from any other's.
	Way, Claim string
	At         time.Time
	// Until is when somebody else may try, should this go not be finished by then.
	Until time.Time
}

// Alerts keeps what people were told of. All of its writes are safe to repeat.
type Alerts interface {
	// Standing returns at most limit orders that need a person, those that have
	// waited longest first. Of each only its id, number and attention are read.
	Standing(ctx context.Context, limit int) ([]Order, error)

	// Told returns which of the alerts nobody has to be told of by the way at now:
	// somebody was, or is just being told.
	Told(ctx context.Context, way string, now time.Time, ids []string) (map[string]bool, error)

	// Claim writes the alerts ahead and returns those that are the try's to tell,
	// by their ids, each with how often it was tried, this go included. One that
	// somebody was told of, or that another go has not given up, is not among them.
	Claim(ctx context.Context, t AlertTry, alerts []Alert) (map[string]int, error)

	// Done says that somebody was told of what the try claimed.
	Done(ctx context.Context, t AlertTry, ids []string) error

	// GiveUp says that nobody was; they may be tried again from next on.
	GiveUp(ctx context.Context, t AlertTry, ids []string, next time.Time) error
}
