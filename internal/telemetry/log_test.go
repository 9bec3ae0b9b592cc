package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/telemetry"
)

type requestKey struct{}

// logger writes JSON lines to the returned buffer.
func logger() (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	requestID := func(ctx context.Context) string {
		id, _ := ctx.Value(requestKey{}).(string)
		return id
	}
	orderOf := func(workflowID string) string {
		id, _ := strings.CutPrefix(workflowID, "order/")
		return id
	}
	return slog.New(telemetry.LogHandler(slog.NewJSONHandler(&out, nil), requestID, orderOf)), &out
}

func line(t *testing.T, out *bytes.Buffer) map[string]any {
	t.Helper()
	fields := map[string]any{}
	require.NoError(t, json.Unmarshal(out.Bytes(), &fields), out.String())
	return fields
}

func TestLogs_CarryTheRequestOfTheirContextOnce(t *testing.T) {
	t.Parallel()
	ctx := context.WithValue(t.Context(), requestKey{}, "req_01")

	log, out := logger()
	log.InfoContext(ctx, "a payment attempt was refused", "order", "ord_01")
	require.Equal(t, "req_01", line(t, out)["request_id"])
	require.Equal(t, "ord_01", line(t, out)["order_id"])
	require.NotContains(t, out.String(), `"order":`)

	log, out = logger()
	log.InfoContext(ctx, "request", "request_id", "req_02")
	require.Equal(t, "req_02", line(t, out)["request_id"])
	require.Equal(t, 1, strings.Count(out.String(), "request_id"))
}

func TestLogs_NameTemporalsTagsAsOurs(t *testing.T) {
	t.Parallel()
	log, out := logger()
	tagged := telemetry.TemporalLog(log.With("Namespace", "default", "WorkflowID", "order/ord_01", "RunID", "r1", "ActivityType", "PlaceOrder"))
	tagged.Warn("a step is tried again", "Attempt", 3, "Error", errors.New("no answer"))

	fields := line(t, out)
	require.Equal(t, "order/ord_01", fields["workflow_id"])
	require.Equal(t, "ord_01", fields["order_id"])
	require.Equal(t, "r1", fields["run_id"])
	require.Equal(t, "PlaceOrder", fields["activity"])
	require.InDelta(t, 3, fields["attempt"], 0)
	require.Equal(t, "no answer", fields["error"])
}

func TestLogs_LeaveOutWhatACauseTellsOfAPerson(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		hidden []string
		kept   []string
	}{
		"the query of a URL": {
			&url.Error{Op: "Get", URL: "https://api.stripe.com/v1/customers?email=isil%40example.com&name=I%C5%9F%C4%B1l", Err: errors.New("timeout")},
			[]string{"isil", "name="}, []string{"api.stripe.com/v1/customers", "timeout"},
		},
		"an order's link":           {errors.New("GET /orders/7KXM-92QD?t=gizli-anahtar: gone"), []string{"gizli"}, []string{"/orders/7KXM-92QD"}},
		"the password of a store":   {errors.New("mongodb://bedesten:parola@mongo:27017/?replicaSet=rs0: no answer"), []string{"parola"}, []string{"mongo:27017"}},
		"a mail address":            {errors.New("550 5.1.1 <ışıl.özgür@örnek.example> unknown"), []string{"ışıl", "örnek"}, []string{"550 5.1.1"}},
		"a telephone number":        {errors.New("no such number +90 532 123 45 67"), []string{"532"}, []string{"no such number"}},
		"a number without country":  {errors.New("no such number 05321234567"), []string{"5321234567"}, nil},
		"a card":                    {errors.New("card 4242 4242 4242 4242 was declined"), []string{"4242"}, []string{"was declined"}},
		"an API key":                {errors.New("Invalid API Key provided: sk_live_51Abc"), []string{"51Abc"}, []string{"Invalid API Key"}},
		"a webhook's secret":        {errors.New("whsec_9f8e does not fit"), []string{"9f8e"}, nil},
		"SendGrid's key":            {errors.New("bad key SG.abc-1.def"), []string{"abc-1"}, nil},
		"a payment's client secret": {errors.New("pi_3Nx_secret_Yz9 is used"), []string{"Yz9"}, []string{"pi_3Nx"}},
		"a wrapped one":             {fmt.Errorf("step: %w", errors.New("to ali@veli.example")), []string{"veli"}, []string{"step"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log, out := logger()
			log.Error("a step failed: "+tt.err.Error(), "error", tt.err, slog.Group("at", "cause", tt.err.Error()))
			fields := line(t, out)
			delete(fields, "time") // its nanoseconds may hold any short number
			written := fmt.Sprint(fields)
			for _, hidden := range tt.hidden {
				require.NotContains(t, written, hidden)
			}
			for _, kept := range tt.kept {
				require.Contains(t, written, kept)
			}
		})
	}
}

func TestLogs_KeepIdsAmountsAndTimes(t *testing.T) {
	t.Parallel()
	for _, kept := range []string{
		"ord_01k3v8m4w0f3q2x9y6z7a1b2c3", "019ab2c3-5321-7654-8901-532112345678", "2026-11-25T21:05:32.123456789+03:00",
		"pi_3NxA4242424242424242", "ord_01k3v8m4w0f3q2x9y6z7a1b2c3-parcel-1-label", "1234567890124", "127.0.0.1:54321", "context deadline exceeded",
	} {
		log, out := logger()
		log.Info("seen", "id", kept)
		require.Equal(t, kept, line(t, out)["id"])
	}
}
