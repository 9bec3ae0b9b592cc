package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity/otp"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/search"
	"github.com/bedesten/bedesten/internal/secret"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/internal/terms"
)

// The keys of the staff.
const (
	ayseKey   = "bdk_aysedepo_" + ayseSecret
	mehmetKey = "bdk_mehmetdp_" + mehmetSecret

	ayseSecret   = "ayse-anahtari-depo-0123456789abcdef"
	mehmetSecret = "mehmet-anahtari-depo-0123456789abcde"
)

const storefront = "https://vitrin.example"

// rig is an API over real stores, reached by real HTTP.
type rig struct {
	url      string
	db       *mongodriver.Database
	vault    *mongo.Vault
	deps     api.Deps
	log      *syncBuffer
	products []catalog.Product
	post     *postbox
	told     *erasures
	// follower keeps the index that answers searches.
	follower *search.Follower
	handler  *api.API
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newRig(t *testing.T, change ...func(*api.Deps)) *rig {
	t.Helper()
	db := mongotest.Database(t)
	ring, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), secret.MinKeyBytes)})
	require.NoError(t, err)
	vault := mongotest.Vault(t, db)
	r := &rig{db: db, vault: vault, log: &syncBuffer{}, products: shelf(), post: &postbox{}, told: &erasures{}}
	r.deps = api.Deps{
		Products: mongo.NewCatalog(db, clock.System), Carts: mongo.NewCarts(db, vault), Keys: mongo.NewIdempotency(db), Ledger: mongo.NewStock(db),
		Claims: mongo.NewClaims(db), Orders: mongo.NewOrders(db, vault), Attempts: mongo.NewAttempts(db), Inbox: mongo.NewPaymentInbox(db),
		Shipments: mongo.NewShipments(db), ShippingInbox: mongo.NewShippingInbox(db), Mails: mongo.NewMails(db),
		Terms: mongo.NewTerms(db), Legal: terms.Shop{Name: "Bedesten", Address: "Kürkçüler Sokağı No: 8, 34126 Fatih/İstanbul", URL: storefront, SupportEmail: "destek@vitrin.example"},
		Stories: mongo.NewOrders(db, vault), ShopName: "Bedesten", ShopURL: storefront, SupportEmail: "destek@vitrin.example",
		Money: templates.Money, Moment: templates.Moment,
		Accounts: mongo.NewAccounts(db, vault, lookup), Sessions: mongo.NewSessions(db), Tickets: mongo.NewTickets(db, vault, lookup), MachineKeys: mongo.NewKeys(db),
		Passkeys: passkeys(t, "http://127.0.0.1:8080", storefront), PasskeyOwners: mongo.NewPasskeyOwners(db), Challenges: mongo.NewChallenges(db),
		Hasher: cheap(t), Tokens: signing(t), Factors: otp.Factors{}, Post: r.post, Lookup: lookup, AuditLog: mongo.NewAuditLog(db), Consents: mongo.NewConsents(db), Alerts: mongo.NewAlerts(db), LetterBox: mongo.NewLetterBox(db), DataKeys: vault,
		Stills: mongo.NewBacklog(db), Imports: mongo.NewCatalogImports(db), Files: mongo.NewCatalogExports(db), FileRuns: &desk{db: db},
		Privacy: r.told, Exports: mongo.NewExports(db, vault), Codec: operatorsCodec(t), TemporalUI: operators,
		Policy: order.Scaled(), Secrets: ring, Clock: clock.System, Log: slog.New(slog.NewJSONHandler(r.log, nil)),
		Currency: "TRY", PublicURL: "http://127.0.0.1:8080", Origins: []string{storefront},
	}
	r.keepPictures(t, &r.deps, t.TempDir(), r.deps.PublicURL)
	for _, c := range change {
		c(&r.deps)
	}
	r.stockShelf(t)
	r.index(t)
	r.cutKeys(t)
	r.serve(t)
	return r
}

// index builds the index of what is on the shelf now. What is written later, catch
// takes in.
func (r *rig) index(t *testing.T) {
	t.Helper()
	index, store := search.New(r.deps.Clock), mongo.NewCatalog(r.db, clock.System)
	r.follower = search.NewFollower(index, search.Source{Products: store, Changes: store, Said: store, Sales: mongo.NewSales(r.db)}, slog.New(slog.DiscardHandler))
	require.NoError(t, r.follower.Build(t.Context()))
	r.deps.Index, r.deps.Said, r.deps.Misses = index, store, mongo.NewSearchMisses(r.db)
}

// catch takes in what was written since.
func (r *rig) catch(t *testing.T) {
	t.Helper()
	require.NoError(t, r.follower.Catch(t.Context()))
}

// publishTerms publishes the texts that a shop begins with.
func (r *rig) publishTerms(t *testing.T) {
	t.Helper()
	require.NoError(t, terms.PublishDefaults(t.Context(), r.deps.Terms, r.deps.Legal, r.deps.Clock()))
}

// serve starts an API on the rig's dependencies, which may have changed.
func (r *rig) serve(t *testing.T) {
	t.Helper()
	handler, err := api.New(r.deps)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	r.url, r.handler = server.URL, handler
}

// shelf is a small catalogue with what the tests need: variants, three KDV
// rates, another currency, something sold out.
func shelf() []catalog.Product {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	product := func(n int, slug, category string, title catalog.Text, variants ...catalog.Variant) catalog.Product {
		return catalog.Product{
			ID: testID(id.Product, n), Status: catalog.Active, Slugs: catalog.Text{TR: slug, EN: slug}, Title: title, Categories: []string{category}, Brand: "Paşabahçe",
			Description: catalog.Text{TR: "Elde üretilmiştir.", EN: "Made by hand."}, Variants: variants,
			Pictures: []catalog.Picture{{Name: slug + ".svg", Alt: title}}, CreatedAt: at.Add(time.Duration(n) * time.Hour), UpdatedAt: at.Add(time.Duration(n) * time.Hour),
		}
	}
	variant := func(n int, sku string, price, tax int64, currency string) catalog.Variant {
		return catalog.Variant{
			ID: testID(id.Variant, n), SKU: sku, TaxPercent: tax, WeightGrams: 400, Barcode: "8690000000012",
			Prices: []catalog.Price{{List: catalog.BaseList(currency), Amount: money.Of(price, currency)}},
		}
	}
	large := variant(3, "GOMLEK-L", 129_990, 10, "TRY")
	large.Choices = map[string]string{"size": "l"}
	medium := variant(2, "GOMLEK-M", 119_990, 10, "TRY")
	medium.Choices = map[string]string{"size": "m"}
	shirt := product(2, "keten-gomlek", "shirts", catalog.Text{TR: "Keten Gömlek", EN: "Linen Shirt"}, medium, large)
	shirt.Options = []catalog.Option{{Key: "size", Name: catalog.Text{TR: "Beden", EN: "Size"}, Values: []catalog.Value{
		{Key: "m", Name: catalog.Text{TR: "M", EN: "M"}}, {Key: "l", Name: catalog.Text{TR: "L", EN: "L"}},
	}}}
	return []catalog.Product{
		product(1, "cay-bardagi", "kitchen", catalog.Text{TR: "Çay Bardağı", EN: "Tea Glass"}, variant(1, "CAY-06", 24_990, 20, "TRY")),
		shirt,
		product(3, "cezve", "kitchen", catalog.Text{TR: "Bakır Cezve", EN: "Copper Coffee Pot"}, variant(4, "CEZVE-01", 89_990, 20, "TRY")),
		product(4, "ispanak", "groceries", catalog.Text{TR: "Ispanak", EN: "Spinach"}, variant(5, "ISPANAK-KG", 3_990, 1, "TRY")),
		product(5, "zeytinyagi", "groceries", catalog.Text{TR: "Zeytinyağı", EN: "Olive Oil"}, variant(6, "ZEYTIN-5L", 4_500, 1, "EUR")),
		product(6, "ayva-receli", "groceries", catalog.Text{TR: "Ayva Reçeli", EN: "Quince Jam"}, variant(7, "AYVA-01", 9_990, 1, "TRY")),
	}
}

func testID(prefix string, n int) string {
	s := strconv.Itoa(n)
	return prefix + "_01k3v8m4w0" + strings.Repeat("0", 16-len(s)) + s
}

func (r *rig) stockShelf(t *testing.T) {
	t.Helper()
	require.NoError(t, r.deps.Products.Import(t.Context(), r.products))
	_, err := r.deps.Products.SaveBook(t.Context(), catalog.NewBook("TRY", "EUR"))
	require.NoError(t, err)
	tree := catalog.Tree{}
	for i, c := range []catalog.Category{
		{ID: "kitchen", Slugs: catalog.Text{TR: "mutfak", EN: "kitchen"}, Name: catalog.Text{TR: "Mutfak", EN: "Kitchen"}},
		{ID: "shirts", Slugs: catalog.Text{TR: "gomlekler", EN: "shirts"}, Name: catalog.Text{TR: "Gömlekler", EN: "Shirts"}},
		{ID: "groceries", Slugs: catalog.Text{TR: "gida", EN: "groceries"}, Name: catalog.Text{TR: "Gıda", EN: "Groceries"}},
	} {
		_, err = r.deps.Products.SaveCategory(t.Context(), c)
		require.NoError(t, err)
		tree, err = tree.Place(c.ID, catalog.Node{Position: int64(i)})
		require.NoError(t, err)
	}
	_, err = r.deps.Products.SaveTree(t.Context(), tree)
	require.NoError(t, err)
	for sku, units := range map[string]int64{"CAY-06": 120, "GOMLEK-M": 3, "GOMLEK-L": 7, "ISPANAK-KG": 60, "ZEYTIN-5L": 10, "AYVA-01": 1} {
		op := stock.Op{ID: "seed-1", At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		require.NoError(t, r.deps.Ledger.Receive(t.Context(), op, stock.Line{Location: stock.DefaultLocation, SKU: sku, Quantity: units}))
	}
}

// call is one request of a scenario.
type call struct {
	method  string
	path    string
	body    string
	headers map[string]string
}

// answer is what came back, read as far as JSON goes.
type answer struct {
	*http.Response
	raw  string
	json map[string]any
}

// do sends a call whose answer the document must have declared.
func (r *rig) do(t *testing.T, c call) answer {
	t.Helper()
	a := r.ask(t, c)
	r.requireDeclared(t, c, a)
	return a
}

func (r *rig) ask(t *testing.T, c call) answer {
	t.Helper()
	var body io.Reader
	if c.body != "" {
		body = strings.NewReader(c.body)
	}
	req, err := http.NewRequestWithContext(t.Context(), c.method, r.url+c.path, body)
	require.NoError(t, err)
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.headers {
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	a := answer{Response: res, raw: string(raw)}
	if strings.Contains(res.Header.Get("Content-Type"), "json") && c.method != http.MethodHead {
		require.NoError(t, json.Unmarshal(raw, &a.json), "%s", raw)
	}
	require.NotEmpty(t, res.Header.Get("X-Request-Id"), "every answer has a request id")
	return a
}

// requireProblem checks the one shape of everything that is not a success.
func requireProblem(t *testing.T, a answer, status int, code string) {
	t.Helper()
	require.Equal(t, status, a.StatusCode, "%s", a.raw)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	require.Equal(t, code, a.json["code"], "%s", a.raw)
	require.Equal(t, "urn:bedesten:problem:"+code, a.json["type"])
	require.InDelta(t, status, a.json["status"], 0)
	require.NotEmpty(t, a.json["title"])
	require.NotEmpty(t, a.json["detail"])
	require.Equal(t, a.Header.Get("X-Request-Id"), a.json["request_id"])
}

// openedCart is a cart with the secret that opens it.
type openedCart struct {
	id, secret string
}

func (r *rig) newCart(t *testing.T) openedCart {
	t.Helper()
	a := r.do(t, call{method: "POST", path: "/v1/carts"})
	require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.raw)
	return openedCart{id: a.json["id"].(string), secret: a.json["secret"].(string)}
}

// in makes a call on the cart, with its secret and a fresh key.
func (c openedCart) in(method, path, body string) call {
	return call{method: method, path: "/v1/carts/" + c.id + path, body: body, headers: map[string]string{
		"X-Cart-Secret": c.secret, "Idempotency-Key": freshKey(),
	}}
}

var keys atomic.Int64

func freshKey() string { return "anahtar-" + strconv.FormatInt(keys.Add(1), 10) }

// with returns the call with a header set, or without it when it is empty.
func (c call) with(name, value string) call {
	headers := map[string]string{name: value}
	for n, v := range c.headers {
		if n != name {
			headers[n] = v
		}
	}
	c.headers = headers
	return c
}
