package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// officialCards is what docs.stripe.com/testing says of each card: the token's
// name, the number, and what becomes of a payment on session.
var officialCards = []struct {
	name, number string
	brand        stripego.PaymentMethodCardBrand
	code         stripego.ErrorCode // empty when the payment goes well
	decline      stripego.DeclineCode
	param        string
	challenge    bool
}{
	{name: "visa", number: "4242424242424242", brand: "visa"},
	{name: "visa_debit", number: "4000056655665556", brand: "visa"},
	{name: "mastercard", number: "5555555555554444", brand: "mastercard"},
	{number: "2223003122003222", brand: "mastercard"},
	{name: "mastercard_debit", number: "5200828282828210", brand: "mastercard"},
	{name: "mastercard_prepaid", number: "5105105105105100", brand: "mastercard"},
	{name: "amex", number: "378282246310005", brand: "amex"},
	{number: "371449635398431", brand: "amex"},
	{name: "discover", number: "6011111111111117", brand: "discover"},
	{number: "6011000990139424", brand: "discover"},
	{number: "6011981111111113", brand: "discover"},
	{name: "diners", number: "3056930009020004", brand: "diners"},
	{number: "36227206271667", brand: "diners"},
	{name: "jcb", number: "3566002020360505", brand: "jcb"},
	{name: "unionpay", number: "6200000000000005", brand: "unionpay"},
	{name: "de", number: "4000002760000016", brand: "visa"},
	{name: "gb", number: "4000008260000000", brand: "visa"},
	{name: "fr", number: "4000002500000003", brand: "visa"},

	{name: "visa_chargeDeclined", number: "4000000000000002", brand: "visa", code: "card_declined", decline: "generic_decline"},
	{name: "visa_chargeDeclinedInsufficientFunds", number: "4000000000009995", brand: "visa", code: "card_declined", decline: "insufficient_funds"},
	{name: "visa_chargeDeclinedLostCard", number: "4000000000009987", brand: "visa", code: "card_declined", decline: "lost_card"},
	{name: "visa_chargeDeclinedStolenCard", number: "4000000000009979", brand: "visa", code: "card_declined", decline: "stolen_card"},
	{name: "chargeDeclinedExpiredCard", number: "4000000000000069", brand: "visa", code: "expired_card", decline: "expired_card", param: "exp_month"},
	{name: "chargeDeclinedIncorrectCvc", number: "4000000000000127", brand: "visa", code: "incorrect_cvc", decline: "incorrect_cvc", param: "cvc"},
	{name: "chargeDeclinedProcessingError", number: "4000000000000119", brand: "visa", code: "processing_error", decline: "processing_error"},
	{name: "visa_chargeDeclinedVelocityLimitExceeded", number: "4000000000006975", brand: "visa", code: "card_declined", decline: "card_velocity_exceeded"},
	{name: "chargeCustomerFail", number: "4000000000000341", brand: "visa", code: "card_declined", decline: "generic_decline"},
	{name: "radarBlock", number: "4100000000000019", brand: "visa", code: "card_declined", decline: "fraudulent"},
	{name: "chargeDeclinedFraudulent", brand: "visa", code: "card_declined", decline: "fraudulent"},
	{name: "riskLevelElevated", number: "4000000000009235", brand: "visa"},
	{name: "cvcCheckFail", number: "4000000000000101", brand: "visa"},

	{name: "createDispute", number: "4000000000000259", brand: "visa"},
	{name: "createDisputeProductNotReceived", number: "4000000000002685", brand: "visa"},
	{name: "pendingRefund", number: "4000000000007726", brand: "visa"},
	{name: "refundFail", number: "4000000000005126", brand: "visa"},
	{name: "bypassPending", number: "4000000000000077", brand: "visa"},

	{name: "authenticationRequiredOnSetup", number: "4000002500003155", brand: "visa", challenge: true},
	{name: "authenticationRequired", number: "4000002760003184", brand: "visa", challenge: true},
	{name: "authenticationRequiredSetupForOffSession", number: "4000003800000446", brand: "visa"},
	{name: "authenticationRequiredChargeDeclinedInsufficientFunds", number: "4000008260003178", brand: "visa", challenge: true, code: "card_declined", decline: "insufficient_funds"},
	{name: "threeDSecure2Required", number: "4000000000003220", brand: "visa", challenge: true},
	{name: "threeDSecureRequired", number: "4000000000003063", brand: "visa", challenge: true},
	{name: "threeDSecureRequiredChargeDeclined", number: "4000008400001629", brand: "visa", challenge: true, code: "card_declined", decline: "generic_decline"},
	{name: "threeDSecureOptional", number: "4000000000003055", brand: "visa"},
}

func TestEveryOfficialTestCardBehavesAsStripeSays(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for _, card := range officialCards {
		for how, method := range map[string]func(*testing.T) string{
			"pm_card_": func(*testing.T) string { return "pm_card_" + card.name },
			"tok_":     func(t *testing.T) string { return r.methodOf(t, "tok_"+card.name) },
			"number ":  func(t *testing.T) string { return r.typed(t, card.number) },
		} {
			if how == "number " && card.number == "" || how != "number " && card.name == "" {
				continue
			}
			t.Run(how+card.name+card.number, func(t *testing.T) {
				t.Parallel()

				id := r.newIntent(t, 124990).ID
				pi, err := r.confirm(id, method(t))
				if card.challenge {
					require.NoError(t, err)
					require.Equal(t, stripego.PaymentIntentStatusRequiresAction, pi.Status)
					_, err = r.FinishChallenge(id, stripe.ChallengeComplete)
					require.NoError(t, err)
					pi, err = r.confirm(id, "")
				}
				if card.code != "" {
					e := requireError(t, err, 402, stripego.ErrorTypeCard, card.code, card.param)
					require.Equal(t, card.decline, e.DeclineCode)
					require.NotEmpty(t, e.ChargeID)
					require.NotNil(t, e.PaymentMethod)
					requireDeclinedIntent(t, e, r.get(t, id))
					return
				}
				require.NoError(t, err)
				require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
				require.Equal(t, card.brand, pi.LatestCharge.PaymentMethodDetails.Card.Brand)
				require.Equal(t, card.challenge, pi.LatestCharge.PaymentMethodDetails.Card.ThreeDSecure != nil)
			})
		}
	}
}

// requireDeclinedIntent checks that a declined intent asks for another card and
// remembers why, in the error and on a look-up.
func requireDeclinedIntent(t *testing.T, e *stripego.Error, now *stripego.PaymentIntent) {
	t.Helper()

	for _, pi := range []*stripego.PaymentIntent{e.PaymentIntent, now} {
		require.Equal(t, stripego.PaymentIntentStatusRequiresPaymentMethod, pi.Status)
		require.Nil(t, pi.PaymentMethod)
		require.Equal(t, e.Code, pi.LastPaymentError.Code)
		require.Equal(t, e.DeclineCode, pi.LastPaymentError.DeclineCode)
		require.Zero(t, pi.AmountCapturable)
	}
	require.Equal(t, stripego.ChargeStatusFailed, now.LatestCharge.Status)
	require.Equal(t, string(e.Code), now.LatestCharge.FailureCode)
}

// methodOf makes a payment method of a test token with the secret key.
func (r *rig) methodOf(t *testing.T, token string) string {
	t.Helper()

	pm, err := r.api.PaymentMethods.New(&stripego.PaymentMethodParams{
		Type: stripego.String("card"), Card: &stripego.PaymentMethodCardParams{Token: stripego.String(token)},
	})
	require.NoError(t, err)
	return pm.ID
}

// typed makes a payment method of a card number, as Stripe's own page does.
func (r *rig) typed(t *testing.T, number string) string {
	t.Helper()

	cvc := "123"
	if len(number) == 15 {
		cvc = "1234"
	}
	pm, err := newClient(r.url, stripe.DefaultPublishableKey).PaymentMethods.New(cardForm(number, 12, int64(time.Now().Year()+2), cvc))
	require.NoError(t, err)
	require.Equal(t, number[len(number)-4:], pm.Card.Last4)
	return pm.ID
}

func cardForm(number string, month, year int64, cvc string) *stripego.PaymentMethodParams {
	return &stripego.PaymentMethodParams{
		Type:           stripego.String("card"),
		BillingDetails: &stripego.PaymentMethodBillingDetailsParams{Name: stripego.String("Işıl Özgür")},
		Card: &stripego.PaymentMethodCardParams{
			Number: stripego.String(number), ExpMonth: stripego.Int64(month), ExpYear: stripego.Int64(year), CVC: stripego.String(cvc),
		},
	}
}

func TestADeclinedIntentCanBePaidWithAnotherCard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.newIntent(t, 124990).ID

	_, err := r.confirm(id, "pm_card_visa_chargeDeclined")
	require.Error(t, err)
	pi, err := r.confirm(id, "pm_card_mastercard")
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
	require.Nil(t, pi.LastPaymentError)
	require.Equal(t, 2, r.Books()[0].Charges)
}

func TestADeclinedCreateAndConfirmStillMakesAnIntent(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	p := manual(124990)
	p.Confirm, p.PaymentMethod = stripego.Bool(true), stripego.String("pm_card_visa_chargeDeclinedLostCard")
	_, err := r.api.PaymentIntents.New(p)
	e := requireError(t, err, 402, stripego.ErrorTypeCard, stripego.ErrorCodeCardDeclined, "")
	require.Equal(t, e.PaymentIntent.ID, r.Books()[0].ID)
	require.Equal(t, "requires_payment_method", r.Books()[0].Status)
}

func TestMistypedCardsAreRefusedBeforeAnyCharge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	next := int64(time.Now().Year() + 1)

	tests := []struct {
		name string
		form *stripego.PaymentMethodParams
		code stripego.ErrorCode
		prm  string
	}{
		{"wrong last digit", cardForm("4242424242424241", 12, next, "123"), stripego.ErrorCodeIncorrectNumber, "number"},
		{"letters", cardForm("kart numarasi", 12, next, "123"), stripego.ErrorCodeIncorrectNumber, "number"},
		{"month thirteen", cardForm("4242424242424242", 13, next, "123"), stripego.ErrorCodeInvalidExpiryMonth, "exp_month"},
		{"year of the past", cardForm("4242424242424242", 12, 1970, "123"), stripego.ErrorCodeInvalidExpiryYear, "exp_year"},
		{"two digits of code", cardForm("4242424242424242", 12, next, "99"), stripego.ErrorCodeInvalidCVC, "cvc"},
		{"a real card", cardForm("4111111111111111", 12, next, "123"), stripego.ErrorCodeCardDeclined, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			_, err := newClient(r.url, stripe.DefaultPublishableKey).PaymentMethods.New(tt.form)
			requireError(t, err, http.StatusPaymentRequired, stripego.ErrorTypeCard, tt.code, tt.prm)
		})
	}
}

func TestACardNumberIsRefusedWithTheSecretKey(t *testing.T) {
	t.Parallel()
	form := cardForm("4242424242424242", 12, int64(time.Now().Year()+1), "123")

	_, err := newRig(t).api.PaymentMethods.New(form)
	e := requireError(t, err, 402, stripego.ErrorTypeInvalidRequest, "", "")
	require.Contains(t, e.Msg, "unsafe")

	_, err = newRig(t, func(c *stripe.Config) { c.RawCardData = true }).api.PaymentMethods.New(form)
	require.NoError(t, err)
}

func TestAPaymentMethodCanBeRetrieved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.typed(t, "5555555555554444")

	pm, err := r.api.PaymentMethods.Get(id, nil)
	require.NoError(t, err)
	require.Equal(t, "Işıl Özgür", pm.BillingDetails.Name)
	require.Equal(t, stripego.PaymentMethodCardBrandMastercard, pm.Card.Brand)

	_, err = r.api.PaymentMethods.Get("pm_yok", nil)
	requireError(t, err, 404, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeResourceMissing, "payment_method")
	_, err = r.confirm(r.newIntent(t, 124990).ID, "pm_card_boyle_kart_yok")
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeResourceMissing, "payment_method")
}
