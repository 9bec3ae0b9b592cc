package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// watchedShop is a shop that tells everything that it can tell: the API in this
// process, the worker in one of its own.
type watchedShop struct {
	*lab.Lab
	traces    *collectorOf
	api       *lines
	worker    *lines
	workerURL string
}

// lines is a log that two may write to.
type lines struct {
	mu  sync.Mutex
	out bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

func watched(t *testing.T) *watchedShop {
	t.Helper()
	s := &watchedShop{traces: newCollector(t), api: &lines{}, worker: &lines{}}
	metrics := freePort(t)
	s.workerURL = "http://" + metrics + "/metrics"
	bin := filepath.Join(t.TempDir(), "worker")
	require.NoError(t, lab.GoBuild(t.Context(), "..", "./cmd/worker", bin))
	var err error
	s.Lab, err = lab.Start(t.Context(), lab.Options{
		Log: app.Logger(s.api, "debug", "json"), Child: io.Discard,
		Change: func(c *config.Config) {
			lab.Watched(metrics, s.traces.URL)(c)
			c.LogLevel = "debug"
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	require.NoError(t, s.StartAPI(t.Context()))
	require.NoError(t, s.StartWorkerProcess(t.Context(), s.worker, bin))
	return s
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// traceparent is what a storefront sends along (w3.org/TR/trace-context). It
// asks not to be sampled, which is for the shop to say.
const (
	storefrontTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	storefrontSpan  = "00f067aa0ba902b7"
)

// checkout is a checkout by a storefront that is traced itself.
func (s *watchedShop) checkout(t *testing.T, p *lab.Shopper, method string) lab.Reply {
	t.Helper()
	r, err := p.Shop.Call(t.Context(), http.MethodPost, "/v1/checkouts", map[string]string{
		"X-Cart-Secret": p.Secret, "Idempotency-Key": "isil.ozgur@example.com-" + lab.Key(),
		"Traceparent": "00-" + storefrontTrace + "-" + storefrontSpan + "-00", "Tracestate": "shopper=isil", "Baggage": "name=isil.ozgur",
	}, p.Wish(method))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, r.Status, string(r.Raw))
	p.OrderID, p.OrderSecret, p.Number = r.ID, r.Secret, r.Number
	return r
}

// deliver takes the order's parcel from its label to the door.
func (s *watchedShop) deliver(t *testing.T, p *lab.Shopper) {
	t.Helper()
	staff := func(path string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Shop.URL+path, nil)
		if err != nil {
			return 0
		}
		r.Header.Set("Authorization", "Bearer "+lab.StaffToken)
		r.Header.Set("Idempotency-Key", lab.Key())
		res, err := p.Shop.HTTP.Do(r)
		if err != nil {
			return 0
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	var parcel string
	for _, step := range []string{"pack", "hand-over"} {
		require.Eventually(t, func() bool {
			rows, err := s.App.Shipments.OfOrder(t.Context(), p.OrderID)
			if err != nil || len(rows) == 0 {
				return false
			}
			parcel = rows[0].ID
			return staff("/v1/shipments/"+parcel+"/"+step) == http.StatusOK
		}, 30*time.Second, 100*time.Millisecond, step)
	}
	row, err := s.App.Shipments.Find(t.Context(), parcel)
	require.NoError(t, err)
	require.NoError(t, s.EasyPost.HandOver(row.Ref))
}

func TestTelemetry_TellsAWholeStoryAndNothingOfThePerson(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("stories over a whole shop belong to `make test`")
	}
	s := watched(t)
	sku, err := s.FreshSKU(t.Context(), 10)
	require.NoError(t, err)
	p, err := s.Shop().Fill(t.Context(), lab.Line{SKU: sku, Quantity: 2})
	require.NoError(t, err)
	invoiced, err := s.Shop().Call(t.Context(), http.MethodPut, "/v1/carts/"+p.CartID+"/invoice", map[string]string{"X-Cart-Secret": p.Secret},
		map[string]any{"kind": "personal", "name": "Işıl Özgür", "identity_number": "10000000146"})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, invoiced.Status, string(invoiced.Raw))
	s.checkout(t, p, "pm_card_visa")
	s.deliver(t, p)

	// One who confirms at the bank, and one whom it declines.
	other, err := s.Shop().Fill(t.Context(), lab.Line{SKU: sku, Quantity: 1})
	require.NoError(t, err)
	_, err = other.Checkout(t.Context(), lab.Key(), "pm_card_threeDSecure2Required")
	require.NoError(t, err)
	require.NoError(t, s.Confirm(t.Context(), other, stripe.ChallengeComplete))
	declined, err := s.Shop().Fill(t.Context(), lab.Line{SKU: sku, Quantity: 1})
	require.NoError(t, err)
	_, err = declined.Checkout(t.Context(), lab.Key(), "pm_card_visa_chargeDeclined")
	require.NoError(t, err)
	for _, each := range []*lab.Shopper{p, other} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := each.Await(ctx, order.Placed, order.Processing, order.Fulfilled, order.Completed)
		require.NoError(t, err)
	}
	numbers := s.numbers(t)
	// A worker that stops tells what it still has.
	require.NoError(t, s.Worker.Stop())

	t.Run("OneCheckoutIsOneTrace", func(t *testing.T) { requireOneTrace(t, s, p) })
	t.Run("NoSpanTellsOfThePerson", func(t *testing.T) {
		require.NotEmpty(t, s.traces.all())
		for _, span := range s.traces.all() {
			requireDiscreet(t, span.rest, secretsOf(p, other, declined)...)
		}
	})
	t.Run("NoLineTellsOfThePerson", func(t *testing.T) {
		for process, log := range map[string]*lines{"api": s.api, "worker": s.worker} {
			requireDiscreet(t, log.text(), secretsOf(p, other, declined)...)
			for line := range strings.Lines(log.text()) {
				require.True(t, json.Valid([]byte(line)), "%s: %s", process, line)
			}
		}
		for _, veil := range []string{"(mail address)", "(telephone)", "(card number)", "?…"} {
			require.NotContains(t, s.api.text()+s.worker.text(), veil, "the last net had to catch something")
		}
		require.Contains(t, s.api.text(), `"request_id":"req_`)
		require.Contains(t, s.worker.text(), `"order_id":"`+p.OrderID+`"`)
		require.Contains(t, s.worker.text(), `"workflow_id":"order/`+p.OrderID+`"`)
		require.Contains(t, s.worker.text(), `"run_id":"`)
		require.Contains(t, s.worker.text(), `"activity":"`)
	})
	t.Run("TheNumbersAddUp", func(t *testing.T) { requireNumbers(t, numbers) })
	t.Run("NoLabelHoldsAnId", func(t *testing.T) { requireNames(t, numbers, p, other, declined) })
}

// secretsOf are the shoppers' secrets, which open their orders.
func secretsOf(shoppers ...*lab.Shopper) []string {
	secrets := []string{}
	for _, p := range shoppers {
		for _, s := range []string{p.Secret, p.OrderSecret} {
			if s != "" {
				secrets = append(secrets, s)
			}
		}
	}
	return secrets
}

// clocks are times and durations to the nanosecond, in which a postal code stands
// by chance now and then.
var clocks = regexp.MustCompile(`\d{13,}|\.\d+`)

// ports of this machine may be one too.
var ports = regexp.MustCompile(`(127|localhost|port\\?"?( value:\{(int_value|string_value))?): ?\\?"?\d+`)

// requireDiscreet reads a text for whatever the rig's shoppers said of
// themselves, in any spelling.
func requireDiscreet(t *testing.T, text string, secrets ...string) {
	t.Helper()
	plain := ports.ReplaceAllString(clocks.ReplaceAllString(strings.ToLower(text), ""), "")
	for _, personal := range append([]string{
		"ışıl", "isil", "özgür", "ozgur", "i%c5%9f%c4%b1l", "%c3%b6zg", `\u0131`, "example.com", "532 123", "5321234567", "532123",
		"inönü", "i̇nönü", "i%cc%87n%c3%b6n", "beyoğlu", "beyo%c4%9flu", "34437", "10000000146", "pm_card", "client_secret", "_secret_", "/_challenge",
		"whsec_", "sk_test_", "sg.", "?t=",
	}, secrets...) {
		at := strings.Index(plain, strings.ToLower(personal))
		require.Negative(t, at, "%q stands in: …%s", personal, plain[max(0, at-200):max(0, min(len(plain), at+200))])
	}
}

// requireOneTrace follows the checkout from the storefront to the providers.
func requireOneTrace(t *testing.T, s *watchedShop, p *lab.Shopper) {
	t.Helper()
	var spans []told
	find := func(service, name string) *told {
		for i := range spans {
			if strings.HasPrefix(spans[i].service, service) && spans[i].name == name {
				return &spans[i]
			}
		}
		return nil
	}
	wanted := [][2]string{
		{"bedesten-e2e", "checkout"},                         // HTTP
		{"bedesten-e2e", "UpdateWithStartWorkflow:checkout"}, // on the way to Temporal
		{"bedesten-worker", "HandleUpdate:checkout"},         // the workflow
		{"bedesten-worker", "StartActivity:ReserveStock"},    // its step
		{"bedesten-worker", "RunActivity:ReserveStock"},      // the activity
		{"bedesten-worker", "update stock"},                  // a store
		{"bedesten-worker", "RunActivity:AuthorizePayment"},  // another
		{"bedesten-worker", "stripe authorize"},              // a provider
		{"bedesten-worker", "HTTP POST"},                     // and the request to it
		{"bedesten-worker", "RunActivity:PlaceOrder"},        // the commit point
	}
	all := func() bool {
		spans = s.traces.of(storefrontTrace)
		return !slices.ContainsFunc(wanted, func(w [2]string) bool { return find(w[0], w[1]) == nil })
	}
	if !eventually(all) {
		require.Fail(t, "the trace is not whole", "wanted %v\nthere is\n%s", wanted, strings.Join(names(spans), "\n"))
	}
	require.Equal(t, storefrontSpan, find("bedesten-e2e", "checkout").parent)

	byID := map[string]told{}
	for _, span := range spans {
		byID[span.id] = span
	}
	for _, w := range wanted {
		chain := []string{}
		for at := *find(w[0], w[1]); at.parent != storefrontSpan; at = byID[at.parent] {
			chain = append(chain, at.name)
			require.Contains(t, byID, at.parent, "%v hangs in the air", chain)
		}
	}
	require.Equal(t, "201", statusOf(find("bedesten-e2e", "checkout")))
	require.Equal(t, "order/"+p.OrderID, find("bedesten-worker", "RunActivity:PlaceOrder").attributes["temporalWorkflowID"])
	require.Equal(t, "yes", find("bedesten-worker", "stripe authorize").attributes["bedesten.outcome"])
	require.Equal(t, "stock", find("bedesten-worker", "update stock").attributes["db.collection.name"])
	require.Regexp(t, `^http://127\.0\.0\.1:\d+/v1/payment_intents`, find("bedesten-worker", "HTTP POST").attributes["url.full"])
	require.Regexp(t, "^req_", find("bedesten-e2e", "checkout").attributes["bedesten.request_id"])
}

// eventually reports whether is becomes true before long: spans leave a process
// in batches.
func eventually(is func() bool) bool {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-time.After(200 * time.Millisecond) {
		if is() {
			return true
		}
	}
	return false
}

func names(spans []told) []string {
	all := []string{}
	for _, s := range spans {
		all = append(all, s.service+": "+s.name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// statusOf reads a number among the attributes.
func statusOf(s *told) string {
	m := regexp.MustCompile(`http\.response\.status_code".*?int_value:(\d+)`).FindStringSubmatch(s.rest)
	if m == nil {
		return s.rest
	}
	return m[1]
}

// numbers are what api and worker tell Prometheus.
func (s *watchedShop) numbers(t *testing.T) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	s.App.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code)
	res, err := http.Get(s.workerURL)
	require.NoError(t, err)
	defer res.Body.Close()
	worker, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return map[string]string{"api": w.Body.String(), "worker": string(worker)}
}

func requireNumbers(t *testing.T, numbers map[string]string) {
	t.Helper()
	for process, wanted := range map[string][]string{
		"api": {
			`http_requests_total\{method="POST",route="checkout",status="2xx"\} [1-9]`,
			`http_requests_total\{method="POST",route="checkout",status="4xx"\} 1\b`,
			`http_request_duration_seconds_count\{method="POST",route="checkout"\} 3\b`,
			`webhook_lag_seconds_count\{by="webhook",leg="received",provider="stripe"\} [1-9]`,
			`store_call_duration_seconds_count\{operation="find",outcome="ok",store="mongo"\} [1-9]`,
			`temporal_long_request_latency_seconds_count\{operation="ExecuteMultiOperation"`,
			`shop_reading_up 1\b`,
		},
		"worker": {
			`activity_duration_seconds_count\{activity="PlaceOrder",outcome="ok"\} [1-9]`,
			`lease_granted_total 3\b`, `lease_expired_total 0\b`,
			`provider_call_duration_seconds_count\{operation="authorize",outcome="yes",provider="stripe"\} [1-9]`,
			`provider_call_duration_seconds_count\{operation="authorize",outcome="no",provider="stripe"\} 1\b`,
			`provider_call_duration_seconds_count\{operation="buy",outcome="yes",provider="easypost"\} [1-9]`,
			`provider_call_duration_seconds_count\{operation="send",outcome="yes",provider="sendgrid"\} [1-9]`,
			`parcel_states_total\{state="handed_over"\} 1\b`,
			`mail_states_total\{state="taken"\} [1-9]`,
			`temporal_activity_schedule_to_start_latency_seconds_count\{activity_type="SendMail",task_queue="mails"\} [1-9]`,
			`temporal_workflow_task_schedule_to_start_latency_seconds_count\{task_queue="orders",workflow_type="Order"\} [1-9]`,
			`temporal_num_pollers\{poller_type="activity_task",task_queue="mails"`,
			`queue_depth\{queue="payment_inbox"\} \d`,
			`queue_depth\{queue="imports"\} 0\b`,
		},
	} {
		for _, line := range wanted {
			require.True(t, regexp.MustCompile("(?m)^"+line).MatchString(numbers[process]), "%s tells no %s", process, line)
		}
	}
}

// idLike is what no label may be: an id of ours or of a provider, a UUID, a
// number that counts up, an address.
var idLike = regexp.MustCompile(`(?i)[0-9a-hjkmnp-tv-z]{26}|[0-9a-f]{8}-[0-9a-f]{4}|\b(pi|ch|re|shp|trk)_[0-9a-z]{6}|\d{5,}|@|://|/v1/[^"]*[0-9]{3}`)

func requireNames(t *testing.T, numbers map[string]string, shoppers ...*lab.Shopper) {
	t.Helper()
	label := regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
	series := 0
	for process, body := range numbers {
		for line := range strings.Lines(body) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			series++
			for _, m := range label.FindAllStringSubmatch(line, -1) {
				if m[1] == "version" || m[1] == "le" {
					continue
				}
				require.False(t, idLike.MatchString(m[2]), "%s: %s", process, line)
				for _, p := range shoppers {
					require.False(t, p.OrderID != "" && strings.Contains(m[2], p.OrderID), line)
					require.False(t, p.Number != "" && strings.Contains(m[2], p.Number), line)
				}
			}
		}
	}
	require.Less(t, series, 6_000, "how many series there are follows from the code")
}
