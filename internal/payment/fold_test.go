package payment_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
)

var (
	noon  = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	price = money.Of(124_990, "TRY")
)

func attempt() payment.Attempt {
	a := payment.New("ord_1", "checkout", noon)
	a.Provider, a.Amount, a.Method = "stripe", price, "pm_card_visa"
	return a.WriteAhead()
}

// at returns an attempt in the given state whose authorize op was sent.
func at(state payment.State) payment.Attempt {
	a := attempt()
	a.State, a.Ref = state, "pi_1"
	a.Ops[a.OpID(payment.OpOpen)] = payment.Op{Kind: payment.OpOpen, Amount: price, State: payment.OpYes}
	a.Ops[a.OpID(payment.OpAuthorize)] = payment.Op{Kind: payment.OpAuthorize, Amount: price, State: payment.OpInFlight, SentAt: noon}
	return a
}

func saw(s payment.Standing) payment.Answer {
	return payment.Answer{Outcome: payment.Yes, Picture: payment.Picture{Ref: "pi_1", Standing: s, Held: 1, RedirectURL: "https://banka.example/3ds"}}
}

func TestAttempt_IsWrittenAheadWithTheOpsItNeeds(t *testing.T) {
	t.Parallel()

	a := attempt()
	require.Equal(t, "ord_1-attempt-checkout", a.ID)
	require.Equal(t, payment.Created, a.State)
	require.Equal(t, map[string]payment.Op{
		"ord_1-open-checkout":      {Kind: payment.OpOpen, Amount: price, State: payment.OpCreated, CreatedAt: noon},
		"ord_1-authorize-checkout": {Kind: payment.OpAuthorize, Amount: price, State: payment.OpCreated, CreatedAt: noon},
	}, a.Ops)
}

func TestAttempt_NextFollowsTheProvidersWord(t *testing.T) {
	t.Parallel()

	outcome := func(o payment.Outcome) payment.Answer { return payment.Answer{Outcome: o} }
	lapsed := saw(payment.StandsVoided)
	lapsed.Picture.Lapsed = true
	const refused = payment.State("")
	for _, tt := range []struct {
		name   string
		from   payment.State
		answer payment.Answer
		want   payment.State
	}{
		{"held", payment.Submitting, saw(payment.StandsHeld), payment.Authorized},
		{"held, found by a look-up", payment.Unknown, saw(payment.StandsHeld), payment.Authorized},
		{"held after the bank's page", payment.ActionRequired, saw(payment.StandsHeld), payment.Authorized},
		{"held after a review", payment.PendingReview, saw(payment.StandsHeld), payment.Authorized},
		{"held while a person looks", payment.ManualReview, saw(payment.StandsHeld), payment.Authorized},
		{"held before the close got through", payment.Closing, saw(payment.StandsHeld), payment.Authorized},
		{"captured by somebody else", payment.Submitting, saw(payment.StandsCaptured), payment.Captured},
		{"declined", payment.Submitting, outcome(payment.No), payment.Declined},
		{"declined, found by a look-up", payment.Unknown, saw(payment.StandsDeclined), payment.Declined},
		{"cancelled by somebody else", payment.Unknown, saw(payment.StandsVoided), payment.Declined},
		{"the bank asks", payment.Submitting, saw(payment.StandsAction), payment.ActionRequired},
		{"the shopper is at the bank", payment.ActionRequired, saw(payment.StandsAction), payment.ActionRequired},
		{"the shopper is back", payment.ActionRequired, saw(payment.StandsBack), payment.ActionRequired},
		{"a look-up failed while the shopper is at the bank", payment.ActionRequired, outcome(payment.Unsure), payment.ActionRequired},
		{"a look-up was refused while the shopper is at the bank", payment.ActionRequired, outcome(payment.RefusedByProvider), payment.ActionRequired},
		{"no answer", payment.Submitting, outcome(payment.Unsure), payment.Unknown},
		{"not sent", payment.Submitting, outcome(payment.NotSent), payment.Unknown},
		{"still no answer", payment.Unknown, outcome(payment.Unsure), payment.Unknown},
		{"refused", payment.Submitting, outcome(payment.RefusedByProvider), payment.Refused},
		{"an id that the provider does not know", payment.Submitting, outcome(payment.Missing), payment.Refused},
		{"not executed", payment.Unknown, saw(payment.StandsOpen), payment.Submitting},
		{"not executed yet", payment.Submitting, saw(payment.StandsOpen), payment.Submitting},
		{"under review", payment.Submitting, saw(payment.StandsPending), payment.PendingReview},
		{"still under review", payment.PendingReview, saw(payment.StandsPending), payment.PendingReview},
		{"a look-up failed during review", payment.PendingReview, outcome(payment.Unsure), payment.PendingReview},
		{"a look-up failed while a person looks", payment.ManualReview, outcome(payment.Unsure), payment.ManualReview},
		{"a hold is still there", payment.Authorized, saw(payment.StandsHeld), payment.Authorized},
		{"a hold was captured by somebody else", payment.Authorized, saw(payment.StandsCaptured), payment.Captured},
		{"a declined payment stays declined", payment.Declined, saw(payment.StandsHeld), refused},
		{"a closed payment stays closed", payment.Closed, saw(payment.StandsHeld), refused},
		{"a hold is not forgotten by a failed look-up", payment.Authorized, outcome(payment.Unsure), refused},
		{"a hold is not declined any more", payment.Authorized, outcome(payment.No), refused},
		{"nothing was sent, nothing is answered", payment.Created, saw(payment.StandsHeld), refused},
		{"a refused request brings no money", payment.Refused, saw(payment.StandsHeld), refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got, err := at(tt.from).Next(tt.answer)
			if tt.want == refused {
				require.Equal(t, fault.Conflict, fault.CodeOf(err))
				require.Equal(t, tt.from, got)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestAttempt_AnsweredSettlesTheOpWithTheState(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name   string
		answer payment.Answer
		state  payment.State
		op     payment.OpState
	}{
		{"held", saw(payment.StandsHeld), payment.Authorized, payment.OpYes},
		{"the bank asks", saw(payment.StandsAction), payment.ActionRequired, payment.OpYes},
		{"declined", payment.Answer{Outcome: payment.No, Code: "card_declined"}, payment.Declined, payment.OpNo},
		{"refused", payment.Answer{Outcome: payment.RefusedByProvider, Code: "parameter_unknown"}, payment.Refused, payment.OpNo},
		{"no answer", payment.Answer{Outcome: payment.Unsure}, payment.Unknown, payment.OpUnanswered},
		{"under review", saw(payment.StandsPending), payment.PendingReview, payment.OpUnanswered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			a, later := at(payment.Submitting), noon.Add(time.Second)
			id := a.OpID(payment.OpAuthorize)
			c, err := a.Answered(payment.OpAuthorize, tt.answer, later)
			require.NoError(t, err)
			require.Equal(t, a.ID, c.AttemptID)
			require.Equal(t, tt.state, c.State)
			require.Equal(t, tt.op, c.Ops[id].State)
			require.Equal(t, tt.answer.Code, c.Ops[id].Code)
			require.Equal(t, later, c.Ops[id].AnsweredAt)
			require.Equal(t, price, c.Ops[id].Amount, "an op keeps its amount")
			require.Equal(t, map[string][]payment.OpState{id: {payment.OpInFlight, payment.OpUnanswered}}, c.Expect, "who comes late changes nothing")
			finalize, written := c.Ops[a.OpID(payment.OpFinalize)]
			require.Equal(t, tt.state == payment.ActionRequired, written, "the finalize is written ahead")
			if written {
				require.Equal(t, payment.OpCreated, finalize.State)
			}
		})
	}
	_, err := at(payment.Closed).Answered(payment.OpAuthorize, saw(payment.StandsHeld), noon)
	require.Equal(t, fault.Conflict, fault.CodeOf(err))
}

func TestAttempt_AsksAgainWhenTheFinalizeLeadsBackToTheBank(t *testing.T) {
	t.Parallel()

	a := at(payment.Submitting)
	a.Ops[a.OpID(payment.OpFinalize)] = payment.Op{Kind: payment.OpFinalize, Amount: price, State: payment.OpInFlight}
	require.Equal(t, payment.OpFinalize, a.MoneyOp())
	a.State = payment.ActionRequired
	c, err := a.Answered(payment.OpFinalize, saw(payment.StandsAction), noon)
	require.NoError(t, err)
	require.Equal(t, payment.ActionRequired, c.State)
	require.Equal(t, payment.OpUnanswered, c.Ops[a.OpID(payment.OpFinalize)].State)
}

func TestAttempt_ClaimIsForAnOpThatWasNeverSentOfAnAttemptThatIsOpen(t *testing.T) {
	t.Parallel()

	a := attempt()
	for _, kind := range []payment.Kind{payment.OpOpen, payment.OpAuthorize, payment.OpFinalize} {
		c := a.Claimed(kind, "run/1/1", noon)
		id := a.OpID(kind)
		require.Equal(t, map[string][]payment.OpState{id: {payment.OpCreated}}, c.Expect)
		require.Equal(t, payment.Submitting, c.State)
		require.Equal(t, payment.OpInFlight, c.Ops[id].State)
		require.Equal(t, "run/1/1", c.Ops[id].Claim)
		require.Equal(t, noon, c.Ops[id].SentAt)
		require.NotEmpty(t, c.From)
		for _, over := range []payment.State{payment.Closed, payment.Declined, payment.Refused, payment.Authorized, payment.Voided} {
			require.NotContains(t, c.From, over, "%s is not opened again", over)
		}
	}
}

func TestAttempt_BarredOpIsNeverSent(t *testing.T) {
	t.Parallel()

	a := attempt()
	c := a.Barred(payment.OpAuthorize, noon)
	id := a.OpID(payment.OpAuthorize)
	require.Equal(t, map[string][]payment.OpState{id: {payment.OpCreated}}, c.Expect)
	require.Equal(t, payment.Closed, c.State)
	require.Equal(t, payment.OpOff, c.Ops[id].State)
}

func TestAttempt_MendedBeginsAgainUnderNewOps(t *testing.T) {
	t.Parallel()

	a := at(payment.Refused)
	c := a.Mended("repair-1", noon)
	require.Equal(t, []payment.State{payment.Refused}, c.From)
	require.Equal(t, payment.Created, c.State)
	require.Equal(t, "repair-1", c.Command)
	require.Equal(t, []string{"ord_1-authorize-repair-1"}, slices.Sorted(maps.Keys(c.Ops)), "the payment is opened already")
	a.Ref = ""
	require.Equal(t, []string{"ord_1-authorize-repair-1", "ord_1-open-repair-1"}, slices.Sorted(maps.Keys(a.Mended("repair-1", noon).Ops)))
}

func TestAttempt_MovedTellsWhatOthersDidToAHold(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name  string
		seen  payment.Picture
		want  payment.State
		moved bool
	}{
		{"still held", payment.Picture{Standing: payment.StandsHeld}, payment.Authorized, false},
		{"captured", payment.Picture{Standing: payment.StandsCaptured}, payment.Captured, true},
		{"voided", payment.Picture{Standing: payment.StandsVoided}, payment.Voided, true},
		{"lapsed", payment.Picture{Standing: payment.StandsVoided, Lapsed: true}, payment.Expired, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got, moved, err := at(payment.Authorized).Moved(tt.seen)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.moved, moved)
		})
	}
}

func TestAttempt_KnowsWhatAnEventTellsIt(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name  string
		state payment.State
		event payment.Event
		want  bool
	}{
		{"its own hold", payment.Authorized, payment.Event{Ref: "pi_1", Claims: payment.StandsHeld}, true},
		{"a hold that was voided since", payment.Voided, payment.Event{Ref: "pi_1", Claims: payment.StandsHeld}, true},
		{"a hold it waits for", payment.Unknown, payment.Event{Ref: "pi_1", Claims: payment.StandsHeld}, false},
		{"money on a closed attempt", payment.Closed, payment.Event{Ref: "pi_1", Claims: payment.StandsHeld}, false},
		{"its own cancellation", payment.Closed, payment.Event{Ref: "pi_1", Claims: payment.StandsVoided}, true},
		{"somebody else's cancellation", payment.Authorized, payment.Event{Ref: "pi_1", Claims: payment.StandsVoided}, false},
		{"somebody else's capture", payment.Authorized, payment.Event{Ref: "pi_1", Claims: payment.StandsCaptured}, false},
		{"another payment", payment.Authorized, payment.Event{Ref: "pi_2", Claims: payment.StandsHeld}, false},
		{"a word it does not understand", payment.Authorized, payment.Event{Ref: "pi_1"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tt.want, at(tt.state).Knows(tt.event))
		})
	}
}

// TestAttempt_TheOrderOfAnswersDoesNotMatter: look-ups, returns and webhooks
// come in any order and any number of times. One definite word among them
// decides, wherever it stands.
func TestAttempt_TheOrderOfAnswersDoesNotMatter(t *testing.T) {
	t.Parallel()

	vague := []payment.Answer{
		{Outcome: payment.Unsure}, {Outcome: payment.NotSent}, saw(payment.StandsAction), saw(payment.StandsBack), saw(payment.StandsPending),
	}
	definite := map[payment.State]payment.Answer{
		payment.Authorized: saw(payment.StandsHeld), payment.Captured: saw(payment.StandsCaptured), payment.Declined: {Outcome: payment.No},
	}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SampledFrom(slices.Sorted(maps.Keys(definite))).Draw(t, "what became of it")
		answers := append(rapid.SliceOfN(rapid.SampledFrom(vague), 0, 8).Draw(t, "vague answers"), definite[want], definite[want])
		answers = rapid.Permutation(answers).Draw(t, "their order")
		a := at(payment.Submitting)
		decided := false
		for _, answer := range answers {
			change, err := a.Answered(a.MoneyOp(), answer, noon)
			if err != nil {
				continue // nothing is written
			}
			require.False(t, decided && change.State != want, "%s was taken back for %s", want, change.State)
			a.State = change.State
			maps.Copy(a.Ops, change.Ops)
			decided = decided || a.State == want
		}
		require.Equal(t, want, a.State)
	})
}
