package payment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
)

const (
	captureOp = "ord_1-capture-first"
	refundOp  = "ord_1-refund-return-1"
	earlierOp = "ord_1-refund-return-0"
)

var later = noon.Add(time.Hour)

// settling is an attempt in a state of which one capture, or refund, was sent.
func settling(state payment.State, opID string, kind payment.Kind, kurus int64) payment.Attempt {
	a := at(state)
	a.Captured = price.Minor
	a.Ops[opID] = payment.Op{Kind: kind, Amount: money.Of(kurus, "TRY"), State: payment.OpInFlight, Claim: "run/1/1", CreatedAt: noon, SentAt: noon}
	return a
}

// refunded is a captured attempt with a refund of ours that got through.
func refunded(state payment.State, kurus int64) payment.Attempt {
	a := settling(state, earlierOp, payment.OpRefund, kurus)
	op := a.Ops[earlierOp]
	op.State = payment.OpYes
	a.Ops[earlierOp], a.Refunded = op, kurus
	return a
}

func TestAttempt_NextOpIsANewOneOnlyAfterADefiniteNo(t *testing.T) {
	t.Parallel()

	a := at(payment.Authorized)
	require.Equal(t, captureOp, a.NextOp(payment.OpCapture, "first"))
	for _, s := range []payment.OpState{payment.OpCreated, payment.OpInFlight, payment.OpUnanswered, payment.OpYes} {
		a.Ops[captureOp] = payment.Op{Kind: payment.OpCapture, State: s}
		require.Equal(t, captureOp, a.NextOp(payment.OpCapture, "first"), "%s keeps its key", s)
	}
	a.Ops[captureOp] = payment.Op{Kind: payment.OpCapture, State: payment.OpNo}
	require.Equal(t, captureOp+"-2", a.NextOp(payment.OpCapture, "first"))
	a.Ops[captureOp+"-2"] = payment.Op{Kind: payment.OpCapture, State: payment.OpNo}
	require.Equal(t, captureOp+"-3", a.NextOp(payment.OpCapture, "first"))
	require.Equal(t, "ord_1-capture-second", a.NextOp(payment.OpCapture, "second"), "each command counts its own")
}

func TestAttempt_SettlingIsWrittenAheadOfTheRequest(t *testing.T) {
	t.Parallel()

	a, part := at(payment.Authorized), money.Of(24_990, "TRY")
	require.Equal(t, payment.Change{
		AttemptID: a.ID, From: []payment.State{payment.Authorized}, State: payment.Capturing,
		Expect: map[string][]payment.OpState{captureOp: nil},
		Ops:    map[string]payment.Op{captureOp: {Kind: payment.OpCapture, Amount: part, State: payment.OpInFlight, Claim: "run/1/1", CreatedAt: later, SentAt: later}},
	}, a.Settling(payment.OpCapture, captureOp, part, "run/1/1", later), "an op that must not be there yet")

	c := a.Settling(payment.OpRefund, refundOp, part, "run/1/1", later)
	require.Equal(t, []payment.State{payment.Captured, payment.PartiallyRefunded, payment.RefundFailed, payment.Refunding}, c.From)
	require.Equal(t, payment.Refunding, c.State)

	a.Ops[captureOp] = payment.Op{Kind: payment.OpCapture, Amount: part, State: payment.OpCreated, CreatedAt: noon}
	c = a.Settling(payment.OpCapture, captureOp, money.Of(1, "TRY"), "run/2/1", later)
	require.Equal(t, map[string][]payment.OpState{captureOp: {payment.OpCreated}}, c.Expect)
	require.Equal(t, payment.Op{Kind: payment.OpCapture, Amount: part, State: payment.OpInFlight, Claim: "run/2/1", CreatedAt: noon, SentAt: later}, c.Ops[captureOp], "its amount was fixed with it")
}

func TestAttempt_CaptureAnsweredFollowsTheProvidersWord(t *testing.T) {
	t.Parallel()

	outcome := func(o payment.Outcome) payment.Answer { return payment.Answer{Outcome: o, Code: "kod"} }
	for _, tt := range []struct {
		name   string
		from   payment.State
		answer payment.Answer
		want   payment.State
		op     payment.OpState
	}{
		{"captured", payment.Capturing, saw(payment.StandsCaptured), payment.Captured, payment.OpYes},
		{"captured, as a look-up shows", payment.CaptureUnknown, saw(payment.StandsCaptured), payment.Captured, payment.OpYes},
		{"no answer", payment.Capturing, outcome(payment.Unsure), payment.CaptureUnknown, payment.OpUnanswered},
		{"still no answer", payment.CaptureUnknown, outcome(payment.Unsure), payment.CaptureUnknown, payment.OpUnanswered},
		{"never sent: the same key goes out", payment.Capturing, outcome(payment.NotSent), payment.Authorized, payment.OpCreated},
		{"a look-up shows that it was never done: a new key", payment.CaptureUnknown, saw(payment.StandsHeld), payment.Authorized, payment.OpNo},
		{"the hold had run out", payment.Capturing, saw(payment.StandsVoided), payment.Expired, payment.OpNo},
		{"declined", payment.Capturing, outcome(payment.No), payment.CaptureFailed, payment.OpNo},
		{"our request was wrong", payment.CaptureUnknown, outcome(payment.RefusedByProvider), payment.CaptureFailed, payment.OpNo},
		{"the provider knows of no such payment", payment.CaptureUnknown, outcome(payment.Missing), payment.CaptureFailed, payment.OpNo},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			a := settling(tt.from, captureOp, payment.OpCapture, price.Minor)
			c, err := a.CaptureAnswered(captureOp, tt.answer, later)
			require.NoError(t, err)
			require.Equal(t, tt.want, c.State)
			require.Equal(t, tt.op, c.Ops[captureOp].State)
			require.Equal(t, []payment.State{tt.from}, c.From)
			require.Equal(t, map[string][]payment.OpState{captureOp: {payment.OpInFlight, payment.OpUnanswered}}, c.Expect, "a late writer changes nothing")
			require.Equal(t, tt.op == payment.OpCreated, c.Ops[captureOp].AnsweredAt.IsZero())
		})
	}
}

func TestAttempt_CaptureAnsweredKeepsWhatTheProviderShowed(t *testing.T) {
	t.Parallel()

	a, answer := settling(payment.Capturing, captureOp, payment.OpCapture, price.Minor), saw(payment.StandsCaptured)
	c, err := a.CaptureAnswered(captureOp, answer, later)
	require.NoError(t, err)
	require.Nil(t, c.Picture, "a picture without an amount shows nothing")
	answer.Picture.Amount, answer.Picture.Captured = price, price.Minor
	c, err = a.CaptureAnswered(captureOp, answer, later)
	require.NoError(t, err)
	require.Equal(t, price.Minor, c.Picture.Captured)

	c, err = settling(payment.CaptureUnknown, captureOp, payment.OpCapture, price.Minor).CaptureAnswered(captureOp, saw(payment.StandsHeld), later)
	require.NoError(t, err)
	require.Equal(t, payment.CodeNotExecuted, c.Ops[captureOp].Code)

	_, err = settling(payment.Voided, captureOp, payment.OpCapture, price.Minor).CaptureAnswered(captureOp, saw(payment.StandsCaptured), later)
	require.Error(t, err, "the machine has no such step: nothing may be written")
}

func TestAttempt_RefundAnsweredFollowsTheProvidersWord(t *testing.T) {
	t.Parallel()

	gave := func(s payment.RefundStanding) payment.Answer {
		return payment.Answer{Outcome: payment.Yes, Refund: &payment.Refund{Ref: "re_1", OpID: refundOp, Standing: s}}
	}
	outcome := func(o payment.Outcome) payment.Answer { return payment.Answer{Outcome: o, Code: "kod"} }
	whole, half := price.Minor, price.Minor/2
	for _, tt := range []struct {
		name   string
		from   payment.State
		kurus  int64
		answer payment.Answer
		want   payment.State
		op     payment.OpState
	}{
		{"all of it", payment.Refunding, whole, gave(payment.RefundIsDone), payment.Refunded, payment.OpYes},
		{"promised counts as given", payment.Refunding, whole, gave(payment.RefundIsPending), payment.Refunded, payment.OpYes},
		{"a part", payment.Refunding, half, gave(payment.RefundIsDone), payment.PartiallyRefunded, payment.OpYes},
		{"a part, as a look-up shows", payment.RefundUnknown, half, gave(payment.RefundIsDone), payment.PartiallyRefunded, payment.OpYes},
		{"made and failed", payment.Refunding, half, gave(payment.RefundIsFailed), payment.RefundFailed, payment.OpNo},
		{"a yes that shows no refund", payment.Refunding, half, outcome(payment.Yes), payment.RefundFailed, payment.OpNo},
		{"refused", payment.Refunding, half, outcome(payment.No), payment.RefundFailed, payment.OpNo},
		{"no answer", payment.Refunding, half, outcome(payment.Unsure), payment.RefundUnknown, payment.OpUnanswered},
		{"still no answer", payment.RefundUnknown, half, outcome(payment.Unsure), payment.RefundUnknown, payment.OpUnanswered},
		{"never sent", payment.Refunding, half, outcome(payment.NotSent), payment.Refunding, payment.OpCreated},
		{"not taken when it was sent again", payment.RefundUnknown, half, outcome(payment.NotSent), payment.Refunding, payment.OpCreated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			c, err := settling(tt.from, refundOp, payment.OpRefund, tt.kurus).RefundAnswered(refundOp, tt.answer, later)
			require.NoError(t, err)
			require.Equal(t, tt.want, c.State)
			require.Equal(t, tt.op, c.Ops[refundOp].State)
		})
	}
}

func TestAttempt_IsRefundedOnceItsRefundsComeToWhatWasCaptured(t *testing.T) {
	t.Parallel()

	a := refunded(payment.Refunding, price.Minor-10_000)
	yes := payment.Answer{Outcome: payment.Yes, Refund: &payment.Refund{Ref: "re_2", Standing: payment.RefundIsDone}}
	for kurus, want := range map[int64]payment.State{9_999: payment.PartiallyRefunded, 10_000: payment.Refunded} {
		a.Ops[refundOp] = payment.Op{Kind: payment.OpRefund, Amount: money.Of(kurus, "TRY"), State: payment.OpInFlight}
		c, err := a.RefundAnswered(refundOp, yes, later)
		require.NoError(t, err)
		require.Equal(t, want, c.State)
	}
}

func TestAttempt_OpenSettlingIsTheOneWithoutAnAnswer(t *testing.T) {
	t.Parallel()

	a := refunded(payment.Refunding, 10_000)
	require.Empty(t, a.OpenSettling(payment.OpRefund))
	for s, want := range map[payment.OpState]string{
		payment.OpCreated: "", payment.OpNo: "", payment.OpYes: "", payment.OpInFlight: refundOp, payment.OpUnanswered: refundOp,
	} {
		a.Ops[refundOp] = payment.Op{Kind: payment.OpRefund, State: s}
		require.Equal(t, want, a.OpenSettling(payment.OpRefund), "%s", s)
		require.Empty(t, a.OpenSettling(payment.OpCapture))
	}
}

func TestAttempt_FoundSettledFollowsWhatWasDoneAtTheProvider(t *testing.T) {
	t.Parallel()

	shows := func(back int64) payment.Picture { return payment.Picture{Captured: price.Minor, Refunded: back} }
	captured := at(payment.Captured)
	captured.Captured = price.Minor
	for _, tt := range []struct {
		name string
		a    payment.Attempt
		p    payment.Picture
		want payment.State
	}{
		{"as we left it", captured, shows(0), payment.Captured},
		{"given back by somebody else, in part", captured, shows(1), payment.PartiallyRefunded},
		{"given back by somebody else, whole", captured, shows(price.Minor), payment.Refunded},
		{"our own refund is no news", refunded(payment.PartiallyRefunded, 10_000), shows(10_000), payment.PartiallyRefunded},
		{"a part that came back", refunded(payment.PartiallyRefunded, 10_000), shows(0), payment.Captured},
		{"a whole refund that came back", refunded(payment.Refunded, price.Minor), shows(0), payment.Captured},
		{"one of two came back", refunded(payment.Refunded, price.Minor), shows(price.Minor - 10_000), payment.Captured},
		{"a refund of ours is open: it tells", settling(payment.Refunding, refundOp, payment.OpRefund, 10_000), shows(10_000), payment.Refunding},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			state, err := tt.a.FoundSettled(tt.p)
			require.NoError(t, err)
			require.Equal(t, tt.want, state)
		})
	}
}

func TestAttempt_FoundSettledFollowsADisputeToItsEnd(t *testing.T) {
	t.Parallel()

	dispute := func(s payment.DisputeStanding) *payment.Dispute {
		return &payment.Dispute{Ref: "dp_1", Amount: price, Standing: s, Reason: "product_not_received"}
	}
	known := func(state payment.State, d *payment.Dispute) payment.Attempt {
		a := at(state)
		a.Captured, a.Dispute = price.Minor, d
		return a
	}
	for _, tt := range []struct {
		name string
		a    payment.Attempt
		d    *payment.Dispute
		want payment.State
	}{
		{"opened", known(payment.Captured, nil), dispute(payment.DisputeIsOpen), payment.Disputed},
		{"opened after a refund", refunded(payment.PartiallyRefunded, 10_000), dispute(payment.DisputeIsOpen), payment.Disputed},
		{"told again", known(payment.Disputed, dispute(payment.DisputeIsOpen)), dispute(payment.DisputeIsOpen), payment.Disputed},
		{"won", known(payment.Disputed, dispute(payment.DisputeIsOpen)), dispute(payment.DisputeIsWon), payment.Captured},
		{"lost", known(payment.Disputed, dispute(payment.DisputeIsOpen)), dispute(payment.DisputeIsLost), payment.ChargedBack},
		{"won before we heard of it", known(payment.Captured, nil), dispute(payment.DisputeIsWon), payment.Captured},
		{"lost before we heard of it", known(payment.Captured, nil), dispute(payment.DisputeIsLost), payment.ChargedBack},
		{"won, and told again", known(payment.Captured, dispute(payment.DisputeIsWon)), dispute(payment.DisputeIsWon), payment.Captured},
		{"a second one after the first was won", known(payment.Captured, dispute(payment.DisputeIsWon)), &payment.Dispute{Ref: "dp_2", Standing: payment.DisputeIsOpen}, payment.Disputed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			p := payment.Picture{Captured: price.Minor, Refunded: tt.a.Refunded, Dispute: tt.d}
			state, err := tt.a.FoundSettled(p)
			require.NoError(t, err)
			require.Equal(t, tt.want, state)
		})
	}
	_, err := known(payment.Voided, nil).FoundSettled(payment.Picture{Dispute: dispute(payment.DisputeIsOpen)})
	require.Equal(t, fault.Conflict, fault.CodeOf(err), "nothing was captured that could be disputed")
}

func TestAttempt_RefundsNeverComeToRefundedBeforeAllIsGivenBack(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(0, price.Minor).Draw(t, "earlier")
		second := rapid.Int64Range(1, price.Minor).Draw(t, "now")
		a := refunded(payment.Refunding, first)
		a.Ops[refundOp] = payment.Op{Kind: payment.OpRefund, Amount: money.Of(second, "TRY"), State: payment.OpInFlight}
		c, err := a.RefundAnswered(refundOp, payment.Answer{Outcome: payment.Yes, Refund: &payment.Refund{Standing: payment.RefundIsDone}}, later)
		require.NoError(t, err)
		require.Equal(t, first+second >= price.Minor, c.State == payment.Refunded)
	})
}

func TestState_IsSettledOnceMoneyWasTaken(t *testing.T) {
	t.Parallel()

	for _, s := range []payment.State{payment.Captured, payment.Refunding, payment.RefundUnknown, payment.RefundFailed, payment.Refunded, payment.Disputed, payment.ChargedBack} {
		require.True(t, s.Settled(), "%s", s)
	}
	for _, s := range []payment.State{payment.Authorized, payment.Capturing, payment.CaptureUnknown, payment.CaptureFailed, payment.Voided, payment.Expired} {
		require.False(t, s.Settled(), "%s", s)
	}
}
