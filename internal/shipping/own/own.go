// Package own is the shop's own delivery, without a carrier: the label is a
// delivery note that the shop prints itself, and what becomes of the parcel comes
// from the staff's hand. Nothing is asked of anybody, so no call is ever without
// an answer, and nothing is kept: what it shows of a shipment follows from the
// shipment's name alone, and is the same however often it is asked.
package own

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

// Name is the carrier's name in routes and rows.
const Name = "own"

// service is the only one, and its own reference.
const service = "own_delivery"

var _ shipping.Carrier = (*Carrier)(nil)

// Carrier is the shop's own delivery.
type Carrier struct{ currency string }

// New returns the shop's own delivery. currency is the one that its rate of
// nothing is written down in.
func New(currency string) *Carrier { return &Carrier{currency: currency} }

// Name returns "own".
func (c *Carrier) Name() string { return Name }

// Tracks reports that nobody but the staff tells how a parcel travels.
func (c *Carrier) Tracks() bool { return false }

// refShape is what a reference can be: it is printed as a bar code.
var refShape = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)

// Open names the shipment by our reference. Somebody must live somewhere, and
// something must be sent: else it is a No.
func (c *Carrier) Open(_ context.Context, r shipping.OpenRequest) shipping.Answer {
	switch {
	case !refShape.MatchString(r.Reference):
		return shipping.Answer{Outcome: outcome.RefusedByProvider, Code: "reference"}
	case strings.TrimSpace(r.To.Name+r.To.Company) == "" || strings.TrimSpace(r.To.Line1) == "":
		return shipping.Answer{Outcome: outcome.No, Code: "address"}
	case r.WeightGrams < 1:
		return shipping.Answer{Outcome: outcome.No, Code: "weight"}
	}
	return shipping.Answer{Outcome: outcome.Yes, Picture: c.picture(r.Reference, shipping.StandsOpen)}
}

// Buy needs nobody: the note can be printed.
func (c *Carrier) Buy(_ context.Context, r shipping.BuyRequest) shipping.Answer {
	if r.RateRef != service {
		return shipping.Answer{Outcome: outcome.No, Code: "rate"}
	}
	return c.show(r.Ref, shipping.StandsBought)
}

// Void needs nobody: the note is torn up.
func (c *Carrier) Void(_ context.Context, r shipping.VoidRequest) shipping.Answer {
	return c.show(r.Ref, shipping.StandsVoided)
}

// Lookup shows the shipment as one whose note can be printed: nothing remembers
// whether it was asked for, or torn up.
func (c *Carrier) Lookup(_ context.Context, ref string) shipping.Answer {
	return c.show(ref, shipping.StandsBought)
}

// Search finds what Open shows: every reference names a shipment.
func (c *Carrier) Search(_ context.Context, reference string, _ time.Time) shipping.Answer {
	return c.show(reference, shipping.StandsOpen)
}

func (c *Carrier) show(ref string, standing shipping.Standing) shipping.Answer {
	if !refShape.MatchString(ref) {
		return shipping.Answer{Outcome: outcome.Missing, Code: "not_a_reference"}
	}
	return shipping.Answer{Outcome: outcome.Yes, Picture: c.picture(ref, standing)}
}

func (c *Carrier) picture(ref string, standing shipping.Standing) shipping.Picture {
	rate := shipping.Rate{Ref: service, Service: service, Price: money.Of(0, c.currency)}
	p := shipping.Picture{Ref: ref, Reference: ref, Standing: standing, Rates: []shipping.Rate{rate}}
	if standing != shipping.StandsOpen {
		p.Bought, p.TrackingCode = rate, number(ref)
	}
	return p
}

// number is the shipment's number in the name of the op that opened it.
func number(ref string) string {
	if at := strings.LastIndex(ref, "-"+string(shipping.OpOpen)); at > 0 {
		return ref[:at]
	}
	return ref
}

// Label draws the delivery note.
func (c *Carrier) Label(_ context.Context, ref string, f shipping.Format) ([]byte, error) {
	if !refShape.MatchString(ref) {
		return nil, fault.New(fault.NotFound, "there is no parcel of this name")
	}
	switch f {
	case shipping.PDF:
		return notePDF(number(ref)), nil
	case shipping.ZPL:
		return noteZPL(number(ref)), nil
	}
	return nil, fault.New(fault.Invalid, "a label is pdf or zpl, not %q", f)
}

// List returns nothing: own delivery keeps no books beside the shop's own.
func (c *Carrier) List(context.Context, time.Time) ([]shipping.Picture, error) {
	return []shipping.Picture{}, nil
}

// Events returns nothing: only the staff tell of a parcel.
func (c *Carrier) Events(context.Context, time.Time) ([]shipping.Event, error) {
	return []shipping.Event{}, nil
}

// ReadWebhook is a NotFound fault: nobody sends any.
func (c *Carrier) ReadWebhook(http.Header, []byte, time.Time) (shipping.Event, error) {
	return shipping.Event{}, fault.New(fault.NotFound, "own delivery has no webhooks")
}
