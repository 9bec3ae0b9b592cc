package paymenttest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
)

func sameKey(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	again := s.open()
	require.Equal(t, payment.Yes, again.Outcome)
	require.Equal(t, s.ref, again.Picture.Ref)

	first, second := s.authorize(cards.Good), s.authorize(cards.Good)
	require.Equal(t, first.Picture, second.Picture)
	require.Equal(t, price.Minor, s.stands(payment.StandsHeld).Held, "held once")
	pictures, err := b.Gateway.List(t.Context(), first.Picture.CreatedAt)
	require.NoError(t, err)
	require.Len(t, pictures, 1)
}

func otherAmount(t *testing.T, _ Cards, b Bench) {
	s := opened(t, b)
	answer := s.openFor(money.Of(price.Minor+1, price.Currency))
	require.Equal(t, payment.RefusedByProvider, answer.Outcome)
	require.Equal(t, price, s.stands(payment.StandsOpen).Amount)
}

func goodCard(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	require.Zero(t, s.stands(payment.StandsOpen).Held)

	answer := s.authorize(cards.Good)
	require.Equal(t, payment.Yes, answer.Outcome, answer.Code)
	p := answer.Picture
	require.Equal(t, payment.StandsHeld, p.Standing)
	require.Equal(t, s.ref, p.Ref)
	require.Equal(t, s.order, p.OrderID)
	require.Equal(t, s.op(payment.OpOpen), p.OpID)
	require.Equal(t, price, p.Amount)
	require.Equal(t, price.Minor, p.Held)
	require.Zero(t, p.Captured)
	require.True(t, p.CaptureBefore.After(p.CreatedAt), "a hold has an end")
	require.Equal(t, p, s.stands(payment.StandsHeld), "the look-up agrees with the answer")
}

func declinedCard(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	answer := s.authorize(cards.Declined)
	require.Equal(t, payment.No, answer.Outcome)
	require.NotEmpty(t, answer.Picture.DeclineCode)
	require.NotEmpty(t, answer.Picture.DeclineHint)
	seen := s.stands(payment.StandsDeclined)
	require.Equal(t, answer.Picture.DeclineCode, seen.DeclineCode)
	require.Equal(t, answer.Picture.DeclineHint, seen.DeclineHint)
	require.Zero(t, seen.Held)
}

func lostCard(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	answer := s.authorize(cards.Lost)
	require.Equal(t, payment.No, answer.Outcome)
	require.Equal(t, payment.HintOtherCard, answer.Picture.DeclineHint)
	for _, shown := range []string{answer.Code, answer.Picture.DeclineCode, s.stands(payment.StandsDeclined).DeclineCode} {
		require.NotContains(t, shown, "lost")
	}
}

func declinedStays(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	require.Equal(t, payment.No, s.authorize(cards.Declined).Outcome)
	again := s.authorize(cards.Declined)
	require.Equal(t, payment.No, again.Outcome)
	require.True(t, again.Replayed, "the first answer, given again")
	require.Zero(t, s.stands(payment.StandsDeclined).Held)
}

func cancelHold(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	require.Equal(t, payment.Yes, s.authorize(cards.Good).Outcome)
	for range 2 {
		answer := s.cancel(payment.OpVoid)
		require.Equal(t, payment.Yes, answer.Outcome, answer.Code)
		require.Equal(t, payment.StandsVoided, answer.Picture.Standing)
	}
	other := b.Gateway.Cancel(t.Context(), payment.CancelRequest{OpID: s.op(payment.OpVoid) + "-2", Ref: s.ref, Reason: string(payment.OpVoid)})
	require.Equal(t, payment.Yes, other.Outcome, "cancelled already, asked for under another key")
	seen := s.stands(payment.StandsVoided)
	require.Zero(t, seen.Held)
	require.False(t, seen.Lapsed)
}

func cancelOpen(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	require.Equal(t, payment.Yes, s.cancel(payment.OpClose).Outcome)
	s.stands(payment.StandsVoided)
	late := s.authorize(cards.Good)
	require.NotEqual(t, payment.StandsHeld, late.Picture.Standing, "a closed payment takes no money")
	require.Equal(t, payment.StandsVoided, s.stands(payment.StandsVoided).Standing)
}

func challenged(t *testing.T, card string, b Bench) *sale {
	t.Helper()
	s := opened(t, b)
	answer := s.authorize(card)
	require.Equal(t, payment.Yes, answer.Outcome, answer.Code)
	require.Equal(t, payment.StandsAction, answer.Picture.Standing)
	require.NotEmpty(t, answer.Picture.RedirectURL)
	require.Equal(t, answer.Picture, s.stands(payment.StandsAction))
	return s
}

func challengeConfirmed(t *testing.T, cards Cards, b Bench) {
	s := challenged(t, cards.Challenge, b)
	require.NoError(t, b.Provider.FinishChallenge(s.ref, true))
	require.Zero(t, s.stands(payment.StandsBack).Held, "nothing moves without our finalize")
	answer := s.finalize()
	require.Equal(t, payment.Yes, answer.Outcome, answer.Code)
	require.Equal(t, payment.StandsHeld, answer.Picture.Standing)
	require.Equal(t, price.Minor, s.stands(payment.StandsHeld).Held)
	require.Equal(t, answer.Picture, s.finalize().Picture, "the same key, the same answer")
}

func challengeRefused(t *testing.T, cards Cards, b Bench) {
	s := challenged(t, cards.Challenge, b)
	require.NoError(t, b.Provider.FinishChallenge(s.ref, false))
	require.NotEmpty(t, s.stands(payment.StandsDeclined).DeclineHint)
}

func challengeDeclined(t *testing.T, cards Cards, b Bench) {
	s := challenged(t, cards.ChallengeDeclined, b)
	require.NoError(t, b.Provider.FinishChallenge(s.ref, true))
	answer := s.finalize()
	require.Equal(t, payment.No, answer.Outcome)
	require.Equal(t, payment.HintOtherCard, answer.Picture.DeclineHint)
	s.stands(payment.StandsDeclined)
}

func challengeLeft(t *testing.T, cards Cards, b Bench) {
	s := challenged(t, cards.Challenge, b)
	require.Equal(t, payment.Yes, s.cancel(payment.OpClose).Outcome)
	s.stands(payment.StandsVoided)
	require.Error(t, b.Provider.FinishChallenge(s.ref, true), "the bank's page is dead")
}
