package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/internal/redis"
	"github.com/bedesten/bedesten/worker"
)

// Finding is what an examination of one server came to.
type Finding struct {
	Name   string
	Detail string
	Err    error
	// Remedy is what to do when Err is set.
	Remedy string
}

// examineTimeout bounds each examination.
const examineTimeout = 5 * time.Second

// Examine looks at each server that cfg names.
func Examine(ctx context.Context, cfg config.Config) []Finding {
	looks := []struct {
		name, remedy string
		look         func(context.Context, config.Config) (string, error)
	}{
		{"MongoDB", "start it, or correct BEDESTEN_MONGO_URL", examineMongo},
		{"Redis", "start it, or correct BEDESTEN_REDIS_ADDR; the shop sells without it, rate limits are then kept in memory", examineRedis},
		{"Temporal", "start it, or correct BEDESTEN_TEMPORAL_ADDR and BEDESTEN_TEMPORAL_NAMESPACE", examineTemporal},
		{"Temporal attributes", "run `bedesten migrate`", examineAttributes},
		{"Temporal pollers", "start a worker; `docker compose logs worker` says why one does not run", examinePollers},
		{"Sweep schedule", "run `bedesten migrate`; one that is paused is unpaused in the Temporal UI, Schedules, sweep", examineSchedule},
		{"Stripe", "correct STRIPE_SECRET_KEY, or STRIPE_API_URL if a simulator is meant", examineStripe},
		{"Metrics", "correct BEDESTEN_METRICS_ADDR", examineMetrics},
		{"Traces", "start the collector, or correct OTEL_EXPORTER_OTLP_ENDPOINT; the shop sells without it, traces are then lost", examineTraces},
	}
	findings := make([]Finding, len(looks))
	for i, l := range looks {
		ctx, cancel := context.WithTimeout(ctx, examineTimeout)
		detail, err := l.look(ctx, cfg)
		cancel()
		findings[i] = Finding{Name: l.name, Detail: detail, Err: err, Remedy: l.remedy}
	}
	return findings
}

func examineMongo(ctx context.Context, cfg config.Config) (string, error) {
	db, err := mongo.Connect(cfg.MongoURL, cfg.MongoDatabase, nil)
	if err != nil {
		return "", err
	}
	return "answers; database " + cfg.MongoDatabase, errors.Join(mongo.Ping(ctx, db), disconnect(ctx, db))
}

func examineRedis(ctx context.Context, cfg config.Config) (string, error) {
	options, err := redis.Options(cfg.RedisAddr)
	if err != nil {
		return "", fmt.Errorf("BEDESTEN_REDIS_ADDR: %w", err)
	}
	options.DialTimeout, options.MaxRetries = examineTimeout, -1
	c := goredis.NewClient(options)
	err = c.Ping(ctx).Err()
	if err != nil {
		err = fmt.Errorf("asking Redis for a sign of life: %w", err)
	}
	return "answers at " + options.Addr, errors.Join(err, c.Close())
}

// withTemporal looks at something through a connection of its own.
func withTemporal(ctx context.Context, cfg config.Config, look func(client.Client) (string, error)) (string, error) {
	c, err := client.DialContext(ctx, temporalOptions(cfg))
	if err != nil {
		return "", fmt.Errorf("connecting to Temporal: %w", err)
	}
	defer c.Close()
	return look(c)
}

func examineTemporal(ctx context.Context, cfg config.Config) (string, error) {
	return withTemporal(ctx, cfg, func(client.Client) (string, error) { return "answers; namespace " + cfg.TemporalNamespace, nil })
}

func examineAttributes(ctx context.Context, cfg config.Config) (string, error) {
	return withTemporal(ctx, cfg, func(c client.Client) (string, error) {
		return "registered", worker.CheckAttributes(ctx, c, cfg.TemporalNamespace)
	})
}

func examinePollers(ctx context.Context, cfg config.Config) (string, error) {
	return withTemporal(ctx, cfg, func(c client.Client) (string, error) { return worker.CheckPollers(ctx, c, time.Now()) })
}

func examineSchedule(ctx context.Context, cfg config.Config) (string, error) {
	policy, err := cfg.Policy()
	if err != nil {
		return "", err
	}
	return withTemporal(ctx, cfg, func(c client.Client) (string, error) {
		return worker.CheckSchedule(ctx, c, policy.SweepEvery, time.Now())
	})
}

// examineMetrics only says what is configured: api and worker may be elsewhere.
func examineMetrics(_ context.Context, cfg config.Config) (string, error) {
	if cfg.MetricsAddr == "" {
		return "off: BEDESTEN_METRICS_ADDR is empty", nil
	}
	return "on: api and worker serve http://" + cfg.MetricsAddr + "/metrics, each on its machine", nil
}

func examineTraces(ctx context.Context, cfg config.Config) (string, error) {
	switch {
	case cfg.TracesURL == "":
		return "off: OTEL_EXPORTER_OTLP_ENDPOINT is empty", nil
	case cfg.TraceRatio == 0:
		return "off: BEDESTEN_TRACE_RATIO is 0", nil
	}
	u, err := url.Parse(cfg.TracesURL)
	if err != nil {
		return "", errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is not a URL")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return "", fmt.Errorf("the collector of traces takes no connection: %w", err)
	}
	return fmt.Sprintf("on: %g %% of requests, to %s", cfg.TraceRatio*100, u.Host), conn.Close()
}

func examineStripe(ctx context.Context, cfg config.Config) (string, error) {
	g := stripe.New(stripe.Config{URL: cfg.StripeURL, SecretKey: cfg.StripeSecretKey, CallTimeout: examineTimeout})
	if _, err := g.Events(ctx, time.Now().Add(-time.Minute)); err != nil {
		return "", fmt.Errorf("listing events: %w", err)
	}
	kind := "a test account"
	if cfg.Live() {
		kind = "a live account"
	}
	return "answers as " + kind, nil
}
