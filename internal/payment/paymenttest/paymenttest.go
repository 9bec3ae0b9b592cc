// Package paymenttest holds the contract that every payment gateway keeps. An
// adapter passes it against a server that speaks its provider's wire format;
// what such a server can only be told to do, not asked for through the
// provider's API, goes through Provider.
package paymenttest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
)

// Cards are the provider's tokens that behave in a known way.
type Cards struct {
	Good     string
	Declined string
	// Lost is a card of which the shopper may not learn that it is known as lost.
	Lost string
	// Challenge asks the shopper to confirm at the bank, then goes well.
	Challenge string
	// ChallengeDeclined asks too, and is declined afterwards.
	ChallengeDeclined string
}

// Call names a method of the gateway that a fault strikes.
type Call string

// Calls that can be struck.
const (
	CallOpen      Call = "open"
	CallAuthorize Call = "authorize"
	CallFinalize  Call = "finalize"
	CallCancel    Call = "cancel"
	CallLookup    Call = "lookup"
)

// Trouble is what goes wrong with one call.
type Trouble string

// Troubles that a provider can have.
const (
	// TimeoutBefore: no effect and no answer.
	TimeoutBefore Trouble = "timeout_before"
	// TimeoutAfter: the effect, and no answer.
	TimeoutAfter Trouble = "timeout_after"
	// BrokenAnswer: the effect, and half of an answer.
	BrokenAnswer Trouble = "broken_answer"
	// RateLimited: no effect, "too many requests".
	RateLimited Trouble = "rate_limited"
	// ErrorKept: no effect, a server error that is kept under the key.
	ErrorKept Trouble = "error_kept"
	// ErrorKeptAfter: the effect, and a server error that is kept under the key.
	ErrorKeptAfter Trouble = "error_kept_after"
)

// Provider is the other side of a gateway, for what its API cannot do.
type Provider interface {
	// FinishChallenge is the shopper at the bank's page: confirmed or refused.
	FinishChallenge(ref string, confirmed bool) error

	// Strike lets the next call of that kind go wrong, once.
	Strike(call Call, trouble Trouble) error
}

// Bench is one gateway with its provider, of which nobody else makes use.
type Bench struct {
	Gateway  payment.Gateway
	Provider Provider
	// WrongKey speaks to the same provider with credentials that it refuses.
	WrongKey payment.Gateway
	// Nobody speaks to an address at which nothing listens.
	Nobody payment.Gateway
}

// Run holds a gateway to the contract of payment.Gateway. setup returns a
// fresh bench for each test.
func Run(t *testing.T, cards Cards, setup func(t *testing.T) Bench) {
	t.Helper()

	for name, test := range map[string]func(*testing.T, Cards, Bench){
		"the same key is the same payment":                     sameKey,
		"a key that was used for another amount is refused":    otherAmount,
		"a good card is held":                                  goodCard,
		"a declined card is a no with a hint":                  declinedCard,
		"what the bank keeps secret is not told":               lostCard,
		"a declined payment cannot be charged by repeating it": declinedStays,
		"a hold is given back once and for all":                cancelHold,
		"a payment without money is closed":                    cancelOpen,
		"a shopper who confirmed comes back and is held":       challengeConfirmed,
		"a shopper who was refused is declined":                challengeRefused,
		"a declined card is declined after the challenge too":  challengeDeclined,
		"a shopper at the bank's page can be given up":         challengeLeft,
		"no answer before the effect is unsure":                timeoutBefore,
		"no answer after the effect is unsure and is found":    timeoutAfter,
		"half an answer is unsure and is found":                brokenAnswer,
		"nobody there means not sent":                          nobodyThere,
		"a rate limit means not sent":                          rateLimited,
		"a kept error is unsure and says so when repeated":     errorKept,
		"a kept error after the effect is found":               errorKeptAfter,
		"a cancel without an answer is repeated":               cancelUnanswered,
		"a wrong key is refused":                               wrongKey,
		"an unknown reference is missing":                      unknownRef,
		"an unknown card is declined":                          unknownCard,
		"a call that was given up is unsure":                   givenUp,
		"the search finds what an op opened and nothing else":  search,
		"the list shows every payment":                         list,
		"the events tell what happened, oldest first":          events,
		"the product's currency is taken, an unknown is not":   currencies,
		"an unsigned webhook is refused":                       unsignedWebhook,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, cards, setup(t))
		})
	}
}

// price is what every payment here asks for: 1.249,90 TL.
var price = money.Of(124_990, "TRY")

// returnURL is where the bank's page sends the shopper back.
const returnURL = "https://dukkan.example/odeme/donus"

// sale is one order's payment on its way through a gateway.
type sale struct {
	t     *testing.T
	b     Bench
	order string
	ref   string
}

func opened(t *testing.T, b Bench) *sale {
	t.Helper()
	s := &sale{t: t, b: b, order: "ord_" + id.Number()}
	answer := s.open()
	require.Equal(t, payment.Yes, answer.Outcome, "%s %s", answer.Code, answer.RequestID)
	require.NotEmpty(t, answer.Picture.Ref)
	s.ref = answer.Picture.Ref
	return s
}

func (s *sale) op(kind payment.Kind) string { return payment.OpID(s.order, kind, "checkout") }

func (s *sale) open() payment.Answer { return s.openFor(price) }

func (s *sale) openFor(amount money.Amount) payment.Answer {
	return s.b.Gateway.Open(s.t.Context(), payment.OpenRequest{
		OpID: s.op(payment.OpOpen), OrderID: s.order, AttemptID: payment.AttemptID(s.order, "checkout"), Amount: amount,
	})
}

func (s *sale) authorize(card string) payment.Answer {
	return s.b.Gateway.Authorize(s.t.Context(), payment.AuthorizeRequest{
		OpID: s.op(payment.OpAuthorize), Ref: s.ref, Method: card, ReturnURL: returnURL,
	})
}

func (s *sale) finalize() payment.Answer {
	return s.b.Gateway.Finalize(s.t.Context(), payment.FinalizeRequest{OpID: s.op(payment.OpFinalize), Ref: s.ref})
}

func (s *sale) cancel(kind payment.Kind) payment.Answer {
	return s.b.Gateway.Cancel(s.t.Context(), payment.CancelRequest{OpID: s.op(kind), Ref: s.ref, Reason: string(kind)})
}

// stands looks the payment up and requires its standing.
func (s *sale) stands(want payment.Standing) payment.Picture {
	s.t.Helper()
	answer := s.b.Gateway.Lookup(s.t.Context(), s.ref)
	require.Equal(s.t, payment.Yes, answer.Outcome, answer.Code)
	require.Equal(s.t, want, answer.Picture.Standing)
	return answer.Picture
}

func (s *sale) strike(call Call, trouble Trouble) {
	s.t.Helper()
	require.NoError(s.t, s.b.Provider.Strike(call, trouble))
}
