// Package shippingtest holds the contract that every carrier keeps. An adapter
// passes it against a server that speaks its carrier's wire format; what such a
// server can only be told to do, not asked for through the carrier's API, goes
// through Provider.
package shippingtest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

// Call names a method of the carrier that a fault strikes.
type Call string

// Calls that can be struck.
const (
	CallOpen   Call = "open"
	CallBuy    Call = "buy"
	CallVoid   Call = "void"
	CallLookup Call = "lookup"
	CallSearch Call = "search"
	CallLabel  Call = "label"
)

// Trouble is what goes wrong with one call.
type Trouble string

// Troubles that a carrier can have.
const (
	// TimeoutBefore: no effect and no answer.
	TimeoutBefore Trouble = "timeout_before"
	// TimeoutAfter: the effect, and no answer.
	TimeoutAfter Trouble = "timeout_after"
	// BrokenAnswer: the effect, and half of an answer.
	BrokenAnswer Trouble = "broken_answer"
	// ProxyPage: the effect, and a proxy's page in the answer's place.
	ProxyPage Trouble = "proxy_page"
	// RateLimited: no effect, "too many requests".
	RateLimited Trouble = "rate_limited"
	// ErrorBefore: no effect, a server error.
	ErrorBefore Trouble = "error_before"
	// ErrorAfter: the effect, and a server error.
	ErrorAfter Trouble = "error_after"
	// ErrorInYes: no effect, and an answer of success with an error in it.
	ErrorInYes Trouble = "error_in_yes"
	// ErrorInYesAfter: the effect, and an answer of success with an error in it.
	ErrorInYesAfter Trouble = "error_in_yes_after"
	// HalfYes: no effect, and the shipment as an answer of success, without what
	// was asked for.
	HalfYes Trouble = "half_yes"
	// Refused: the carrier says no.
	Refused Trouble = "refused"
)

// Provider is the other side of a carrier, for what its API cannot do.
type Provider interface {
	// Say is a carrier's scan of a parcel: it is in state, since at.
	Say(ref string, state shipping.State, at time.Time) error

	// Strike lets the next call of that kind go wrong, once.
	Strike(call Call, trouble Trouble) error

	// Letter returns the newest webhook about the shipment.
	Letter(ref string) (http.Header, []byte, error)
}

// Bench is one carrier with its provider, of which nobody else makes use.
type Bench struct {
	Carrier shipping.Carrier
	// Provider is nil for a carrier that asks nobody and keeps nothing: what is
	// remembered of a shipment, and what can go wrong on the way, is not asked of it.
	Provider Provider
	// WrongKey speaks to the same provider with credentials that it refuses.
	WrongKey shipping.Carrier
	// Nobody speaks to an address at which nothing listens.
	Nobody shipping.Carrier
}

// contract is what every carrier keeps.
var contract = map[string]func(*testing.T, Bench){
	"a shipment is opened under our reference with rates": opening,
	"an address at which nobody lives is a no":            nobodysAddress,
	"a parcel of no weight is a no":                       noWeight,
	"a label is bought once, however often it is asked":   buyingTwice,
	"a rate that was not offered is a no":                 strangeRate,
	"a label is printed as PDF and as ZPL":                printing,
	"a label of a strange form is refused":                strangeForm,
	"a label is given back once and for all":              voidingTwice,
	"an opened shipment is found by our reference":        searching,
	"what is no reference is missing":                     missing,
	"an unsigned webhook is refused":                      unsignedWebhook,
	"the lists begin empty":                               emptyLists,
}

// memory is what a carrier keeps that has somebody on the other side.
var memory = map[string]func(*testing.T, Bench){
	"a shipment stands as it was left":                          standings,
	"a label that was never bought needs no giving back":        voidOpen,
	"a label in use can't be given back":                        voidUsed,
	"there is no label before it is bought or after it is void": noLabel,
	"two shipments of one reference: the label counts":          twoOfOne,
	"the search finds nothing else and nothing older":           searchNothing,
	"the list shows every shipment":                             listing,
	"the events tell what has changed, oldest first":            telling,
	"a parcel is followed through its states":                   following,
	"scans may come doubled, late and from the future":          strangeScans,
	"a signed webhook names its shipment":                       signedWebhook,
	"a webhook that was changed on the way is refused":          forgedWebhook,
}

// troubles are what can go wrong on the way to somebody.
var troubles = map[string]func(*testing.T, Bench){
	"an opening without an answer is unsure and found":     openUnanswered,
	"a purchase without an answer is unsure and looked up": buyUnanswered,
	"a void without an answer is unsure and looked up":     voidUnanswered,
	"an error in an answer of success is never a yes":      errorInYes,
	"a carrier's no is definite":                           carriersNo,
	"a rate limit means not sent":                          rateLimited,
	"nobody there means not sent":                          nobodyThere,
	"a wrong key is refused":                               wrongKey,
	"a call that was given up is unsure":                   givenUp,
	"a look-up without an answer is unsure":                lookupUnanswered,
	"a list that does not come is an error":                listUnanswered,
	"a label that does not come is an error":               labelUnanswered,
}

// Run holds a carrier to the contract of shipping.Carrier. setup returns a fresh
// bench for each test.
func Run(t *testing.T, setup func(t *testing.T) Bench) {
	t.Helper()

	for _, tests := range []map[string]func(*testing.T, Bench){contract, memory, troubles} {
		for name, test := range tests {
			_, always := contract[name]
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := setup(t)
				if b.Provider == nil && !always {
					t.Skip("nobody is asked, and nothing kept")
				}
				test(t, b)
			})
		}
	}
}

// Shop and Home are the two ends of every parcel here.
var (
	Shop = shipping.Address{
		Company: "Bedesten Mağazası", Line1: "Kapalıçarşı, Yağlıkçılar Cd. No: 12", District: "Fatih", Province: "İstanbul", Postcode: "34126", Country: "TR",
	}
	Home = shipping.Address{
		Name: "Ayşe Gül Çağlayan", Line1: "Atatürk Bulvarı No: 5 D: 8", District: "Çankaya", Province: "Ankara", Postcode: "06420", Country: "TR",
		Phone: "+905321234567", Email: "ayse@ornek.example",
	}
)

// parcel is one parcel on its way through a carrier.
type parcel struct {
	t     *testing.T
	b     Bench
	id    string // of the shipment in our books
	ref   string
	rates []shipping.Rate
}

func planned(t *testing.T, b Bench) *parcel {
	return &parcel{t: t, b: b, id: shipping.ID("ord_"+id.Number(), "", 1)}
}

func (p *parcel) op(kind shipping.Kind) string {
	return shipping.Shipment{ID: p.id, Command: shipping.FirstCommand}.OpID(kind)
}

func (p *parcel) request() shipping.OpenRequest {
	return shipping.OpenRequest{Reference: p.op(shipping.OpOpen), From: Shop, To: Home, WeightGrams: 1200}
}

func (p *parcel) open() shipping.Answer { return p.b.Carrier.Open(p.t.Context(), p.request()) }

func opened(t *testing.T, b Bench) *parcel {
	t.Helper()
	p := planned(t, b)
	a := p.open()
	require.Equal(t, outcome.Yes, a.Outcome, "%s %s", a.Code, a.RequestID)
	require.NotEmpty(t, a.Picture.Ref)
	require.NotEmpty(t, a.Picture.Rates)
	p.ref, p.rates = a.Picture.Ref, a.Picture.Rates
	return p
}

func (p *parcel) buy() shipping.Answer {
	return p.b.Carrier.Buy(p.t.Context(), shipping.BuyRequest{OpID: p.op(shipping.OpBuy), Ref: p.ref, RateRef: p.rates[0].Ref})
}

func sold(t *testing.T, b Bench) *parcel {
	t.Helper()
	p := opened(t, b)
	a := p.buy()
	require.Equal(t, outcome.Yes, a.Outcome, "%s %s", a.Code, a.RequestID)
	require.Equal(t, shipping.StandsBought, a.Picture.Standing)
	return p
}

func (p *parcel) void() shipping.Answer {
	return p.b.Carrier.Void(p.t.Context(), shipping.VoidRequest{OpID: p.op(shipping.OpVoid), Ref: p.ref})
}

func (p *parcel) search(since time.Time) shipping.Answer {
	return p.b.Carrier.Search(p.t.Context(), p.op(shipping.OpOpen), since)
}

// stands looks the shipment up and requires its standing.
func (p *parcel) stands(want shipping.Standing) shipping.Picture {
	p.t.Helper()
	a := p.b.Carrier.Lookup(p.t.Context(), p.ref)
	require.Equal(p.t, outcome.Yes, a.Outcome, a.Code)
	require.Equal(p.t, want, a.Picture.Standing)
	return a.Picture
}

func (p *parcel) strike(call Call, trouble Trouble) {
	p.t.Helper()
	require.NoError(p.t, p.b.Provider.Strike(call, trouble))
}

func (p *parcel) say(state shipping.State, at time.Time) {
	p.t.Helper()
	require.NoError(p.t, p.b.Provider.Say(p.ref, state, at))
}

// aMinuteAgo is before everything that a test does.
func aMinuteAgo() time.Time { return time.Now().Add(-time.Minute) }
