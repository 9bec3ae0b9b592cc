package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// called is one operation at a provider, which may take several requests.
type called struct {
	t                   *Telemetry
	provider, operation string
	began               time.Time
	span                trace.Span
}

// call begins an operation; its requests belong to the returned context.
func (t *Telemetry) call(ctx context.Context, provider, operation, opID string) (context.Context, called) {
	c := called{t: t, provider: provider, operation: operation, began: time.Now()}
	if t.tracer != nil {
		attrs := []attribute.KeyValue{attrProvider.String(provider), attrOperation.String(operation)}
		if opID != "" {
			attrs = append(attrs, attrOp.String(opID))
		}
		ctx, c.span = t.tracer.Start(ctx, provider+" "+operation, trace.WithAttributes(attrs...))
	}
	return ctx, c
}

// done ends it. An outcome that is unknown, or our own mistake, is an error; a
// provider's no is none.
func (c called) done(o outcome.Outcome) {
	if c.t.metrics != nil {
		c.t.metrics.provider.WithLabelValues(c.provider, c.operation, string(o)).Observe(since(c.began))
	}
	if c.span != nil {
		c.span.SetAttributes(attrOutcome.String(string(o)))
		if o == outcome.Unsure || o == outcome.RefusedByProvider || o == outcome.NotSent {
			c.span.SetStatus(codes.Error, "")
		}
		c.span.End()
	}
}

// failed ends an operation that has an error instead of an outcome.
func (c called) failed(err error) {
	if err != nil {
		c.done(outcome.Unsure)
		return
	}
	c.done(outcome.Yes)
}

// Gateways observes every operation at the payment providers.
func (t *Telemetry) Gateways(all payment.Gateways) payment.Gateways {
	if t.metrics == nil && t.tracer == nil {
		return all
	}
	observed := payment.Gateways{}
	for name, g := range all {
		observed[name] = gateway{Gateway: g, t: t}
	}
	return observed
}

type gateway struct {
	payment.Gateway
	t *Telemetry
}

func (g gateway) ask(ctx context.Context, operation, opID string, do func(context.Context) payment.Answer) payment.Answer {
	ctx, call := g.t.call(ctx, g.Provider(), operation, opID)
	a := do(ctx)
	call.done(a.Outcome)
	return a
}

func listed[T any](ctx context.Context, t *Telemetry, provider, operation string, do func(context.Context) (T, error)) (T, error) {
	ctx, call := t.call(ctx, provider, operation, "")
	list, err := do(ctx)
	call.failed(err)
	return list, err
}

func (g gateway) Open(ctx context.Context, r payment.OpenRequest) payment.Answer {
	return g.ask(ctx, "open", r.OpID, func(ctx context.Context) payment.Answer { return g.Gateway.Open(ctx, r) })
}

func (g gateway) Authorize(ctx context.Context, r payment.AuthorizeRequest) payment.Answer {
	return g.ask(ctx, "authorize", r.OpID, func(ctx context.Context) payment.Answer { return g.Gateway.Authorize(ctx, r) })
}

func (g gateway) Finalize(ctx context.Context, r payment.FinalizeRequest) payment.Answer {
	return g.ask(ctx, "finalize", r.OpID, func(ctx context.Context) payment.Answer { return g.Gateway.Finalize(ctx, r) })
}

func (g gateway) Cancel(ctx context.Context, r payment.CancelRequest) payment.Answer {
	return g.ask(ctx, "cancel", r.OpID, func(ctx context.Context) payment.Answer { return g.Gateway.Cancel(ctx, r) })
}

func (g gateway) Capture(ctx context.Context, r payment.CaptureRequest) payment.Answer {
	return g.ask(ctx, "capture", r.OpID, func(ctx context.Context) payment.Answer { return g.Gateway.Capture(ctx, r) })
}

func (g gateway) Refund(ctx context.Context, r payment.RefundRequest) payment.Answer {
	return g.ask(ctx, "refund", r.OpID, func(ctx context.Context) payment.Answer { return g.Gateway.Refund(ctx, r) })
}

func (g gateway) Refunds(ctx context.Context, ref string) ([]payment.Refund, error) {
	return listed(ctx, g.t, g.Provider(), "refunds", func(ctx context.Context) ([]payment.Refund, error) { return g.Gateway.Refunds(ctx, ref) })
}

func (g gateway) Lookup(ctx context.Context, ref string) payment.Answer {
	return g.ask(ctx, "look_up", "", func(ctx context.Context) payment.Answer { return g.Gateway.Lookup(ctx, ref) })
}

func (g gateway) Search(ctx context.Context, opID string, since time.Time) payment.Answer {
	return g.ask(ctx, "search", opID, func(ctx context.Context) payment.Answer { return g.Gateway.Search(ctx, opID, since) })
}

func (g gateway) List(ctx context.Context, since time.Time) ([]payment.Picture, error) {
	return listed(ctx, g.t, g.Provider(), "list", func(ctx context.Context) ([]payment.Picture, error) { return g.Gateway.List(ctx, since) })
}

func (g gateway) Events(ctx context.Context, since time.Time) ([]payment.Event, error) {
	return listed(ctx, g.t, g.Provider(), "events", func(ctx context.Context) ([]payment.Event, error) { return g.Gateway.Events(ctx, since) })
}

// Carriers observes every operation at the carriers.
func (t *Telemetry) Carriers(all shipping.Carriers) shipping.Carriers {
	if t.metrics == nil && t.tracer == nil {
		return all
	}
	observed := shipping.Carriers{}
	for name, c := range all {
		observed[name] = carrier{Carrier: c, t: t}
	}
	return observed
}

type carrier struct {
	shipping.Carrier
	t *Telemetry
}

func (c carrier) ask(ctx context.Context, operation, opID string, do func(context.Context) shipping.Answer) shipping.Answer {
	ctx, call := c.t.call(ctx, c.Name(), operation, opID)
	a := do(ctx)
	call.done(a.Outcome)
	return a
}

func (c carrier) Open(ctx context.Context, r shipping.OpenRequest) shipping.Answer {
	return c.ask(ctx, "open", r.Reference, func(ctx context.Context) shipping.Answer { return c.Carrier.Open(ctx, r) })
}

func (c carrier) Buy(ctx context.Context, r shipping.BuyRequest) shipping.Answer {
	return c.ask(ctx, "buy", r.OpID, func(ctx context.Context) shipping.Answer { return c.Carrier.Buy(ctx, r) })
}

func (c carrier) Void(ctx context.Context, r shipping.VoidRequest) shipping.Answer {
	return c.ask(ctx, "void", r.OpID, func(ctx context.Context) shipping.Answer { return c.Carrier.Void(ctx, r) })
}

func (c carrier) Lookup(ctx context.Context, ref string) shipping.Answer {
	return c.ask(ctx, "look_up", "", func(ctx context.Context) shipping.Answer { return c.Carrier.Lookup(ctx, ref) })
}

func (c carrier) Search(ctx context.Context, reference string, since time.Time) shipping.Answer {
	return c.ask(ctx, "search", reference, func(ctx context.Context) shipping.Answer { return c.Carrier.Search(ctx, reference, since) })
}

func (c carrier) Label(ctx context.Context, ref string, f shipping.Format) ([]byte, error) {
	return listed(ctx, c.t, c.Name(), "label", func(ctx context.Context) ([]byte, error) { return c.Carrier.Label(ctx, ref, f) })
}

func (c carrier) List(ctx context.Context, since time.Time) ([]shipping.Picture, error) {
	return listed(ctx, c.t, c.Name(), "list", func(ctx context.Context) ([]shipping.Picture, error) { return c.Carrier.List(ctx, since) })
}

func (c carrier) Events(ctx context.Context, since time.Time) ([]shipping.Event, error) {
	return listed(ctx, c.t, c.Name(), "events", func(ctx context.Context) ([]shipping.Event, error) { return c.Carrier.Events(ctx, since) })
}

// Mailer observes every mail that is handed over.
func (t *Telemetry) Mailer(m notify.Mailer) notify.Mailer {
	if t.metrics == nil && t.tracer == nil {
		return m
	}
	return mailer{Mailer: m, t: t}
}

type mailer struct {
	notify.Mailer
	t *Telemetry
}

func (m mailer) Send(ctx context.Context, msg notify.Message) notify.Answer {
	ctx, call := m.t.call(ctx, m.Name(), "send", msg.Key)
	a := m.Mailer.Send(ctx, msg)
	call.done(a.Outcome)
	return a
}
