package api_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/workflows"
)

// at walks into a document by the names on the way.
func at(t *testing.T, node any, way ...string) map[string]any {
	t.Helper()
	for _, name := range way {
		inner, there := node.(map[string]any)[name]
		require.True(t, there, "%s of %v", name, way)
		node = inner
	}
	return node.(map[string]any)
}

func (r *rig) document(t *testing.T) map[string]any {
	t.Helper()
	r.read.Do(func() { r.doc = r.ask(t, call{method: "GET", path: "/openapi.json"}).json })
	require.NotEmpty(t, r.doc)
	return r.doc
}

// requireDeclared checks that the document names the answer's status and
// type. What is no route of the document declares nothing.
func (r *rig) requireDeclared(t *testing.T, c call, a answer) {
	t.Helper()
	document := r.document(t)
	path, err := url.Parse(c.path)
	if err != nil || a.StatusCode == http.StatusMethodNotAllowed || c.method == http.MethodOptions {
		return
	}
	for route, methods := range document["paths"].(map[string]any) {
		form := regexp.MustCompile(`^` + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(route), `[^/]+`) + `$`)
		operation, there := methods.(map[string]any)[strings.ToLower(c.method)]
		if !there || !form.MatchString(path.EscapedPath()) {
			continue
		}
		declared := at(t, operation, "responses")
		require.Contains(t, declared, strconv.Itoa(a.StatusCode), "%s %s is not declared: %s", c.method, route, a.raw)
		kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
		if a.raw != "" {
			require.Contains(t, at(t, declared, strconv.Itoa(a.StatusCode), "content"), kind, "%s %s", c.method, route)
		}
	}
}

func TestDocument_DeclaresEachSuccessOfWhoeverPays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, want := range map[string]map[string]string{
		"/v1/checkouts":                          {"200": "CheckoutView", "201": "CheckoutView", "202": "CheckoutView"},
		"/v1/orders/{order_id}/payment-attempts": {"200": "OrderView", "201": "OrderView", "202": "OrderView"},
		"/v1/orders/{order_id}/cancel":           {"200": "OrderView", "202": "OrderView"},
	} {
		responses := at(t, r.document(t), "paths", path, "post", "responses")
		for status, schema := range want {
			content := at(t, responses, status, "content", "application/json", "schema")
			require.Equal(t, "#/components/schemas/"+schema, content["$ref"], "%s %s", path, status)
			require.NotEmpty(t, at(t, responses, status)["description"])
			headers, _ := at(t, responses, status)["headers"].(map[string]any)
			if status == "202" {
				require.Equal(t, "integer", at(t, headers, "Retry-After", "schema")["type"], path)
			} else {
				require.NotContains(t, headers, "Retry-After", "%s %s", path, status)
			}
			if schema == "CheckoutView" || status == "201" {
				require.Contains(t, headers, "Location", "%s %s", path, status)
			}
		}
		for status, one := range responses {
			if status == "429" || status == "503" {
				require.Contains(t, at(t, one, "headers"), "Retry-After", "%s %s", path, status)
			}
		}
	}
	require.Contains(t, at(t, r.document(t), "paths", "/v1/orders/{order_id}", "get", "responses", "200", "headers"), "Retry-After")
	require.Contains(t, at(t, r.document(t), "paths", "/readyz", "get", "responses", "503", "content"), "application/json")
}

// Whatever a stranger does wrong on any route is an answer that is declared.
func TestDocument_DeclaresTheAnswersToWhatIsWrongAnywhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	for path, methods := range r.document(t)["paths"].(map[string]any) {
		filled := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(strings.Replace(path, "{cart_id}", c.id, 1), strings.Repeat("a", 30))
		for method := range methods.(map[string]any) {
			for _, body := range []string{"", "{", "[]", "{}", strings.Repeat("x", 2<<20)} {
				if body != "" && method == "get" {
					continue
				}
				wrong := call{method: strings.ToUpper(method), path: filled + "?yok=1", body: body, headers: map[string]string{"X-Cart-Secret": c.secret}}
				r.do(t, wrong)
				r.do(t, wrong.with("Idempotency-Key", "iki kelime"))
				r.do(t, wrong.with("Idempotency-Key", freshKey()).with("Content-Type", "text/plain"))
			}
		}
	}
}

func TestDocument_RequiresTheKeyWhereverItIsMissed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	keyed := 0
	for path, methods := range r.document(t)["paths"].(map[string]any) {
		for method, operation := range methods.(map[string]any) {
			codes := operation.(map[string]any)["x-problem-codes"].([]any)
			required := false
			parameters, _ := operation.(map[string]any)["parameters"].([]any)
			for _, one := range parameters {
				if one.(map[string]any)["name"] == "Idempotency-Key" {
					required, _ = one.(map[string]any)["required"].(bool)
				}
			}
			if required {
				keyed++
				require.Contains(t, codes, "idempotency_key_missing", "%s %s", method, path)
			} else {
				require.NotContains(t, codes, "idempotency_key_missing", "%s %s", method, path)
			}
		}
	}
	require.Equal(t, 4, keyed)
}

func TestOrder_AsksToLookAgainWhileItIsOnItsWay(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Reserved, Open: true})
	for status, want := range map[order.Status][]string{
		order.Pending: {"1"}, order.PaymentUnknown: {"1"}, order.ClosingPayment: {"1"}, order.Authorized: {"1"}, order.Cancelling: {"1"},
		order.Reserved: nil, order.AwaitingCustomer: nil, order.Placed: nil, order.Expired: nil, order.PaymentFailed: nil,
	} {
		w := writeOrder(t, order.Projection{Status: status, Open: true})
		look := w.call("", "")
		look.method = http.MethodGet
		require.Equal(t, want, w.do(t, look).Header.Values("Retry-After"), string(status))
	}
	w.run.answer = workflows.Answer{Status: order.Cancelled, AttemptID: w.attempt.ID, Attempt: string(payment.Closed)}
	require.NotContains(t, w.do(t, w.call("/cancel", "")).Header, "Retry-After")
	w.run.answer = workflows.Answer{Status: order.AwaitingCustomer}
	paid := w.call("/payment-attempts", anotherCard)
	w.run.about = func(id string) { w.run.answer.AttemptID = id }
	a := w.do(t, paid)
	require.Equal(t, http.StatusAccepted, a.StatusCode, "%s", a.raw)
	require.NotContains(t, a.Header, "Retry-After", "the shopper is waited for")
}
