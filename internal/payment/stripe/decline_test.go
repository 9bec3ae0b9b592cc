package stripe_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
	simulator "github.com/bedesten/bedesten/simulators/stripe"
)

// The codes are those of docs.stripe.com/declines/codes.
func TestGateway_TellsTheShopperWhatADeclineAsksFor(t *testing.T) {
	t.Parallel()

	for hint, codes := range map[payment.Hint]string{
		payment.HintLater:       "insufficient_funds withdrawal_count_limit_exceeded card_velocity_exceeded",
		payment.HintCorrectData: "expired_card incorrect_cvc invalid_cvc incorrect_number invalid_number invalid_expiry_month invalid_expiry_year incorrect_zip incorrect_pin invalid_pin",
		payment.HintConfirm:     "authentication_required offline_pin_required online_or_offline_pin_required approve_with_id",
		payment.HintAgain:       "issuer_not_available processing_error reenter_transaction try_again_later",
		payment.HintOtherCard: "generic_decline do_not_honor call_issuer no_action_taken not_permitted transaction_not_allowed service_not_allowed " +
			"restricted_card card_not_supported currency_not_supported invalid_account invalid_amount new_account_information_available " +
			"security_violation revocation_of_authorization revocation_of_all_authorizations stop_payment_order do_not_try_again testmode_decline " +
			"duplicate_transaction a_code_that_is_newer_than_we_are",
	} {
		for _, code := range strings.Fields(codes) {
			t.Run(code, func(t *testing.T) {
				t.Parallel()

				_, g := record(t, http.StatusPaymentRequired,
					`{"error":{"type":"card_error","code":"card_declined","decline_code":"`+code+`","payment_intent":{"id":"pi_1","status":"requires_payment_method",
					"last_payment_error":{"type":"card_error","code":"card_declined","decline_code":"`+code+`"}}}}`)
				answer := g.Authorize(t.Context(), payment.AuthorizeRequest{OpID: "ord_1-authorize-checkout", Ref: "pi_1", Method: "pm_1"})
				require.Equal(t, payment.No, answer.Outcome)
				require.Equal(t, payment.StandsDeclined, answer.Picture.Standing)
				require.Equal(t, code, answer.Picture.DeclineCode)
				require.Equal(t, hint, answer.Picture.DeclineHint)
			})
		}
	}
}

func TestGateway_ReadsAnErrorCodeThatHasNoDeclineCode(t *testing.T) {
	t.Parallel()

	for code, hint := range map[string]payment.Hint{
		"expired_card": payment.HintCorrectData, "incorrect_cvc": payment.HintCorrectData,
		"processing_error": payment.HintAgain, "payment_intent_authentication_failure": payment.HintConfirm,
	} {
		_, g := record(t, http.StatusOK, `{"id":"pi_1","status":"requires_payment_method","last_payment_error":{"type":"card_error","code":"`+code+`"}}`)
		answer := g.Lookup(t.Context(), "pi_1")
		require.Equal(t, code, answer.Picture.DeclineCode)
		require.Equal(t, hint, answer.Picture.DeclineHint)
	}
}

func TestGateway_TakesAMadeUpTokenForADecline(t *testing.T) {
	t.Parallel()

	_, url := simulate(t)
	g := gatewayAt(url, simulator.DefaultSecretKey)
	opened := g.Open(t.Context(), payment.OpenRequest{OpID: "ord_1-open-checkout", OrderID: "ord_1", AttemptID: "ord_1-attempt-checkout", Amount: money.Of(4_990, "TRY")})
	require.Equal(t, payment.Yes, opened.Outcome)
	answer := g.Authorize(t.Context(), payment.AuthorizeRequest{
		OpID: "ord_1-authorize-checkout", Ref: opened.Picture.Ref, Method: "pm_uydurma", ReturnURL: "https://dukkan.example/",
	})
	require.Equal(t, payment.No, answer.Outcome)
	require.Equal(t, payment.Picture{
		Ref: opened.Picture.Ref, Standing: payment.StandsDeclined,
		DeclineCode: "invalid_payment_method", DeclineHint: payment.HintOtherCard,
	}, answer.Picture)
}

func TestGateway_KeepsSecretThatACardMayBeInTheWrongHands(t *testing.T) {
	t.Parallel()

	for _, code := range []string{"lost_card", "stolen_card", "pickup_card", "fraudulent", "merchant_blacklist"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()

			intent := `{"id":"pi_1","status":"requires_payment_method","last_payment_error":{"type":"card_error","code":"card_declined","decline_code":"` + code + `"}}`
			_, declining := record(t, http.StatusPaymentRequired,
				`{"error":{"type":"card_error","code":"card_declined","decline_code":"`+code+`","payment_intent":`+intent+`}}`)
			_, showing := record(t, http.StatusOK, intent)
			for _, answer := range []payment.Answer{
				declining.Authorize(t.Context(), payment.AuthorizeRequest{OpID: "ord_1-authorize-checkout", Ref: "pi_1", Method: "pm_1"}),
				showing.Lookup(t.Context(), "pi_1"),
			} {
				require.Equal(t, "generic_decline", answer.Picture.DeclineCode)
				require.Equal(t, payment.HintOtherCard, answer.Picture.DeclineHint)
				require.NotContains(t, answer.Code, code)
			}
		})
	}
}

func TestGateway_ReadsEveryStatusOfAnIntent(t *testing.T) {
	t.Parallel()

	for intent, want := range map[string]payment.Picture{
		`"status":"requires_payment_method"`:                    {Standing: payment.StandsOpen},
		`"status":"requires_confirmation"`:                      {Standing: payment.StandsBack},
		`"status":"processing"`:                                 {Standing: payment.StandsPending},
		`"status":"a_status_of_next_year"`:                      {Standing: payment.StandsPending},
		`"status":"requires_capture","amount_capturable":500`:   {Standing: payment.StandsHeld, Held: 500},
		`"status":"succeeded","amount_received":400`:            {Standing: payment.StandsCaptured, Captured: 400},
		`"status":"canceled","cancellation_reason":"abandoned"`: {Standing: payment.StandsVoided},
		`"status":"canceled","cancellation_reason":"automatic"`: {Standing: payment.StandsVoided, Lapsed: true},
		`"status":"requires_action","next_action":{"type":"redirect_to_url","redirect_to_url":{"url":"https://banka.example/3ds"}}`: {
			Standing: payment.StandsAction, RedirectURL: "https://banka.example/3ds"},
		`"status":"requires_action","next_action":{"type":"use_stripe_sdk"}`: {Standing: payment.StandsAction},
		`"status":"succeeded","latest_charge":{"id":"ch_1","amount_refunded":7}`: {
			Standing: payment.StandsCaptured, Refunded: 7},
		`"status":"canceled","latest_charge":{"id":"ch_1","amount":500,"amount_captured":0,"amount_refunded":500}`: {
			Standing: payment.StandsVoided},
		`"status":"succeeded","amount_received":400,"latest_charge":{"id":"ch_1","amount":500,"amount_captured":400,"amount_refunded":100}`: {
			Standing: payment.StandsCaptured, Captured: 400},
		`"status":"succeeded","amount_received":400,"latest_charge":{"id":"ch_1","amount":500,"amount_captured":400,"amount_refunded":350}`: {
			Standing: payment.StandsCaptured, Captured: 400, Refunded: 250},
	} {
		_, g := record(t, http.StatusOK, `{"id":"pi_1","currency":"try","created":1795000000,`+intent+`}`)
		got := g.Lookup(t.Context(), "pi_1").Picture
		want.Ref, want.CreatedAt, want.Amount = got.Ref, got.CreatedAt, got.Amount
		require.Equal(t, want, got, intent)
		require.Equal(t, "TRY", got.Amount.Currency)
	}
}
