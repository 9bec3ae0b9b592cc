package paymenttest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/payment"
)

func timeoutBefore(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	s.strike(CallAuthorize, TimeoutBefore)
	require.Equal(t, payment.Unsure, s.authorize(cards.Good).Outcome)
	s.stands(payment.StandsOpen)
	require.Equal(t, payment.Yes, s.authorize(cards.Good).Outcome, "the same key goes out again")
	s.stands(payment.StandsHeld)
}

func timeoutAfter(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	s.strike(CallAuthorize, TimeoutAfter)
	require.Equal(t, payment.Unsure, s.authorize(cards.Good).Outcome)
	require.Equal(t, price.Minor, s.stands(payment.StandsHeld).Held)
}

func brokenAnswer(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	s.strike(CallAuthorize, BrokenAnswer)
	require.Equal(t, payment.Unsure, s.authorize(cards.Good).Outcome)
	require.Equal(t, price.Minor, s.stands(payment.StandsHeld).Held)
}

func nobodyThere(t *testing.T, cards Cards, b Bench) {
	s := &sale{t: t, b: Bench{Gateway: b.Nobody}, order: "ord_1", ref: "ref_1"}
	for name, answer := range map[Call]payment.Answer{
		CallOpen: s.open(), CallAuthorize: s.authorize(cards.Good), CallFinalize: s.finalize(),
		CallCancel: s.cancel(payment.OpVoid), CallLookup: b.Nobody.Lookup(t.Context(), s.ref),
	} {
		require.Equal(t, payment.NotSent, answer.Outcome, name)
	}
	_, err := b.Nobody.List(t.Context(), time.Now())
	require.Error(t, err)
	_, err = b.Nobody.Events(t.Context(), time.Now())
	require.Error(t, err)
}

func rateLimited(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	s.strike(CallAuthorize, RateLimited)
	require.Equal(t, payment.NotSent, s.authorize(cards.Good).Outcome)
	s.stands(payment.StandsOpen)
	require.Equal(t, payment.Yes, s.authorize(cards.Good).Outcome, "the same key goes out again")
}

func errorKept(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	s.strike(CallAuthorize, ErrorKept)
	first := s.authorize(cards.Good)
	require.Equal(t, payment.Unsure, first.Outcome)
	require.False(t, first.Replayed)
	again := s.authorize(cards.Good)
	require.Equal(t, payment.Unsure, again.Outcome)
	require.True(t, again.Replayed, "asking again brings no other answer")
	s.stands(payment.StandsOpen)
}

func errorKeptAfter(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	s.strike(CallAuthorize, ErrorKeptAfter)
	require.Equal(t, payment.Unsure, s.authorize(cards.Good).Outcome)
	require.True(t, s.authorize(cards.Good).Replayed)
	require.Equal(t, price.Minor, s.stands(payment.StandsHeld).Held)
}

func cancelUnanswered(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	require.Equal(t, payment.Yes, s.authorize(cards.Good).Outcome)
	s.strike(CallCancel, TimeoutAfter)
	require.Equal(t, payment.Unsure, s.cancel(payment.OpVoid).Outcome)
	require.Equal(t, payment.Yes, s.cancel(payment.OpVoid).Outcome)
	s.stands(payment.StandsVoided)
}

func wrongKey(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	wrong := &sale{t: t, b: Bench{Gateway: b.WrongKey}, order: s.order, ref: s.ref}
	for name, answer := range map[Call]payment.Answer{
		CallOpen: wrong.open(), CallAuthorize: wrong.authorize(cards.Good), CallFinalize: wrong.finalize(),
		CallCancel: wrong.cancel(payment.OpVoid), CallLookup: b.WrongKey.Lookup(t.Context(), s.ref),
	} {
		require.Equal(t, payment.RefusedByProvider, answer.Outcome, name)
	}
	s.stands(payment.StandsOpen)
}

func unknownRef(t *testing.T, _ Cards, b Bench) {
	require.Equal(t, payment.Missing, b.Gateway.Lookup(t.Context(), "pi_3Yok").Outcome)
	s := &sale{t: t, b: b, order: "ord_1", ref: "pi_3Yok"}
	require.Equal(t, payment.Missing, s.cancel(payment.OpVoid).Outcome)
}

func unknownCard(t *testing.T, _ Cards, b Bench) {
	s := opened(t, b)
	answer := s.authorize("pm_boyle_bir_kart_yok")
	require.Equal(t, payment.No, answer.Outcome, "a made-up token is the shopper's own mistake")
	require.Equal(t, s.ref, answer.Picture.Ref)
	require.Equal(t, payment.HintOtherCard, answer.Picture.DeclineHint)
	s.stands(payment.StandsOpen)
}

func givenUp(t *testing.T, cards Cards, b Bench) {
	s := opened(t, b)
	s.strike(CallAuthorize, TimeoutAfter)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	answer := b.Gateway.Authorize(ctx, payment.AuthorizeRequest{
		OpID: s.op(payment.OpAuthorize), Ref: s.ref, Method: cards.Good, ReturnURL: returnURL,
	})
	require.Equal(t, payment.Unsure, answer.Outcome)
}

func search(t *testing.T, cards Cards, b Bench) {
	since := time.Now().Add(-time.Minute)
	s := opened(t, b)
	require.Equal(t, payment.Yes, s.authorize(cards.Good).Outcome)
	found := b.Gateway.Search(t.Context(), s.op(payment.OpOpen), since)
	require.Equal(t, payment.Yes, found.Outcome, found.Code)
	require.Equal(t, s.stands(payment.StandsHeld), found.Picture)
	require.Equal(t, payment.Missing, b.Gateway.Search(t.Context(), s.op(payment.OpVoid), since).Outcome)
	require.Equal(t, payment.Missing, b.Gateway.Search(t.Context(), s.op(payment.OpOpen), time.Now().Add(time.Hour)).Outcome)
	require.Equal(t, payment.NotSent, b.Nobody.Search(t.Context(), s.op(payment.OpOpen), since).Outcome)
	require.Equal(t, payment.RefusedByProvider, b.WrongKey.Search(t.Context(), s.op(payment.OpOpen), since).Outcome)
}

func list(t *testing.T, cards Cards, b Bench) {
	since := time.Now().Add(-time.Minute)
	held, declined, open := opened(t, b), opened(t, b), opened(t, b)
	require.Equal(t, payment.Yes, held.authorize(cards.Good).Outcome)
	require.Equal(t, payment.No, declined.authorize(cards.Declined).Outcome)
	pictures, err := b.Gateway.List(t.Context(), since)
	require.NoError(t, err)
	require.ElementsMatch(t, []payment.Picture{
		held.stands(payment.StandsHeld), declined.stands(payment.StandsDeclined), open.stands(payment.StandsOpen),
	}, pictures)
	none, err := b.Gateway.List(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, none)
}

func events(t *testing.T, cards Cards, b Bench) {
	since := time.Now().Add(-time.Minute)
	s := opened(t, b)
	require.Equal(t, payment.Yes, s.authorize(cards.Good).Outcome)
	require.Equal(t, payment.Yes, s.cancel(payment.OpVoid).Outcome)
	told, err := b.Gateway.Events(t.Context(), since)
	require.NoError(t, err)
	var claims []payment.Standing
	seen := map[string]bool{}
	for i, e := range told {
		require.False(t, seen[e.ID], "each once")
		seen[e.ID] = true
		require.Equal(t, s.ref, e.Ref)
		require.Equal(t, s.order, e.OrderID)
		require.False(t, i > 0 && e.At.Before(told[i-1].At), "oldest first")
		claims = append(claims, e.Claims)
	}
	require.Contains(t, claims, payment.StandsHeld)
	require.Equal(t, payment.StandsVoided, claims[len(claims)-1], "%v", claims)
}

func currencies(t *testing.T, _ Cards, b Bench) {
	require.NotEmpty(t, b.Gateway.Provider())
	require.True(t, b.Gateway.Takes("TRY"))
	for _, unknown := range []string{"", "try", "XXX", "TL"} {
		require.False(t, b.Gateway.Takes(unknown), unknown)
	}
	named := payment.Gateways{b.Gateway.Provider(): b.Gateway}
	require.Equal(t, []string{b.Gateway.Provider()}, named.ForCurrency("TRY"))
	require.Empty(t, named.ForCurrency("XXX"))
}

func unsignedWebhook(t *testing.T, _ Cards, b Bench) {
	for _, body := range []string{"", "{}", `{"id":"evt_1","type":"payment_intent.succeeded"}`} {
		_, err := b.Gateway.ReadWebhook(http.Header{}, []byte(body), time.Now())
		require.Equal(t, fault.Invalid, fault.CodeOf(err))
	}
}
