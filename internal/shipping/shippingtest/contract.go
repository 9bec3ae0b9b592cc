package shippingtest

import (
	"bytes"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

func opening(t *testing.T, b Bench) {
	require.NotEmpty(t, b.Carrier.Name())
	p := planned(t, b)
	a := p.open()
	require.Equal(t, outcome.Yes, a.Outcome, a.Code)
	require.Equal(t, p.op(shipping.OpOpen), a.Picture.Reference)
	require.Equal(t, shipping.StandsOpen, a.Picture.Standing)
	require.Empty(t, a.Picture.TrackingCode)
	require.NotEmpty(t, a.Picture.Rates)
	require.True(t, slices.IsSortedFunc(a.Picture.Rates, func(x, y shipping.Rate) int { return int(x.Price.Minor - y.Price.Minor) }), "cheapest first")
	for _, r := range a.Picture.Rates {
		require.NotEmpty(t, r.Ref)
		require.NotEmpty(t, r.Service)
		require.True(t, money.Known(r.Price.Currency), r.Price.Currency)
	}
}

func nobodysAddress(t *testing.T, b Bench) {
	for name, change := range map[string]func(*shipping.Address){
		"no street": func(a *shipping.Address) { a.Line1 = "" },
		"no name":   func(a *shipping.Address) { a.Name, a.Company = "", "" },
	} {
		r := planned(t, b).request()
		change(&r.To)
		a := b.Carrier.Open(t.Context(), r)
		require.Equal(t, outcome.No, a.Outcome, "%s: %s", name, a.Code)
		require.NotEmpty(t, a.Code)
		require.NotContains(t, a.Code, "Atatürk", "nothing personal in a code")
	}
}

func noWeight(t *testing.T, b Bench) {
	r := planned(t, b).request()
	r.WeightGrams = 0
	require.Equal(t, outcome.No, b.Carrier.Open(t.Context(), r).Outcome)
}

func buyingTwice(t *testing.T, b Bench) {
	p := opened(t, b)
	first := p.buy()
	require.Equal(t, outcome.Yes, first.Outcome, first.Code)
	require.Equal(t, p.ref, first.Picture.Ref)
	require.Equal(t, shipping.StandsBought, first.Picture.Standing)
	require.Equal(t, p.rates[0], first.Picture.Bought)
	require.NotEmpty(t, first.Picture.TrackingCode)
	again := p.buy()
	require.Equal(t, outcome.Yes, again.Outcome, again.Code)
	require.Equal(t, first.Picture.TrackingCode, again.Picture.TrackingCode)
	require.Equal(t, first.Picture.Bought, again.Picture.Bought)
}

func strangeRate(t *testing.T, b Bench) {
	p := opened(t, b)
	p.rates = []shipping.Rate{{Ref: "rate_yok"}}
	require.Equal(t, outcome.No, p.buy().Outcome)
}

func printing(t *testing.T, b Bench) {
	p := sold(t, b)
	for form, ends := range map[shipping.Format][2]string{shipping.PDF: {"%PDF-", "%%EOF"}, shipping.ZPL: {"^XA", "^XZ"}} {
		label, err := b.Carrier.Label(t.Context(), p.ref, form)
		require.NoError(t, err, form)
		label = bytes.TrimSpace(label)
		require.True(t, bytes.HasPrefix(label, []byte(ends[0])), form)
		require.True(t, bytes.HasSuffix(label, []byte(ends[1])), form)
		again, err := b.Carrier.Label(t.Context(), p.ref, form)
		require.NoError(t, err)
		require.Equal(t, label, bytes.TrimSpace(again), "the same paper twice")
	}
}

func strangeForm(t *testing.T, b Bench) {
	_, err := b.Carrier.Label(t.Context(), sold(t, b).ref, "docx")
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func voidingTwice(t *testing.T, b Bench) {
	p := sold(t, b)
	for range 2 {
		a := p.void()
		require.Equal(t, outcome.Yes, a.Outcome, a.Code)
		require.Equal(t, p.ref, a.Picture.Ref)
		require.Contains(t, []shipping.Standing{shipping.StandsVoiding, shipping.StandsVoided}, a.Picture.Standing)
	}
}

func searching(t *testing.T, b Bench) {
	p := opened(t, b)
	found := p.search(aMinuteAgo())
	require.Equal(t, outcome.Yes, found.Outcome, found.Code)
	require.Equal(t, p.ref, found.Picture.Ref)
	require.Equal(t, shipping.StandsOpen, found.Picture.Standing)
	require.Equal(t, p.rates, found.Picture.Rates)
}

func missing(t *testing.T, b Bench) {
	for _, ref := range []string{"", "ord/1", "ord 1", "../label", "a?b=c", "shp_%2e"} {
		p := &parcel{t: t, b: b, ref: ref, rates: []shipping.Rate{{Ref: "rate_1"}}}
		if b.Provider == nil {
			p.rates[0].Ref = opened(t, b).rates[0].Ref
		}
		for name, a := range map[Call]shipping.Answer{CallBuy: p.buy(), CallVoid: p.void(), CallLookup: b.Carrier.Lookup(t.Context(), ref)} {
			require.Equal(t, outcome.Missing, a.Outcome, "%s %q", name, ref)
		}
		_, err := b.Carrier.Label(t.Context(), ref, shipping.PDF)
		require.Equal(t, fault.NotFound, fault.CodeOf(err), ref)
	}
}

func unsignedWebhook(t *testing.T, b Bench) {
	want := fault.Invalid
	if b.Provider == nil {
		want = fault.NotFound
	}
	for _, body := range []string{"", "{}", `{"id":"evt_1","object":"Event","description":"tracker.updated"}`} {
		_, err := b.Carrier.ReadWebhook(http.Header{}, []byte(body), time.Now())
		require.Equal(t, want, fault.CodeOf(err))
	}
}

func emptyLists(t *testing.T, b Bench) {
	pictures, err := b.Carrier.List(t.Context(), aMinuteAgo())
	require.NoError(t, err)
	require.Empty(t, pictures)
	events, err := b.Carrier.Events(t.Context(), aMinuteAgo())
	require.NoError(t, err)
	require.Empty(t, events)
}
