package easypost

import (
	"slices"
	"strings"
	"time"
)

// shipment is one parcel on its way from rates to a refund or to a door.
// docs.easypost.com/docs/shipments
type shipment struct {
	head
	reference string
	from, to  *address
	parcel    *parcel
	format    string // of its label: PNG, PDF or ZPL
	rates     []*rate
	messages  []object
	selected  *rate
	label     *label
	tracker   *tracker

	buying       bool // a purchase runs
	refundStatus string
	settle       func() bool // takes back the refund's decision
	journey      string      // chosen by the control API; else by the destination
}

// metadata is what faults, calls and events of the shipment are matched by.
func (shp *shipment) metadata() map[string]string {
	return map[string]string{"reference": shp.reference, "shipment_id": shp.id}
}

// createShipment: docs.easypost.com/docs/shipments/create. Nothing makes a
// reference unique: a second call is a second shipment.
func (s *Server) createShipment(c *call) (answer, *apiError) {
	if err := c.body.only("shipment"); err != nil {
		return answer{}, err
	}
	in, err := c.body.object("shipment")
	if err != nil {
		return answer{}, err
	}
	if len(in.fields) == 0 {
		return answer{}, missingParam("shipment")
	}
	shp, err := s.readShipment(in)
	if err != nil {
		return answer{}, err
	}
	shp.rates, shp.messages = s.ratesFor(shp.from, shp.to, shp.parcel)
	if c.decline != nil {
		shp.rates, shp.messages = nil, []object{message("UPS", "rate_error", c.decline.message)}
	}
	s.store.shipments.add(shp)
	c.entry.Metadata = shp.metadata()
	c.w.Header().Set("Location", "/api/v2/shipments/"+shp.id)
	return created(shp.render())
}

func (s *Server) readShipment(in params) (*shipment, *apiError) {
	if err := in.only("reference", "to_address", "from_address", "parcel", "options"); err != nil {
		return nil, err
	}
	for _, need := range []string{"to_address", "from_address", "parcel"} {
		if !in.has(need) {
			return nil, missingParam(in.name(need))
		}
	}
	shp := &shipment{head: s.head("shp_")}
	var err *apiError
	if shp.reference, err = in.text("reference"); err != nil {
		return nil, err
	}
	if len(shp.reference) > 255 {
		return nil, in.wrong("reference", "is too long")
	}
	if shp.to, err = s.addressAt(in, "to_address"); err != nil {
		return nil, err
	}
	if shp.from, err = s.addressAt(in, "from_address"); err != nil {
		return nil, err
	}
	box, err := in.object("parcel")
	if err != nil {
		return nil, err
	}
	if shp.parcel, err = s.readParcel(box); err != nil {
		return nil, err
	}
	return shp, shp.readOptions(in)
}

func (s *Server) addressAt(in params, key string) (*address, *apiError) {
	at, err := in.object(key)
	if err != nil {
		return nil, err
	}
	return s.readAddress(at)
}

// readOptions: docs.easypost.com/docs/shipments/options, of which the label's
// format is taken.
func (shp *shipment) readOptions(in params) *apiError {
	shp.format = "PNG"
	opts, err := in.object("options")
	if err != nil {
		return err
	}
	if err := opts.only("label_format", "label_size", "currency", "print_custom_1"); err != nil {
		return err
	}
	format, err := opts.text("label_format")
	if err != nil || format == "" {
		return err
	}
	shp.format = strings.ToUpper(format)
	if !slices.Contains(labelFormats, shp.format) {
		return invalid("SHIPMENT.OPTIONS.INVALID", "Invalid shipment options.", field(opts.name("label_format"), "must be one of "+strings.Join(labelFormats, ", ")))
	}
	return nil
}

// retrieveShipment takes an id. EasyPost takes a reference in its place too, and
// advises against it, as nothing keeps references unique: here it is not found.
// www.easypost.com/docs/api#retrieve-a-shipment
func (s *Server) retrieveShipment(c *call) (answer, *apiError) {
	shp, found := s.store.shipments.get(c.id)
	if !found {
		return answer{}, notFound()
	}
	return ok(shp.render())
}

// month is how far a list of shipments reaches without a start or an end.
const month = 30 * 24 * time.Hour

// listShipments: www.easypost.com/docs/api#retrieve-a-list-of-shipments. Only
// purchased ones unless purchased=false asks for the others; whether those come
// alone or beside the purchased ones is unverified, and they come alone here.
// Without a start it begins a month ago or a month before the end, without an end
// it stops a month after the start.
func (s *Server) listShipments(c *call) (answer, *apiError) {
	purchased, err := c.flag("purchased", true)
	if err != nil {
		return answer{}, err
	}
	if _, err = c.flag("include_children", false); err != nil {
		return answer{}, err
	}
	span, err := c.span(s.clock.Now())
	if err != nil {
		return answer{}, err
	}
	rows, more, err := page(c, s.store.shipments, span, func(shp *shipment) bool { return (shp.label != nil) == purchased })
	if err != nil {
		return answer{}, err
	}
	out := make([]object, 0, len(rows))
	for _, shp := range rows {
		out = append(out, shp.render())
	}
	return ok(object{"shipments": out, "has_more": more})
}

// render: easypost-go tests/cassettes/TestShipmentBuy.yaml.
func (shp *shipment) render() object {
	rates := make([]object, 0, len(shp.rates))
	for _, r := range shp.rates {
		rates = append(rates, r.render(shp.id))
	}
	out := object{
		"id": shp.id, "object": "Shipment", "mode": "test", "created_at": stamp(shp.born), "updated_at": stamp(shp.updated),
		"reference": textOrNil(shp.reference), "from_address": shp.from.render(), "to_address": shp.to.render(),
		"return_address": shp.from.render(), "buyer_address": shp.to.render(), "parcel": shp.parcel.render(),
		"rates": rates, "messages": shp.messages, "options": object{"currency": "USD", "date_advance": 0, "label_format": shp.format, "payment": object{"type": "SENDER"}},
		"selected_rate": nil, "postage_label": nil, "tracker": nil, "tracking_code": nil, "status": "unknown",
		"refund_status": textOrNil(shp.refundStatus), "fees": []object{}, "forms": []object{}, "is_return": false,
		"customs_info": nil, "insurance": nil, "scan_form": nil, "order_id": nil, "usps_zone": nil,
		"batch_id": nil, "batch_status": nil, "batch_message": nil,
	}
	if shp.label == nil {
		return out
	}
	out["selected_rate"] = shp.selected.render(shp.id)
	out["postage_label"] = shp.label.render()
	out["tracker"] = shp.tracker.render()
	out["tracking_code"] = shp.tracker.code
	out["status"] = shp.tracker.status
	out["fees"] = []object{fee("LabelFee", 0, shp.refundStatus), fee("PostageFee", shp.selected.cents, shp.refundStatus)}
	return out
}

func fee(kind string, cents int64, refundStatus string) object {
	return object{"object": "Fee", "type": kind, "amount": dollars(cents) + "000", "charged": true, "refunded": refundStatus == refunded}
}
