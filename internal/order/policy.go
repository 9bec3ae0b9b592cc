package order

import (
	"errors"
	"fmt"
	"time"
)

// Policy is every business duration and limit, fixed for an order at its
// start: a deploy with another policy changes only orders that begin after it.
type Policy struct {
	// Name is printed wherever a policy is in force: "production" or "scaled".
	Name string `bson:"name" json:"name"`
	// Lease is how long stock is held for a shopper who is away.
	Lease time.Duration `bson:"lease" json:"lease"`
	// MaxTries is how many definite declines one order may have.
	MaxTries int `bson:"max_tries" json:"max_tries"`
	// StartGrace is how old an accepted checkout may be when its first step
	// runs; an older one is rejected as stale instead of charging somebody late.
	StartGrace time.Duration `bson:"start_grace" json:"start_grace"`
	// PollEvery is how often a payment is read again while the shopper is at
	// the bank's page.
	PollEvery time.Duration `bson:"poll_every" json:"poll_every"`
	// ResolveFirst and ResolveMax bound the pauses of the look-ups for an
	// unknown outcome; they double in between.
	ResolveFirst time.Duration `bson:"resolve_first" json:"resolve_first"`
	ResolveMax   time.Duration `bson:"resolve_max" json:"resolve_max"`
	// ResolveBudget is after how long without an answer an attempt goes to
	// manual review. The look-ups go on at ResolveMax.
	ResolveBudget time.Duration `bson:"resolve_budget" json:"resolve_budget"`
	// AttentionAfter is how long an outcome may be unknown, or an undo fail,
	// before a person is asked.
	AttentionAfter time.Duration `bson:"attention_after" json:"attention_after"`
	// ProviderReview is how long a provider may say "pending".
	ProviderReview time.Duration `bson:"provider_review" json:"provider_review"`
	// ProviderDelay is how late a provider's lists may show what it has done.
	ProviderDelay time.Duration `bson:"provider_delay" json:"provider_delay"`
	// KeyWindow is how long a provider keeps our idempotency keys, less a margin.
	KeyWindow time.Duration `bson:"key_window" json:"key_window"`
	// ProviderCall is the HTTP time-out of one call to a provider.
	ProviderCall time.Duration `bson:"provider_call" json:"provider_call"`
	// StoreCall is the time-out of an activity that touches only our stores.
	StoreCall time.Duration `bson:"store_call" json:"store_call"`
	// Heartbeat is after how long a silent worker is taken for dead.
	Heartbeat time.Duration `bson:"heartbeat" json:"heartbeat"`
	// StockPrune is how long a settled entry stays in a stock document.
	StockPrune time.Duration `bson:"stock_prune" json:"stock_prune"`
	// SweepEvery is how often lost runs and undelivered facts are looked for.
	SweepEvery time.Duration `bson:"sweep_every" json:"sweep_every"`
	// CatchUpEvery is how often the providers' event lists are compared with
	// what their webhooks told.
	CatchUpEvery time.Duration `bson:"catch_up_every" json:"catch_up_every"`
	// LabelAfter is how long an order stands between its placing and the buying
	// of its first label: the time in which a change of mind costs nothing and
	// staff may pack it otherwise.
	LabelAfter time.Duration `bson:"label_after,omitempty" json:"label_after,omitempty"`
	// ParcelLimit is the weight in grams up to which lines are packed together.
	ParcelLimit int64 `bson:"parcel_limit,omitempty" json:"parcel_limit,omitempty"`
	// ParcelWait is how long a parcel may wait in the house, for packing or for
	// the carrier, before a person is asked.
	ParcelWait time.Duration `bson:"parcel_wait,omitempty" json:"parcel_wait,omitempty"`
	// TrackEvery is how often a carrier is asked for a parcel of which its
	// webhooks tell nothing, StallAfter after how long without news a person is.
	TrackEvery time.Duration `bson:"track_every,omitempty" json:"track_every,omitempty"`
	StallAfter time.Duration `bson:"stall_after,omitempty" json:"stall_after,omitempty"`
	// HoldMargin is how long before its end a hold is captured or given up.
	HoldMargin time.Duration `bson:"hold_margin,omitempty" json:"hold_margin,omitempty"`
	// RepayWithin is how long the shopper has to pay again after a hold was lost,
	// before a person is asked.
	RepayWithin time.Duration `bson:"repay_within,omitempty" json:"repay_within,omitempty"`
	// ReturnWindow is how long after the last delivery an order stays open for a
	// withdrawal: 14 days by Turkish law.
	ReturnWindow time.Duration `bson:"return_window,omitempty" json:"return_window,omitempty"`
	// MailResend is how long a mail without an answer waits for the provider's
	// own word before it is sent again.
	MailResend time.Duration `bson:"mail_resend,omitempty" json:"mail_resend,omitempty"`
	// HistoryLimit is at how many events an order's run continues as new; the
	// server may suggest it earlier. Orders of before it was a policy have none.
	HistoryLimit int `bson:"history_limit,omitempty" json:"history_limit,omitempty"`
	// SweepAge is at what age an order is looked at for the first time: is there
	// a run that takes care of it?
	SweepAge time.Duration `bson:"sweep_age" json:"sweep_age"`
	// DigestEvery is how often a person is sent the list of all orders that need
	// one, counted from 08:00 in Istanbul.
	DigestEvery time.Duration `bson:"digest_every,omitempty" json:"digest_every,omitempty"`
	// EraseAfter is how long the owner of an account may withdraw its erasure, ErasePoll
	// how often it is looked whether orders that it waits for are over.
	EraseAfter time.Duration `bson:"erase_after,omitempty" json:"erase_after,omitempty"`
	ErasePoll  time.Duration `bson:"erase_poll,omitempty" json:"erase_poll,omitempty"`
	// PictureKeep is how long a picture that nothing uses is kept.
	PictureKeep time.Duration `bson:"picture_keep,omitempty" json:"picture_keep,omitempty"`
}

// Production returns the policy for real shoppers.
func Production() Policy {
	return Policy{
		Name: "production", Lease: 15 * time.Minute, MaxTries: 4, StartGrace: time.Minute, PollEvery: 5 * time.Second,
		ResolveFirst: time.Second, ResolveMax: 5 * time.Minute, ResolveBudget: 24 * time.Hour, AttentionAfter: 10 * time.Minute,
		ProviderReview: 72 * time.Hour, ProviderDelay: time.Minute, KeyWindow: 23 * time.Hour,
		ProviderCall: 15 * time.Second, StoreCall: 10 * time.Second, Heartbeat: 5 * time.Second,
		StockPrune: 30 * time.Second, SweepEvery: time.Minute, CatchUpEvery: 5 * time.Minute, SweepAge: 2 * time.Minute,
		HistoryLimit: 2000, LabelAfter: 5 * time.Minute, ParcelLimit: 30_000, ParcelWait: 48 * time.Hour,
		TrackEvery: 2 * time.Hour, StallAfter: 72 * time.Hour, HoldMargin: 12 * time.Hour, RepayWithin: 72 * time.Hour,
		ReturnWindow: 14 * 24 * time.Hour, MailResend: 15 * time.Minute, DigestEvery: 24 * time.Hour,
		EraseAfter: 7 * 24 * time.Hour, ErasePoll: time.Hour, PictureKeep: 7 * 24 * time.Hour,
	}
}

// ScaleFactor is how many times faster business time passes under Scaled.
const ScaleFactor = 60

// Scaled returns the policy of development, demo and crash tests: minutes
// become seconds. Time-outs of calls shrink less, since machines do not hurry.
func Scaled() Policy {
	return Policy{
		Name: "scaled", Lease: 15 * time.Second, MaxTries: 4, StartGrace: time.Minute, PollEvery: 500 * time.Millisecond,
		ResolveFirst: 250 * time.Millisecond, ResolveMax: 2 * time.Second, ResolveBudget: 2 * time.Minute, AttentionAfter: 10 * time.Second,
		ProviderReview: 20 * time.Second, ProviderDelay: time.Second, KeyWindow: 23 * time.Minute,
		ProviderCall: 2 * time.Second, StoreCall: 4 * time.Second, Heartbeat: 2 * time.Second,
		StockPrune: 2 * time.Second, SweepEvery: 3 * time.Second, CatchUpEvery: 6 * time.Second, SweepAge: 4 * time.Second,
		HistoryLimit: 2000, LabelAfter: 500 * time.Millisecond, ParcelLimit: 30_000, ParcelWait: 48 * time.Second,
		TrackEvery: 4 * time.Second, StallAfter: 72 * time.Second, HoldMargin: 12 * time.Minute, RepayWithin: 72 * time.Second,
		ReturnWindow: 6 * time.Second, MailResend: 4 * time.Second, DigestEvery: 5 * time.Minute,
		EraseAfter: 30 * time.Second, ErasePoll: time.Second, PictureKeep: 10 * time.Minute,
	}
}

// Complete returns p with the durations that policies of before parcels,
// digests, erasures or pictures were served lack.
func (p Policy) Complete() Policy {
	from := Production()
	if p.Name == Scaled().Name {
		from = Scaled()
	}
	if p.DigestEvery == 0 {
		p.DigestEvery = from.DigestEvery
	}
	if p.ErasePoll == 0 {
		p.EraseAfter, p.ErasePoll = from.EraseAfter, from.ErasePoll
	}
	if p.PictureKeep == 0 {
		p.PictureKeep = from.PictureKeep
	}
	if p.ReturnWindow > 0 {
		return p
	}
	p.LabelAfter, p.ParcelLimit, p.ParcelWait, p.TrackEvery, p.StallAfter = from.LabelAfter, from.ParcelLimit, from.ParcelWait, from.TrackEvery, from.StallAfter
	p.HoldMargin, p.RepayWithin, p.ReturnWindow, p.MailResend = from.HoldMargin, from.RepayWithin, from.ReturnWindow, from.MailResend
	return p
}

// CheckFloors refuses a policy that is too hasty for real money, naming every
// value that is.
func (p Policy) CheckFloors() error {
	floors := []struct {
		name       string
		got, floor time.Duration
	}{
		{"lease", p.Lease, 2 * time.Minute},
		{"start_grace", p.StartGrace, 45 * time.Second},
		{"poll_every", p.PollEvery, time.Second},
		{"resolve_first", p.ResolveFirst, 500 * time.Millisecond},
		{"resolve_max", p.ResolveMax, 10 * time.Second},
		{"resolve_budget", p.ResolveBudget, time.Hour},
		{"attention_after", p.AttentionAfter, time.Minute},
		{"provider_review", p.ProviderReview, time.Hour},
		{"provider_delay", p.ProviderDelay, 10 * time.Second},
		{"key_window", p.KeyWindow, time.Hour},
		{"provider_call", p.ProviderCall, 5 * time.Second},
		{"store_call", p.StoreCall, 2 * time.Second},
		{"heartbeat", p.Heartbeat, 2 * time.Second},
		{"stock_prune", p.StockPrune, 10 * time.Second},
		{"sweep_every", p.SweepEvery, 5 * time.Second},
		{"catch_up_every", p.CatchUpEvery, 30 * time.Second},
		{"sweep_age", p.SweepAge, 30 * time.Second},
		{"label_after", p.LabelAfter, 10 * time.Second},
		{"parcel_wait", p.ParcelWait, time.Hour},
		{"track_every", p.TrackEvery, 5 * time.Minute},
		{"stall_after", p.StallAfter, 12 * time.Hour},
		{"hold_margin", p.HoldMargin, time.Hour},
		{"repay_within", p.RepayWithin, time.Hour},
		{"return_window", p.ReturnWindow, 14 * 24 * time.Hour},
		{"mail_resend", p.MailResend, 2 * time.Minute},
		{"digest_every", p.DigestEvery, time.Hour},
		{"erase_after", p.EraseAfter, 24 * time.Hour},
		{"erase_poll", p.ErasePoll, time.Minute},
		{"picture_keep", p.PictureKeep, 24 * time.Hour},
	}
	var errs []error
	for _, f := range floors {
		if f.got < f.floor {
			errs = append(errs, fmt.Errorf("policy %s: %s is %s, production needs at least %s", p.Name, f.name, f.got, f.floor))
		}
	}
	if p.ParcelLimit < 1_000 {
		errs = append(errs, fmt.Errorf("policy %s: parcel_limit is %d g, production needs at least 1000", p.Name, p.ParcelLimit))
	}
	if p.MaxTries < 1 {
		errs = append(errs, fmt.Errorf("policy %s: max_tries is %d, an order needs at least one", p.Name, p.MaxTries))
	}
	return errors.Join(errs...)
}
