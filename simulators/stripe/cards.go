package stripe

import (
	"slices"
	"strings"
)

// challengeRule says when a card's bank asks for 3-D Secure.
type challengeRule int

const (
	noChallenge challengeRule = iota
	// challengeAlways: every payment on session.
	challengeAlways
	// challengeOffSession: as above, and off session the payment is declined.
	challengeOffSession
)

// testCard is one of Stripe's test cards. docs.stripe.com/testing
type testCard struct {
	name    string // of pm_card_<name> and tok_<name>; empty for cards that have a number only
	number  string
	brand   string
	funding string
	country string

	// decline is the decline code with which every charge fails.
	decline string
	// challenge says when 3-D Secure is asked for; decline comes after it.
	challenge challengeRule
	// dispute is the reason of the dispute that follows a charge.
	dispute string
	// refund is how refunds go: "" at once, "pending" later, "failed" reversed later.
	refund string
	// blocked payments never reach the bank. docs.stripe.com/testing#fraud-prevention
	blocked bool
	// cvcFails: the check of the security code fails, the payment does not.
	cvcFails bool
}

// brandNames are the brands that are not written as words.
var brandNames = map[string]string{"amex": "American Express", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay"}

// brandName writes a brand for people.
func brandName(brand string) string {
	if name, special := brandNames[brand]; special || brand == "" {
		return name
	}
	return strings.ToUpper(brand[:1]) + brand[1:]
}

// testCards is Stripe's list, as far as it concerns single card payments.
var testCards = []testCard{
	// docs.stripe.com/testing#cards
	{name: "visa", number: "4242424242424242", brand: "visa"},
	{name: "visa_debit", number: "4000056655665556", brand: "visa", funding: "debit"},
	{name: "mastercard", number: "5555555555554444", brand: "mastercard"},
	{number: "2223003122003222", brand: "mastercard"},
	{name: "mastercard_debit", number: "5200828282828210", brand: "mastercard", funding: "debit"},
	{name: "mastercard_prepaid", number: "5105105105105100", brand: "mastercard", funding: "prepaid"},
	{name: "amex", number: "378282246310005", brand: "amex"},
	{number: "371449635398431", brand: "amex"},
	{name: "discover", number: "6011111111111117", brand: "discover"},
	{number: "6011000990139424", brand: "discover"},
	{number: "6011981111111113", brand: "discover", funding: "debit"},
	{name: "diners", number: "3056930009020004", brand: "diners"},
	{number: "36227206271667", brand: "diners"},
	{name: "jcb", number: "3566002020360505", brand: "jcb", country: "JP"},
	{name: "unionpay", number: "6200000000000005", brand: "unionpay", country: "CN"},

	// docs.stripe.com/testing#international-cards
	{name: "de", number: "4000002760000016", brand: "visa", country: "DE"},
	{name: "gb", number: "4000008260000000", brand: "visa", country: "GB"},
	{name: "fr", number: "4000002500000003", brand: "visa", country: "FR"},

	// docs.stripe.com/testing#declined-payments
	{name: "visa_chargeDeclined", number: "4000000000000002", brand: "visa", decline: "generic_decline"},
	{name: "visa_chargeDeclinedInsufficientFunds", number: "4000000000009995", brand: "visa", decline: "insufficient_funds"},
	{name: "visa_chargeDeclinedLostCard", number: "4000000000009987", brand: "visa", decline: "lost_card"},
	{name: "visa_chargeDeclinedStolenCard", number: "4000000000009979", brand: "visa", decline: "stolen_card"},
	{name: "chargeDeclinedExpiredCard", number: "4000000000000069", brand: "visa", decline: "expired_card"},
	{name: "chargeDeclinedIncorrectCvc", number: "4000000000000127", brand: "visa", decline: "incorrect_cvc"},
	{name: "chargeDeclinedProcessingError", number: "4000000000000119", brand: "visa", decline: "processing_error"},
	{name: "visa_chargeDeclinedVelocityLimitExceeded", number: "4000000000006975", brand: "visa", decline: "card_velocity_exceeded"},
	{name: "chargeCustomerFail", number: "4000000000000341", brand: "visa", decline: "generic_decline"},

	// docs.stripe.com/testing#fraud-prevention
	{name: "radarBlock", number: "4100000000000019", brand: "visa", decline: "fraudulent", blocked: true},
	{name: "chargeDeclinedFraudulent", brand: "visa", decline: "fraudulent"},
	{name: "riskLevelElevated", number: "4000000000009235", brand: "visa"},
	{name: "cvcCheckFail", number: "4000000000000101", brand: "visa", cvcFails: true},

	// docs.stripe.com/testing#disputes
	{name: "createDispute", number: "4000000000000259", brand: "visa", dispute: "fraudulent"},
	{name: "createDisputeProductNotReceived", number: "4000000000002685", brand: "visa", dispute: "product_not_received"},

	// docs.stripe.com/testing#refunds
	{name: "pendingRefund", number: "4000000000007726", brand: "visa", refund: "pending"},
	{name: "refundFail", number: "4000000000005126", brand: "visa", refund: "failed"},

	// docs.stripe.com/testing#available-balance
	{name: "bypassPending", number: "4000000000000077", brand: "visa"},

	// docs.stripe.com/testing#regulatory-cards: payments on session always ask;
	// the first two would not ask again once the card was set up for later use,
	// which this simulator has no customers for.
	{name: "authenticationRequiredOnSetup", number: "4000002500003155", brand: "visa", challenge: challengeOffSession},
	{name: "authenticationRequired", number: "4000002760003184", brand: "visa", challenge: challengeOffSession},
	{name: "authenticationRequiredSetupForOffSession", number: "4000003800000446", brand: "visa"},
	{name: "authenticationRequiredChargeDeclinedInsufficientFunds", number: "4000008260003178", brand: "visa", challenge: challengeOffSession, decline: "insufficient_funds"},
	// docs.stripe.com/testing#three-ds-cards
	{name: "threeDSecure2Required", number: "4000000000003220", brand: "visa", challenge: challengeAlways},
	{name: "threeDSecureRequired", number: "4000000000003063", brand: "visa", challenge: challengeAlways},
	{name: "threeDSecureRequiredChargeDeclined", number: "4000008400001629", brand: "visa", challenge: challengeAlways, decline: "generic_decline"},
	{name: "threeDSecureOptional", number: "4000000000003055", brand: "visa"},
}

func findCard(match func(testCard) bool) (testCard, bool) {
	i := slices.IndexFunc(testCards, match)
	if i < 0 {
		return testCard{}, false
	}
	return testCards[i].complete(), true
}

// cardNamed returns the card of pm_card_<name> or tok_<name>.
func cardNamed(name string) (testCard, bool) {
	return findCard(func(c testCard) bool { return name != "" && c.name == name })
}

// cardNumbered returns the card of a test number.
func cardNumbered(number string) (testCard, bool) {
	return findCard(func(c testCard) bool { return number != "" && c.number == number })
}

// complete fills in what most cards have in common.
func (c testCard) complete() testCard {
	if c.funding == "" {
		c.funding = "credit"
	}
	if c.country == "" {
		c.country = "US"
	}
	if c.number == "" {
		c.number = "4000000000000000"
	}
	return c
}

func (c testCard) last4() string { return c.number[len(c.number)-4:] }
