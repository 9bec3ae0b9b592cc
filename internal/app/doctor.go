package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/redis"
	"github.com/bedesten/bedesten/worker"
)

// Finding is what an examination of one server came to.
type Finding struct {
	Name   string
	Detail string
	Err    error
	// Remedy is what to do when Err is set: other things about a server that
	// refuses us than about one that does not answer.
	Remedy string
}

// examineTimeout bounds each examination.
const examineTimeout = 5 * time.Second

// Examine looks at each server that cfg names.
func Examine(ctx context.Context, cfg config.Config) []Finding {
	all := looks(cfg)
	findings := make([]Finding, len(all))
	for i, l := range all {
		findings[i] = l.take(ctx, cfg)
	}
	return findings
}

// mongoAway is what to do about a MongoDB that does not answer.
const mongoAway = "start MongoDB, or correct BEDESTEN_MONGO_URL"

func looks(cfg config.Config) []look {
	return []look{
		{name: "MongoDB", remedy: mongoAway, look: examineMongo},
		{name: "Look-up key", remedy: "put the shop's first BEDESTEN_LOOKUP_KEY back and start api and worker again", away: mongoAway, look: examineLookup},
		{name: "Master keys", remedy: "put them back into BEDESTEN_DATA_KEYS, behind the first, and restart api and worker", away: mongoAway, look: examineMasters},
		{name: "Redis", remedy: "start it, or correct BEDESTEN_REDIS_ADDR; the shop sells without it, rate limits are then kept in memory", look: examineRedis},
		{name: "Temporal", remedy: "start it, or correct BEDESTEN_TEMPORAL_ADDR and BEDESTEN_TEMPORAL_NAMESPACE", look: examineTemporal},
		{name: "Temporal attributes", remedy: "run `bedesten migrate`", look: examineAttributes},
		{name: "Temporal pollers", remedy: "start a worker; `docker compose logs worker` says why one does not run", look: examinePollers},
		{name: "Workflow tasks", remedy: "find them in the Temporal UI by TemporalReportedProblems IS NOT NULL; go back to the build before, or put back the payload key that is missing", look: examineTasks},
		{name: "Sweep schedule", remedy: "run `bedesten migrate`; one that is paused is unpaused in the Temporal UI, Schedules, sweep", look: examineSchedule},
		stripeLook(), carrierLook(cfg), mailerLook(cfg), mediaLook(cfg),
		{name: "Alerts", look: examineAlerts},
		{name: "Metrics", remedy: "correct BEDESTEN_METRICS_ADDR", look: examineMetrics},
		{name: "Traces", remedy: "start the collector, or correct OTEL_EXPORTER_OTLP_ENDPOINT; the shop sells without it, traces are then lost", look: examineTraces},
	}
}

// look is an examination of one server. away, where there is one, is what to do
// about a server that does not answer, remedy about everything else.
type look struct {
	name, remedy, away string
	look               func(context.Context, config.Config) (string, error)
}

func (l look) take(ctx context.Context, cfg config.Config) Finding {
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	f := Finding{Name: l.name, Remedy: l.remedy}
	f.Detail, f.Err = l.look(ctx, cfg)
	var away *awayError
	if errors.As(f.Err, &away) {
		f.Remedy = l.away
	}
	return f
}

// withMongo looks at something through a connection of its own.
func withMongo(ctx context.Context, cfg config.Config, look func(*mongodriver.Database) (string, error)) (string, error) {
	db, err := mongo.Connect(cfg.MongoURL, cfg.MongoDatabase, nil)
	if err != nil {
		return "", err
	}
	detail, err := look(db)
	if fault.Is(err, fault.Unavailable) {
		err = &awayError{err}
	}
	return detail, errors.Join(err, disconnect(ctx, db))
}

func examineMongo(ctx context.Context, cfg config.Config) (string, error) {
	return withMongo(ctx, cfg, func(db *mongodriver.Database) (string, error) {
		return "answers; database " + cfg.MongoDatabase, mongo.Ping(ctx, db)
	})
}

func examineLookup(ctx context.Context, cfg config.Config) (string, error) {
	l, err := lookup(cfg)
	if err != nil {
		return "", err
	}
	return withMongo(ctx, cfg, func(db *mongodriver.Database) (string, error) {
		there, err := mongo.NewLookupMark(db, l.Key).Check(ctx)
		if !there {
			return "nothing to hold it against yet: `bedesten migrate` marks it", err
		}
		return "the shop's own", err
	})
}

func examineMasters(ctx context.Context, cfg config.Config) (string, error) {
	ring, err := masters(cfg)
	if err != nil {
		return "", err
	}
	return withMongo(ctx, cfg, func(db *mongodriver.Database) (string, error) {
		absent, err := mongo.NewVault(db, ring, clock.System).MissingMasters(ctx)
		if err == nil && len(absent) > 0 {
			err = fmt.Errorf("BEDESTEN_DATA_KEYS lacks %s: whoever's data is under them cannot sign in, and their orders answer with an error", strings.Join(absent, ", "))
		}
		return "every one that is needed is there", err
	})
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
	codec, err := payloads(cfg)
	if err != nil {
		return "", err
	}
	c, err := client.DialContext(ctx, temporalOptions(cfg, codec))
	if err != nil {
		return "", fmt.Errorf("connecting to Temporal at %s: %w", cfg.TemporalAddr, err)
	}
	defer c.Close()
	return look(c)
}

func examineTemporal(ctx context.Context, cfg config.Config) (string, error) {
	return withTemporal(ctx, cfg, func(client.Client) (string, error) {
		return "answers at " + cfg.TemporalAddr + "; namespace " + cfg.TemporalNamespace, nil
	})
}

func examineAttributes(ctx context.Context, cfg config.Config) (string, error) {
	return withTemporal(ctx, cfg, func(c client.Client) (string, error) {
		return "registered", worker.CheckAttributes(ctx, c, cfg.TemporalNamespace)
	})
}

func examinePollers(ctx context.Context, cfg config.Config) (string, error) {
	return withTemporal(ctx, cfg, func(c client.Client) (string, error) { return worker.CheckPollers(ctx, c, time.Now()) })
}

func examineTasks(ctx context.Context, cfg config.Config) (string, error) {
	return withTemporal(ctx, cfg, func(c client.Client) (string, error) { return worker.CheckTasks(ctx, c) })
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
