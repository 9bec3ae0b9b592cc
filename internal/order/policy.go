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
	// HistoryLimit is at how many events an order's run continues as new; the
	// server may suggest it earlier. Orders of before it was a policy have none.
	HistoryLimit int `bson:"history_limit,omitempty" json:"history_limit,omitempty"`
	// SweepAge is at what age an order is looked at for the first time: is there
	// a run that takes care of it?
	SweepAge time.Duration `bson:"sweep_age" json:"sweep_age"`
}

// Production returns the policy for real shoppers.
func Production() Policy {
	return Policy{
		Name: "production", Lease: 15 * time.Minute, MaxTries: 4, StartGrace: time.Minute, PollEvery: 5 * time.Second,
		ResolveFirst: time.Second, ResolveMax: 5 * time.Minute, ResolveBudget: 24 * time.Hour, AttentionAfter: 10 * time.Minute,
		ProviderReview: 72 * time.Hour, ProviderDelay: time.Minute, KeyWindow: 23 * time.Hour,
		ProviderCall: 15 * time.Second, StoreCall: 10 * time.Second, Heartbeat: 5 * time.Second,
		StockPrune: 30 * time.Second, SweepEvery: time.Minute, CatchUpEvery: 5 * time.Minute, SweepAge: 2 * time.Minute,
		HistoryLimit: 2000,
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
		HistoryLimit: 2000,
	}
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
	}
	var errs []error
	for _, f := range floors {
		if f.got < f.floor {
			errs = append(errs, fmt.Errorf("policy %s: %s is %s, production needs at least %s", p.Name, f.name, f.got, f.floor))
		}
	}
	if p.MaxTries < 1 {
		errs = append(errs, fmt.Errorf("policy %s: max_tries is %d, an order needs at least one", p.Name, p.MaxTries))
	}
	return errors.Join(errs...)
}
