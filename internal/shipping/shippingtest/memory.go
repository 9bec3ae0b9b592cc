package shippingtest

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

func standings(t *testing.T, b Bench) {
	p := opened(t, b)
	require.WithinDuration(t, time.Now(), p.stands(shipping.StandsOpen).CreatedAt, time.Minute)
	bought := p.buy()
	require.Equal(t, outcome.Yes, bought.Outcome)
	require.Equal(t, bought.Picture, p.stands(shipping.StandsBought))
	require.NotEmpty(t, bought.Picture.TrackingURL)
	given := p.void()
	require.Equal(t, outcome.Yes, given.Outcome, given.Code)
	p.stands(given.Picture.Standing)
}

func voidOpen(t *testing.T, b Bench) {
	a := opened(t, b).void()
	require.Equal(t, outcome.Yes, a.Outcome, a.Code)
	require.Equal(t, shipping.StandsOpen, a.Picture.Standing)
}

func voidUsed(t *testing.T, b Bench) {
	p := sold(t, b)
	p.say(shipping.InTransit, time.Now())
	a := p.void()
	require.Equal(t, outcome.No, a.Outcome, a.Code)
	require.NotEmpty(t, a.Code)
	require.Equal(t, shipping.StandsBought, a.Picture.Standing)
	require.NotEmpty(t, a.Picture.Scans, "the answer shows why")
}

func noLabel(t *testing.T, b Bench) {
	p := opened(t, b)
	_, err := b.Carrier.Label(t.Context(), p.ref, shipping.PDF)
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	require.Equal(t, outcome.Yes, p.buy().Outcome)
	require.Equal(t, outcome.Yes, p.void().Outcome)
	_, err = b.Carrier.Label(t.Context(), p.ref, shipping.ZPL)
	require.Equal(t, fault.NotFound, fault.CodeOf(err), "nobody may print what was given back")
}

func twoOfOne(t *testing.T, b Bench) {
	first := opened(t, b)
	second := &parcel{t: t, b: b, id: first.id}
	a := second.open()
	require.Equal(t, outcome.Yes, a.Outcome)
	require.NotEqual(t, first.ref, a.Picture.Ref, "nothing keeps references unique")
	require.Contains(t, []string{first.ref, a.Picture.Ref}, first.search(aMinuteAgo()).Picture.Ref)

	second.ref, second.rates = a.Picture.Ref, a.Picture.Rates
	require.Equal(t, outcome.Yes, second.buy().Outcome)
	found := first.search(aMinuteAgo())
	require.Equal(t, outcome.Yes, found.Outcome)
	require.Equal(t, second.ref, found.Picture.Ref)
}

func searchNothing(t *testing.T, b Bench) {
	p := opened(t, b)
	require.Equal(t, outcome.Missing, b.Carrier.Search(t.Context(), p.op(shipping.OpBuy), aMinuteAgo()).Outcome)
	require.Equal(t, outcome.Missing, p.search(time.Now().Add(time.Hour)).Outcome)
}

func listing(t *testing.T, b Bench) {
	open, bought, given := opened(t, b), sold(t, b), sold(t, b)
	standing := given.void().Picture.Standing
	pictures, err := b.Carrier.List(t.Context(), aMinuteAgo())
	require.NoError(t, err)
	require.ElementsMatch(t, []shipping.Picture{open.stands(shipping.StandsOpen), bought.stands(shipping.StandsBought), given.stands(standing)}, pictures)
	none, err := b.Carrier.List(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, none)
}

func telling(t *testing.T, b Bench) {
	since := aMinuteAgo()
	p, q := sold(t, b), sold(t, b)
	p.say(shipping.InTransit, time.Now())
	opened(t, b)
	told, err := b.Carrier.Events(t.Context(), since)
	require.NoError(t, err)
	refs, ids := []string{}, map[string]bool{}
	for i, e := range told {
		require.NotEmpty(t, e.ID)
		require.False(t, ids[e.ID], "each once")
		ids[e.ID] = true
		require.False(t, i > 0 && e.At.Before(told[i-1].At), "oldest first")
		refs = append(refs, e.Ref)
	}
	require.Subset(t, refs, []string{p.ref, q.ref})
	later, err := b.Carrier.Events(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, later)
}

func following(t *testing.T, b Bench) {
	require.True(t, b.Carrier.Tracks())
	began := time.Now().Add(-time.Hour)
	for _, way := range [][]shipping.State{
		{shipping.InTransit, shipping.OutForDelivery, shipping.Delivered},
		{shipping.InTransit, shipping.OutForDelivery, shipping.DeliveryFailed, shipping.OutForDelivery, shipping.Delivered},
		{shipping.InTransit, shipping.Exception, shipping.InTransit, shipping.ReturningToSender},
		{shipping.InTransit, shipping.Lost},
		{shipping.InTransit, shipping.Damaged},
		{shipping.Delivered},
	} {
		p := sold(t, b)
		require.Empty(t, told(p.stands(shipping.StandsBought)), "a label alone says nothing of the way")
		for i, state := range way {
			p.say(state, began.Add(time.Duration(i)*time.Minute))
		}
		seen := p.stands(shipping.StandsBought)
		require.Equal(t, way, told(seen))
		require.Equal(t, way[len(way)-1], shipping.Follow(shipping.HandedOver, seen.Scans, time.Now()))
	}
}

// told are the states that a picture's scans mean.
func told(p shipping.Picture) []shipping.State {
	var states []shipping.State
	for _, s := range p.Scans {
		if s.State != "" {
			states = append(states, s.State)
		}
	}
	return states
}

func strangeScans(t *testing.T, b Bench) {
	now := time.Now()
	p := sold(t, b)
	p.say(shipping.Delivered, now.Add(-time.Minute))
	p.say(shipping.InTransit, now.Add(-time.Hour))
	p.say(shipping.InTransit, now.Add(-time.Hour))
	seen := p.stands(shipping.StandsBought)
	require.Equal(t, []shipping.State{shipping.InTransit, shipping.InTransit, shipping.Delivered}, told(seen), "oldest first")
	require.Equal(t, shipping.Delivered, shipping.Follow(shipping.HandedOver, seen.Scans, now))

	q := sold(t, b)
	q.say(shipping.Delivered, now.Add(24*time.Hour))
	seen = q.stands(shipping.StandsBought)
	require.Equal(t, shipping.HandedOver, shipping.Follow(shipping.HandedOver, seen.Scans, now), "tomorrow's delivery is tomorrow's")
	require.Equal(t, shipping.Delivered, shipping.Follow(shipping.HandedOver, seen.Scans, now.Add(25*time.Hour)))
}

func signedWebhook(t *testing.T, b Bench) {
	p := sold(t, b)
	p.say(shipping.InTransit, time.Now())
	header, body, err := b.Provider.Letter(p.ref)
	require.NoError(t, err)
	e, err := b.Carrier.ReadWebhook(header, body, time.Now())
	require.NoError(t, err)
	require.NotEmpty(t, e.ID)
	require.NotEmpty(t, e.Type)
	require.Equal(t, p.ref, e.Ref)
	require.Equal(t, p.stands(shipping.StandsBought).TrackingCode, e.TrackingCode)
	require.WithinDuration(t, time.Now(), e.At, time.Minute)
	again, err := b.Carrier.ReadWebhook(header, body, time.Now())
	require.NoError(t, err)
	require.Equal(t, e, again, "a doubled letter has the same id")
}

func forgedWebhook(t *testing.T, b Bench) {
	p := sold(t, b)
	p.say(shipping.InTransit, time.Now())
	header, body, err := b.Provider.Letter(p.ref)
	require.NoError(t, err)
	for name, forged := range map[string][]byte{
		"another parcel": bytes.Replace(body, []byte(p.ref), []byte("shp_baska"), 1),
		"another state":  bytes.Replace(body, []byte("in_transit"), []byte("delivered"), 1),
		"a longer body":  append(bytes.Clone(body), ' '),
		"no body":        nil,
	} {
		_, err := b.Carrier.ReadWebhook(header, forged, time.Now())
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
	_, err = b.Carrier.ReadWebhook(http.Header{}, body, time.Now())
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}
