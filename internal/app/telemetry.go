package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/telemetry"
	"github.com/bedesten/bedesten/worker"
	"github.com/bedesten/bedesten/workflows"
)

func openTelemetry(ctx context.Context, cfg config.Config, log *slog.Logger) (*telemetry.Telemetry, error) {
	return telemetry.Open(ctx, telemetry.Config{
		Process: filepath.Base(os.Args[0]), Build: cfg.BuildID,
		Metrics: cfg.MetricsAddr != "", TracesURL: cfg.TracesURL, Ratio: cfg.TraceRatio,
		Queues:    worker.Queues(),
		Untraced:  []string{"/healthz", "/readyz"},
		RequestID: api.RequestID, OrderOf: orderOf, Log: log,
	})
}

// orderOf returns the order that a workflow id is about, if any: an order's own,
// or a parcel's, whose id begins with the order's.
func orderOf(workflowID string) string {
	if id, ok := strings.CutPrefix(workflowID, workflows.OrderID("")); ok {
		return id
	}
	if id, ok := strings.CutPrefix(workflowID, workflows.ShipmentID("")); ok {
		id, _, _ = strings.Cut(id, "-")
		return id
	}
	return ""
}

// Metrics serves /metrics; nil where metrics are off.
func (a *App) Metrics() http.Handler { return a.telemetry.Handler() }

// WithMetrics does what a process is for, and serves /metrics meanwhile where
// the configuration asks for it.
func (a *App) WithMetrics(ctx context.Context, do func(context.Context) error) error {
	if a.Config.MetricsAddr == "" {
		return do(ctx)
	}
	stop, err := a.telemetry.Serve(ctx, a.Config.MetricsAddr)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx), stop())
}

// Still returns what has come no further for longer than the policy waits.
func (a *App) Still(ctx context.Context, limit int) ([]order.Still, error) {
	return mongo.NewBacklog(a.DB).Still(ctx, a.Clock().Add(-a.Policy.AttentionAfter), limit)
}

// watched is how many orders that need a person are counted by reason and age:
// beyond so many the number says nothing new.
const watched = 1000

// standing reads how the shop stands, for whoever watches it.
func (a *App) standing(ctx context.Context) (telemetry.Standing, error) {
	s := telemetry.Standing{Attention: map[string][]time.Time{}, Queues: map[string]telemetry.Queue{}}
	b := mongo.NewBacklog(a.DB)
	waiting, err := b.Attention(ctx, watched)
	if err != nil {
		return s, err
	}
	for _, o := range waiting {
		for _, each := range o.Reasons() {
			s.Attention[string(each.Reason)] = append(s.Attention[string(each.Reason)], each.Since)
		}
	}
	if s.Mails, err = b.Mails(ctx); err != nil {
		return s, err
	}
	if s.Parcels, err = b.Parcels(ctx); err != nil {
		return s, err
	}
	pictures, since, err := b.Pictures(ctx)
	if err != nil {
		return s, err
	}
	s.Queues["pictures"] = telemetry.Queue{Depth: pictures, Oldest: since}
	files, since, err := b.Files(ctx)
	if err != nil {
		return s, err
	}
	s.Queues["imports"] = telemetry.Queue{Depth: files, Oldest: since}
	return s, b.Queues(ctx, func(name string, depth int64, oldest time.Time) {
		s.Queues[name] = telemetry.Queue{Depth: depth, Oldest: oldest}
	})
}
