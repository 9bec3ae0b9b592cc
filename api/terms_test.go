package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/terms"
)

// publish is a call of the staff's that publishes a text over another.
func publish(t *testing.T, kind, language, text string, replaces int) call {
	t.Helper()
	body, err := json.Marshal(map[string]any{"language": language, "text": text, "replaces": replaces})
	require.NoError(t, err)
	return call{method: "POST", path: "/v1/staff/terms/" + kind, body: string(body), headers: map[string]string{"Authorization": "Bearer " + ayseKey}}
}

func TestTerms_AreShownByTheCartInTheLanguageOfWhoAsks(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, _ := w.filled(t)
	for language, heading := range map[string]string{"tr": "# Ön Bilgilendirme Formu", "en": "# Pre-information form"} {
		shown := w.do(t, c.in("GET", "", "").with("Accept-Language", language)).json["terms"].([]any)
		require.Len(t, shown, 2)
		form := shown[0].(map[string]any)
		require.Equal(t, "pre_information", form["kind"])
		require.Equal(t, "distance_sales", shown[1].(map[string]any)["kind"])
		require.Equal(t, language, form["language"])
		text := w.do(t, call{method: "GET", path: form["url"].(string)})
		require.Equal(t, http.StatusOK, text.StatusCode, "%s", text.raw)
		require.Equal(t, "text/plain; charset=utf-8", text.Header.Get("Content-Type"))
		require.True(t, strings.HasPrefix(text.raw, heading), "%s", text.raw)
		sum := sha256.Sum256([]byte(text.raw))
		require.Equal(t, form["hash"], hex.EncodeToString(sum[:]), "what is read is what is accepted")

		version := w.do(t, call{method: "GET", path: "/v1/terms/pre_information/1", headers: map[string]string{"Accept-Language": language}})
		require.Equal(t, text.raw, version.json["text"])
		require.Equal(t, "public, max-age=31536000, immutable", version.Header.Get("Cache-Control"))
	}
	all := w.do(t, call{method: "GET", path: "/v1/terms", headers: map[string]string{"Accept-Language": "en"}})
	require.Len(t, all.json["items"], 4)
	requireProblem(t, w.do(t, call{method: "GET", path: "/v1/terms/privacy/2"}), 404, "not_found")
	requireProblem(t, w.do(t, call{method: "GET", path: "/v1/terms/kira/1"}), 422, "invalid")
}

func TestCheckout_KeepsWhatWasAcceptedWithTheOrder(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, _ := w.filled(t)
	shown := w.do(t, c.in("GET", "", "").with("Accept-Language", "en")).json
	bought := w.do(t, wish(t, c, shown))
	accepted := w.order(t, bought).json["accepted_terms"].([]any)
	require.Equal(t, bought.json["accepted_terms"], any(accepted))
	require.Len(t, accepted, 2)
	for i, one := range accepted {
		text := one.(map[string]any)
		at, err := time.Parse(time.RFC3339, text["accepted_at"].(string))
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), at, time.Minute)
		delete(text, "accepted_at")
		require.Equal(t, shown["terms"].([]any)[i], one)
	}
	require.Len(t, w.run.starts, 1)
	require.NotContains(t, w.run.starts[0], accepted[0].(map[string]any)["hash"], "nothing of it goes to Temporal")

	o, err := w.deps.Orders.Find(t.Context(), bought.json["id"].(string))
	require.NoError(t, err)
	require.Equal(t, []string{"pre_information", "distance_sales"}, []string{o.Accepted[0].Kind, o.Accepted[1].Kind})
	require.Equal(t, "en", o.Accepted[0].Language)
}

func TestCheckout_IsRefusedWithoutBothTexts(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, shown := w.filled(t)
	both := accepts(t, shown)
	zero := strings.Repeat("0", 64)
	for name, tt := range map[string]struct {
		accepted any
		code     string
		field    string
		says     string
	}{
		"nothing":         {nil, "invalid", "body.accepted_terms", "required"},
		"none":            {[]any{}, "invalid", "body.accepted_terms", "the pre-information form is not accepted"},
		"one":             {both[:1], "invalid", "body.accepted_terms", "the distance-sales contract is not accepted"},
		"one, twice":      {[]any{both[0], map[string]any{"kind": both[0]["kind"], "hash": zero}, both[1]}, "invalid", "body.accepted_terms", "stands here twice"},
		"another kind":    {[]any{map[string]any{"kind": "marketing", "hash": zero}}, "invalid", "body.accepted_terms[0].kind", ""},
		"no hash":         {[]any{both[0], map[string]any{"kind": "distance_sales", "hash": "evet"}}, "invalid", "body.accepted_terms[1].hash", ""},
		"another's hash":  {[]any{both[0], map[string]any{"kind": "distance_sales", "hash": both[0]["hash"]}}, "terms_changed", "", ""},
		"an unknown hash": {[]any{both[0], map[string]any{"kind": "distance_sales", "hash": zero}}, "terms_changed", "", ""},
	} {
		a := w.do(t, wish(t, c, shown, func(body map[string]any) {
			body["accepted_terms"] = tt.accepted
			if tt.accepted == nil {
				delete(body, "accepted_terms")
			}
		}).with("Accept-Language", "en"))
		status := 422
		if tt.code == "terms_changed" {
			status = 409
			require.Equal(t, "distance_sales", a.json["kind"], name)
		}
		requireProblem(t, a, status, tt.code)
		if tt.field != "" {
			wrong := a.json["errors"].([]any)[0].(map[string]any)
			require.Equal(t, tt.field, wrong["field"], "%s: %s", name, a.raw)
			require.Contains(t, wrong["message"], tt.says, name)
		}
	}
	n, err := w.db.Collection("orders").CountDocuments(t.Context(), bson.D{})
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, http.StatusAccepted, w.do(t, wish(t, c, shown)).StatusCode, "the cart is as it was")
}

func TestCheckout_ShowsANewTextBeforeItIsAccepted(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, shown := w.filled(t)
	require.Equal(t, http.StatusCreated, w.do(t, publish(t, "distance_sales", "tr", "# Sözleşme\nYeni hüküm.\n", 1)).StatusCode)
	w.requireTold(t, wish(t, c, shown), "terms_changed", "Mesafeli satış sözleşmesi değişti: lütfen yeni metni okuyup onaylayın.",
		"the distance-sales contract has changed: show the new text, and send its hash")

	anew := w.do(t, c.in("GET", "", "")).json
	require.Equal(t, shown["quote_hash"], anew["quote_hash"])
	accepted := w.order(t, w.do(t, wish(t, c, anew))).json["accepted_terms"].([]any)
	require.InDelta(t, 2, accepted[1].(map[string]any)["number"], 0)
	read := w.do(t, call{method: "GET", path: accepted[1].(map[string]any)["url"].(string)})
	require.Equal(t, "# Sözleşme\nYeni hüküm.\n", read.raw)
}

func TestCheckout_AnswersARepetitionAsBeforeWhateverWasPublishedSince(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, shown := w.filled(t)
	buy := wish(t, c, shown)
	first := w.do(t, buy)
	require.Equal(t, http.StatusAccepted, first.StatusCode, "%s", first.raw)
	require.Equal(t, http.StatusCreated, w.do(t, publish(t, "pre_information", "tr", "# Yeni form\n", 1)).StatusCode)
	again := w.do(t, buy)
	require.Equal(t, http.StatusAccepted, again.StatusCode, "%s", again.raw)
	require.Equal(t, first.json["id"], again.json["id"])
	require.Equal(t, first.json["accepted_terms"], again.json["accepted_terms"])
}

func TestCheckout_BelievesATextThatAnotherProcessPublished(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, shown := w.filled(t)
	v, err := terms.Draft{Kind: terms.DistanceSales, Language: "tr", Text: "# Başka süreçte\n", By: "mehmet", Replaces: 1}.Version(w.deps.Legal, time.Now())
	require.NoError(t, err)
	_, err = mongo.NewTerms(w.db).Publish(t.Context(), v)
	require.NoError(t, err)
	bought := w.do(t, wish(t, c, shown, func(body map[string]any) {
		body["accepted_terms"] = []any{accepts(t, shown)[0], map[string]any{"kind": "distance_sales", "hash": v.Hash}}
	}))
	require.Equal(t, http.StatusAccepted, bought.StatusCode, "%s", bought.raw)
}

func TestCheckout_IsClosedWhereNoTextWasEverPublished(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	c, shown := w.filled(t)
	_, err := w.db.Collection("terms_current").DeleteMany(t.Context(), bson.D{})
	require.NoError(t, err)
	w.serve(t)
	require.Empty(t, w.do(t, c.in("GET", "", "")).json["terms"])
	a := w.do(t, wish(t, c, shown).with("Accept-Language", "en"))
	requireProblem(t, a, 503, "unavailable")
	require.Contains(t, a.json["detail"], "bedesten migrate")
}

func TestTerms_ArePublishedOneOverTheOther(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	second := publish(t, "privacy", "tr", "# {{shop_name}} aydınlatma metni\n", 1)
	a := w.do(t, second)
	require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.raw)
	require.Equal(t, "ayse", a.json["published_by"])
	require.InDelta(t, 2, a.json["number"], 0)
	require.Equal(t, "# Bedesten aydınlatma metni\n", a.json["text"])
	require.Equal(t, a.json["text"], w.do(t, call{method: "GET", path: a.Header.Get("Location")}).json["text"])
	require.InDelta(t, 2, w.do(t, second).json["number"], 0, "sent again, it is no other")

	late := publish(t, "privacy", "tr", "# Başka bir metin\n", 1).with("Authorization", "Bearer "+mehmetKey)
	requireProblem(t, w.do(t, late), 409, "conflict")
	for field, wrong := range map[string]call{
		"body.text":     publish(t, "privacy", "tr", "{{sirket}}", 2),
		"body.language": publish(t, "privacy", "de", "Datenschutz", 2),
		"body.replaces": publish(t, "privacy", "tr", "metin", -1),
		"path.kind":     publish(t, "kira", "tr", "metin", 0),
	} {
		refused := w.do(t, wrong)
		requireProblem(t, refused, 422, "invalid")
		require.Equal(t, field, refused.json["errors"].([]any)[0].(map[string]any)["field"], "%s", refused.raw)
	}
	requireProblem(t, w.do(t, second.with("Authorization", "")), 404, "not_found")
	long := publish(t, "privacy", "tr", strings.Repeat("Uzun metin. ", 5000), 2)
	require.Equal(t, http.StatusCreated, w.do(t, long).StatusCode, "a text is longer than a shopper's body")
}

func TestTerms_AreListedForStaffTheNewestFirst(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	for n := range 4 {
		require.Equal(t, http.StatusCreated, w.do(t, publish(t, "marketing", "en", fmt.Sprintf("Text %d", n+2), n+1)).StatusCode)
	}
	list := func(query string) ([]int, any) {
		a := w.do(t, call{method: "GET", path: "/v1/staff/terms/marketing?language=en&limit=2" + query, headers: map[string]string{"Authorization": "Bearer " + ayseKey}})
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
		var numbers []int
		for _, one := range a.json["items"].([]any) {
			numbers = append(numbers, int(one.(map[string]any)["number"].(float64)))
		}
		return numbers, a.json["next_cursor"]
	}
	numbers, next := list("")
	require.Equal(t, []int{5, 4}, numbers)
	numbers, next = list("&cursor=" + next.(string))
	require.Equal(t, []int{3, 2}, numbers)
	numbers, next = list("&cursor=" + next.(string))
	require.Equal(t, []int{1}, numbers)
	require.Nil(t, next)
	stranger := w.do(t, call{method: "GET", path: "/v1/staff/terms/marketing"})
	requireProblem(t, stranger, 404, "not_found")
}

func TestPage_LinksWhatWasAccepted(t *testing.T) {
	t.Parallel()
	accepted := []order.Acceptance{
		{Kind: "pre_information", Language: "tr", Number: 1, Hash: "a", AcceptedAt: noon},
		{Kind: "distance_sales", Language: "tr", Number: 3, Hash: "b", AcceptedAt: noon},
	}
	w := writeOrder(t, order.Projection{Status: order.Placed, Open: true, PlacedAt: noon})
	page := func() string {
		return w.do(t, call{method: "GET", path: "/orders/" + w.order.Number, headers: map[string]string{"X-Order-Secret": w.call("", "").headers["X-Order-Secret"]}}).raw
	}
	_, err := w.deps.Claims.Claim(t.Context(), order.NumberKey(w.order.Number), w.order.ID)
	require.NoError(t, err)
	require.Contains(t, page(), w.order.Number)
	require.NotContains(t, page(), "Kabul ettiğiniz metinler", "an order of before there were texts")
	_, err = w.db.Collection("orders").UpdateByID(t.Context(), w.order.ID, bson.D{{Key: "$set", Value: bson.D{{Key: "accepted_terms", Value: accepted}}}})
	require.NoError(t, err)
	require.Contains(t, page(), `<a href="/v1/terms/distance_sales/3/text?language=tr">Mesafeli satış sözleşmesi</a>`)
	require.Contains(t, page(), `<a href="/v1/terms/pre_information/1/text?language=tr">Ön bilgilendirme formu</a>`)
}

func TestTerms_OfAKindLeadToTheVersionThatIsShownNow(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	page := w.browse(t, "/terms/privacy?lang=en", nil)
	require.Equal(t, http.StatusSeeOther, page.status, page.body)
	require.Equal(t, "/v1/terms/privacy/1/text?language=en", page.header.Get("Location"))
	requireProblem(t, w.do(t, call{method: "GET", path: "/terms/nothing"}), 404, "not_found")
}
