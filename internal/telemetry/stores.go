package telemetry

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// MongoMonitor observes the commands that go to MongoDB: their names, their
// collections, how long they took; never what is in them. nil where nothing is
// told of them.
func (t *Telemetry) MongoMonitor() *event.CommandMonitor {
	if t.metrics == nil && t.tracer == nil {
		return nil
	}
	m := &mongoMonitor{t: t}
	return &event.CommandMonitor{
		Started: m.started,
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) {
			m.finished(e.CommandFinishedEvent, nil)
		},
		Failed: func(_ context.Context, e *event.CommandFailedEvent) {
			m.finished(e.CommandFinishedEvent, e.Failure)
		},
	}
}

// mongoMonitor keeps the span of each command that is under way.
type mongoMonitor struct {
	t     *Telemetry
	spans sync.Map
}

// underWay names a command until it is answered.
type underWay struct {
	connection string
	request    int64
}

func (m *mongoMonitor) started(ctx context.Context, e *event.CommandStartedEvent) {
	if m.t.tracer == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	collection := collectionOf(e)
	_, span := m.t.tracer.Start(ctx, e.CommandName+" "+collection, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attrSystem.String("mongodb"), attrCommand.String(e.CommandName), attrCollection.String(collection)))
	m.spans.Store(underWay{e.ConnectionID, e.RequestID}, span)
}

func (m *mongoMonitor) finished(e event.CommandFinishedEvent, err error) {
	if m.t.metrics != nil {
		m.t.metrics.store.WithLabelValues("mongo", e.CommandName, okay(err)).Observe(e.Duration.Seconds())
	}
	kept, ok := m.spans.LoadAndDelete(underWay{e.ConnectionID, e.RequestID})
	if !ok {
		return
	}
	span, _ := kept.(trace.Span)
	if err != nil {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(attrErrorType.String(codeOf(err)))
	}
	span.End()
}

// collectionOf reads the one thing of a command that may be told beside its
// name: in most the first element's value, in getMore a field
// (mongodb.com/docs/manual/reference/command).
func collectionOf(e *event.CommandStartedEvent) string {
	name := e.CommandName
	if name == "getMore" {
		name = "collection"
	}
	collection, _ := e.Command.Lookup(name).StringValueOK()
	return collection
}

// codeOf is the server's number for an error, which says enough without the
// text, in which a key or a document may stand.
func codeOf(err error) string {
	var refused mongo.CommandError
	if errors.As(err, &refused) {
		return strconv.Itoa(int(refused.Code))
	}
	return "no answer"
}

func okay(err error) string {
	if err != nil {
		return "error"
	}
	return "ok"
}

// Redis observes the commands of a client: their names, never their arguments.
func (t *Telemetry) Redis(c *redis.Client) error {
	if t.metrics != nil {
		c.AddHook(redisHook{t.metrics})
	}
	if t.tracer == nil {
		return nil
	}
	return redisotel.InstrumentTracing(c, redisotel.WithTracerProvider(t.provider),
		redisotel.WithDBStatement(false), redisotel.WithCallerEnabled(false), redisotel.WithDialFilter(true))
}

// redisHook measures commands.
type redisHook struct{ m *metrics }

// DialHook lets connections through.
func (h redisHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook measures one command.
func (h redisHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		began := time.Now()
		err := next(ctx, cmd)
		failed := err
		if errors.Is(err, redis.Nil) {
			failed = nil // nothing there is an answer
		}
		h.m.store.WithLabelValues("redis", cmd.Name(), okay(failed)).Observe(since(began))
		return err
	}
}

// ProcessPipelineHook measures a pipeline as one command.
func (h redisHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		began := time.Now()
		err := next(ctx, cmds)
		h.m.store.WithLabelValues("redis", "pipeline", okay(err)).Observe(since(began))
		return err
	}
}
