package activities_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/simulators/sim"
	simulator "github.com/bedesten/bedesten/simulators/stripe"
)

func TestAuthorizePayment_HoldsOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	b.everyDeath(func() *sale { return b.accepted(good) }, authorize, "", func(s *sale) {
		require.Equal(t, payment.Authorized, s.settle(authorize, "").State)
		s.heldOnce()
		require.Equal(t, payment.Authorized, s.run(authorize, "").State, "a third try changes nothing")
		s.heldOnce()
	})
}

func TestAuthorizePayment_HoldsOnceWhenManyWorkersTryAtATime(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _, _ = s.try(s.payments, authorize, "") })
	}
	wg.Wait()
	require.Equal(t, payment.Authorized, s.settle(authorize, "").State)
	s.heldOnce()
}

func TestFinalizePayment_HoldsOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	b.everyDeath(b.back, finalize, "", func(s *sale) {
		require.True(t, s.found().Op(payment.OpFinalize).State != "")
		require.Equal(t, payment.Authorized, s.settle(finalize, "").State)
		books := s.books()
		require.Len(t, books, 1)
		require.Equal(t, price.Minor, books[0].Capturable)
		require.Equal(t, payment.Authorized, s.found().State)
	})
}

func TestReadPayment_SeesThatTheShopperIsBackAndMovesNothing(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	s := b.accepted(bank)
	require.Equal(t, payment.ActionRequired, s.run(authorize, "").State)
	require.NotEmpty(t, s.found().RedirectURL)
	require.False(t, s.run(read, "").CameBack)

	s = b.back()
	result := s.run(read, "")
	require.True(t, result.CameBack)
	require.Equal(t, payment.ActionRequired, result.State)
	require.Zero(t, s.books()[0].Capturable)
}

func TestReadPayment_FindsWhatBecameOfAnUnansweredCall(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	for _, tt := range []struct {
		name, card, operation string
		kind                  sim.Kind
		want                  payment.State
	}{
		{"held, the answer was lost", good, "payment_intent.confirm", sim.TimeoutAfter, payment.Authorized},
		{"held, the answer was broken", good, "payment_intent.confirm", sim.BrokenBody, payment.Authorized},
		{"held, a kept error says otherwise", good, "payment_intent.confirm", sim.Error500After, payment.Authorized},
		{"declined, the answer was lost", declined, "payment_intent.confirm", sim.TimeoutAfter, payment.Declined},
		{"at the bank, the answer was lost", bank, "payment_intent.confirm", sim.TimeoutAfter, payment.ActionRequired},
		{"never executed, sent again", good, "payment_intent.confirm", sim.TimeoutBefore, payment.Authorized},
		{"too many requests, sent again", good, "payment_intent.confirm", sim.RateLimit, payment.Authorized},
		{"opened, the answer was lost", good, "payment_intent.create", sim.TimeoutAfter, payment.Authorized},
		{"never opened, sent again", good, "payment_intent.create", sim.TimeoutBefore, payment.Authorized},
		{"opened, a kept error says otherwise", good, "payment_intent.create", sim.Error500After, payment.Authorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			s := b.accepted(tt.card)
			s.strike(tt.kind, tt.operation)
			require.Equal(t, payment.Unknown, s.run(authorize, "").State)
			result := s.settle(read, "")
			require.Equal(t, tt.want, result.State)
			require.False(t, result.NotFound)
			require.Len(t, s.books(), 1)
			if tt.want == payment.Authorized {
				s.heldOnce()
			}
		})
	}
}

func TestReadPayment_AKeptErrorWithoutAnEffectEndsTheAttemptAndUsesUpNoTry(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	s.strike(sim.Error500Kept, "payment_intent.confirm")
	require.Equal(t, payment.Unknown, s.run(authorize, "").State)
	result := s.run(read, "")
	require.Equal(t, payment.Declined, result.State, "no other answer will come under this key")
	require.True(t, result.NotFound)
	require.True(t, result.Leftover, "the payment still stands, without money")
	require.False(t, s.run(leftover, "").Leftover)
	s.nothingHeld()
	require.Equal(t, payment.Declined, s.run(authorize, "").State)
	s.nothingHeld()
}

func TestReadPayment_BelievesThatNothingWasOpenedOnlyAfterEveryDelay(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	s.strike(sim.Error500Kept, "payment_intent.create")
	require.Equal(t, payment.Unknown, s.run(authorize, "").State)
	require.Equal(t, payment.Unknown, s.run(read, "").State, "the list may be late")
	s.ahead.Store(int64(3 * time.Minute))
	result := s.run(read, "")
	require.Equal(t, payment.Declined, result.State)
	require.True(t, result.NotFound)
	require.False(t, result.Leftover)
	for _, do := range []step{read, authorize} {
		require.Equal(t, payment.Declined, s.run(do, "").State)
	}
	require.Empty(t, s.books(), "what was given up is not opened after all")
}

func TestReadPayment_SearchesTheListWhenTheKeyIsNoLongerKept(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	s.strike(sim.TimeoutAfter, "payment_intent.create")
	require.Equal(t, payment.Unknown, s.run(authorize, "").State)
	s.ahead.Store(int64(24 * time.Hour))
	require.Equal(t, payment.Authorized, s.settle(read, "").State)
	s.heldOnce()
}

func TestReadPayment_SendsNothingAgainWhenTheKeyIsNoLongerKept(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	s.strike(sim.TimeoutBefore, "payment_intent.confirm")
	require.Equal(t, payment.Unknown, s.run(authorize, "").State)
	s.ahead.Store(int64(24 * time.Hour))
	result := s.run(read, "")
	require.Equal(t, payment.Declined, result.State)
	require.True(t, result.NotFound)
	require.True(t, result.Leftover)
	require.Zero(t, s.books()[0].Capturable)
}

func TestReadPayment_ReportsWhatOthersDidToAHold(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	require.Equal(t, payment.Authorized, s.run(authorize, "").State)
	answer := s.gateway.Cancel(t.Context(), payment.CancelRequest{OpID: "elle-iptal", Ref: s.found().Ref, Reason: string(payment.OpVoid)})
	require.Equal(t, payment.Yes, answer.Outcome)
	for range 2 {
		require.Equal(t, payment.Voided, s.run(read, "").State)
	}
	row := s.found()
	require.Equal(t, payment.OpYes, row.Op(payment.OpFound).State, "it is recorded as an op that was not ours")
	require.Zero(t, row.Held)
}

func TestAuthorizePayment_ARefusedRequestWaitsForAPersonAndIsMended(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	s.refuse(0)
	result := s.run(authorize, "")
	require.Equal(t, payment.Refused, result.State)
	require.NotEmpty(t, result.Code)
	calls := len(s.server.Calls())
	for _, do := range []step{authorize, read} {
		require.Equal(t, payment.Refused, s.run(do, "").State, "nothing goes out by itself")
	}
	require.Len(t, s.server.Calls(), calls)

	require.Equal(t, payment.Refused, s.run(mend, "repair-1").State, "the cause is still there")
	require.Equal(t, payment.Refused, s.run(mend, "repair-1").State, "one repair asks once")
	require.Equal(t, "repair-1", s.found().Command)
	require.Len(t, s.books(), 1)
	require.Equal(t, payment.Closed, s.run(closing, "lease").State, "and it can be given up")
	s.nothingHeld()
}

func TestMendPayment_AsksAgainUnderNewOpsOnceTheCauseIsGone(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	begin := func() *sale {
		s := b.accepted(good)
		s.refuse(1)
		require.Equal(t, payment.Refused, s.run(authorize, "").State)
		return s
	}
	b.everyDeath(begin, mend, "repair-1", func(s *sale) {
		require.Equal(t, payment.Authorized, s.settle(mend, "repair-1").State)
		s.heldOnce()
	})
}

func TestAuthorizePayment_RefusesARowWithAnotherAmount(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(good)
	op := s.row.Op(payment.OpAuthorize)
	op.Amount.Minor++
	_, applied, err := s.store.Apply(t.Context(), payment.Change{AttemptID: s.row.ID, Ops: map[string]payment.Op{s.row.OpID(payment.OpAuthorize): op}})
	require.NoError(t, err)
	require.True(t, applied)
	_, err = s.try(s.payments, authorize, "")
	require.ErrorContains(t, err, "its attempt for")
	require.Empty(t, s.books())
}

func TestAuthorizePayment_ReportsADeclineWithoutTheBanksSecrets(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted("pm_card_visa_chargeDeclinedStolenCard")
	result := s.run(authorize, "")
	require.Equal(t, payment.Declined, result.State)
	require.Equal(t, "generic_decline", result.Code)
	require.Equal(t, "generic_decline", s.found().DeclineCode)
	require.True(t, result.Leftover)
	result = s.run(leftover, "")
	require.False(t, result.Leftover)
	s.nothingHeld()
	require.Equal(t, 1, s.books()[0].Charges)
}

func TestFindLateMoney_MakesAClosedAttemptAuthorizedSoThatItIsGivenBack(t *testing.T) {
	t.Parallel()

	s := newTill(t).accepted(bank)
	require.Equal(t, payment.ActionRequired, s.run(authorize, "").State)
	require.Equal(t, payment.Closed, s.run(closing, "lease").State)
	require.Equal(t, payment.Closed, s.run(late, "").State, "no money, no news")
	// Somebody finalizes by hand before the leftover is cancelled.
	row := s.found()
	_, err := s.server.FinishChallenge(row.Ref, simulator.ChallengeComplete)
	require.NoError(t, err)
	answer := s.gateway.Finalize(t.Context(), payment.FinalizeRequest{OpID: "elle-onay", Ref: row.Ref})
	require.Equal(t, payment.StandsHeld, answer.Picture.Standing)
	for range 2 {
		result := s.run(late, "")
		require.Equal(t, payment.Authorized, result.State)
		require.Equal(t, price.Minor, result.Held)
	}
	result := s.run(void, "end")
	require.Equal(t, payment.Voided, result.State)
	require.Zero(t, result.Held)
	s.nothingHeld()
}

func TestAuthorizePayment_OfAnAttemptThatWasNeverWrittenIsNotFound(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	_, err := (&sale{till: b, row: payment.Attempt{ID: "ord_yok-attempt-checkout"}}).try(b.payments, authorize, "")
	require.ErrorContains(t, err, "no such payment attempt")
}
