package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/workflows"
)

// requireTold checks a problem's detail in both languages, Turkish for whoever
// asks for none.
func (r *rig) requireTold(t *testing.T, c call, code, turkish, english string) {
	t.Helper()
	for language, want := range map[string]string{"": turkish, "tr-TR,en;q=0.5": turkish, "en": english, "de": turkish} {
		a := r.do(t, c.with("Accept-Language", language))
		require.Equal(t, code, a.json["code"], "%s", a.raw)
		require.Equal(t, want, a.json["detail"], language)
	}
}

func TestProblem_SaysWhatIsMissingInTheShoppersLanguage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	for path, want := range map[string][2]string{
		"/yok":                                   {"Bu adreste bir şey yok.", "there is nothing at this address"},
		"/v1/products/yok":                       {"Böyle bir ürün yok.", "no such product"},
		"/v1/carts/" + testID(id.Cart, 7):        {"Böyle bir sepet yok.", "no such cart"},
		"/v1/orders/" + testID(id.Order, 7):      {"Böyle bir sipariş yok.", "no such order"},
		"/v1/payments/stripe/return?attempt=yok": {"Böyle bir ödeme yok.", "no such payment"},
	} {
		r.requireTold(t, call{method: "GET", path: path}, "not_found", want[0], want[1])
	}
	r.requireTold(t, c.in("POST", "/lines", `{"sku":"YOK","quantity":1}`), "not_found",
		"Bu stok kodunda satılan bir ürün yok.", "nothing is sold under this SKU")
	line := c.in("PATCH", "/lines/var_yok", `{"quantity":1}`)
	r.requireTold(t, line, "not_found", "Sepette böyle bir satır yok.", "no such line in this cart")
}

func TestProblem_SaysWhyACartIsNotSoldInTheShoppersLanguage(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) {
		d.Gateways = payment.Gateways{stripe.Name: stripe.New(stripe.Config{SecretKey: "sk_test_1", CallTimeout: time.Second})}
	})
	r.publishTerms(t)
	c := r.newCart(t)
	r.do(t, c.in("POST", "/lines", `{"sku":"AYVA-01","quantity":2}`))
	shown := r.do(t, c.in("PUT", "/address", moda))
	buy := func(hash string) call {
		return wish(t, c, shown.json, func(body map[string]any) { body["quote_hash"] = hash })
	}
	r.requireTold(t, buy(shown.json["quote_hash"].(string)), "out_of_stock", "Yeterli adet yok: AYVA-01", "too few units of AYVA-01")
	r.requireTold(t, buy(strings.Repeat("0", 64)), "quote_stale",
		"Fiyatlar veya ürünler son baktığınızdan beri değişti: sepete yeniden bakın.", "prices or items changed since they were shown: look at the cart again")

	jam, err := r.deps.Products.Find(t.Context(), r.products[5].ID)
	require.NoError(t, err)
	jam.Variants[0].SKU = "AYVA-02"
	_, err = r.deps.Products.Replace(t.Context(), jam)
	require.NoError(t, err)
	r.requireTold(t, buy("0"), "quote_stale", "Sepetteki bir ürün artık satılmıyor.", "something in the cart is no longer sold")

	_, err = r.deps.Claims.Claim(t.Context(), order.CartKey(c.id), "ord_bir")
	require.NoError(t, err)
	r.requireTold(t, c.in("PUT", "/address", moda), "cart_checked_out", "Bu sepet zaten sipariş oldu.", "this cart is already an order")
}

func TestProblem_SaysHowAPaymentWentInTheShoppersLanguage(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Reserved, Open: true, Tries: 1})
	pay := w.call("/payment-attempts", anotherCard)
	for state, want := range map[payment.State][3]string{
		payment.Declined: {"declined", "Ödeme reddedildi.", "the payment was declined"},
		payment.Refused: {
			"payment_unavailable", "Ödeme şu anda alınamıyor; ürünleriniz ayrılmış durumda, birazdan yeniden deneyin.",
			"the payment provider cannot be used right now; your items stay reserved, try again in a moment",
		},
	} {
		w.run.about = func(id string) {
			w.run.answer = workflows.Answer{Status: order.Reserved, AttemptID: id, Attempt: string(state), TriesLeft: 1}
		}
		w.requireTold(t, pay, want[0], want[1], want[2])
	}
	w.run.about = func(id string) {
		w.run.answer = workflows.Answer{Status: order.Reserved, AttemptID: id, Attempt: string(payment.Closed), TriesLeft: 1}
	}
	closed := w.do(t, pay)
	require.NotContains(t, closed.json, "hint", "the bank said nothing of this card")
	require.NotContains(t, closed.json, "reason")
	w.run.about = func(id string) { w.run.answer = workflows.Answer{Status: order.PaymentFailed, AttemptID: id} }
	w.requireTold(t, pay, "declined", "Ödeme reddedildi ve deneme hakkı kalmadı: sipariş kapandı, sepetiniz yeniden açık.",
		"the payment was declined, and no attempt is left: the order is over, and the cart is open again")
}

func TestDocument_NamesAcceptLanguageForShoppers(t *testing.T) {
	t.Parallel()
	paths := at(t, newRig(t).document(t), "paths")
	named := func(path, method string) bool {
		parameters, _ := at(t, paths, path, method)["parameters"].([]any)
		for _, one := range parameters {
			if one.(map[string]any)["name"] == "Accept-Language" && one.(map[string]any)["in"] == "header" {
				return true
			}
		}
		return false
	}
	require.True(t, named("/v1/checkouts", "post"))
	require.True(t, named("/v1/products", "get"))
	require.False(t, named("/healthz", "get"))
}

func TestProblem_SaysWhatAFieldLacksAtTheFieldAndInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for body, want := range map[string][2]string{
		`{"email":"a@example.com","name":"Ayşe Yılmaz"}`:                                         {"body.password: bu alan gerekli", "body.password: this is required"},
		`{"email":"a@example.com","password":"kadife kedi uyur","name":"A"}`:                     {"body.name: en az 2 karakter olmalı", "body.name: expected length >= 2"},
		`{"email":"a@example.com","password":"kadife kedi uyur","name":"Ayşe","role":"finance"}`: {"body.role: burada böyle bir alan yok", "body.role: unexpected property"},
		`{"email":7,"password":"kadife kedi uyur","name":"Ayşe Yılmaz"}`:                         {"body.email: metin olmalı", "body.email: expected string"},
	} {
		r.requireTold(t, call{method: "POST", path: "/v1/accounts", body: body}, "invalid", want[0], want[1])
	}
}
