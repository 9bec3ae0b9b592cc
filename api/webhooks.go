package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

func (a *API) webhookRoutes() {
	handle(a, Route{
		ID: "shipping-webhook", Method: http.MethodPost, Path: "/v1/webhooks/shipping/{provider}", Tag: "shipping", Access: ProviderSignature,
		Summary: "Take news from a carrier", AnyBody: true, Codes: []fault.Code{fault.Malformed, fault.NotFound},
		Sends: func(provider string) bool {
			carrier, known := a.Carriers[provider]
			return known && carrier.Tracks()
		},
		Description: "Verified, stored, answered; then the parcel asks the carrier itself. Not signed, or signed and not to be read: 400. " +
			"One about a parcel that is not ours is kept, and answered as the others.",
	}, a.shippingWebhook)
	handle(a, Route{
		ID: "mail-webhook", Method: http.MethodPost, Path: "/v1/webhooks/mail/{provider}", Tag: "mail", Access: ProviderSignature,
		Summary: "Take news of mails from their provider", AnyBody: true, Codes: []fault.Code{fault.Malformed, fault.NotFound},
		Sends: func(provider string) bool {
			return a.Mailer != nil && a.Mailer.Name() == provider && a.Mailer.Tells()
		},
		Description: "Verified, written to the mails, answered. Not signed, signed too long ago, or signed and not to be read: 400.",
	}, a.mailWebhook)
}

// signatures are the headers in which providers sign: docs.stripe.com/webhooks,
// docs.easypost.com/guides/webhooks-guide,
// www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
// What they hold is each provider's own to verify.
var signatures = map[string]string{
	"stripe": "Stripe-Signature", "easypost": "X-Hmac-Signature", "sendgrid": "X-Twilio-Email-Event-Webhook-Signature",
}

// knock refuses, before its body is read, a webhook that cannot be one: a megabyte
// is kept for nobody who does not even pretend to sign.
func knock(c *gin.Context, r Route) error {
	provider := c.Param("provider")
	if !r.Sends(provider) {
		return noProvider()
	}
	if header, known := signatures[provider]; known && c.GetHeader(header) == "" {
		return fault.New(fault.Malformed, saidNotSigned, provider)
	}
	return nil
}

const saidNotSigned = "the webhook is not signed by %s, or too long ago"

// unreadable says why a webhook is not taken.
func (a *API) unreadable(ctx context.Context, provider string, err error) error {
	switch {
	case fault.Is(err, fault.NotFound):
		return noProvider()
	case fault.Is(err, fault.Malformed):
		a.Log.InfoContext(ctx, "a signed webhook cannot be read", "request_id", RequestID(ctx), "provider", provider, "error", err)
		return fault.Wrap(err, fault.Malformed, "the webhook is signed by %s, but cannot be read", provider)
	}
	return fault.Wrap(err, fault.Malformed, saidNotSigned, provider)
}

func noProvider() error { return fault.New(fault.NotFound, "no such provider") }

// shippingWebhook keeps a verified event before it is acknowledged. The parcel is
// told right after, and by the sweeper if that fails.
func (a *API) shippingWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	carrier, known := a.Carriers[in.Provider]
	if !known {
		return nil, noProvider()
	}
	event, err := carrier.ReadWebhook(requestOf(ctx).http.Header, in.RawBody, time.Now())
	if err != nil {
		return nil, a.unreadable(ctx, in.Provider, err)
	}
	out := &webhookOutput{}
	out.Body.Received = true
	if event.Ref == "" && event.TrackingCode == "" {
		return out, nil
	}
	now := a.Clock()
	fresh, err := a.ShippingInbox.Put(ctx, in.Provider, event, now)
	if err != nil || !fresh {
		return out, err
	}
	letter := shipping.Letter{
		ID: in.Provider + ":" + event.ID, Carrier: in.Provider, EventID: event.ID, Type: event.Type,
		Ref: event.Ref, TrackingCode: event.TrackingCode, At: event.At, ReceivedAt: now,
	}
	a.background.Go(func() {
		if err := a.passOn(context.WithoutCancel(ctx), letter); err != nil {
			a.Log.InfoContext(ctx, "a carrier's event is left to the sweeper", "event", letter.ID, "error", err)
		}
	})
	return out, nil
}

// passOn wakes the parcel that a letter is about. Of one whose run is over the
// sweeper knows what it may still mean.
func (a *API) passOn(ctx context.Context, l shipping.Letter) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	row, err := a.Shipments.ByRef(ctx, l.Carrier, l.Ref, l.TrackingCode)
	if fault.Is(err, fault.NotFound) {
		a.Log.WarnContext(ctx, "a carrier's webhook names no parcel of ours", "request_id", RequestID(ctx), "event", l.ID, "type", l.Type)
		return a.ShippingInbox.Delivered(ctx, l, shipping.LetterUnknown)
	}
	if err != nil {
		return err
	}
	if err := a.ShipmentRuns.TellShipment(ctx, row.ID, shipping.Fact{ID: l.EventID, Kind: shipping.FactCarrier}); err != nil {
		return err
	}
	return a.ShippingInbox.Delivered(ctx, l, shipping.LetterTold)
}

// mailWebhook writes what the provider tells to the mails. An order whose mail
// came back is told before the provider is answered, so that the provider asks
// again if that fails: nobody else would.
func (a *API) mailWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	if a.Mailer == nil || a.Mailer.Name() != in.Provider {
		return nil, noProvider()
	}
	events, err := a.Mailer.ReadWebhook(requestOf(ctx).http.Header, in.RawBody, time.Now())
	if err != nil {
		return nil, a.unreadable(ctx, in.Provider, err)
	}
	for _, e := range events {
		if err := a.hearOfMail(ctx, e); err != nil {
			return nil, err
		}
	}
	out := &webhookOutput{}
	out.Body.Received = true
	return out, nil
}

// hearOfMail writes one event down and tells the order what it does not know: that
// a mail of unknown fate is with the provider after all, or that one came back.
func (a *API) hearOfMail(ctx context.Context, e notify.Event) error {
	mailID, _, ours := notify.CutSendKey(e.Key)
	if !ours {
		return nil
	}
	before, err := a.Mails.FindMail(ctx, mailID)
	if fault.Is(err, fault.NotFound) {
		a.Log.WarnContext(ctx, "an event names no mail of ours", "request_id", RequestID(ctx), "event", e.ID, "kind", string(e.Kind))
		return nil
	}
	if err != nil {
		return err
	}
	m, fresh, err := a.Mails.Tell(ctx, e)
	if err != nil {
		return err
	}
	fact := order.Fact{ID: m.ID, Kind: order.FactMail, State: string(m.State), Code: e.Code}
	switch bounced := e.Kind == notify.EventBounced || e.Kind == notify.EventDropped; {
	case bounced && m.State == notify.Bounced:
		// Also of one that was written down before: the order may not have heard it.
		return a.tellOfMail(ctx, m, fact, true)
	case fresh && waited(before.State):
		a.background.Go(func() {
			if err := a.tellOfMail(context.WithoutCancel(ctx), m, fact, false); err != nil {
				a.Log.InfoContext(ctx, "the order will look at its mail by itself", "mail", m.ID, "error", err)
			}
		})
	}
	return nil
}

// waited reports whether an order still waits for the word about a mail in a
// state.
func waited(s notify.State) bool { return s == notify.Sent || s == notify.Unsure }

// tellOfMail hands what became of a mail to its order. One whose run has completed
// is begun again only where revive says so.
func (a *API) tellOfMail(ctx context.Context, m notify.Mail, f order.Fact, revive bool) error {
	if !id.Valid(id.Order, m.OrderID) {
		return nil // a letter: its workflow looks at the row
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	o, err := a.Orders.Find(ctx, m.OrderID)
	if err != nil {
		return err
	}
	err = a.Runs.Tell(ctx, o, f, revive)
	if fault.Is(err, fault.Conflict) {
		return nil // completed: nobody waits
	}
	return err
}
