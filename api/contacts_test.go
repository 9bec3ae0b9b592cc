package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/order"
)

const cinar = `{"kind":"company","title":"Çınar Tekstil  Ltd. Şti.","tax_number":"454 053 69 20","tax_office":"Beyoğlu",
	"address":{"line1":"İstiklal Caddesi No: 7","district":"BEYOGLU","province":"istanbul","postcode":"34430"}}`

func TestInvoice_IsShownToTheCartsOwnerAndFrozenIntoTheOrder(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, shown := w.filled(t)
	require.NotContains(t, shown, "invoice")
	a := w.do(t, c.in("PUT", "/invoice", cinar))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, shown["quote_hash"], a.json["quote_hash"], "it costs nothing")
	want := map[string]any{
		"kind": "company", "title": "Çınar Tekstil Ltd. Şti.", "tax_number": "4540536920", "tax_office": "Beyoğlu",
		"address": map[string]any{"line1": "İstiklal Caddesi No: 7", "district": "Beyoğlu", "province": "İstanbul", "postcode": "34430", "country": "TR"},
	}
	require.Equal(t, want, a.json["invoice"])
	requireProblem(t, w.do(t, c.in("GET", "", "").with("X-Cart-Secret", "k1.yok")), 404, "not_found")

	bought := w.do(t, wish(t, c, shown))
	require.Equal(t, want, bought.json["invoice"], "%s", bought.raw)
	require.Equal(t, want, w.order(t, bought).json["invoice"])
	require.Len(t, w.run.starts, 1)
	for _, personal := range []string{"4540536920", "Çınar", "Beyoğlu"} {
		require.NotContains(t, w.run.starts[0], personal, "nothing of it goes to Temporal")
		require.NotContains(t, w.log.String(), personal)
	}
}

func TestInvoice_IsTheReceiversWhereNobodySaysOtherwise(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, shown := w.filled(t)
	invoice := at(t, w.order(t, w.do(t, wish(t, c, shown))).json, "invoice")
	require.Equal(t, "personal", invoice["kind"])
	require.Equal(t, "Ayşe Yılmaz", invoice["name"])
	require.Equal(t, "11111111111", invoice["identity_number"])
	require.Equal(t, "Kadıköy", at(t, invoice, "address")["district"])
}

func TestInvoice_NamesTheFieldThatIsWrongAndKeepsWhatWas(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	personal := `{"kind":"personal","name":"Ayşe Yılmaz","identity_number":"10000000146"}`
	require.Equal(t, http.StatusOK, r.do(t, c.in("PUT", "/invoice", personal)).StatusCode)
	for _, tt := range []struct{ body, code, field string }{
		{strings.Replace(personal, "0146", "0145", 1), "invalid", "body.identity_number"},
		{strings.Replace(personal, "personal", "bireysel", 1), "invalid", "body.kind"},
		{strings.Replace(personal, "Ayşe Yılmaz", "4242 4242 4242 4242", 1), "card_number_refused", "body"},
		{strings.Replace(personal, "10000000146", "4242424242424242", 1), "card_number_refused", "body"},
		{strings.Replace(cinar, "69 20", "69 21", 1), "invalid", "body.tax_number"},
		{strings.Replace(cinar, `"tax_office":"Beyoğlu",`, "", 1), "invalid", "body.tax_office"},
		{strings.Replace(cinar, "BEYOGLU", "Çankaya", 1), "invalid", "body.address.district"},
	} {
		a := r.do(t, c.in("PUT", "/invoice", tt.body))
		requireProblem(t, a, 422, tt.code)
		require.Equal(t, tt.field, a.json["errors"].([]any)[0].(map[string]any)["field"], "%s", a.raw)
		require.NotContains(t, a.raw, "10000000145", "a value is never repeated")
	}
	require.Equal(t, map[string]any{"kind": "personal", "name": "Ayşe Yılmaz", "identity_number": "10000000146"}, r.do(t, c.in("GET", "", "")).json["invoice"])
}

func TestOrder_FromBeforeThereWereInvoicesIsShownWithoutOne(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Placed, Open: true, PlacedAt: noon})
	look := w.call("", "")
	look.method = http.MethodGet
	a := w.do(t, look)
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.NotContains(t, a.json, "invoice")
}
