// Package easypost speaks to EasyPost through its own client, easypost-go,
// behind the shipping noun. The shipment is made under our reference, its id is
// stored, and only then is a label bought. EasyPost has no idempotency keys: what
// became of a call without an answer is read from the shipment, and of one whose
// id never came from the list, by our reference. Nothing is tried again in here:
// every try is seen by Temporal.
package easypost

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/EasyPost/easypost-go/v5"

	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

// Name is the carrier's name in routes and rows.
const Name = "easypost"

// defaultURL is EasyPost itself. docs.easypost.com/docs/authentication
const defaultURL = "https://api.easypost.com"

// Config is what the adapter needs to know of the account.
type Config struct {
	// URL is the API's base without the version; empty means EasyPost itself.
	URL string
	// APIKey is the account's key.
	APIKey string
	// WebhookSecrets are the endpoint's secrets: two while one is changed.
	WebhookSecrets []string
	// CallTimeout bounds one HTTP call; below the activity's time-out.
	CallTimeout time.Duration
	// Follow is how long after its making a parcel's news are looked for by
	// Events; 45 days when zero.
	Follow time.Duration
	// Transport, when given, wraps what requests go out by, such as to trace them.
	Transport func(http.RoundTripper) http.RoundTripper
}

var _ shipping.Carrier = (*Carrier)(nil)

// Carrier is EasyPost, and through it the carriers of the account.
type Carrier struct {
	base      *url.URL
	key       string
	secrets   []string
	timeout   time.Duration
	follow    time.Duration
	transport http.RoundTripper
	// files fetches labels: nobody traces it, since their addresses need no key.
	files http.RoundTripper
}

// New returns a carrier that keeps no global state, or an error for an address
// that is none.
func New(cfg Config) (*Carrier, error) {
	if cfg.URL == "" {
		cfg.URL = defaultURL
	}
	if cfg.Follow == 0 {
		cfg.Follow = 45 * 24 * time.Hour
	}
	base, err := url.Parse(strings.TrimSuffix(cfg.URL, "/") + "/v2/")
	if err != nil {
		return nil, err
	}
	files := newTransport()
	transport := files
	if cfg.Transport != nil {
		transport = cfg.Transport(transport)
	}
	return &Carrier{
		base: base, key: cfg.APIKey, secrets: cfg.WebhookSecrets, timeout: cfg.CallTimeout, follow: cfg.Follow,
		transport: transport, files: files,
	}, nil
}

// Name returns "easypost".
func (c *Carrier) Name() string { return Name }

// Tracks reports that EasyPost tells how a parcel travels.
func (c *Carrier) Tracks() bool { return true }

// client returns a client for one call: easypost-go writes its time-out into the
// HTTP client at every call, which calls side by side must not share. A redirect
// is an answer that we did not foresee, never a second request.
func (c *Carrier) client() *easypost.Client {
	return &easypost.Client{BaseURL: c.base, APIKey: c.key, Timeout: int(c.timeout.Milliseconds()), Client: c.http(c.transport)}
}

func (c *Carrier) http(by http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: by, Timeout: c.timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Open makes a shipment with our reference and asks for rates
// (docs.easypost.com/docs/shipments). One without any rate is a No: no carrier of
// the account takes the parcel.
func (c *Carrier) Open(ctx context.Context, r shipping.OpenRequest) shipping.Answer {
	a := c.call(ctx, "", func(ctx context.Context, api *easypost.Client) (*easypost.Shipment, error) {
		return api.CreateShipmentWithContext(ctx, &easypost.Shipment{
			Reference: r.Reference, ToAddress: addressOf(r.To), FromAddress: addressOf(r.From),
			Parcel:  &easypost.Parcel{Weight: ounces(r.WeightGrams)},
			Options: &easypost.ShipmentOptions{LabelFormat: "PDF"},
		})
	})
	if a.Outcome == outcome.Yes && len(a.Picture.Rates) == 0 {
		a.Outcome, a.Code = outcome.No, "no_rates"
	}
	return a
}

// Buy buys the label (docs.easypost.com/docs/shipments/buy). A shipment that has
// one already is refused with SHIPMENT.POSTAGE.EXISTS and then looked at: the
// first purchase's answer was lost. An answer without a label is unsure: whether
// it was bought is read from the shipment.
func (c *Carrier) Buy(ctx context.Context, r shipping.BuyRequest) shipping.Answer {
	a := c.about(ctx, r.Ref, func(ctx context.Context, api *easypost.Client) (*easypost.Shipment, error) {
		return api.BuyShipmentWithContext(ctx, r.Ref, &easypost.Rate{ID: r.RateRef}, "")
	})
	switch {
	case a.Code == codePostageExists:
		return settled(a, c.Lookup(ctx, r.Ref), bought)
	case a.Outcome == outcome.Yes && a.Picture.Standing == shipping.StandsOpen:
		a.Outcome, a.Code = outcome.Unsure, "no_label"
	}
	return a
}

// bought reads the outcome of a purchase off the shipment.
func bought(s shipping.Standing) outcome.Outcome {
	if s == shipping.StandsOpen {
		return outcome.Unsure // it was said to be bought a moment ago
	}
	return outcome.Yes
}

// Void asks for a refund of the label (docs.easypost.com/docs/shipments/shipping-refund).
// EasyPost refuses where there is nothing to give back, where it was given back
// already and where the parcel travels: which of them it was, the shipment says.
func (c *Carrier) Void(ctx context.Context, r shipping.VoidRequest) shipping.Answer {
	a := c.about(ctx, r.Ref, func(ctx context.Context, api *easypost.Client) (*easypost.Shipment, error) {
		return api.RefundShipmentWithContext(ctx, r.Ref)
	})
	switch {
	case a.Outcome == outcome.No:
		return settled(a, c.Lookup(ctx, r.Ref), voided)
	case a.Outcome == outcome.Yes && a.Picture.Standing == shipping.StandsBought:
		a.Outcome, a.Code = outcome.Unsure, "no_refund"
	case a.Outcome == outcome.Yes:
		a.Outcome = voided(a.Picture.Standing)
	}
	return a
}

// voided reads the outcome of giving a label back off the shipment.
func voided(s shipping.Standing) outcome.Outcome {
	switch s {
	case shipping.StandsOpen, shipping.StandsVoiding, shipping.StandsVoided:
		return outcome.Yes
	case shipping.StandsBought, shipping.StandsKept:
		return outcome.No
	}
	return outcome.Unsure
}

// settled answers a refused call with what the shipment, looked at since, shows.
func settled(refusal, seen shipping.Answer, read func(shipping.Standing) outcome.Outcome) shipping.Answer {
	if seen.Outcome != outcome.Yes {
		refusal.Outcome = outcome.Unsure
		return refusal
	}
	refusal.Outcome, refusal.Picture = read(seen.Picture.Standing), seen.Picture
	return refusal
}

// Lookup reads the shipment with its tracker: the look-up that counts.
func (c *Carrier) Lookup(ctx context.Context, ref string) shipping.Answer {
	return c.about(ctx, ref, func(ctx context.Context, api *easypost.Client) (*easypost.Shipment, error) {
		return api.GetShipmentWithContext(ctx, ref)
	})
}

// refShape is what an id of EasyPost can be: it becomes part of a path.
var refShape = regexp.MustCompile(`^[A-Za-z0-9_]{1,100}$`)

// call is one call of easypost-go's.
type call func(context.Context, *easypost.Client) (*easypost.Shipment, error)

// about makes a call about the shipment ref.
func (c *Carrier) about(ctx context.Context, ref string, do call) shipping.Answer {
	if !refShape.MatchString(ref) {
		return shipping.Answer{Outcome: outcome.Missing, Code: "not_a_reference"}
	}
	return c.call(ctx, ref, do)
}

// call makes one call and puts what came of it into one of the outcomes; ref is
// empty for a shipment that is made.
func (c *Carrier) call(ctx context.Context, ref string, do call) shipping.Answer {
	ctx, told := listen(ctx)
	shp, err := do(ctx, c.client())
	return answer(ref, shp, err, told)
}
