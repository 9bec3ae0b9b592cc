package shippingtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

// unanswered says of each trouble that leaves a caller unsure whether the call
// had its effect.
var unanswered = map[Trouble]bool{
	TimeoutBefore: false, TimeoutAfter: true, BrokenAnswer: true, ProxyPage: true, ErrorBefore: false, ErrorAfter: true,
	ErrorInYes: false, ErrorInYesAfter: true,
}

func openUnanswered(t *testing.T, b Bench) {
	for trouble, done := range unanswered {
		p := planned(t, b)
		p.strike(CallOpen, trouble)
		require.Equal(t, outcome.Unsure, p.open().Outcome, trouble)
		found := p.search(aMinuteAgo())
		if !done {
			require.Equal(t, outcome.Missing, found.Outcome, trouble)
			continue
		}
		require.Equal(t, outcome.Yes, found.Outcome, trouble)
		require.Equal(t, shipping.StandsOpen, found.Picture.Standing)
		p.ref, p.rates = found.Picture.Ref, found.Picture.Rates
		require.Equal(t, outcome.Yes, p.buy().Outcome, "what was found can be bought")
	}
}

func buyUnanswered(t *testing.T, b Bench) {
	for trouble, done := range unanswered {
		p := opened(t, b)
		p.strike(CallBuy, trouble)
		require.Equal(t, outcome.Unsure, p.buy().Outcome, trouble)
		var code string
		if done {
			code = p.stands(shipping.StandsBought).TrackingCode
		} else {
			p.stands(shipping.StandsOpen)
		}
		a := p.buy()
		require.Equal(t, outcome.Yes, a.Outcome, "%s: a second purchase shows the first: %s", trouble, a.Code)
		if done {
			require.Equal(t, code, a.Picture.TrackingCode)
		}
	}
}

func voidUnanswered(t *testing.T, b Bench) {
	for trouble, done := range unanswered {
		p := sold(t, b)
		p.strike(CallVoid, trouble)
		require.Equal(t, outcome.Unsure, p.void().Outcome, trouble)
		if !done {
			p.stands(shipping.StandsBought)
		}
		a := p.void()
		require.Equal(t, outcome.Yes, a.Outcome, "%s: %s", trouble, a.Code)
		p.stands(a.Picture.Standing)
	}
}

func errorInYes(t *testing.T, b Bench) {
	p := opened(t, b)
	for _, trouble := range []Trouble{ErrorInYes, HalfYes} {
		p.strike(CallBuy, trouble)
		a := p.buy()
		require.Equal(t, outcome.Unsure, a.Outcome, trouble)
		require.NotEmpty(t, a.Code)
		p.stands(shipping.StandsOpen)
	}
	p.strike(CallBuy, ErrorInYesAfter)
	a := p.buy()
	require.Equal(t, outcome.Unsure, a.Outcome)
	require.Empty(t, a.Picture.TrackingCode)
	p.stands(shipping.StandsBought)

	p.strike(CallLookup, ErrorInYes)
	require.Equal(t, outcome.Unsure, b.Carrier.Lookup(t.Context(), p.ref).Outcome)
}

func carriersNo(t *testing.T, b Bench) {
	p := opened(t, b)
	p.strike(CallBuy, Refused)
	a := p.buy()
	require.Equal(t, outcome.No, a.Outcome)
	require.NotEmpty(t, a.Code)
	p.stands(shipping.StandsOpen)
	require.Equal(t, outcome.Yes, p.buy().Outcome)
	p.strike(CallVoid, Refused)
	require.Equal(t, outcome.No, p.void().Outcome)
	p.stands(shipping.StandsBought)

	q := planned(t, b)
	q.strike(CallOpen, Refused)
	a = q.open()
	require.Equal(t, outcome.No, a.Outcome, "no carrier takes it")
	require.NotEmpty(t, a.Code)
}

func rateLimited(t *testing.T, b Bench) {
	p := opened(t, b)
	p.strike(CallBuy, RateLimited)
	require.Equal(t, outcome.NotSent, p.buy().Outcome)
	p.stands(shipping.StandsOpen)
	p.strike(CallSearch, RateLimited)
	require.Equal(t, outcome.NotSent, p.search(aMinuteAgo()).Outcome, "a list that was not given is not one without the shipment")
}

func nobodyThere(t *testing.T, b Bench) {
	p := &parcel{t: t, b: Bench{Carrier: b.Nobody}, id: "ord_1-parcel-1", ref: "shp_1", rates: []shipping.Rate{{Ref: "rate_1"}}}
	for name, a := range map[Call]shipping.Answer{
		CallOpen: p.open(), CallBuy: p.buy(), CallVoid: p.void(), CallLookup: b.Nobody.Lookup(t.Context(), p.ref), CallSearch: p.search(aMinuteAgo()),
	} {
		require.Equal(t, outcome.NotSent, a.Outcome, name)
	}
	requireNoLists(t, b.Nobody, p.ref)
}

func requireNoLists(t *testing.T, c shipping.Carrier, ref string) {
	t.Helper()
	_, err := c.List(t.Context(), time.Now())
	require.Error(t, err)
	_, err = c.Events(t.Context(), time.Now())
	require.Error(t, err)
	_, err = c.Label(t.Context(), ref, shipping.PDF)
	require.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

func wrongKey(t *testing.T, b Bench) {
	p := opened(t, b)
	wrong := &parcel{t: t, b: Bench{Carrier: b.WrongKey}, id: p.id, ref: p.ref, rates: p.rates}
	for name, a := range map[Call]shipping.Answer{
		CallOpen: wrong.open(), CallBuy: wrong.buy(), CallVoid: wrong.void(), CallLookup: b.WrongKey.Lookup(t.Context(), p.ref), CallSearch: wrong.search(aMinuteAgo()),
	} {
		require.Equal(t, outcome.RefusedByProvider, a.Outcome, name)
	}
	requireNoLists(t, b.WrongKey, p.ref)
	p.stands(shipping.StandsOpen)
}

func givenUp(t *testing.T, b Bench) {
	p := opened(t, b)
	p.strike(CallBuy, TimeoutAfter)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	a := b.Carrier.Buy(ctx, shipping.BuyRequest{OpID: p.op(shipping.OpBuy), Ref: p.ref, RateRef: p.rates[0].Ref})
	require.Equal(t, outcome.Unsure, a.Outcome)
}

func lookupUnanswered(t *testing.T, b Bench) {
	p := sold(t, b)
	for trouble := range unanswered {
		p.strike(CallLookup, trouble)
		require.Equal(t, outcome.Unsure, b.Carrier.Lookup(t.Context(), p.ref).Outcome, trouble)
	}
	require.Equal(t, outcome.Missing, b.Carrier.Lookup(t.Context(), "shp_yok").Outcome)
	missing := &parcel{t: t, b: b, id: p.id, ref: "shp_yok", rates: p.rates}
	require.Equal(t, outcome.Missing, missing.buy().Outcome)
	require.Equal(t, outcome.Missing, missing.void().Outcome)
}

func listUnanswered(t *testing.T, b Bench) {
	p := opened(t, b)
	for _, trouble := range []Trouble{TimeoutBefore, BrokenAnswer, ProxyPage, ErrorBefore, ErrorInYes} {
		p.strike(CallSearch, trouble)
		require.Equal(t, outcome.Unsure, p.search(aMinuteAgo()).Outcome, trouble)
		p.strike(CallSearch, trouble)
		_, err := b.Carrier.List(t.Context(), aMinuteAgo())
		require.Error(t, err, trouble)
		p.strike(CallSearch, trouble)
		_, err = b.Carrier.Events(t.Context(), aMinuteAgo())
		require.Error(t, err, trouble)
	}
	require.Equal(t, outcome.Yes, p.search(aMinuteAgo()).Outcome)
}

func labelUnanswered(t *testing.T, b Bench) {
	p := sold(t, b)
	for trouble := range unanswered {
		p.strike(CallLabel, trouble)
		_, err := b.Carrier.Label(t.Context(), p.ref, shipping.PDF)
		require.Equal(t, fault.Unavailable, fault.CodeOf(err), trouble)
	}
	_, err := b.Carrier.Label(t.Context(), p.ref, shipping.PDF)
	require.NoError(t, err)
}
