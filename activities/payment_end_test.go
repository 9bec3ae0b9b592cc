package activities_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/simulators/sim"
)

func TestClosePayment_BarsWhatWasNeverSentAtOnce(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	for range 2 {
		result := s.run(closing, "lease")
		require.Equal(t, payment.Closed, result.State)
		require.False(t, result.Leftover)
	}
	require.Equal(t, payment.OpOff, s.found().Op(payment.OpAuthorize).State)
	for _, do := range []step{authorize, read, finalize, leftover} {
		require.Equal(t, payment.Closed, s.run(do, "").State)
	}
	require.Empty(t, s.books(), "the provider never heard of it")
}

func TestClosePayment_BarsTheFinalizeOfAShopperWhoDoesNotComeBack(t *testing.T) {
	t.Parallel()

	s := newTill(t).back()
	calls := len(s.server.Calls())
	result := s.run(closing, "lease")
	require.Equal(t, payment.Closed, result.State)
	require.True(t, result.Leftover)
	require.Len(t, s.server.Calls(), calls, "nobody had to be asked")
	require.Equal(t, payment.Closed, s.run(finalize, "").State, "a barred finalize moves nothing")
	require.False(t, s.run(leftover, "").Leftover)
	s.nothingHeld()
}

func TestClosePayment_LosesTheRaceToTheMoney(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	s.strike(sim.TimeoutAfter, "payment_intent.confirm")
	require.Equal(t, payment.Unknown, s.run(authorize, "").State)
	require.Equal(t, payment.Authorized, s.run(closing, "lease").State)
	s.heldOnce()
}

func TestClosePayment_ClosesWhatWasSentOnceItIsCancelled(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	s.strike(sim.TimeoutBefore, "payment_intent.confirm")
	require.Equal(t, payment.Unknown, s.run(authorize, "").State)
	result := s.run(closing, "lease")
	require.Equal(t, payment.Closed, result.State)
	require.False(t, result.Leftover, "it is cancelled already")
	s.nothingHeld()
	require.Equal(t, payment.OpNo, s.found().Op(payment.OpAuthorize).State)
}

func TestClosePayment_StaysUnknownWhileNobodyAnswersAndClosesLater(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it waits for answers that do not come: make test does it")
	}

	b := newTill(t)
	for _, operation := range []string{"payment_intent.retrieve", "payment_intent.cancel"} {
		for _, kind := range []sim.Kind{sim.TimeoutBefore, sim.TimeoutAfter} {
			s := b.accepted(good)
			s.strike(sim.TimeoutBefore, "payment_intent.confirm")
			require.Equal(t, payment.Unknown, s.run(authorize, "").State)
			s.strike(kind, operation)
			require.Equal(t, payment.Unknown, s.run(closing, "lease").State, "%s %s", operation, kind)
			require.Equal(t, payment.Closed, s.run(closing, "lease").State, "%s %s", operation, kind)
			s.nothingHeld()
		}
	}
}

func TestClosePayment_ClosesForCertainWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("every try dies at every call: make test does it")
	}

	b := newTill(t)
	begin := func() *sale {
		s := b.accepted(good)
		s.strike(sim.TimeoutBefore, "payment_intent.confirm")
		require.Equal(t, payment.Unknown, s.run(authorize, "").State)
		return s
	}
	b.everyDeath(begin, closing, "lease", func(s *sale) {
		require.Equal(t, payment.Closed, s.run(closing, "lease").State)
		s.nothingHeld()
	})
}

func TestClosePayment_RefusedAttemptsCanBeClosedWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	begin := func() *sale {
		s := b.accepted(good)
		s.refuse(1)
		require.Equal(t, payment.Refused, s.run(authorize, "").State)
		return s
	}
	b.everyDeath(begin, closing, "lease", func(s *sale) {
		require.Equal(t, payment.Closed, s.run(closing, "lease").State)
		s.nothingHeld()
	})
}

// TestClosePayment_AgainstAnAuthorizeAtTheSameTime: one of them wins, and the
// row says which.
func TestClosePayment_AgainstAnAuthorizeAtTheSameTime(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	for range 20 {
		s := b.accepted(good)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = s.try(s.payments, authorize, "") })
		wg.Go(func() { _, _ = s.try(s.payments, closing, "cancel-1") })
		wg.Wait()
		result := s.settle(closing, "cancel-1")
		if result.State == payment.Authorized {
			s.heldOnce()
			continue
		}
		require.Contains(t, []payment.State{payment.Closed, payment.Declined, payment.Voided}, result.State)
		s.run(leftover, "")
		s.nothingHeld()
	}
}

func TestCancelLeftover_CancelsOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	begin := func() *sale {
		s := b.accepted(declined)
		require.True(t, s.run(authorize, "").Leftover)
		return s
	}
	b.everyDeath(begin, leftover, "", func(s *sale) {
		require.False(t, s.run(leftover, "").Leftover)
		s.nothingHeld()
		calls := len(s.server.Calls())
		require.False(t, s.run(leftover, "").Leftover)
		require.Len(t, s.server.Calls(), calls, "done is done")
	})
}

func TestCancelLeftover_LearnsTheIdOfAPaymentWhoseOpeningWasNeverAnswered(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	for _, kind := range []sim.Kind{sim.TimeoutBefore, sim.TimeoutAfter} {
		s := b.accepted(good)
		s.strike(kind, "payment_intent.create")
		require.Equal(t, payment.Unknown, s.run(authorize, "").State)
		result := s.run(closing, "lease")
		require.Equal(t, payment.Closed, result.State)
		require.True(t, result.Leftover)
		require.False(t, s.run(leftover, "").Leftover)
		require.Len(t, s.books(), 1)
		s.nothingHeld()
	}
}

func TestVoidPayment_GivesTheHoldBackWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	begin := func() *sale {
		s := b.accepted(good)
		require.Equal(t, payment.Authorized, s.run(authorize, "").State)
		return s
	}
	b.everyDeath(begin, void, "cancel-1", func(s *sale) {
		for range 2 {
			result := s.run(void, "cancel-1")
			require.Equal(t, payment.Voided, result.State)
			require.Zero(t, result.Held)
		}
		s.nothingHeld()
		require.Zero(t, s.found().Held)
	})
}

func TestVoidPayment_IsNotStoppedByAKeptError(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	for _, kind := range []sim.Kind{sim.Error500Kept, sim.Error500After, sim.TimeoutAfter, sim.TimeoutBefore} {
		s := b.accepted(good)
		require.Equal(t, payment.Authorized, s.run(authorize, "").State)
		s.strike(kind, "payment_intent.cancel")
		var err error
		for range 3 {
			if _, err = s.try(s.payments, void, "cancel-1"); err == nil {
				break
			}
			require.Contains(t, []payment.State{payment.VoidUnknown, payment.Voiding}, s.found().State)
		}
		require.NoError(t, err, kind)
		require.Equal(t, payment.Voided, s.found().State)
		s.nothingHeld()
	}
}

func TestCancelLeftover_IsNotStoppedByAKeptError(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(declined)
	require.True(t, s.run(authorize, "").Leftover)
	s.strike(sim.Error500Kept, "payment_intent.cancel")
	var err error
	for range 3 {
		if _, err = s.try(s.payments, leftover, ""); err == nil {
			break
		}
	}
	require.NoError(t, err)
	s.nothingHeld()
}

// TestVoidPayment_OneCommandVoidsTwoAttemptsOfAnOrder: a key at the provider
// belongs to one payment.
func TestVoidPayment_OneCommandVoidsTwoAttemptsOfAnOrder(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	require.Equal(t, payment.Authorized, s.run(authorize, "").State)
	row := payment.New(s.row.OrderID, "card-2", s.row.CreatedAt)
	row.Provider, row.Amount, row.Method, row.ReturnURL = "stripe", price, good, s.row.ReturnURL
	second := &sale{till: s.till, row: row.WriteAhead(), amount: price}
	require.NoError(t, s.store.Create(t.Context(), second.row))
	require.Equal(t, payment.Authorized, second.run(authorize, "").State)
	for _, each := range []*sale{s, second} {
		require.Equal(t, payment.Voided, each.run(void, "cancel-1").State)
	}
	require.Len(t, s.books(), 2)
	s.nothingHeld()
}

func TestVoidPayment_FindsThatTheMoneyWasCapturedFirst(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	require.Equal(t, payment.Authorized, s.run(authorize, "").State)
	capture(t, s)
	require.Equal(t, payment.Captured, s.run(void, "cancel-1").State)
	require.Equal(t, price.Minor, s.found().Captured)
	require.Equal(t, payment.Captured, s.run(read, "").State, "and reading it again is harmless")
}
