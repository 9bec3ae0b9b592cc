package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/lab"
)

// request is one line of bad input and the problem that it earns.
type request struct {
	name    string
	method  string
	path    string
	headers map[string]string
	body    string
	status  int
	code    string
}

// victims are what bad input aims at: a cart of the shopper's own, somebody
// else's cart, and an order of each.
type victims struct {
	cart, otherCart   *lab.Shopper
	order, otherOrder *lab.Shopper
	// orderKey is the key that the shopper's order was made under.
	orderKey string
	sku      string
}

// Nothing else may write while rows are counted before and after.
//
//nolint:paralleltest // see above
func TestBadInput_IsRefusedAndChangesNothing(t *testing.T) {
	l := rig(t)
	v := victims{otherOrder: placed(t), orderKey: lab.Key()}
	v.order, _ = basket(t, 100)
	require.Equal(t, http.StatusCreated, checkout(t, v.order, v.orderKey, "pm_card_visa").Status)
	v.cart, v.sku = basket(t, 100)
	v.otherCart, _ = basket(t, 100)
	requests := append(v.carts(), v.checkouts()...)
	for _, r := range append(requests, v.orders()...) {
		t.Run(r.name, func(t *testing.T) {
			before := rows(t, l)
			reply, err := v.cart.Shop.Send(t.Context(), r.method, r.path, r.headers, []byte(r.body))
			require.NoError(t, err)
			requireProblem(t, reply, r.status, r.code)
			require.NotContains(t, string(reply.Raw), "4242", "a value is never repeated")
			require.Equal(t, before, rows(t, l))
		})
	}
	require.Equal(t, http.StatusCreated, checkout(t, v.cart, lab.Key(), "pm_card_visa").Status, "the cart is as it was")
}

// rows counts everything that a request could have left behind.
func rows(t *testing.T, l *lab.Lab) map[string]int64 {
	t.Helper()
	counts := map[string]int64{"intents": int64(len(l.Stripe.Books()))}
	for _, name := range []string{"orders", "payment_attempts", "claims", "carts", "timelines"} {
		n, err := l.App.DB.Collection(name).CountDocuments(t.Context(), bson.D{})
		require.NoError(t, err)
		counts[name] = n
	}
	return counts
}

func (v victims) carts() []request {
	lines := "/v1/carts/" + v.cart.CartID + "/lines"
	own := v.cartHeaders(v.cart.Secret)
	line := func(name, body string, status int, code string) request {
		return request{name, http.MethodPost, lines, own, body, status, code}
	}
	sells := func(quantity string) string { return `{"sku":"` + v.sku + `","quantity":` + quantity + `}` }
	noKey := map[string]string{"X-Cart-Secret": v.cart.Secret}
	address := address()
	return []request{
		line("a negative quantity", sells("-1"), 422, "invalid"),
		line("a quantity of nothing", sells("0"), 422, "invalid"),
		line("a huge quantity", sells("100000"), 422, "invalid"),
		line("a quantity beyond every number", sells("9223372036854775808"), 422, "invalid"),
		line("an unknown SKU", `{"sku":"YOK-01","quantity":1}`, 404, "not_found"),
		line("a cart line in malformed JSON", `{"sku":`, 400, "malformed"),
		line("an unknown field of a cart line", `{"sku":"`+v.sku+`","quantity":1,"price":1}`, 422, "invalid"),
		line("a cart line over 1 MiB", `{"sku":"`+strings.Repeat("A", 1<<20)+`","quantity":1}`, 413, "too_large"),
		line("a cart line over its own limit", `{"sku":"`+strings.Repeat("A", 16<<10)+`","quantity":1}`, 413, "too_large"),
		line("a quantity given twice", `{"sku":"`+v.sku+`","quantity":1,"Quantity":7}`, 422, "invalid"),
		line("a quantity in another case", `{"sku":"`+v.sku+`","QUANTITY":1}`, 422, "invalid"),
		{"an address given twice, once with a card number", http.MethodPut, "/v1/carts/" + v.cart.CartID + "/address", own,
			strings.Replace(address, `"address":`, `"address":{"line1":"4242 4242 4242 4242"},"address":`, 1), 422, "invalid"},
		line("a card number as a SKU", `{"sku":"4242 4242 4242 4242","quantity":1}`, 422, "card_number_refused"),
		{"a cart line without a key", http.MethodPost, lines, noKey, sells("1"), 400, "idempotency_key_missing"},
		{"an unknown cart", http.MethodGet, "/v1/carts/" + id.New(id.Cart, time.Now()), own, "", 404, "not_found"},
		{"a cart's id that is none", http.MethodGet, "/v1/carts/sepetim", own, "", 404, "not_found"},
		{"somebody else's cart", http.MethodGet, "/v1/carts/" + v.otherCart.CartID, own, "", 404, "not_found"},
		{"a line for somebody else's cart", http.MethodPost, "/v1/carts/" + v.otherCart.CartID + "/lines", own, sells("1"), 404, "not_found"},
		{"a cart in an unknown currency", http.MethodPost, "/v1/carts", nil, `{"currency":"XAU"}`, 422, "invalid"},
		{"a card number in an address", http.MethodPut, "/v1/carts/" + v.cart.CartID + "/address", own,
			strings.Replace(address, "İnönü Caddesi", "4242-4242-4242-4242", 1), 422, "card_number_refused"},
		{"a card number as a telephone number", http.MethodPut, "/v1/carts/" + v.cart.CartID + "/address", own,
			strings.Replace(address, "+90 532 123 45 67", "4242424242424242", 1), 422, "card_number_refused"},
	}
}

func address() string {
	raw, err := json.Marshal(lab.Address())
	if err != nil {
		panic(err) // it is a constant
	}
	return string(raw)
}

func (v victims) cartHeaders(secret string) map[string]string {
	return map[string]string{"X-Cart-Secret": secret, "Idempotency-Key": lab.Key()}
}

// wish is a checkout's body, whose fields a test may spoil.
func (v victims) wish(spoil func(body, payment map[string]any)) string {
	body := v.cart.Wish("pm_card_visa")
	spoil(body, body["payment"].(map[string]any))
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // it is made of strings
	}
	return string(raw)
}

func (v victims) checkouts() []request {
	ask := func(name string, spoil func(body, payment map[string]any), status int, code string) request {
		return request{name, http.MethodPost, "/v1/checkouts", v.cartHeaders(v.cart.Secret), v.wish(spoil), status, code}
	}
	set := func(name, value string) func(body, payment map[string]any) {
		return func(body, _ map[string]any) { body[name] = value }
	}
	pay := func(name, value string) func(body, payment map[string]any) {
		return func(_, payment map[string]any) { payment[name] = value }
	}
	fine := v.wish(func(_, _ map[string]any) {})
	reused := v.cartHeaders(v.order.Secret)
	reused["Idempotency-Key"] = v.orderKey
	return []request{
		ask("a checkout of an unknown cart", set("cart_id", id.New(id.Cart, time.Now())), 404, "not_found"),
		ask("a checkout of somebody else's cart", set("cart_id", v.otherCart.CartID), 404, "not_found"),
		ask("a stale quote", set("quote_hash", strings.Repeat("0", 64)), 409, "quote_stale"),
		ask("a checkout that accepts nothing", func(body, _ map[string]any) { delete(body, "accepted_terms") }, 422, "invalid"),
		ask("a checkout that accepts one text of two", func(body, _ map[string]any) { body["accepted_terms"] = v.cart.Terms[:1] }, 422, "invalid"),
		ask("a checkout that accepts another text", func(body, _ map[string]any) {
			body["accepted_terms"] = []lab.Text{v.cart.Terms[0], {Kind: v.cart.Terms[1].Kind, Hash: strings.Repeat("0", 64)}}
		}, 409, "terms_changed"),
		ask("an unknown field of a checkout", set("coupon", "BAYRAM"), 422, "invalid"),
		ask("an unknown provider", pay("provider", "veresiye"), 422, "invalid"),
		ask("a token that is none", pay("payment_method", "kartim"), 422, "invalid"),
		ask("a token of other letters", pay("payment_method", "pm_kart/../x"), 422, "invalid"),
		ask("a token that is too long", pay("payment_method", "pm_"+strings.Repeat("a", 98)), 422, "invalid"),
		ask("a return URL that is too long", pay("return_url", "http://127.0.0.1:3000/"+strings.Repeat("a", 2000)), 422, "invalid"),
		ask("a return URL in another case", pay("Return_URL", "http://127.0.0.1:3000/"+strings.Repeat("a", 3000)), 422, "invalid"),
		ask("a return URL of another origin", pay("return_url", "https://kotu.example/thanks"), 422, "invalid"),
		ask("a return URL of a longer host", pay("return_url", "http://127.0.0.1:3000.kotu.example/"), 422, "invalid"),
		ask("a return URL with a user", pay("return_url", "http://127.0.0.1:3000@kotu.example/"), 422, "invalid"),
		ask("a return URL that is a script", pay("return_url", "javascript:alert(1)"), 422, "invalid"),
		ask("a card number as a payment method", pay("payment_method", "4242424242424242"), 422, "card_number_refused"),
		ask("a card number in a return URL", pay("return_url", "http://127.0.0.1:3000/?k=4242424242424242"), 422, "card_number_refused"),
		ask("a card number in a return URL, behind percent signs", pay("return_url", "http://127.0.0.1:3000/?k=%34242%204242%204242%204242"), 422, "card_number_refused"),
		ask("a card number in an unknown field of a checkout", set("kart", "4242 4242 4242 4242"), 422, "card_number_refused"),
		ask("a checkout over 1 MiB", set("quote_hash", strings.Repeat("a", 1<<20)), 413, "too_large"),
		{"a checkout in malformed JSON", http.MethodPost, "/v1/checkouts", v.cartHeaders(v.cart.Secret), fine[1:], 400, "malformed"},
		{"a checkout without a key", http.MethodPost, "/v1/checkouts", map[string]string{"X-Cart-Secret": v.cart.Secret}, fine, 400, "idempotency_key_missing"},
		{"a checkout without a secret", http.MethodPost, "/v1/checkouts", map[string]string{"Idempotency-Key": lab.Key()}, fine, 404, "not_found"},
		{"a key that was used for another checkout", http.MethodPost, "/v1/checkouts", reused,
			v.wish(func(body, _ map[string]any) { body["cart_id"] = v.order.CartID }), 422, "idempotency_key_reused"},
	}
}

func (v victims) orders() []request {
	mine := map[string]string{"X-Order-Secret": v.order.OrderSecret, "Idempotency-Key": lab.Key()}
	at := "/v1/orders/" + v.order.OrderID
	others := "/v1/orders/" + v.otherOrder.OrderID
	pay := func(name, value string) string {
		payment := v.order.Shop.Payment("pm_card_visa")
		payment[name] = value
		raw, err := json.Marshal(map[string]any{"payment": payment})
		if err != nil {
			panic(err) // it is made of strings
		}
		return string(raw)
	}
	fine := pay("provider", "stripe")
	noKey := map[string]string{"X-Order-Secret": v.order.OrderSecret}
	return []request{
		{"an unknown order", http.MethodGet, "/v1/orders/" + id.New(id.Order, time.Now()), mine, "", 404, "not_found"},
		{"an order's id that is none", http.MethodGet, "/v1/orders/siparisim", mine, "", 404, "not_found"},
		{"somebody else's order", http.MethodGet, others, mine, "", 404, "not_found"},
		{"somebody else's timeline", http.MethodGet, others + "/timeline", mine, "", 404, "not_found"},
		{"a payment for somebody else's order", http.MethodPost, others + "/payment-attempts", mine, fine, 404, "not_found"},
		{"a cancel of somebody else's order", http.MethodPost, others + "/cancel", mine, "", 404, "not_found"},
		{"a cancel without a key", http.MethodPost, at + "/cancel", noKey, "", 400, "idempotency_key_missing"},
		{"a payment without a key", http.MethodPost, at + "/payment-attempts", noKey, fine, 400, "idempotency_key_missing"},
		{"a payment in malformed JSON", http.MethodPost, at + "/payment-attempts", mine, fine[1:], 400, "malformed"},
		{"a card number in a payment", http.MethodPost, at + "/payment-attempts", mine, pay("payment_method", "4242424242424242"), 422, "card_number_refused"},
		{"a card number in an unknown field of a payment", http.MethodPost, at + "/payment-attempts", mine, pay("pan", "4242-4242-4242-4242"), 422, "card_number_refused"},
		{"an unknown field of a payment", http.MethodPost, at + "/payment-attempts", mine, pay("tutar", "1"), 422, "invalid"},
		{"a return URL of another origin in a payment", http.MethodPost, at + "/payment-attempts", mine, pay("return_url", "https://kotu.example/"), 422, "invalid"},
		{"a payment over 1 MiB", http.MethodPost, at + "/payment-attempts", mine, pay("payment_method", strings.Repeat("a", 1<<20)), 413, "too_large"},
		{"a return from an unknown payment", http.MethodGet, "/v1/payments/stripe/return?attempt=ord_yok:checkout", nil, "", 404, "not_found"},
		{"a return from an unknown provider", http.MethodGet, "/v1/payments/veresiye/return?attempt=x", nil, "", 404, "not_found"},
		{"a webhook of an unknown provider", http.MethodPost, "/v1/webhooks/payments/veresiye", nil, `{}`, 404, "not_found"},
	}
}
