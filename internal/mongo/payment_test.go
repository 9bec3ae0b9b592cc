package mongo_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/payment"
)

func attemptOf(orderID, command string) payment.Attempt {
	a := payment.New(orderID, command, opening)
	a.Provider, a.Amount, a.Method, a.ReturnURL = "stripe", money.Of(124_990, "TRY"), "pm_card_visa", "https://dukkan.example/donus"
	return a.WriteAhead()
}

func attempts(t *testing.T) (*mongo.Attempts, payment.Attempt) {
	t.Helper()
	s, a := mongo.NewAttempts(mongotest.Database(t)), attemptOf("ord_1", "checkout")
	require.NoError(t, s.Create(t.Context(), a))
	return s, a
}

func TestAttempts_CreateLeavesAnAttemptThatIsThereAsItIs(t *testing.T) {
	t.Parallel()

	s, a := attempts(t)
	other := a
	other.Method = "pm_card_mastercard"
	require.NoError(t, s.Create(t.Context(), other))
	found, err := s.Find(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, a.Method, found.Method)
	require.Equal(t, a.Amount, found.Ops[a.OpID(payment.OpAuthorize)].Amount)
	_, err = s.Find(t.Context(), "ord_1-attempt-yok")
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestAttempts_OfOrderAreItsOwnInTheOrderOfTheirMaking(t *testing.T) {
	t.Parallel()

	s, first := attempts(t)
	second := attemptOf("ord_1", "a-card")
	second.CreatedAt = opening.Add(time.Minute)
	require.NoError(t, s.Create(t.Context(), second))
	require.NoError(t, s.Create(t.Context(), attemptOf("ord_10", "checkout")))
	rows, err := s.OfOrder(t.Context(), "ord_1")
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, []string{first.ID, second.ID}, []string{rows[0].ID, rows[1].ID})
}

func TestAttempts_ApplyHappensOnlyWhereEveryConditionHolds(t *testing.T) {
	t.Parallel()

	a := attemptOf("ord_1", "checkout")
	open, authorize, finalize := a.OpID(payment.OpOpen), a.OpID(payment.OpAuthorize), a.OpID(payment.OpFinalize)
	for _, tt := range []struct {
		name   string
		from   []payment.State
		expect map[string][]payment.OpState
		want   bool
	}{
		{"no condition", nil, nil, true},
		{"the op stands so", nil, map[string][]payment.OpState{open: {payment.OpCreated}}, true},
		{"the op stands in one of these", nil, map[string][]payment.OpState{open: {payment.OpInFlight, payment.OpCreated}}, true},
		{"the op stands otherwise", nil, map[string][]payment.OpState{open: {payment.OpInFlight}}, false},
		{"one of two ops stands otherwise", nil, map[string][]payment.OpState{open: {payment.OpCreated}, authorize: {payment.OpYes}}, false},
		{"an op that must not be there is not", nil, map[string][]payment.OpState{finalize: nil}, true},
		{"an op that must not be there is", nil, map[string][]payment.OpState{open: nil}, false},
		{"an op that must be there is not", nil, map[string][]payment.OpState{finalize: {payment.OpCreated}}, false},
		{"the attempt stands so", []payment.State{payment.Submitting, payment.Created}, nil, true},
		{"the attempt stands otherwise", []payment.State{payment.Closed}, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			s, _ := attempts(t)
			row, applied, err := s.Apply(t.Context(), payment.Change{
				AttemptID: a.ID, From: tt.from, Expect: tt.expect, State: payment.Submitting, Command: "repair-1",
				Ops:     map[string]payment.Op{authorize: {Kind: payment.OpAuthorize, State: payment.OpInFlight}},
				Picture: &payment.Picture{Ref: "pi_1", Held: 5, DeclineHint: payment.HintLater, CaptureBefore: opening},
			})
			require.NoError(t, err)
			require.Equal(t, tt.want, applied)
			found, err := s.Find(t.Context(), a.ID)
			require.NoError(t, err)
			require.Equal(t, found, row, "what is told is what is there")
			if !tt.want {
				require.Equal(t, payment.Created, row.State)
				require.Empty(t, row.Ref)
				return
			}
			require.Equal(t, payment.Submitting, row.State)
			require.Equal(t, "repair-1", row.Command)
			require.Equal(t, "pi_1", row.Ref)
			require.Equal(t, int64(5), row.Held)
			require.Equal(t, payment.OpInFlight, row.Ops[authorize].State)
			require.Equal(t, payment.OpCreated, row.Ops[open].State, "the others stay")
		})
	}
	s, _ := attempts(t)
	_, _, err := s.Apply(t.Context(), payment.Change{AttemptID: "ord_1-attempt-yok", State: payment.Closed})
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestAttempts_OneOfFiftyWorkersWinsAClaim(t *testing.T) {
	t.Parallel()

	s, a := attempts(t)
	var wg sync.WaitGroup
	won, errs := make(chan string, 50), make(chan error, 50)
	for i := range 50 {
		wg.Go(func() {
			claim := fmt.Sprintf("run/1/%d", i)
			_, applied, err := s.Apply(t.Context(), a.Claimed(payment.OpAuthorize, claim, opening))
			errs <- err
			if applied {
				won <- claim
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, won, 1)
	found, err := s.Find(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, <-won, found.Op(payment.OpAuthorize).Claim, "the row names the winner")
}

func TestAttempts_AClaimAndABarExcludeEachOther(t *testing.T) {
	t.Parallel()

	for range 20 {
		s, a := attempts(t)
		var claimed, barred bool
		errs := make(chan error, 2)
		var wg sync.WaitGroup
		wg.Go(func() {
			var err error
			_, claimed, err = s.Apply(t.Context(), a.Claimed(payment.OpAuthorize, "run/1/1", opening))
			errs <- err
		})
		wg.Go(func() {
			var err error
			_, barred, err = s.Apply(t.Context(), a.Barred(payment.OpAuthorize, opening))
			errs <- err
		})
		wg.Wait()
		require.NoError(t, <-errs)
		require.NoError(t, <-errs)
		require.NotEqual(t, claimed, barred)
		_, reopened, err := s.Apply(t.Context(), a.Claimed(payment.OpOpen, "run/1/2", opening))
		require.NoError(t, err)
		require.Equal(t, !barred, reopened, "a closed attempt is not opened by who read it before")
	}
}

func TestPaymentInbox_TakesEachEventOnce(t *testing.T) {
	t.Parallel()

	ctx, inbox := t.Context(), mongo.NewPaymentInbox(mongotest.Database(t))
	put := func(id string, received time.Time) bool {
		fresh, err := inbox.Put(ctx, "stripe", payment.Event{ID: id, Type: "payment_intent.succeeded", Ref: "pi_1", OrderID: "ord_1", At: opening, Claims: payment.StandsCaptured}, received)
		require.NoError(t, err)
		return fresh
	}
	waiting := func() []string {
		letters, err := inbox.Waiting(ctx, 10)
		require.NoError(t, err)
		list := []string{}
		for _, l := range letters {
			list = append(list, l.EventID)
		}
		return list
	}
	require.True(t, put("evt_2", opening.Add(2*time.Second)))
	require.True(t, put("evt_1", opening.Add(time.Second)))
	require.False(t, put("evt_1", opening.Add(time.Minute)), "delivered twice by the provider")
	require.Equal(t, []string{"evt_1", "evt_2"}, waiting(), "oldest first")

	letters, err := inbox.Waiting(ctx, 1)
	require.NoError(t, err)
	require.Len(t, letters, 1)
	require.Equal(t, "stripe:evt_1", letters[0].ID)
	require.Equal(t, payment.Event{ID: "evt_1", Type: "payment_intent.succeeded", Ref: "pi_1", OrderID: "ord_1", At: opening, Claims: payment.StandsCaptured}, letters[0].Event())
	for range 2 {
		require.NoError(t, inbox.Delivered(ctx, letters[0]))
	}
	require.Equal(t, []string{"evt_2"}, waiting())
	require.False(t, put("evt_1", opening.Add(time.Hour)), "late, and known")

	for range 2 {
		require.NoError(t, inbox.File(ctx, "stripe", payment.Event{ID: "evt_3"}, opening))
	}
	require.False(t, put("evt_3", opening), "filed as no news")
	require.Equal(t, []string{"evt_2"}, waiting())
	fresh, err := inbox.Put(ctx, "baska", payment.Event{ID: "evt_1"}, opening.Add(time.Hour))
	require.NoError(t, err)
	require.True(t, fresh, "another provider's events have names of their own")
}
