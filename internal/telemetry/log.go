package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"go.opentelemetry.io/otel/trace"
	tlog "go.temporal.io/sdk/log"
)

// Keys of the ids in log lines.
const (
	keyRequest    = "request_id"
	keyOrder      = "order_id"
	keyWorkflow   = "workflow_id"
	keyRun        = "run_id"
	keyActivity   = "activity"
	keyTrace      = "trace_id"
	keyWorkflowOf = "WorkflowID" // as Temporal's logger has it
)

// idsKey is where a context holds the ids of what is being done.
type idsKey struct{}

// withIDs returns a context in which lines are logged with ids.
func withIDs(ctx context.Context, ids ...slog.Attr) context.Context {
	return context.WithValue(ctx, idsKey{}, ids)
}

// LogHandler passes lines on to next with the ids that their context holds,
// under one name for each thing, and without what a cause from elsewhere may
// carry of a person: addresses of mail, numbers of telephones and cards, secrets,
// and the queries of URLs. It is the last net, and no reason to log such things.
func LogHandler(next slog.Handler, requestID func(context.Context) string, orderOf func(string) string) slog.Handler {
	return handler{next: next, requestID: requestID, orderOf: orderOf}
}

type handler struct {
	next      slog.Handler
	requestID func(context.Context) string
	orderOf   func(workflowID string) string
	// has are the ids that every line has already.
	has string
}

// Enabled reports whether next takes lines of the level.
func (h handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// WithGroup puts what follows into a group.
func (h handler) WithGroup(name string) slog.Handler {
	h.next = h.next.WithGroup(name)
	return h
}

// WithAttrs returns a handler whose lines all have attrs.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, 0, len(attrs)+1)
	for _, a := range attrs {
		clean = h.add(clean, a)
	}
	for _, a := range clean {
		h.has += a.Key + " "
	}
	h.next = h.next.WithAttrs(clean)
	return h
}

// Handle writes one line.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	clean := make([]slog.Attr, 0, r.NumAttrs()+4)
	r.Attrs(func(a slog.Attr) bool {
		clean = h.add(clean, a)
		return true
	})
	for _, id := range h.ids(ctx) {
		if !has(clean, id.Key) && !strings.Contains(h.has, id.Key+" ") {
			clean = append(clean, id)
		}
	}
	line := slog.NewRecord(r.Time, r.Level, scrub(r.Message), r.PC)
	line.AddAttrs(clean...)
	return h.next.Handle(ctx, line)
}

func has(attrs []slog.Attr, key string) bool {
	for _, a := range attrs {
		if a.Key == key {
			return true
		}
	}
	return false
}

// ids are those of ctx: of the request, of the activity, of the trace.
func (h handler) ids(ctx context.Context) []slog.Attr {
	if ctx == nil {
		return nil
	}
	ids, _ := ctx.Value(idsKey{}).([]slog.Attr)
	ids = ids[:len(ids):len(ids)]
	if h.requestID != nil {
		if id := h.requestID(ctx); id != "" {
			ids = append(ids, slog.String(keyRequest, id))
		}
	}
	if sc := trace.SpanContextFromContext(ctx); sc.IsSampled() {
		ids = append(ids, slog.String(keyTrace, sc.TraceID().String()))
	}
	return ids
}

// add appends a under its name in our logs, and beside a workflow's id the
// order's.
func (h handler) add(attrs []slog.Attr, a slog.Attr) []slog.Attr {
	value := a.Value.Resolve()
	if a.Key == keyWorkflowOf && h.orderOf != nil {
		if id := h.orderOf(value.String()); id != "" {
			attrs = append(attrs, slog.String(keyOrder, id))
		}
	}
	return append(attrs, slog.Attr{Key: nameOf(a.Key), Value: cleaned(value)})
}

// renamed are names of others for what has a name in our lines.
var renamed = map[string]string{"order": keyOrder, "ActivityType": keyActivity}

// nameOf writes Temporal's names, WorkflowID, as ours: workflow_id.
func nameOf(key string) string {
	if name, ok := renamed[key]; ok {
		return name
	}
	if key == "" || !unicode.IsUpper(rune(key[0])) {
		return key
	}
	var b strings.Builder
	for i, r := range key {
		if unicode.IsUpper(r) && i > 0 && unicode.IsLower(rune(key[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// cleaned returns v without what is nobody's business.
func cleaned(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(scrub(v.String()))
	case slog.KindGroup:
		attrs := v.Group()
		clean := make([]slog.Attr, len(attrs))
		for i, a := range attrs {
			clean[i] = slog.Attr{Key: a.Key, Value: cleaned(a.Value.Resolve())}
		}
		return slog.GroupValue(clean...)
	case slog.KindAny:
		if v.Any() == nil {
			return v
		}
		return slog.StringValue(scrub(fmt.Sprint(v.Any())))
	default:
		return v
	}
}

// TemporalLog is log for Temporal's client and workers.
func TemporalLog(log *slog.Logger) tlog.Logger { return tlog.NewStructuredLogger(log) }
