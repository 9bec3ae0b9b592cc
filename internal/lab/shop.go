package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
)

// Shop speaks to the API as a storefront does: by HTTP, and by nothing else.
type Shop struct {
	URL  string
	HTTP *http.Client
	// Landing is the storefront page that shoppers come back to.
	Landing string
}

// NewShop returns a shop's client. Redirects are answers, not followed.
func NewShop(url, landing string) *Shop {
	return &Shop{URL: url, Landing: landing, HTTP: &http.Client{
		Timeout:       20 * time.Second,
		Transport:     &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Reply is an answer of the API: its status and what its body says.
type Reply struct {
	Status  int          `json:"-"`
	Header  http.Header  `json:"-"`
	Raw     []byte       `json:"-"`
	ID      string       `json:"id"`
	Number  string       `json:"-"`
	State   order.Status `json:"-"`
	Secret  string       `json:"secret"`
	Code    string       `json:"code"`
	OrderID string       `json:"order_id"`
	// OrderSecret stands in problems of an order that was made all the same.
	OrderSecret string   `json:"order_secret"`
	QuoteHash   string   `json:"quote_hash"`
	SKUs        []string `json:"skus"`
	// Terms are the texts that a cart's checkout has to accept.
	Terms   []Text `json:"terms"`
	Payment struct {
		AttemptID    string `json:"attempt_id"`
		Status       string `json:"status"`
		AttemptsLeft int    `json:"attempts_left"`
		Action       *struct {
			URL string `json:"url"`
		} `json:"action"`
	} `json:"payment"`
	Entries []order.Entry `json:"entries"`
	// Shipments are an order's parcels.
	Shipments []Parcel `json:"shipments"`
}

// Text is a text that a shopper accepts, by its hash.
type Text struct {
	Kind string `json:"kind"`
	Hash string `json:"hash"`
}

// Call sends a request with a JSON body, if any, and reads the answer.
func (s *Shop) Call(ctx context.Context, method, path string, headers map[string]string, body any) (Reply, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return Reply{}, fmt.Errorf("writing the body of %s %s: %w", method, path, err)
		}
	}
	return s.Send(ctx, method, path, headers, raw)
}

// Send is Call with a body as it is.
func (s *Shop) Send(ctx context.Context, method, path string, headers map[string]string, body []byte) (Reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return Reply{}, fmt.Errorf("asking %s %s: %w", method, path, err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := s.HTTP.Do(req)
	if err != nil {
		return Reply{}, fmt.Errorf("asking %s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	reply := Reply{Status: res.StatusCode, Header: res.Header}
	if reply.Raw, err = io.ReadAll(res.Body); err != nil {
		return reply, fmt.Errorf("reading the answer of %s %s: %w", method, path, err)
	}
	return reply, reply.read()
}

// read takes from a JSON body what the rig needs. "status" is a number in a
// problem and a word in an order; "number" is a number of a parcel.
func (r *Reply) read() error {
	if len(r.Raw) == 0 || !json.Valid(r.Raw) {
		return nil
	}
	if r.Raw[0] != '{' {
		return nil
	}
	if err := json.Unmarshal(r.Raw, r); err != nil {
		return fmt.Errorf("reading the answer %s: %w", r.Raw, err)
	}
	var either struct {
		Status json.RawMessage `json:"status"`
		Number json.RawMessage `json:"number"`
	}
	if err := json.Unmarshal(r.Raw, &either); err != nil {
		return fmt.Errorf("reading the answer %s: %w", r.Raw, err)
	}
	r.State, r.Number = order.Status(word(either.Status)), word(either.Number)
	return nil
}

// word returns what stands between the quotes of raw, nothing where it has none.
func word(raw json.RawMessage) string {
	if len(raw) > 1 && raw[0] == '"' {
		return string(raw[1 : len(raw)-1])
	}
	return ""
}

// Line is something to buy.
type Line struct {
	SKU      string
	Quantity int64
}

// Shopper is somebody with a cart and, later, an order.
type Shopper struct {
	Shop      *Shop
	CartID    string
	Secret    string
	QuoteHash string
	Terms     []Text

	OrderID     string
	OrderSecret string
	Number      string
	// Token is the access token of who is signed in; empty for a guest.
	Token string
}

// Fill makes a cart with lines and an address, ready to check out.
func (s *Shop) Fill(ctx context.Context, lines ...Line) (*Shopper, error) {
	return s.FillFor(ctx, Address(), lines...)
}

// FillFor is Fill for somebody who lives elsewhere.
func (s *Shop) FillFor(ctx context.Context, contact map[string]any, lines ...Line) (*Shopper, error) {
	cart, err := s.expect(ctx, http.StatusCreated, http.MethodPost, "/v1/carts", nil, nil)
	if err != nil {
		return nil, err
	}
	p := &Shopper{Shop: s, CartID: cart.ID, Secret: cart.Secret}
	for _, l := range lines {
		headers := map[string]string{"X-Cart-Secret": p.Secret, "Idempotency-Key": "line-" + l.SKU}
		body := map[string]any{"sku": l.SKU, "quantity": l.Quantity}
		if _, err := s.expect(ctx, http.StatusOK, http.MethodPost, "/v1/carts/"+p.CartID+"/lines", headers, body); err != nil {
			return nil, err
		}
	}
	addressed, err := s.expect(ctx, http.StatusOK, http.MethodPut, "/v1/carts/"+p.CartID+"/address",
		map[string]string{"X-Cart-Secret": p.Secret}, contact)
	p.QuoteHash, p.Terms = addressed.QuoteHash, addressed.Terms
	return p, err
}

// Address is where the rig's shoppers live.
func Address() map[string]any {
	return map[string]any{
		"name": "Işıl Özgür", "email": "isil.ozgur@example.com", "phone": "+90 532 123 45 67",
		"address": map[string]any{
			"line1": "İnönü Caddesi No: 5 D: 3", "district": "Beyoğlu", "province": "İstanbul", "postcode": "34437", "country": "TR",
		},
	}
}

func (s *Shop) expect(ctx context.Context, status int, method, path string, headers map[string]string, body any) (Reply, error) {
	r, err := s.Call(ctx, method, path, headers, body)
	if err == nil && r.Status != status {
		err = fmt.Errorf("%s %s answered %d: %s", method, path, r.Status, r.Raw)
	}
	return r, err
}

// Payment is the body of whoever pays with one of Stripe's test cards.
func (s *Shop) Payment(method string) map[string]any {
	return map[string]any{"provider": "stripe", "payment_method": method, "return_url": s.Landing}
}

// Wish is the body of the cart's checkout, as the shopper saw the cart.
func (p *Shopper) Wish(method string) map[string]any {
	return map[string]any{
		"cart_id": p.CartID, "quote_hash": p.QuoteHash, "accepted_terms": p.Terms, "payment": p.Shop.Payment(method),
	}
}

// Checkout checks the cart out under key and remembers the order.
func (p *Shopper) Checkout(ctx context.Context, key, method string) (Reply, error) {
	headers := map[string]string{"X-Cart-Secret": p.Secret, "Idempotency-Key": key}
	if p.Token != "" {
		headers["Authorization"] = "Bearer " + p.Token
	}
	r, err := p.Shop.Call(ctx, http.MethodPost, "/v1/checkouts", headers, p.Wish(method))
	if err != nil {
		return r, err
	}
	p.remember(r)
	return r, nil
}

func (p *Shopper) remember(r Reply) {
	switch {
	case r.OrderSecret != "":
		p.OrderID, p.OrderSecret = r.OrderID, r.OrderSecret
	case r.Secret != "":
		p.OrderID, p.OrderSecret, p.Number = r.ID, r.Secret, r.Number
	}
}

// PayAgain tries another card for the order.
func (p *Shopper) PayAgain(ctx context.Context, key, method string) (Reply, error) {
	return p.ask(ctx, http.MethodPost, "/payment-attempts", key, map[string]any{"payment": p.Shop.Payment(method)})
}

// Cancel asks for the order's end.
func (p *Shopper) Cancel(ctx context.Context, key string) (Reply, error) {
	return p.ask(ctx, http.MethodPost, "/cancel", key, nil)
}

// Order reads the order.
func (p *Shopper) Order(ctx context.Context) (Reply, error) {
	return p.ask(ctx, http.MethodGet, "", "", nil)
}

// Timeline reads the order's story.
func (p *Shopper) Timeline(ctx context.Context) ([]order.Entry, error) {
	r, err := p.ask(ctx, http.MethodGet, "/timeline", "", nil)
	return r.Entries, err
}

func (p *Shopper) ask(ctx context.Context, method, suffix, key string, body any) (Reply, error) {
	headers := map[string]string{"X-Order-Secret": p.OrderSecret}
	if key != "" {
		headers["Idempotency-Key"] = key
	}
	return p.Shop.Call(ctx, method, "/v1/orders/"+p.OrderID+suffix, headers, body)
}

// Await reads the order until it stands in one of the states; placed means placed
// or further, since an order stands there for a moment only.
func (p *Shopper) Await(ctx context.Context, states ...order.Status) (Reply, error) {
	// A second is what the API asks for; a shop that is not busy answers sooner.
	for pause := 50 * time.Millisecond; ; pause = min(pause*2, time.Second) {
		r, err := p.Order(ctx)
		if err == nil {
			for _, s := range states {
				if r.State == s || s == order.Placed && GoesOn(r.State) {
					return r, nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return r, fmt.Errorf("waiting for %v: order %s stands at %q: %w", states, p.OrderID, r.State, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// GoesOn reports whether an order in s was placed and goes its way, or went it.
func GoesOn(s order.Status) bool {
	return s == order.Placed || s == order.Processing || s == order.Fulfilled || s == order.Completed
}

// Key returns a fresh idempotency key.
func Key() string { return id.New("key", time.Now()) }
