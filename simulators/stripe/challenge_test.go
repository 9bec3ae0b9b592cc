package stripe_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// browser follows no redirect, so that a test sees where it would go.
var browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func press(t *testing.T, page, outcome string) *http.Response {
	t.Helper()

	resp, err := browser.PostForm(page, url.Values{"outcome": {outcome}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()

	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

// requireReturn checks where the browser goes, and that the shop's own query
// survives.
func requireReturn(t *testing.T, location string, pi *stripego.PaymentIntent, status string) {
	t.Helper()

	u, err := url.Parse(location)
	require.NoError(t, err)
	require.Equal(t, "dukkan.example", u.Host)
	require.Equal(t, "/v1/payments/stripe/return", u.Path)
	require.Equal(t, url.Values{
		"order": {"ord_01H"}, "payment_intent": {pi.ID}, "payment_intent_client_secret": {pi.ClientSecret}, "redirect_status": {status},
	}, u.Query())
}

func TestACompletedChallengeWaitsForASecondConfirmOfTheServer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.challenged(t, "pm_card_threeDSecure2Required")
	require.Nil(t, pi.LatestCharge)
	require.Equal(t, stripego.PaymentIntentNextActionTypeRedirectToURL, pi.NextAction.Type)
	require.Equal(t, returnURL, pi.NextAction.RedirectToURL.ReturnURL)
	page := pi.NextAction.RedirectToURL.URL

	resp, err := browser.Get(page)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	html := text(t, resp)
	require.Contains(t, html, "1,249.90 TRY")
	require.Contains(t, html, "Visa ending in 3220")
	require.Contains(t, html, `<html lang="en">`)
	require.Equal(t, 3, strings.Count(html, "<button"))

	resp = press(t, page, "complete")
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	requireReturn(t, resp.Header.Get("Location"), pi, "succeeded")

	back := r.get(t, pi.ID)
	require.Equal(t, stripego.PaymentIntentStatusRequiresConfirmation, back.Status)
	require.Nil(t, back.NextAction)
	require.Zero(t, r.Books()[0].Charges, "no money moves before the second confirm")

	pi, err = r.confirm(pi.ID, "")
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
	require.Equal(t, stripego.ChargePaymentMethodDetailsCardThreeDSecureResultAuthenticated, pi.LatestCharge.PaymentMethodDetails.Card.ThreeDSecure.Result)
}

func TestAChallengePageWritesTheAmountAsItsReaderDoes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	page := r.challenged(t, "pm_card_threeDSecure2Required").NextAction.RedirectToURL.URL
	for language, want := range map[string]string{
		"tr-TR,tr;q=0.9,en;q=0.8": "1.249,90 TRY", "tr": "1.249,90 TRY", "en-US,en;q=0.9,tr;q=0.5": "1,249.90 TRY", "": "1,249.90 TRY",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page, nil)
		require.NoError(t, err)
		req.Header.Set("Accept-Language", language)
		resp, err := browser.Do(req)
		require.NoError(t, err)
		require.Contains(t, text(t, resp), want, language)
		require.NoError(t, resp.Body.Close())
	}
}

func TestAFailedChallengeAsksForAnotherPaymentMethod(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.challenged(t, "pm_card_threeDSecure2Required")

	resp := press(t, pi.NextAction.RedirectToURL.URL, "fail")
	requireReturn(t, resp.Header.Get("Location"), pi, "failed")
	back := r.get(t, pi.ID)
	require.Equal(t, stripego.PaymentIntentStatusRequiresPaymentMethod, back.Status)
	require.Equal(t, stripego.ErrorCodePaymentIntentAuthenticationFailure, back.LastPaymentError.Code)
	require.Nil(t, back.PaymentMethod)

	_, err := r.confirm(pi.ID, "")
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
	pi, err = r.confirm(pi.ID, "pm_card_visa")
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
}

func TestLeavingTheChallengeDecidesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.challenged(t, "pm_card_authenticationRequired")

	resp := press(t, pi.NextAction.RedirectToURL.URL, "leave")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, text(t, resp), "left without an answer")
	require.Equal(t, stripego.PaymentIntentStatusRequiresAction, r.get(t, pi.ID).Status)
	require.Equal(t, http.StatusSeeOther, press(t, pi.NextAction.RedirectToURL.URL, "complete").StatusCode)
}

func TestAChallengePageIsGoneOnceItIsAnsweredReplacedOrCanceled(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	tests := map[string]func(t *testing.T, id string){
		"answered": func(t *testing.T, id string) {
			_, err := r.FinishChallenge(id, stripe.ChallengeComplete)
			require.NoError(t, err)
		},
		"replaced by a new confirm": func(t *testing.T, id string) {
			_, err := r.confirm(id, "pm_card_authenticationRequired")
			require.NoError(t, err)
		},
		"canceled": func(t *testing.T, id string) {
			_, err := r.api.PaymentIntents.Cancel(id, &stripego.PaymentIntentCancelParams{})
			require.NoError(t, err)
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pi := r.challenged(t, "pm_card_threeDSecure2Required")
			end(t, pi.ID)

			before := r.get(t, pi.ID).Status
			require.Equal(t, http.StatusGone, press(t, pi.NextAction.RedirectToURL.URL, "complete").StatusCode)
			require.Equal(t, before, r.get(t, pi.ID).Status)
		})
	}
}

func TestAChallengeWithoutAReturnURLIsLeftToStripesScript(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	pi, err := r.api.PaymentIntents.Confirm(r.newIntent(t, 124990).ID, &stripego.PaymentIntentConfirmParams{PaymentMethod: stripego.String("pm_card_threeDSecure2Required")})
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentNextActionType("use_stripe_sdk"), pi.NextAction.Type)
	back, err := r.FinishChallenge(pi.ID, stripe.ChallengeComplete)
	require.NoError(t, err)
	require.Empty(t, back)
}

func TestWithAutomaticConfirmationTheChallengeEndsThePayment(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	p := manual(124990)
	p.ConfirmationMethod = nil
	pi, err := r.api.PaymentIntents.New(p)
	require.NoError(t, err)
	pi, err = r.confirm(pi.ID, "pm_card_threeDSecure2Required")
	require.NoError(t, err)
	resp := press(t, pi.NextAction.RedirectToURL.URL, "complete")
	requireReturn(t, resp.Header.Get("Location"), pi, "succeeded")
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, r.get(t, pi.ID).Status)
}

func TestAnotherCardAfterTheChallengeIsAskedForItsOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.challenged(t, "pm_card_threeDSecure2Required").ID
	_, err := r.FinishChallenge(id, stripe.ChallengeComplete)
	require.NoError(t, err)

	pi, err := r.confirm(id, "pm_card_authenticationRequired")
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresAction, pi.Status)
}

func TestWhoWantsNoActionIsDeclined(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	p := confirmWith("pm_card_threeDSecure2Required")
	p.ErrorOnRequiresAction = stripego.Bool(true)
	_, err := r.api.PaymentIntents.Confirm(r.newIntent(t, 124990).ID, p)
	e := requireError(t, err, 402, stripego.ErrorTypeCard, stripego.ErrorCodeAuthenticationRequired, "")
	require.Equal(t, stripego.DeclineCode("authentication_not_handled"), e.DeclineCode)

	p = confirmWith("pm_card_authenticationRequired")
	p.OffSession = stripego.Bool(true)
	_, err = r.api.PaymentIntents.Confirm(r.newIntent(t, 124990).ID, p)
	e = requireError(t, err, 402, stripego.ErrorTypeCard, stripego.ErrorCodeAuthenticationRequired, "")
	require.Equal(t, stripego.DeclineCodeAuthenticationRequired, e.DeclineCode)
}

func TestAnyCardIsChallengedWhenTheShopAsksForIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	p := confirmWith("pm_card_visa")
	p.PaymentMethodOptions = &stripego.PaymentIntentPaymentMethodOptionsParams{
		Card: &stripego.PaymentIntentPaymentMethodOptionsCardParams{RequestThreeDSecure: stripego.String("any")},
	}
	pi, err := r.api.PaymentIntents.Confirm(r.newIntent(t, 124990).ID, p)
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresAction, pi.Status)
}

func TestAPublishableKeyCanNotConfirmWithManualConfirmation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shopper := newClient(r.url, stripe.DefaultPublishableKey)
	pi := r.newIntent(t, 124990)

	p := confirmWith("pm_card_visa")
	p.Expand = nil
	p.AddExtra("client_secret", pi.ClientSecret)
	_, err := shopper.PaymentIntents.Confirm(pi.ID, p)
	e := requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, "payment_intent_invalid_parameter", "")
	require.Contains(t, e.Msg, "publishable key")

	auto := manual(124990)
	auto.ConfirmationMethod = nil
	pi, err = r.api.PaymentIntents.New(auto)
	require.NoError(t, err)
	p = confirmWith("pm_card_visa")
	p.AddExtra("client_secret", "pi_baskasi_secret_x")
	_, err = shopper.PaymentIntents.Confirm(pi.ID, p)
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, "payment_intent_invalid_parameter", "client_secret")
	p = confirmWith("pm_card_visa")
	p.AddExtra("client_secret", pi.ClientSecret)
	pi, err = shopper.PaymentIntents.Confirm(pi.ID, p)
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
}
