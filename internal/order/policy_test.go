package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/machine/machinetest"
	"github.com/bedesten/bedesten/internal/order"
)

func TestPolicy_ProductionStandsAboveItsFloors(t *testing.T) {
	t.Parallel()

	require.NoError(t, order.Production().CheckFloors())
}

func TestPolicy_RefusesHasteForRealMoneyAndNamesEveryValue(t *testing.T) {
	t.Parallel()

	err := order.Scaled().CheckFloors()
	for _, name := range []string{
		"lease", "poll_every", "resolve_first", "resolve_max", "resolve_budget", "attention_after",
		"provider_review", "provider_delay", "key_window", "provider_call", "stock_prune", "sweep_every", "catch_up_every", "sweep_age",
		"digest_every",
	} {
		require.ErrorContains(t, err, "scaled: "+name+" is")
	}
}

func TestPolicy_EachFloorHoldsByItself(t *testing.T) {
	t.Parallel()

	for name, lower := range map[string]func(*order.Policy){
		"lease":           func(p *order.Policy) { p.Lease = 2*time.Minute - 1 },
		"start_grace":     func(p *order.Policy) { p.StartGrace = 0 },
		"poll_every":      func(p *order.Policy) { p.PollEvery = time.Millisecond },
		"resolve_first":   func(p *order.Policy) { p.ResolveFirst = 0 },
		"resolve_max":     func(p *order.Policy) { p.ResolveMax = time.Second },
		"resolve_budget":  func(p *order.Policy) { p.ResolveBudget = time.Hour - 1 },
		"attention_after": func(p *order.Policy) { p.AttentionAfter = time.Second },
		"provider_review": func(p *order.Policy) { p.ProviderReview = time.Minute },
		"provider_delay":  func(p *order.Policy) { p.ProviderDelay = time.Second },
		"key_window":      func(p *order.Policy) { p.KeyWindow = time.Minute },
		"provider_call":   func(p *order.Policy) { p.ProviderCall = time.Second },
		"store_call":      func(p *order.Policy) { p.StoreCall = time.Second },
		"heartbeat":       func(p *order.Policy) { p.Heartbeat = time.Second },
		"stock_prune":     func(p *order.Policy) { p.StockPrune = -time.Hour },
		"sweep_every":     func(p *order.Policy) { p.SweepEvery = time.Second },
		"catch_up_every":  func(p *order.Policy) { p.CatchUpEvery = time.Second },
		"sweep_age":       func(p *order.Policy) { p.SweepAge = time.Second },
		"digest_every":    func(p *order.Policy) { p.DigestEvery = time.Minute },
		"erase_after":     func(p *order.Policy) { p.EraseAfter = time.Hour },
		"picture_keep":    func(p *order.Policy) { p.PictureKeep = time.Hour },
		"erase_poll":      func(p *order.Policy) { p.ErasePoll = time.Second },
		"max_tries":       func(p *order.Policy) { p.MaxTries = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := order.Production()
			lower(&p)
			require.ErrorContains(t, p.CheckFloors(), name+" is")
		})
	}
}

func TestPolicy_TheScaledOneKeepsTheProportionsThatOrdersLiveBy(t *testing.T) {
	t.Parallel()

	for _, p := range []order.Policy{order.Production(), order.Scaled()} {
		require.Less(t, p.ProviderCall, p.Lease, p.Name)
		require.Less(t, p.ResolveFirst, p.ResolveMax, p.Name)
		require.Less(t, p.AttentionAfter, p.ResolveBudget, p.Name)
		require.Less(t, p.StockPrune, p.Lease, "%s: an entry outlives its lease only while it is held", p.Name)
		require.Less(t, p.SweepEvery, p.SweepAge, p.Name)
	}
}

func TestStatus_OnlyAnOrderWithoutASaleFreesItsCart(t *testing.T) {
	t.Parallel()

	for _, s := range machinetest.States(order.Machine) {
		require.Equal(t, s.Ended() && s != order.Completed, s.FreesCart(), s)
	}
}

func TestAttention_EveryReasonSaysWhoseItIsAndWhatToDo(t *testing.T) {
	t.Parallel()

	since := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, reason := range []order.Reason{
		order.ReasonPaymentUnknown, order.ReasonPaymentRefused, order.ReasonManualReview, order.ReasonRunWasLost, order.ReasonCompensationStuck,
		order.ReasonCommitImpossible, order.ReasonLateSuccess, order.ReasonMoneyMoved, order.ReasonStoreUnavailable, order.ReasonUnsupported,
	} {
		a := order.NewAttention(reason, since)
		require.Equal(t, reason, a.Reason)
		require.Equal(t, since, a.Since)
		require.NotEmpty(t, a.Owner, reason)
		require.NotEmpty(t, a.Next, reason)
	}
}
