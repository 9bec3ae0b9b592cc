package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/shipping"
)

// ShipmentAccess is embedded in the input of routes about a parcel.
type ShipmentAccess struct {
	ShipmentID string `path:"shipment_id" doc:"The parcel's id" example:"ord_01k3v8m4w0f3q2x9y6z7a1b2c3-parcel-1"`
}

type shipmentOutput struct {
	Status     int
	RetryAfter seconds `header:"Retry-After"`
	Body       ShipmentView
}

type parcelInput struct {
	ShipmentAccess
	KeyHeader
}

type scanInput struct {
	ShipmentAccess
	KeyHeader
	Body struct {
		State shipping.State `json:"state" doc:"What was seen of the parcel." example:"delivered"`
	}
}

type labelInput struct {
	ShipmentAccess
	Format shipping.Format `query:"format" default:"pdf" enum:"pdf,zpl" doc:"pdf for any printer, zpl for a label printer."`
}

type labelOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// labelTypes are the types of a label's forms.
var labelTypes = map[shipping.Format]string{shipping.PDF: "application/pdf", shipping.ZPL: "application/zpl"}

// tagStaff groups what the people of the shop do.
const tagStaff = "staff"

// parcelAnswers are the successes of what staff do with a parcel.
var parcelAnswers = map[int]string{
	http.StatusOK:       "It is done, or was done before: the parcel as it stands.",
	http.StatusAccepted: "No answer yet: the parcel as it stands now. Look at it again after Retry-After, or ask again with the same key.",
}

func (a *API) shipmentRoutes() {
	handle(a, Route{
		ID: "get-shipment", Method: http.MethodGet, Path: "/v1/shipments/{shipment_id}", Tag: tagStaff, Access: Staff, Permission: identity.ReadOrders,
		Summary: "Show a parcel as it stands",
	}, func(ctx context.Context, in *ShipmentAccess) (*shipmentOutput, error) {
		s, err := a.findShipment(ctx, in.ShipmentID)
		return &shipmentOutput{Status: http.StatusOK, Body: viewShipment(s)}, err
	})
	handle(a, Route{
		ID: "get-label", Method: http.MethodGet, Path: "/v1/shipments/{shipment_id}/label", Tag: tagStaff, Access: Staff, Permission: identity.ReadOrders,
		Summary: "Print a parcel's label", Produces: []string{labelTypes[shipping.PDF], labelTypes[shipping.ZPL]}, Codes: []fault.Code{fault.Conflict},
		Description: "Fetched from the carrier each time, so that nobody prints one that was given back. Without a label yet, or any more: 409.",
	}, a.getLabel)
	handle(a, Route{
		ID: "pack-shipment", Method: http.MethodPost, Path: "/v1/shipments/{shipment_id}/pack", Tag: tagStaff, Access: Staff, Permission: identity.FulfilOrders,
		Summary: "Say that a parcel is packed", NeedsKey: true, AnyBody: true, Codes: []fault.Code{fault.Conflict}, Answers: parcelAnswers,
		Description: "The order then captures what is paid for it, which is waited for a little: `ready`, and it may leave; `blocked`, and it may not. 202 while the bank has not answered: hand it over once it is `ready`. Without a label: 409.",
	}, func(ctx context.Context, in *parcelInput) (*shipmentOutput, error) {
		return a.doParcel(ctx, in.ShipmentID, actionPack, in.Key, "")
	})
	handle(a, Route{
		ID: "hand-over-shipment", Method: http.MethodPost, Path: "/v1/shipments/{shipment_id}/hand-over", Tag: tagStaff, Access: Staff, Permission: identity.FulfilOrders,
		Summary: "Say that the carrier has a parcel", NeedsKey: true, AnyBody: true, Codes: []fault.Code{fault.Conflict}, Answers: parcelAnswers,
		Description: "Only of a parcel that is `ready`: one that is not packed, or not paid for, stays in the house, and the answer is 409.",
	}, func(ctx context.Context, in *parcelInput) (*shipmentOutput, error) {
		return a.doParcel(ctx, in.ShipmentID, actionHandOver, in.Key, "")
	})
	handle(a, Route{
		ID: "scan-shipment", Method: http.MethodPost, Path: "/v1/shipments/{shipment_id}/scan", Tag: tagStaff, Access: Staff, Permission: identity.FulfilOrders,
		Summary: "Say what was seen of a parcel that has left", NeedsKey: true, Codes: []fault.Code{fault.Conflict}, Answers: parcelAnswers,
		Description: "For the shop's own delivery, and for what a carrier says on the telephone. A parcel goes forward only; what does not follow from where it is: 409.",
	}, a.scanParcel)
	handle(a, Route{
		ID: "cancel-shipment", Method: http.MethodPost, Path: "/v1/shipments/{shipment_id}/cancel", Tag: tagStaff, Access: Staff, Permission: identity.FulfilOrders,
		Summary: "Give up a parcel that has not left", NeedsKey: true, AnyBody: true, Codes: []fault.Code{fault.Conflict}, Answers: parcelAnswers,
		Description: "Its label is given back, and so is what was paid for it. One that has left can only come back: 409.",
	}, func(ctx context.Context, in *parcelInput) (*shipmentOutput, error) {
		return a.doParcel(ctx, in.ShipmentID, actionCancel, in.Key, "")
	})
}

// labelTimeout bounds the carrier's two calls: to name the label and to fetch it.
const labelTimeout = 20 * time.Second

func (a *API) getLabel(ctx context.Context, in *labelInput) (*labelOutput, error) {
	s, err := a.findShipment(ctx, in.ShipmentID)
	if err != nil {
		return nil, err
	}
	carrier, known := a.Carriers[s.Carrier]
	switch {
	case !printable(s.State):
		return nil, fault.New(fault.Conflict, "a parcel that is %s has no label to print", s.State)
	case !known:
		return nil, fault.New(fault.Unavailable, "this shop is not connected to %s any more", s.Carrier)
	}
	ctx, cancel := context.WithTimeout(ctx, labelTimeout)
	defer cancel()
	label, err := carrier.Label(ctx, s.Ref, in.Format)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.Wrap(err, fault.Conflict, "%s has no label of this parcel any more", s.Carrier)
	}
	if err != nil {
		return nil, err
	}
	return &labelOutput{
		ContentType: labelTypes[in.Format], Disposition: `inline; filename="` + s.ID + "." + string(in.Format) + `"`, Body: label,
	}, nil
}

func (a *API) scanParcel(ctx context.Context, in *scanInput) (*shipmentOutput, error) {
	if seen := in.Body.State; !seen.Left() || seen == shipping.HandedOver {
		return nil, fault.New(fault.Invalid, "this is nothing that is seen of a parcel on its way").With(detailField, "body.state")
	}
	return a.doParcel(ctx, in.ShipmentID, actionScan, in.Key, in.Body.State)
}

func (a *API) doParcel(ctx context.Context, shipmentID string, action parcelAction, key string, scanned shipping.State) (*shipmentOutput, error) {
	s, err := a.findShipment(ctx, shipmentID)
	if err != nil {
		return nil, err
	}
	s, taken, err := a.tellParcel(ctx, s, action, key, scanned)
	if err != nil {
		return nil, err
	}
	if !taken {
		return &shipmentOutput{Status: http.StatusAccepted, RetryAfter: inSeconds(pendingRetry), Body: viewShipment(s)}, nil
	}
	return &shipmentOutput{Status: http.StatusOK, Body: viewShipment(s)}, nil
}
