package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

func TestCheckout_PlacesAnOrderAndShowsIt(t *testing.T) {
	t.Parallel()
	p, _ := basket(t, 10)
	r := checkout(t, p, lab.Key(), "pm_card_visa")
	require.Equal(t, http.StatusCreated, r.Status, string(r.Raw))
	require.True(t, lab.GoesOn(r.State), r.State)
	require.Equal(t, "/v1/orders/"+r.ID, r.Header.Get("Location"))
	require.Equal(t, "authorized", r.Payment.Status)
	require.Equal(t, p.QuoteHash, r.QuoteHash, "what was shown is what is charged")

	shown, err := p.Order(t.Context())
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, shown.Status)
	require.Equal(t, r.Number, shown.Number)
	for _, time := range []string{"created_at", "placed_at", "updated_at"} {
		require.Equal(t, said(t, r)[time], said(t, shown)[time], "the first answer is as precise as later ones: %s", time)
	}
}

func TestCheckout_SendsTheShopperToTheBank(t *testing.T) {
	t.Parallel()
	p, _ := basket(t, 10)
	r := checkout(t, p, lab.Key(), "pm_card_threeDSecure2Required")
	require.Equal(t, http.StatusAccepted, r.Status, string(r.Raw))
	require.Equal(t, order.AwaitingCustomer, r.State)
	action := said(t, r)["payment"].(map[string]any)["action"].(map[string]any)
	require.Equal(t, "redirect", action["type"])
	require.Contains(t, action["url"], "http")
	until, err := time.Parse(time.RFC3339, action["expires_at"].(string))
	require.NoError(t, err)
	require.Greater(t, time.Until(until), time.Duration(0))
}

// A fault strikes whichever call comes next: nobody else may be shopping.
//
//nolint:paralleltest // see above
func TestCheckout_IsPendingWhileTheProviderIsSilent(t *testing.T) {
	l := rig(t)
	p, _ := basket(t, 10)
	t.Cleanup(l.Stripe.ClearFaults)
	silence(t, l, sim.Fault{Kind: sim.TimeoutAfter, Times: 1, DelayMS: 20_000, Match: sim.Match{Operation: "payment_intent.confirm"}})
	for _, op := range []string{"payment_intent.retrieve", "payment_intent.search", "payment_intent.list"} {
		silence(t, l, sim.Fault{Kind: sim.Error500Before, Match: sim.Match{Operation: op}})
	}
	key := lab.Key()
	r := checkout(t, p, key, "pm_card_visa")
	require.Equal(t, http.StatusAccepted, r.Status, string(r.Raw))
	require.Equal(t, "1", r.Header.Get("Retry-After"))
	require.Nil(t, r.Payment.Action)
	await(t, p, order.PaymentUnknown)

	again := requireProblem(t, payAgain(t, p, "pm_card_mastercard"), http.StatusConflict, "attempt_open")
	require.Contains(t, again, "until")
	require.Equal(t, "Son ödemenin sonucu henüz belli değil: lütfen bekleyin.", again["detail"])
	same := checkout(t, p, key, "pm_card_visa")
	require.Equal(t, http.StatusAccepted, same.Status, string(same.Raw))
	require.Equal(t, p.OrderID, same.ID)

	l.Stripe.ClearFaults()
	await(t, p, order.Placed)
	same = checkout(t, p, key, "pm_card_visa")
	require.Equal(t, http.StatusCreated, same.Status, string(same.Raw))
}

func silence(t *testing.T, l *lab.Lab, f sim.Fault) {
	t.Helper()
	_, err := l.Stripe.AddFault(f)
	require.NoError(t, err)
}

func TestCheckout_SaysAfterADeclineWhatTheShopperCanDo(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p, _ := basket(t, 10)
	key := lab.Key()
	body := requireProblem(t, checkout(t, p, key, "pm_card_visa_chargeDeclinedInsufficientFunds"), http.StatusPaymentRequired, "declined")
	require.Equal(t, "insufficient_funds", body["reason"])
	require.InDelta(t, l.App.Policy.MaxTries-1, body["attempts_left"], 0)
	require.Equal(t, []any{"stripe"}, body["providers"])
	require.Equal(t, p.OrderID, body["order_id"])
	require.NotEmpty(t, body["order_secret"])
	_, err := time.Parse(time.RFC3339, body["lease_until"].(string))
	require.NoError(t, err)
	again := requireProblem(t, checkout(t, p, key, "pm_card_visa_chargeDeclinedInsufficientFunds"), http.StatusPaymentRequired, "declined")
	require.Equal(t, body["order_id"], again["order_id"])

	r := payAgain(t, p, "pm_card_mastercard")
	require.Equal(t, http.StatusCreated, r.Status, string(r.Raw))
	require.True(t, lab.GoesOn(r.State), r.State)
}

func TestCheckout_EndsWithTheLastDecline(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p, _ := basket(t, 10)
	r := checkout(t, p, lab.Key(), "pm_card_visa_chargeDeclined")
	for left := l.App.Policy.MaxTries - 1; left > 0; left-- {
		require.InDelta(t, left, requireProblem(t, r, http.StatusPaymentRequired, "declined")["attempts_left"], 0)
		r = payAgain(t, p, "pm_card_visa_chargeDeclined")
	}
	body := requireProblem(t, r, http.StatusPaymentRequired, "declined")
	require.InDelta(t, 0, body["attempts_left"], 0)
	require.NotContains(t, body, "providers", "there is nothing left to try")
	require.Equal(t, "start_again", body["hint"])
	await(t, p, order.PaymentFailed)
}

func TestCheckout_NamesWhatIsSoldOut(t *testing.T) {
	t.Parallel()
	p, sku := basket(t, 1)
	body := requireProblem(t, checkout(t, p, lab.Key(), "pm_card_visa"), http.StatusConflict, "out_of_stock")
	require.Equal(t, []any{sku}, body["skus"])
	require.NotContains(t, body, "order_id", "nothing was written")
}

func TestCheckout_RefusesAQuoteThatNobodyShows(t *testing.T) {
	t.Parallel()
	p, _ := basket(t, 10)
	shown := p.QuoteHash
	p.QuoteHash = strings.Repeat("0", 64)
	requireProblem(t, checkout(t, p, lab.Key(), "pm_card_visa"), http.StatusConflict, "quote_stale")
	p.QuoteHash = shown
	require.Equal(t, http.StatusCreated, checkout(t, p, lab.Key(), "pm_card_visa").Status)
}

func TestCheckout_SaysWhichOrderTheCartBecame(t *testing.T) {
	t.Parallel()
	p := placed(t)
	body := requireProblem(t, checkout(t, p, lab.Key(), "pm_card_visa"), http.StatusConflict, "cart_checked_out")
	require.Equal(t, p.OrderID, body["order_id"])
	require.NotContains(t, body, "order_secret")
}

func TestCheckout_RefusesOneKeyForTwoRequests(t *testing.T) {
	t.Parallel()
	p, _ := basket(t, 10)
	key := lab.Key()
	require.Equal(t, http.StatusCreated, checkout(t, p, key, "pm_card_visa").Status)
	requireProblem(t, checkout(t, p, key, "pm_card_mastercard"), http.StatusUnprocessableEntity, "idempotency_key_reused")
}

// TestCheckout_KeepsTheItemsWhenThePaymentCannotBeTaken is sequential: the
// fault strikes whichever payment comes first.
func TestCheckout_KeepsTheItemsWhenThePaymentCannotBeTaken(t *testing.T) {
	p, _ := basket(t, 10)
	_, err := rig(t).Stripe.AddFault(sim.Fault{
		Kind: sim.Answer, Times: 1, Status: http.StatusForbidden, Type: "invalid_request_error", Message: "The key lacks a permission.",
		Match: sim.Match{Operation: "payment_intent.confirm"},
	})
	require.NoError(t, err)
	r := checkout(t, p, lab.Key(), "pm_card_visa")
	body := requireProblem(t, r, http.StatusServiceUnavailable, "payment_unavailable")
	require.NotEmpty(t, body["order_id"])
	require.NotEmpty(t, body["order_secret"])
	require.NotEmpty(t, body["lease_until"])
	require.NotEmpty(t, r.Header.Get("Retry-After"))
	require.Equal(t, http.StatusCreated, payAgain(t, p, "pm_card_visa").Status)
}

func TestCheckout_AnswersTheSameKeyWithTheOrderAsItStands(t *testing.T) {
	t.Parallel()
	p, _ := basket(t, 10)
	key := lab.Key()
	first := checkout(t, p, key, "pm_card_visa")
	require.Equal(t, http.StatusCreated, first.Status, string(first.Raw))
	second := checkout(t, p, key, "pm_card_visa")
	require.Equal(t, http.StatusCreated, second.Status, string(second.Raw))
	require.Equal(t, first.ID, second.ID)
	require.Equal(t, first.Secret, second.Secret)

	_, err := p.Cancel(t.Context(), lab.Key())
	require.NoError(t, err)
	await(t, p, order.Cancelled)
	third := checkout(t, p, key, "pm_card_visa")
	require.Equal(t, http.StatusOK, third.Status, string(third.Raw))
	require.Equal(t, order.Cancelled, third.State)
	require.Equal(t, first.ID, third.ID)
}

func TestCheckout_MakesOneOrderOfTheSameKeyTwentyTimesAtOnce(t *testing.T) {
	t.Parallel()
	p, _ := basket(t, 10)
	replies := race(t, p, 20, func(int) string { return "twenty-at-once" })
	for _, r := range replies {
		require.Contains(t, []int{http.StatusCreated, http.StatusAccepted}, r.Status, string(r.Raw))
		require.Equal(t, replies[0].ID, r.ID)
		require.Equal(t, replies[0].Number, r.Number)
	}
	p.OrderID, p.OrderSecret = replies[0].ID, replies[0].Secret
	await(t, p, order.Placed)
	require.Len(t, rig(t).Stripe.IntentsOf("order_id", p.OrderID), 1, "money was asked for once")
}

func TestCheckout_MakesOneOrderOfTwoKeysOnOneCart(t *testing.T) {
	t.Parallel()
	p, _ := basket(t, 10)
	replies := race(t, p, 2, func(i int) string { return []string{"first-tab", "second-tab"}[i] })
	won, lost := replies[0], replies[1]
	if won.Status == http.StatusConflict {
		won, lost = lost, won
	}
	require.Equal(t, http.StatusCreated, won.Status, string(won.Raw))
	require.Equal(t, won.ID, requireProblem(t, lost, http.StatusConflict, "cart_checked_out")["order_id"])
}

// race checks one cart out n times at once.
func race(t *testing.T, p *lab.Shopper, n int, key func(int) string) []lab.Reply {
	t.Helper()
	replies, errs := make([]lab.Reply, n), make([]error, n)
	start, done := make(chan struct{}), sync.WaitGroup{}
	for i := range n {
		// Each has a memory of its own.
		twin := *p
		done.Go(func() {
			<-start
			replies[i], errs[i] = twin.Checkout(t.Context(), key(i), "pm_card_visa")
		})
	}
	close(start)
	done.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	return replies
}

func TestCheckout_KeepsTheKeysOfTwoShoppersApart(t *testing.T) {
	t.Parallel()
	one, _ := basket(t, 10)
	other, _ := basket(t, 10)
	key := lab.Key()
	a, b := checkout(t, one, key, "pm_card_visa"), checkout(t, other, key, "pm_card_visa")
	require.Equal(t, http.StatusCreated, a.Status, string(a.Raw))
	require.Equal(t, http.StatusCreated, b.Status, string(b.Raw))
	require.NotEqual(t, a.ID, b.ID)
}

// It sweeps remembered requests of tomorrow, which others still need today.
//
//nolint:paralleltest // see above
func TestCheckout_KnowsTheKeyADayLater(t *testing.T) {
	l := rig(t)
	p, _ := basket(t, 10)
	key := lab.Key()
	first := checkout(t, p, key, "pm_card_visa")
	require.Equal(t, http.StatusCreated, first.Status, string(first.Raw))

	later := *l.App
	later.Clock = func() time.Time { return l.App.Clock().Add(25 * time.Hour) }
	_, err := mongo.NewIdempotency(l.App.DB).Sweep(t.Context(), later.Clock())
	require.NoError(t, err)
	tomorrow, err := later.API()
	require.NoError(t, err)
	server := httptest.NewServer(tomorrow)
	t.Cleanup(server.Close)
	landing := p.Shop.Landing
	p.Shop = lab.NewShop(server.URL, landing)

	second := checkout(t, p, key, "pm_card_visa")
	require.Equal(t, http.StatusCreated, second.Status, string(second.Raw))
	require.Equal(t, first.ID, second.ID)
	requireProblem(t, checkout(t, p, key, "pm_card_mastercard"), http.StatusUnprocessableEntity, "idempotency_key_reused")
}

func TestCancel_IsAnsweredTheSameWayAgain(t *testing.T) {
	t.Parallel()
	p := placed(t)
	key := lab.Key()
	for range 2 {
		r, err := p.Cancel(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, r.Status, string(r.Raw))
		require.Contains(t, []order.Status{order.Cancelling, order.Cancelled}, r.State)
	}
	await(t, p, order.Cancelled)
	r, err := p.Cancel(t.Context(), lab.Key())
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.Status, string(r.Raw))
}

func TestThreeDSecure_IsLeftAndAnotherCardTaken(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p, _ := basket(t, 10)
	require.Equal(t, http.StatusAccepted, checkout(t, p, lab.Key(), "pm_card_threeDSecure2Required").Status)
	key := lab.Key()
	require.Eventually(t, func() bool {
		r, err := p.PayAgain(t.Context(), key, "pm_card_mastercard")
		return err == nil && r.Status == http.StatusCreated && lab.GoesOn(r.State)
	}, 10*time.Second, 100*time.Millisecond)
	held := 0
	for _, b := range l.Stripe.Books() {
		if b.Metadata["order_id"] == p.OrderID && b.Capturable > 0 {
			held++
		}
	}
	require.Equal(t, 1, held, "the first card's payment was closed")
}

func TestPaymentReturn_SendsTheShopperOnAndTellsNothing(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p, _ := basket(t, 10)
	r := checkout(t, p, lab.Key(), "pm_card_threeDSecure2Required")
	require.Equal(t, http.StatusAccepted, r.Status, string(r.Raw))
	_, err := l.Stripe.FinishChallenge(l.Stripe.IntentsOf("order_id", p.OrderID)[0], stripe.ChallengeComplete)
	require.NoError(t, err)
	back, err := p.Shop.Call(t.Context(), http.MethodGet, "/v1/payments/stripe/return?attempt="+r.Payment.AttemptID, nil, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, back.Status, string(back.Raw))
	require.Equal(t, p.Shop.Landing, back.Header.Get("Location"))
	require.Empty(t, back.Raw)
	await(t, p, order.Placed)
}

func TestOrders_OpenWithTheirOwnSecretOnly(t *testing.T) {
	t.Parallel()
	mine, theirs := placed(t), placed(t)
	for _, secret := range []string{"", "yanlış", mine.Secret, theirs.OrderSecret} {
		for _, path := range []string{"", "/timeline"} {
			r, err := mine.Shop.Call(t.Context(), http.MethodGet, "/v1/orders/"+mine.OrderID+path, map[string]string{"X-Order-Secret": secret}, nil)
			require.NoError(t, err)
			requireProblem(t, r, http.StatusNotFound, "not_found")
		}
	}
	entries, err := mine.Timeline(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, entries)
}
