package activities_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/simulators/sim"
)

// callTroubles are all ways in which one call can go wrong that leave open, or
// say, what became of it; tried again, each ends in the wish fulfilled once.
var callTroubles = []sim.Kind{
	sim.TimeoutBefore, sim.TimeoutAfter, sim.ResetBefore, sim.ResetAfter, sim.Error500Before, sim.Error500After, sim.Error500Kept,
	sim.RateLimit, sim.BrokenBody,
}

// held brings a sale to a hold at the provider.
func (b *till) held(card string) *sale {
	b.t.Helper()
	s := b.accepted(card)
	require.Equal(b.t, payment.Authorized, s.run(authorize, "").State)
	return s
}

// taken brings a sale to captured money.
func (b *till) taken(card string) *sale {
	b.t.Helper()
	s := b.held(card)
	require.Equal(b.t, payment.Captured, s.run(capturing, "for-parcel-1").State)
	return s
}

// insist runs a step until it neither fails nor leaves its outcome open, with
// pauses, as the order does.
func (s *sale) insist(do step, command string) {
	s.t.Helper()
	for range 6 {
		result, err := s.try(s.payments, do, command)
		if err == nil && result.State != payment.CaptureUnknown && result.State != payment.Authorized {
			return
		}
		s.ahead.Add(int64(3 * time.Minute))
	}
	s.t.Fatalf("%s got nowhere: it stands at %s", command, s.found().State)
}

// amounts is the row's word and the provider's on what was taken and given back.
func (s *sale) amounts(captured, refunded int64) {
	s.t.Helper()
	row, books := s.found(), s.books()
	require.Len(s.t, books, 1)
	require.Equal(s.t, captured, books[0].Captured, "captured at the provider")
	require.Equal(s.t, refunded, books[0].Refunded, "refunded at the provider")
	require.Equal(s.t, captured, row.Captured)
	require.Equal(s.t, refunded, row.Refunded)
	require.Empty(s.t, row.OpenSettling(payment.OpCapture)+row.OpenSettling(payment.OpRefund), "every op has its answer")
}

func TestCapturePayment_TakesOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	b.everyDeath(func() *sale { return b.held(good) }, capturing, "for-parcel-1", func(s *sale) {
		s.insist(capturing, "for-parcel-1")
		require.Equal(t, payment.Captured, s.found().State)
		s.amounts(price.Minor, 0)
	})
}

func TestCapturePayment_TakesOnceWhateverBecomesOfTheCall(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	for _, kind := range callTroubles {
		s := b.held(good)
		s.strike(kind, "payment_intent.capture")
		s.insist(capturing, "for-parcel-1")
		require.Equal(t, payment.Captured, s.found().State, "%s", kind)
		s.amounts(price.Minor, 0)
	}
}

func TestCapturePayment_TakesOnceWhenManyWorkersTryAtATime(t *testing.T) {
	t.Parallel()

	s := newTill(t).held(good)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _, _ = s.try(s.payments, capturing, "for-parcel-1") })
	}
	wg.Wait()
	s.insist(capturing, "for-parcel-1")
	s.amounts(price.Minor, 0)
}

func TestRefundPayment_GivesBackOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	b.everyDeath(func() *sale { return b.taken(good) }, refunding, "rest", func(s *sale) {
		s.insist(refunding, "rest")
		require.True(t, s.run(refunding, "rest").Done)
		require.Equal(t, payment.Refunded, s.found().State)
		s.amounts(price.Minor, price.Minor)
	})
}

func TestRefundPayment_GivesBackOnceWhateverBecomesOfTheCall(t *testing.T) {
	t.Parallel()

	b := newTill(t)
	for _, kind := range callTroubles {
		for _, operation := range []string{"refund.create", "payment_intent.retrieve"} {
			s := b.taken(good)
			_, err := s.server.AddFault(sim.Fault{Kind: kind, Times: 1, Match: sim.Match{Operation: operation}})
			require.NoError(t, err)
			s.insist(refunding, "rest")
			require.True(t, s.run(refunding, "rest").Done, "%s of %s", kind, operation)
			require.Equal(t, payment.Refunded, s.found().State)
			s.amounts(price.Minor, price.Minor)
		}
	}
}

func TestRefundPayment_OfTwoPartsGoesOnWhenTheProviderTakesNoMoreRequestsForAWhile(t *testing.T) {
	t.Parallel()

	s := newTill(t).taken(good)
	s.amount = money.Of(24_990, "TRY")
	for _, part := range []string{"parcel-1", "parcel-2"} {
		_, err := s.server.AddFault(sim.Fault{Kind: sim.RateLimit, Times: 3, Match: sim.Match{Operation: "refund.create"}})
		require.NoError(t, err)
		_, err = s.try(s.payments, refunding, part)
		require.Error(t, err, "it is tried again, and no person is asked for")
		s.insist(refunding, part)
		require.True(t, s.run(refunding, part).Done)
	}
	s.amounts(price.Minor, 2*24_990)
	require.Equal(t, payment.PartiallyRefunded, s.found().State)
}

func TestRefundPayment_GoesOutUnderTheNextOpWhenItsKeyIsNoLongerKept(t *testing.T) {
	t.Parallel()

	s := newTill(t).taken(good)
	_, err := s.server.AddFault(sim.Fault{Kind: sim.TimeoutBefore, Times: 1, Match: sim.Match{Operation: "refund.create"}})
	require.NoError(t, err)
	_, err = s.try(s.payments, refunding, "rest")
	require.Error(t, err)
	require.Equal(t, payment.RefundUnknown, s.found().State)
	s.ahead.Store(int64(25 * time.Hour))
	s.insist(refunding, "rest")
	require.True(t, s.run(refunding, "rest").Done)
	s.amounts(price.Minor, price.Minor)
}

func TestRefundPayment_IsRefusedOnceAndGoesOutAgainOnlyAfterARepair(t *testing.T) {
	t.Parallel()

	s := newTill(t).taken(good)
	_, err := s.server.AddFault(sim.Fault{Kind: sim.Decline, Times: 1, Code: "insufficient_funds", Match: sim.Match{Operation: "refund.create"}})
	require.NoError(t, err)
	for range 2 {
		result := s.run(refunding, "rest")
		require.Equal(t, payment.RefundFailed, result.State)
		require.False(t, result.Done)
	}
	s.amounts(price.Minor, 0)
	s.mend = true
	require.True(t, s.run(refunding, "rest").Done)
	s.amounts(price.Minor, price.Minor)
}

func TestReadPayment_LeavesARefundThatIsBeingTriedAgainToIt(t *testing.T) {
	t.Parallel()

	s := newTill(t).taken(good)
	_, err := s.server.AddFault(sim.Fault{Kind: sim.RateLimit, Times: 3, Match: sim.Match{Operation: "refund.create"}})
	require.NoError(t, err)
	_, err = s.try(s.payments, refunding, "rest")
	require.Error(t, err)
	require.Equal(t, payment.Refunding, s.run(read, "").State)
	s.insist(refunding, "rest")
	s.amounts(price.Minor, price.Minor)
}

func TestReadPayment_ToldOfARefundThatCameBackOwesItAgain(t *testing.T) {
	t.Parallel()

	s := newTill(t).taken("pm_card_refundFail")
	require.True(t, s.run(refunding, "rest").Done)
	require.NoError(t, s.server.Clock().Advance(time.Hour))
	result := s.run(read, "")
	require.Equal(t, payment.Captured, result.State)
	require.Len(t, result.CameBackOps, 1)
	require.True(t, s.run(refunding, "rest").Done, "the next op gives it back")
	s.amounts(price.Minor, price.Minor)
}
