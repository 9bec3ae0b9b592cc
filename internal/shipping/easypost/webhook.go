package easypost

import (
	"errors"
	"net/http"
	"time"

	"github.com/EasyPost/easypost-go/v5"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/shipping"
)

// signatureHeader carries the HMAC of the raw body.
// docs.easypost.com/guides/webhooks-guide
const signatureHeader = "X-Hmac-Signature"

// maxEventID is the longest event id that is taken; EasyPost's own are 36
// characters long (www.easypost.com/docs/api#easypost-objects).
const maxEventID = 255

// ReadWebhook verifies the signature over the raw body against every secret, in
// constant time (easypost-go's ValidateWebhook), and reads which shipment the
// event is about; the rest of it is a hint to look. EasyPost signs no time: an old
// letter that is sent again is as good as the first, and its id is the same. One
// that is signed and cannot be read is a Malformed fault.
func (c *Carrier) ReadWebhook(header http.Header, body []byte, _ time.Time) (shipping.Event, error) {
	signature := header.Get(signatureHeader)
	if signature == "" || len(header.Values(signatureHeader)) != 1 {
		return shipping.Event{}, fault.New(fault.Invalid, "the webhook has not one signature")
	}
	headers := map[string]any{signatureHeader: signature}
	for _, secret := range c.secrets {
		if secret == "" {
			continue // its signatures anybody can make
		}
		e, err := c.client().ValidateWebhook(body, headers, secret)
		var mismatch *easypost.MismatchWebhookSignatureError
		switch {
		case errors.As(err, &mismatch):
		case err != nil:
			return shipping.Event{}, fault.Wrap(err, fault.Malformed, "the webhook's body cannot be read")
		default:
			return event(e)
		}
	}
	return shipping.Event{}, fault.New(fault.Invalid, "the webhook is not signed by EasyPost")
}

// event reads what a parcel needs to know of an event.
func event(e *easypost.Event) (shipping.Event, error) {
	if e == nil || e.ID == "" || len(e.ID) > maxEventID {
		return shipping.Event{}, fault.New(fault.Malformed, "the webhook has no event id of at most %d characters", maxEventID)
	}
	out := shipping.Event{ID: e.ID, Type: e.Description, At: moment(e.CreatedAt)}
	switch about := e.Result.(type) {
	case *easypost.Tracker:
		out.Ref, out.TrackingCode = about.ShipmentID, about.TrackingCode
	case *easypost.Refund:
		out.Ref, out.TrackingCode = about.ShipmentID, about.TrackingCode
	case *easypost.Shipment:
		out.Ref, out.TrackingCode = about.ID, about.TrackingCode
	}
	return out, nil
}
