package api_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

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

// documented is the document of every rig: what a shop is made of changes nothing in
// it. Writing it takes longer than most tests.
var documented struct {
	read  sync.Once
	doc   map[string]any
	forms map[string]*regexp.Regexp // of the paths
}

func (r *rig) document(t *testing.T) map[string]any {
	t.Helper()
	documented.read.Do(func() {
		documented.doc = r.ask(t, call{method: "GET", path: "/openapi.json"}).json
		documented.forms = map[string]*regexp.Regexp{}
		variable := regexp.MustCompile(`\\\{\w+\\\}`)
		for route := range documented.doc["paths"].(map[string]any) {
			documented.forms[route] = regexp.MustCompile(`^` + variable.ReplaceAllString(regexp.QuoteMeta(route), `[^/]+`) + `$`)
		}
	})
	require.NotEmpty(t, documented.doc)
	return documented.doc
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
		operation, there := methods.(map[string]any)[strings.ToLower(c.method)]
		if !there || !documented.forms[route].MatchString(path.EscapedPath()) {
			continue
		}
		declared := at(t, operation, "responses")
		require.Contains(t, declared, strconv.Itoa(a.StatusCode), "%s %s is not declared: %s", c.method, route, a.raw)
		kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
		if a.raw != "" {
			require.Contains(t, at(t, declared, strconv.Itoa(a.StatusCode), "content"), kind, "%s %s", c.method, route)
		}
		if kind == "application/problem+json" {
			requireExplained(t, at(t, document, "components", "schemas", "Problem", "properties"), a)
		}
	}
}

// requireExplained checks that each member of a problem is documented, and that
// a refused value is named in the one way.
func requireExplained(t *testing.T, properties map[string]any, a answer) {
	t.Helper()
	for member := range a.json {
		require.True(t, properties[member] != nil, "%s is not documented: %s", member, a.raw)
	}
	if a.StatusCode != http.StatusUnprocessableEntity {
		return
	}
	require.NotEmpty(t, a.json["errors"], "%s", a.raw)
	for _, one := range a.json["errors"].([]any) {
		require.Regexp(t, `^(body|query|path|header|cart)(\.|\[|$)`, one.(map[string]any)["field"], "%s", a.raw)
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
	if testing.Short() {
		t.Skip("every route is asked wrongly, many times: make test does it")
	}
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
	require.Equal(t, 11, keyed)
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

// constants returns the values of every constant of a type in a package of ours.
func constants(t *testing.T, folder, name string) []any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
	require.NoError(t, err)
	var values []any
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, isValue := n.(*ast.ValueSpec)
			if !isValue {
				return true
			}
			if kind, named := spec.Type.(*ast.Ident); named && kind.Name == name {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				values = append(values, value)
			}
			return true
		})
	}
	require.NotEmpty(t, values)
	return values
}

func TestDocument_NamesTheWordsThatAPropertyMayHave(t *testing.T) {
	t.Parallel()
	schemas := at(t, newRig(t).document(t), "components", "schemas")
	for property, want := range map[string][]any{
		"OrderView.status":         slices.DeleteFunc(constants(t, "internal/order", "Status"), func(s any) bool { return s == "new" }),
		"PaymentView.attempt":      constants(t, "internal/payment", "State"),
		"PaymentView.decline_hint": append(constants(t, "internal/payment", "Hint"), "start_again"),
		"Problem.hint":             append(constants(t, "internal/payment", "Hint"), "start_again"),
		"StoryLine.kind":           constants(t, "internal/order", "EntryKind"),
	} {
		schema, name, _ := strings.Cut(property, ".")
		require.ElementsMatch(t, want, at(t, schemas, schema, "properties", name)["enum"], property)
	}
	for _, schema := range schemas {
		require.NotContains(t, fmt.Sprint(schema), "docs/", "who reads the document has no repository")
	}
}

func TestDocument_HasAnExampleOfEachProblem(t *testing.T) {
	t.Parallel()
	document := newRig(t).document(t)
	properties := at(t, document, "components", "schemas", "Problem", "properties")
	for path, methods := range at(t, document, "paths") {
		for method, operation := range methods.(map[string]any) {
			seen := []any{}
			for status, response := range at(t, operation, "responses") {
				content, _ := response.(map[string]any)["content"].(map[string]any)
				problem, there := content["application/problem+json"].(map[string]any)
				if !there {
					continue
				}
				for code := range at(t, problem, "examples") {
					shown := at(t, problem, "examples", code, "value")
					require.Equal(t, code, shown["code"])
					require.Equal(t, status, fmt.Sprint(shown["status"]))
					for member := range shown {
						require.Contains(t, properties, member)
					}
					seen = append(seen, code)
				}
			}
			require.ElementsMatch(t, operation.(map[string]any)["x-problem-codes"], seen, "%s %s", method, path)
		}
	}
	require.NotContains(t, properties["code"], "examples", "an example under every status is wrong under most")
}

func decline(t *testing.T, w *written) {
	t.Helper()
	said := bson.D{{Key: "decline_code", Value: "generic_decline"}, {Key: "decline_hint", Value: payment.HintOtherCard}}
	_, err := w.db.Collection("payment_attempts").UpdateByID(t.Context(), w.attempt.ID, bson.D{{Key: "$set", Value: said}})
	require.NoError(t, err)
}

func TestOrder_SaysAfterTheLastDeclineThatTheCartIsOpenAgain(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.PaymentFailed, Tries: order.Scaled().MaxTries})
	look := w.call("", "")
	look.method = http.MethodGet
	decline(t, w)
	require.Equal(t, "start_again", at(t, w.do(t, look).json, "payment")["decline_hint"])
	require.InDelta(t, 0, at(t, w.do(t, look).json, "payment")["attempts_left"], 0)

	w = writeOrder(t, order.Projection{Status: order.Reserved, Open: true, Tries: 1})
	decline(t, w)
	w.run.about = func(id string) {
		w.run.answer = workflows.Answer{Status: order.PaymentFailed, AttemptID: id, Attempt: string(payment.Declined)}
	}
	a := w.do(t, w.call("/payment-attempts", anotherCard).with("Accept-Language", "en"))
	requireProblem(t, a, 402, "declined")
	require.Equal(t, "start_again", a.json["hint"])
	require.Contains(t, a.json["detail"], "cart is open again")
}

func TestPayment_NamesTheReturnURLThatIsOfNoStorefront(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Reserved, Open: true})
	for _, address := range []string{"https://kotu.example/thanks", "https://vitrin.example/" + strings.Repeat("a", 1990)} {
		a := w.do(t, w.call("/payment-attempts", strings.Replace(anotherCard, "https://vitrin.example/thanks", address, 1)))
		requireProblem(t, a, 422, "invalid")
		require.NotContains(t, a.json, "field", "a field is named in errors")
		require.Len(t, a.json["errors"], 1)
		wrong := a.json["errors"].([]any)[0].(map[string]any)
		require.Equal(t, "body.payment.return_url", wrong["field"])
		if strings.Contains(address, "kotu") {
			require.Contains(t, wrong["message"], "ask the shop's operator to add the origin")
		}
		require.NotContains(t, a.raw, "kotu.example", "a value is never repeated")
	}
}
