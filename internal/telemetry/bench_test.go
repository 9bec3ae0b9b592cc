package telemetry_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/bedesten/bedesten/internal/telemetry"
)

// discard takes spans and forgets them.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }

// BenchmarkRequest is what a request with ten commands at the store pays.
func BenchmarkRequest(b *testing.B) {
	find, err := bson.Marshal(bson.D{{Key: "find", Value: "orders"}})
	if err != nil {
		b.Fatal(err)
	}
	cfg := telemetry.Config{Process: "api", Ratio: 1, Log: slog.New(slog.DiscardHandler)}
	numbers, err := telemetry.Open(b.Context(), telemetry.Config{Process: "api", Metrics: true, Log: cfg.Log})
	if err != nil {
		b.Fatal(err)
	}
	traced, err := telemetry.OpenTo(b.Context(), cfg, discard{})
	if err != nil {
		b.Fatal(err)
	}
	for name, tel := range map[string]*telemetry.Telemetry{"numbers": numbers, "traced": traced} {
		b.Run(name, func(b *testing.B) {
			observe, monitor := tel.Observer(), tel.MongoMonitor()
			r := httptest.NewRequest(http.MethodPost, "/v1/checkouts", nil)
			b.ReportAllocs()
			for b.Loop() {
				ctx, answered := observe(r)
				for i := range int64(10) {
					monitor.Started(ctx, &event.CommandStartedEvent{Command: find, CommandName: "find", RequestID: i, ConnectionID: "mongo:27017"})
					monitor.Succeeded(ctx, &event.CommandSucceededEvent{CommandFinishedEvent: event.CommandFinishedEvent{CommandName: "find", RequestID: i, ConnectionID: "mongo:27017"}})
				}
				answered("checkout", http.StatusCreated)
			}
		})
	}
}

// BenchmarkLine is what a log line pays for its ids and for being looked through.
func BenchmarkLine(b *testing.B) {
	plain := slog.NewJSONHandler(io.Discard, nil)
	for name, log := range map[string]*slog.Logger{
		"plain": slog.New(plain),
		"ours":  slog.New(telemetry.LogHandler(plain, func(context.Context) string { return "req_01k3v8m4w0f3q2x9y6z7a1b2c3" }, nil)),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				log.InfoContext(b.Context(), "request", "method", "POST", "route", "/v1/orders/:order_id/cancel", "status", 200)
			}
		})
	}
}
