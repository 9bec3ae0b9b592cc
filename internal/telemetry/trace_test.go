package telemetry_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/telemetry"
	"github.com/bedesten/bedesten/workflows"
)

// traced tells every span to the returned exporter.
func traced(t *testing.T, ratio float64) (*telemetry.Telemetry, *tracetest.InMemoryExporter) {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	tel, err := telemetry.OpenTo(t.Context(), telemetry.Config{
		Process: "api", Build: "abc123", Ratio: ratio, Untraced: []string{"/readyz"}, Log: slog.New(slog.DiscardHandler),
	}, spans)
	require.NoError(t, err)
	return tel, spans
}

// attributesOf are a span's attributes as text.
func attributesOf(s tracetest.SpanStub) map[string]string {
	all := map[string]string{}
	for _, a := range s.Attributes {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}

func TestTraces_LeaveOutWhatIsNotNamed(t *testing.T) {
	t.Parallel()
	tel, spans := traced(t, 1)
	_, span := tel.Provider().Tracer("a library").Start(t.Context(), "GET", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("enduser.id", "isil.ozgur@example.com"),
		attribute.String("db.query.text", `{"contact.name": "Işıl Özgür"}`),
		attribute.String("url.full", "https://isil:parola@api.stripe.com/v1/charges?customer=isil"),
		attribute.String("http.request.method", "GET"),
	))
	span.RecordError(errors.New("no such customer: Işıl Özgür"))
	span.SetStatus(codes.Error, "no such customer: Işıl Özgür")
	span.End()

	require.Len(t, spans.GetSpans(), 1)
	seen := spans.GetSpans()[0]
	require.Equal(t, map[string]string{"url.full": "https://api.stripe.com/v1/charges", "http.request.method": "GET"}, attributesOf(seen))
	require.Empty(t, seen.Events)
	require.Equal(t, codes.Error, seen.Status.Code)
	require.Empty(t, seen.Status.Description)
}

func TestTraces_JoinTheCallersAndDecideThemselvesWhatIsSampled(t *testing.T) {
	t.Parallel()
	const given = "4bf92f3577b34da6a3ce929d0e0e4736"
	for name, tt := range map[string]struct {
		ratio float64
		flags string
		want  int
	}{
		"a caller that asks for it gets no more than others":      {0.0000001, "01", 0},
		"a caller that does not ask for it is traced like others": {1, "00", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tel, spans := traced(t, tt.ratio)
			r := httptest.NewRequest(http.MethodPost, "/v1/checkouts?name=isil", nil)
			r.Header.Set("Traceparent", "00-"+given+"-00f067aa0ba902b7-"+tt.flags)
			r.Header.Set("Tracestate", "shopper=isil")
			ctx, answered := tel.Observer()(r)
			require.Equal(t, given, trace.SpanContextFromContext(ctx).TraceID().String())
			require.Empty(t, trace.SpanContextFromContext(ctx).TraceState().String())
			answered("checkout", http.StatusServiceUnavailable)
			require.Len(t, spans.GetSpans(), tt.want)
			for _, s := range spans.GetSpans() {
				require.Equal(t, "checkout", s.Name)
				require.Equal(t, codes.Error, s.Status.Code)
				require.Equal(t, "503", attributesOf(s)["http.response.status_code"])
			}
		})
	}
}

func TestTraces_BeginWithARequestAndNeverWithAProbe(t *testing.T) {
	t.Parallel()
	tel, spans := traced(t, 1)
	ctx, answered := tel.Observer()(httptest.NewRequest(http.MethodGet, "/readyz", nil))
	_, call := tel.Provider().Tracer("a store").Start(ctx, "PING", trace.WithSpanKind(trace.SpanKindClient))
	call.End()
	answered("ready", http.StatusOK)
	require.Empty(t, spans.GetSpans())
}

func TestTraces_CarryThemselvesToProvidersWithoutQueries(t *testing.T) {
	t.Parallel()
	tel, spans := traced(t, 1)
	seen := make(chan http.Header, 1)
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen <- r.Header }))
	defer provider.Close()
	client := &http.Client{Transport: tel.Transport()(http.DefaultTransport)}
	ctx, answered := tel.Observer()(httptest.NewRequest(http.MethodPost, "/v1/checkouts", nil))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, provider.URL+"/v1/payment_intents/pi_1?client_secret=gizli", nil)
	require.NoError(t, err)
	res, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	answered("checkout", http.StatusCreated)

	require.Len(t, spans.GetSpans(), 2)
	call := spans.GetSpans()[0]
	require.Equal(t, provider.URL+"/v1/payment_intents/pi_1", attributesOf(call)["url.full"])
	require.Contains(t, (<-seen).Get("Traceparent"), call.SpanContext.TraceID().String())
}

// silent is a payment provider that does not answer.
type silent struct{ payment.Gateway }

func (silent) Provider() string { return "stripe" }

func (silent) Authorize(context.Context, payment.AuthorizeRequest) payment.Answer {
	return payment.Answer{Outcome: outcome.Unsure}
}

func TestTraces_ShowAProvidersOutcome(t *testing.T) {
	t.Parallel()
	tel, spans := traced(t, 1)
	ctx, answered := tel.Observer()(httptest.NewRequest(http.MethodPost, "/v1/checkouts", nil))
	g := tel.Gateways(payment.Gateways{"stripe": silent{}})["stripe"]
	require.Equal(t, outcome.Unsure, g.Authorize(ctx, payment.AuthorizeRequest{OpID: "ord_1-pay", Method: "pm_card_visa"}).Outcome)
	answered("checkout", http.StatusAccepted)

	call := spans.GetSpans()[0]
	require.Equal(t, "stripe authorize", call.Name)
	require.Equal(t, codes.Error, call.Status.Code)
	require.Equal(t, map[string]string{
		"bedesten.provider": "stripe", "bedesten.operation": "authorize", "bedesten.outcome": "unknown", "bedesten.op_id": "ord_1-pay",
	}, attributesOf(call))
}

func interceptorsOf(t *testing.T, tel *telemetry.Telemetry) []interceptor.WorkerInterceptor {
	t.Helper()
	var all []interceptor.WorkerInterceptor
	for _, i := range tel.Interceptors() {
		w, ok := i.(interceptor.WorkerInterceptor)
		require.True(t, ok, "a worker takes it over from its client")
		all = append(all, w)
	}
	return all
}

// TestTraces_LeaveReplaysAlone runs today's workflows with tracing against every
// recording: none has another history for it, and nothing is told a second time.
func TestTraces_LeaveReplaysAlone(t *testing.T) {
	t.Parallel()
	tel, spans := traced(t, 1)
	files, err := filepath.Glob("../../workflows/testdata/histories/*/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{Interceptors: interceptorsOf(t, tel)})
		require.NoError(t, err)
		r.RegisterWorkflow(workflows.Order)
		r.RegisterWorkflow(workflows.Shipment)
		r.RegisterWorkflow(workflows.Letter)
		r.RegisterWorkflow(workflows.Erasure)
		r.RegisterWorkflow(workflows.Export)
		r.RegisterWorkflow(workflows.Picture)
		r.RegisterWorkflow(workflows.Import)
		r.RegisterWorkflow(workflows.Catalogue)
		r.RegisterWorkflow(workflows.Sweep)
		require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file), file)
	}
	require.Empty(t, spans.GetSpans())
}

// slow does one thing at once and one much later.
func slow(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
	if err := workflow.ExecuteActivity(ctx, "Soon").Get(ctx, nil); err != nil {
		return err
	}
	if err := workflow.Sleep(ctx, 2*telemetry.Longest); err != nil {
		return err
	}
	return workflow.ExecuteActivity(ctx, "Late").Get(ctx, nil)
}

type steps struct{}

func (steps) Soon(context.Context) error { return nil }

func (steps) Late(context.Context) error {
	return temporal.NewNonRetryableApplicationError("Işıl Özgür is not at home", "not_found", nil)
}

func TestTraces_OfAWorkflowDoNotLastForWeeks(t *testing.T) {
	t.Parallel()
	tel, spans := traced(t, 1)
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: interceptorsOf(t, tel)})
	env.RegisterWorkflow(slow)
	env.RegisterActivity(&steps{})
	env.ExecuteWorkflow(slow)
	require.True(t, env.IsWorkflowCompleted())

	byName := map[string]tracetest.SpanStub{}
	for _, s := range spans.GetSpans() {
		byName[s.Name] = s
	}
	soon, late := byName["RunActivity:Soon"], byName["RunActivity:Late"]
	require.Equal(t, byName["RunWorkflow:slow"].SpanContext.TraceID(), soon.SpanContext.TraceID())
	require.NotEqual(t, soon.SpanContext.TraceID(), late.SpanContext.TraceID())
	require.Equal(t, byName["StartActivity:Late"].SpanContext.SpanID(), late.Parent.SpanID())
	require.Equal(t, "not_found", attributesOf(late)["error.type"])
	require.Empty(t, late.Status.Description)
	require.Less(t, byName["RunWorkflow:slow"].EndTime.Sub(byName["RunWorkflow:slow"].StartTime), telemetry.Longest)
}

func TestTraces_NameRedisCommandsAndNotTheirKeys(t *testing.T) {
	t.Parallel()
	tel, spans := traced(t, 1)
	client := redisServer(t)
	require.NoError(t, client.Ping(t.Context()).Err(), "connected before anything is traced")
	require.NoError(t, tel.Redis(client))
	ctx, answered := tel.Observer()(httptest.NewRequest(http.MethodPost, "/v1/checkouts", nil))
	require.NoError(t, client.Set(ctx, "rate:isil.ozgur", "1", time.Minute).Err())
	answered("checkout", http.StatusCreated)

	call := spans.GetSpans()[0]
	require.Equal(t, "set", call.Name)
	for _, value := range attributesOf(call) {
		require.NotContains(t, value, "isil")
	}
}

// redisServer starts devstack's Redis.
func redisServer(t *testing.T) *redis.Client {
	t.Helper()
	bin := os.Getenv("BEDESTEN_DEVSTACK")
	if bin == "" {
		bin = filepath.Join("..", "..", "bin", "devstack")
	}
	_, err := os.Stat(bin)
	require.NoError(t, err, "bin/devstack is missing: run `make bin/devstack`")
	cmd := exec.CommandContext(t.Context(), bin, "redis", "--ephemeral")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait(), "it was killed")
	})
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan())
	var ready struct {
		Redis string `json:"redis"`
	}
	require.NoError(t, json.Unmarshal(lines.Bytes(), &ready))
	client := redis.NewClient(&redis.Options{Addr: ready.Redis})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

func TestTelemetry_ThatIsOffWrapsNothing(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]telemetry.Config{
		"asked for nothing":         {},
		"a collector and no traces": {TracesURL: "http://127.0.0.1:4318"},
		"traces and no collector":   {Ratio: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tel := open(t, cfg)
			require.False(t, tel.Tracing())
			require.Nil(t, tel.Observer())
			require.Nil(t, tel.Transport())
			require.Nil(t, tel.MongoMonitor())
			require.Nil(t, tel.TemporalMetrics())
			require.Nil(t, tel.Handler())
			require.Len(t, tel.Interceptors(), 1, "the ids of log lines")
			g := payment.Gateways{"stripe": silent{}}
			require.Equal(t, silent{}, tel.Gateways(g)["stripe"])
		})
	}
}
