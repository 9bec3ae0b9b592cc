package api_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/secret"
	"github.com/bedesten/bedesten/internal/shipping"
)

// shownPage is a page as a browser gets it.
type shownPage struct {
	status int
	header http.Header
	body   string
}

// browse asks for a page without following where it leads.
func (r *rig) browse(t *testing.T, path string, headers map[string]string) shownPage {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	require.NoError(t, err)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := once.Do(req)
	require.NoError(t, err)
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return shownPage{res.StatusCode, res.Header, string(raw)}
}

// onPage is an order whose page is looked at.
type onPage struct{ *packed }

// cookie is the browser's that has the order.
func (p onPage) cookie() map[string]string {
	return map[string]string{"Cookie": "bedesten_order_" + p.order.ID + "=" + p.deps.Secrets.Derive(secret.Order, p.order.ID, p.order.SecretEpoch)}
}

func (p onPage) link() string {
	return p.deps.Secrets.Derive(secret.OrderLink, p.order.ID, p.order.SecretEpoch)
}

func (p onPage) path() string { return "/orders/" + p.order.Number }

func (p onPage) show(t *testing.T) string {
	t.Helper()
	shown := p.browse(t, p.path(), p.cookie())
	require.Equal(t, http.StatusOK, shown.status, "%s", shown.body)
	return shown.body
}

// set changes the order's document.
func (p onPage) set(t *testing.T, fields bson.D) {
	t.Helper()
	_, err := p.db.Collection("orders").UpdateByID(t.Context(), p.order.ID, bson.D{{Key: "$set", Value: fields}})
	require.NoError(t, err)
}

// openPage writes an order of two parcels with everything that its page shows.
func openPage(t *testing.T, states ...shipping.State) onPage {
	t.Helper()
	p := onPage{packOrder(t, states...)}
	_, err := p.deps.Claims.Claim(t.Context(), order.NumberKey(p.order.Number), p.order.ID)
	require.NoError(t, err)
	lira := func(kurus int64) money.Amount { return money.Of(kurus, "TRY") }
	p.set(t, bson.D{
		{Key: "quote", Value: order.Quote{
			Currency: "TRY", Subtotal: lira(139_970), Discount: lira(9_970), Shipping: lira(4_990), Tax: lira(22_498), Total: lira(134_990),
			Lines: []order.QuoteLine{
				{SKU: "CAY-06", Title: "Altılı ince belli çay bardağı <b>", Quantity: 2, UnitPrice: lira(24_990), Total: lira(49_980)},
				{SKU: "CEZVE-01", Title: "Bakır cezve, üç kişilik", Quantity: 1, UnitPrice: lira(89_990), Total: lira(89_990)},
			},
		}},
		{Key: "contact", Value: order.Contact{
			Name: "Ayşe Yılmaz", Email: "ayse@example.com", Phone: "+905551112233",
			Address: order.Address{Line1: "Moda Caddesi No: 12 D: 4", District: "Kadıköy", Province: "İstanbul", Postcode: "34710", Country: "TR"},
		}},
		{Key: "state.attempts", Value: map[string]order.AttemptSummary{p.attempt.ID: {Provider: "stripe", State: string(payment.Authorized)}}},
	})
	_, err = p.db.Collection("payment_attempts").UpdateByID(t.Context(), p.attempt.ID, bson.D{{Key: "$set", Value: bson.D{
		{Key: "state", Value: payment.Authorized}, {Key: "held", Value: 134_990},
	}}})
	require.NoError(t, err)
	return p
}

func (p onPage) tell(t *testing.T, entries ...order.Entry) {
	t.Helper()
	chunk := bson.D{}
	for i := range entries {
		entries[i].Seq = int64(i)
		if entries[i].At.IsZero() {
			entries[i].At = noon.Add(time.Duration(i) * time.Hour)
		}
		chunk = append(chunk, bson.E{Key: "entries." + entries[i].ID, Value: entries[i]})
	}
	_, err := p.db.Collection("timelines").InsertOne(t.Context(), bson.D{{Key: "_id", Value: p.order.ID + "/0"}, {Key: "entries", Value: bson.D{}}})
	require.NoError(t, err)
	_, err = p.db.Collection("timelines").UpdateByID(t.Context(), p.order.ID+"/0", bson.D{{Key: "$set", Value: chunk}})
	require.NoError(t, err)
}

func TestPage_ShowsTheOrdersLifeToWhoHasItsCookie(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.InTransit, shipping.Blocked)
	_, err := p.db.Collection("shipments").UpdateByID(t.Context(), p.parcels[0].ID, bson.D{{Key: "$set", Value: bson.D{
		{Key: "carrier", Value: "easypost"}, {Key: "carrier_name", Value: "Yurtiçi Kargo"}, {Key: "tracking_code", Value: "104729385562"},
		{Key: "tracking_url", Value: "https://kargo.example/takip?kod=104729385562"}, {Key: "handed_over_at", Value: noon}, {Key: "handed_over_by", Value: "mehmet"},
	}}})
	require.NoError(t, err)
	amount := money.Of(134_990, "TRY")
	p.tell(t,
		order.Entry{ID: "a", Kind: order.EntryPlaced, Amount: &amount}, order.Entry{ID: "b", Kind: order.EntryAttention, Detail: "capture_failed", By: "mehmet"},
		order.Entry{ID: "c", Kind: order.EntryRepair, Detail: "retry capture_failed", By: "mehmet"}, order.Entry{ID: "d", Kind: order.EntryParcel, Detail: "1 in_transit"})
	shown := p.browse(t, p.path(), p.cookie())
	require.Equal(t, http.StatusOK, shown.status)
	require.Equal(t, "text/html; charset=utf-8", shown.header.Get("Content-Type"))
	require.Equal(t, "no-referrer", shown.header.Get("Referrer-Policy"))
	require.Equal(t, "no-store", shown.header.Get("Cache-Control"))
	require.Equal(t, "tr", shown.header.Get("Content-Language"))
	for _, want := range []string{
		`lang="tr"`, "Siparişinizin bir kısmı yolda", p.order.Number, "Yurtiçi Kargo", `href="https://kargo.example/takip?kod=104729385562"`,
		"Paket 1 yolda", "1.349,90\u00a0TL", "49,90\u00a0TL", "Moda Caddesi No: 12 D: 4", "34710 Kadıköy/İstanbul", "25 Kasım 2026 Çarşamba, 15:00",
		"Hazırlanıyor", "Kartınızda bloke", "&lt;b&gt;", `aria-live="polite"`, "<noscript><meta http-equiv=\"refresh\"", "Ekibimiz siparişinizle ilgileniyor",
		`data-events="/v1/orders/` + p.order.ID + `/events?after=d"`,
	} {
		require.Contains(t, shown.body, want)
	}
	for _, never := range []string{"mehmet", "capture_failed", "blocked", "Blocked", "ayse@example.com", "+905551112233"} {
		require.NotContains(t, shown.body, never)
	}
	require.Less(t, strings.Index(shown.body, "Paket 1 yolda"), strings.Index(shown.body, "Siparişiniz kesinleşti"), "the newest line stands first")
}

func TestPage_LoadsNothingFromElsewhereAndRunsItsOwnScriptAlone(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.InTransit)
	first, second := p.browse(t, p.path(), p.cookie()), p.browse(t, p.path(), p.cookie())
	policy := first.header.Get("Content-Security-Policy")
	nonce := regexp.MustCompile(`script-src 'nonce-([A-Z2-7]{20,})'`).FindStringSubmatch(policy)
	require.Len(t, nonce, 2, policy)
	require.NotContains(t, second.header.Get("Content-Security-Policy"), nonce[1], "each answer has a nonce of its own")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	for _, tag := range regexp.MustCompile(`<(script|style)[^>]*>`).FindAllString(first.body, -1) {
		require.Contains(t, tag, `nonce="`+nonce[1]+`"`)
	}
	require.NotRegexp(t, regexp.MustCompile(`(?i)(src|@import|url\()\s*=?\s*["']?https?:`), first.body)
	require.NotRegexp(t, regexp.MustCompile(`(?i)\son\w+=|style="`), first.body, "nothing that the policy would stop")
}

func TestPage_IsInTheOrdersLanguageAndElseInTheReaders(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.LabelCreated)
	p.set(t, bson.D{{Key: "language", Value: "en"}})
	require.Contains(t, p.show(t), "Your order is being prepared")
	require.Contains(t, p.show(t), "TRY\u00a01,349.90")
	p.set(t, bson.D{{Key: "language", Value: ""}})
	require.Contains(t, p.show(t), "Siparişiniz hazırlanıyor")
	english := p.cookie()
	english["Accept-Language"] = "en-GB"
	shown := p.browse(t, p.path(), english)
	require.Contains(t, shown.body, "Your order is being prepared")
	require.Equal(t, "en", shown.header.Get("Content-Language"))
}

func TestPage_OpensByALinkThatLeavesNoToken(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.LabelCreated)
	shown := p.browse(t, p.path()+"?t="+p.link(), nil)
	require.Equal(t, http.StatusSeeOther, shown.status)
	require.Equal(t, p.path(), shown.header.Get("Location"))
	require.Equal(t, "no-referrer", shown.header.Get("Referrer-Policy"))
	require.NotContains(t, shown.body, p.link())
	cookie := shown.header.Get("Set-Cookie")
	for _, want := range []string{"bedesten_order_" + p.order.ID + "=", "Path=/;", "HttpOnly", "SameSite=Lax"} {
		require.Contains(t, cookie, want)
	}
	require.NotContains(t, cookie, "Secure")
	pair, _, _ := strings.Cut(cookie, ";")
	opened := map[string]string{"Cookie": pair}
	require.Equal(t, http.StatusOK, p.browse(t, p.path(), opened).status)
	require.Equal(t, http.StatusOK, p.do(t, call{method: "GET", path: "/v1/orders/" + p.order.ID, headers: opened}).StatusCode, "the cookie opens the order too")

	p.deps.PublicURL = "https://api.vitrin.example"
	p.serve(t)
	require.Contains(t, p.browse(t, p.path()+"?t="+p.link(), nil).header.Get("Set-Cookie"), "Secure")
	require.NotContains(t, p.log.String(), p.link())
}

func TestPage_OfAnOrderOfSomebodyElseIsThatOfAnUnknownNumber(t *testing.T) {
	t.Parallel()
	p, other := openPage(t, shipping.InTransit), id.Number()
	mine := p.deps.Secrets.Derive(secret.OrderLink, id.New(id.Order, noon), 0)
	unknown := p.browse(t, "/orders/"+other, nil)
	require.Equal(t, http.StatusNotFound, unknown.status)
	require.Contains(t, unknown.body, "Böyle bir sipariş bulamadık")
	unknown.header.Del("X-Request-Id")
	unknown.header.Del("Date")
	bearer := p.call("", "").headers["X-Order-Secret"]
	for name, ask := range map[string]struct {
		path    string
		headers map[string]string
	}{
		"no cookie":               {p.path(), nil},
		"an empty token":          {p.path() + "?t=", nil},
		"a token of another":      {p.path() + "?t=" + mine, nil},
		"a token of another kind": {p.path() + "?t=" + bearer, nil},
		"an old token":            {p.path() + "?t=" + p.deps.Secrets.Derive(secret.OrderLink, p.order.ID, 7), nil},
		"a wrong cookie":          {p.path(), map[string]string{"Cookie": "bedesten_order_" + p.order.ID + "=k1.yok"}},
		"a link as a cookie":      {p.path(), map[string]string{"Cookie": "bedesten_order_" + p.order.ID + "=" + p.link()}},
		"a cookie for another":    {"/orders/" + other, p.cookie()},
		"a token for another":     {"/orders/" + other + "?t=" + p.link(), nil},
		"no number":               {"/orders/yok", nil},
		"what is no text":         {"/orders/%ff%00", nil},
		"an id":                   {"/orders/" + p.order.ID, p.cookie()},
		"small letters":           {"/orders/" + strings.ToLower(p.order.Number), p.cookie()},
	} {
		shown := p.browse(t, ask.path, ask.headers)
		shown.header.Del("X-Request-Id")
		shown.header.Del("Date")
		require.Equal(t, unknown, shown, name)
	}
	english := p.browse(t, p.path(), map[string]string{"Accept-Language": "en"})
	require.Equal(t, 404, english.status)
	require.Contains(t, english.body, "There is no such order")
}

func TestPage_SaysWhatIsToBePaidAgainAndWhere(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.LabelCreated, shipping.Cancelled)
	p.set(t, bson.D{
		{Key: "state.fulfilment.hold", Value: order.Hold{AttemptID: p.attempt.ID, State: order.HoldLost, Since: noon}},
		{Key: "state.attempts", Value: map[string]order.AttemptSummary{p.attempt.ID: {Provider: "stripe", State: string(payment.Voided)}}},
	})
	body := p.show(t)
	for _, want := range []string{
		"Ödemenin yeniden yapılması gerekiyor", `href="https://vitrin.example/orders/` + p.order.Number + `/pay"`, "1.324,95\u00a0TL", "Yeniden öde",
		"hesabınızdan para çekilmedi",
	} {
		require.Contains(t, body, want)
	}
}

func TestPage_SaysHowFarTheOrderHasCome(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status  order.Status
		parcels []shipping.State
		want    []string
	}{
		{order.Pending, nil, []string{"Siparişinizi alıyoruz"}},
		{order.PaymentUnknown, nil, []string{"Ödemenizin sonucunu bekliyoruz"}},
		{order.Placed, nil, []string{"Siparişiniz kesinleşti"}},
		{order.Processing, []shipping.State{shipping.Packed}, []string{"Siparişiniz hazırlanıyor"}},
		{order.Processing, []shipping.State{shipping.OutForDelivery}, []string{"Siparişiniz yolda", "Dağıtımda"}},
		{order.Processing, []shipping.State{shipping.Delivered, shipping.InTransit}, []string{"bir kısmı teslim edildi"}},
		{order.Fulfilled, []shipping.State{shipping.Delivered}, []string{"Siparişiniz teslim edildi", "Cayma hakkınızı"}},
		{order.Completed, []shipping.State{shipping.Delivered}, []string{"Sipariş tamamlandı"}},
		{order.Cancelling, []shipping.State{shipping.Cancelling}, []string{"iptal ediliyor"}},
		{order.Cancelled, []shipping.State{shipping.Cancelled}, []string{"Siparişiniz iptal edildi"}},
		{order.Expired, nil, []string{"Siparişin süresi doldu"}},
		{order.PaymentFailed, nil, []string{"Ödeme alınamadı"}},
		{order.Rejected, nil, []string{"Sipariş alınamadı"}},
	} {
		p := openPage(t, tt.parcels...)
		p.set(t, bson.D{{Key: "state.status", Value: tt.status}, {Key: "state.fulfilment.fulfilled_at", Value: noon}})
		body := p.show(t)
		for _, want := range tt.want {
			require.Contains(t, body, want, string(tt.status))
		}
	}
}

func TestPage_OfACancelledOrderSaysWhatBecameOfThePayment(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		state              payment.State
		captured, refunded int64
		says, never        []string
	}{
		{payment.Voided, 0, 0, []string{"Kartınızdaki bloke kaldırıldı; kartınızdan bir şey çekilmedi."}, []string{"iade edil", "Kartınızda bloke"}},
		{payment.Voided, 0, 134_990, []string{"Kartınızdaki bloke kaldırıldı"}, []string{"iade edil"}},
		{payment.Refunded, 134_990, 134_990, []string{"Ödemeniz kartınıza iade edildi.", "Kartınıza iade edilen"}, []string{"bloke"}},
		{payment.Captured, 134_990, 0, []string{"Ödemeniz kartınıza iade ediliyor.", "Kartınızdan çekilen"}, []string{"iade edilen"}},
		{payment.Declined, 0, 0, []string{"Kartınızdan bir şey çekilmedi.", "Ödeme alınmadı."}, []string{"Henüz", "bloke"}},
	} {
		p := openPage(t, shipping.Cancelled)
		p.set(t, bson.D{
			{Key: "state.status", Value: order.Cancelled},
			{Key: "state.attempts", Value: map[string]order.AttemptSummary{p.attempt.ID: {Provider: "stripe", State: string(tt.state)}}},
		})
		_, err := p.db.Collection("payment_attempts").UpdateByID(t.Context(), p.attempt.ID, bson.D{{Key: "$set", Value: bson.D{
			{Key: "state", Value: tt.state}, {Key: "held", Value: 0}, {Key: "captured", Value: tt.captured}, {Key: "refunded", Value: tt.refunded},
		}}})
		require.NoError(t, err)
		body := p.show(t)
		for _, says := range tt.says {
			require.Contains(t, body, says, "%+v", tt)
		}
		for _, never := range tt.never {
			require.NotContains(t, body, never, "%+v", tt)
		}
	}
}

func TestPage_SendsAShopperToTheBankAndFromThereToTheShop(t *testing.T) {
	t.Parallel()
	p := openPage(t)
	p.set(t, bson.D{{Key: "state.status", Value: order.AwaitingCustomer}})
	_, err := p.db.Collection("payment_attempts").UpdateByID(t.Context(), p.attempt.ID, bson.D{{Key: "$set", Value: bson.D{{Key: "redirect_url", Value: "https://bank.example/1"}}}})
	require.NoError(t, err)
	body := p.show(t)
	require.Contains(t, body, `href="https://bank.example/1"`)
	require.Contains(t, body, "banka sizi mağazaya geri götürür")
}

func TestPage_TellsTheStoryByDays(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.InTransit)
	p.tell(t,
		order.Entry{ID: "a", Kind: order.EntryAccepted, At: noon}, order.Entry{ID: "b", Kind: order.EntryPlaced, At: noon.Add(time.Minute)},
		order.Entry{ID: "c", Kind: order.EntryParcel, Detail: "1 handed_over", At: noon.Add(30 * time.Hour)},
		order.Entry{ID: "d", Kind: order.EntryParcel, Detail: "1 in_transit", At: noon.Add(31 * time.Hour)})
	body := p.show(t)
	_, story, _ := strings.Cut(body, `aria-labelledby="story"`)
	story, _, _ = strings.Cut(story, "</section>")
	at := -1
	for _, want := range []string{"26 Kasım 2026 Perşembe<", "Paket 1 yolda", "22:00", "Paket 1 kargoya verildi", "21:00", "25 Kasım 2026 Çarşamba<", "Siparişiniz kesinleşti", "15:01", "Siparişinizi aldık", "15:00"} {
		next := strings.Index(story, want)
		require.Greater(t, next, at, want)
		at = next
	}
	require.Equal(t, 1, strings.Count(story, "25 Kasım 2026"))
	p.set(t, bson.D{{Key: "language", Value: "en"}})
	require.Contains(t, p.show(t), `<h3 class="day quiet">Thursday 26 November 2026</h3>`)
}

func TestPage_IsLiveAsLongAsItsOrderIs(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.Delivered)
	body := p.show(t)
	require.Contains(t, body, `id="live"`)
	require.NotContains(t, body, "data-over>")
	p.set(t, bson.D{{Key: "state.status", Value: order.Completed}})
	body = p.show(t)
	require.Contains(t, body, "data-over>", "a last mail may still be told of")
	require.Contains(t, body, "data-events=")
	p.set(t, bson.D{{Key: "state.open", Value: false}})
	body = p.show(t)
	require.NotContains(t, body, `id="live"`)
	require.NotContains(t, body, "data-events=")
	require.NotContains(t, body, "http-equiv=\"refresh\"")
}

func TestMailPreview_IsThereInDevelopmentOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	requireProblem(t, r.do(t, call{method: "GET", path: "/dev/mails"}), 404, "not_found")
	r = newRig(t, func(d *api.Deps) { d.MailPreview = templates.Preview() })
	shown := r.browse(t, "/dev/mails", nil)
	require.Equal(t, http.StatusOK, shown.status)
	require.Contains(t, shown.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, http.StatusOK, r.browse(t, "/dev/mails?mail=shipped&language=en", nil).status)
}

func TestMailPreview_CountsAgainstTheShopsGeneralRate(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) {
		d.MailPreview, d.Rates = templates.Preview(), map[string]api.Rate{api.LimitShop: {PerMinute: 1, Burst: 2}}
	})
	for range 2 {
		require.Equal(t, http.StatusOK, r.browse(t, "/dev/mails", nil).status)
	}
	requireProblem(t, r.do(t, call{method: "GET", path: "/dev/mails"}), 429, "rate_limited")
}
