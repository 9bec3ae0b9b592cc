package easypost

import (
	"slices"
	"strings"
)

// operation is one call of EasyPost's API.
type operation struct {
	name    string // shipment.buy: what faults and the journal call it
	method  string
	path    []string // segments after /v2/; {id} fits any
	params  []string // query parameters of a GET; nil for a POST
	index   bool     // a list, of which only so many may be asked for in a second
	perform func(*Server, *call) (answer, *apiError)
}

var paging = []string{"before_id", "after_id", "start_datetime", "end_datetime", "page_size"}

// operations is everything that the simulator answers to.
var operations = []operation{
	post("shipment.create", "shipments", (*Server).createShipment),
	list("shipment.list", "shipments", (*Server).listShipments, "purchased", "include_children"),
	get("shipment.retrieve", "shipments/{id}", (*Server).retrieveShipment),
	post("shipment.buy", "shipments/{id}/buy", (*Server).buyShipment),
	get("shipment.label", "shipments/{id}/label", (*Server).labelShipment, "file_format"),
	post("shipment.refund", "shipments/{id}/refund", (*Server).refundShipment),
	post("tracker.create", "trackers", (*Server).createTracker),
	list("tracker.list", "trackers", (*Server).listTrackers, "tracking_code", "carrier"),
	get("tracker.retrieve", "trackers/{id}", (*Server).retrieveTracker),
	list("event.list", "events", (*Server).listEvents),
	get("event.retrieve", "events/{id}", (*Server).retrieveEvent),
}

type performer = func(*Server, *call) (answer, *apiError)

func post(name, path string, f performer) operation {
	return operation{name: name, method: "POST", path: strings.Split(path, "/"), perform: f}
}

func get(name, path string, f performer, params ...string) operation {
	return operation{name: name, method: "GET", path: strings.Split(path, "/"), perform: f, params: params}
}

func list(name, path string, f performer, params ...string) operation {
	o := get(name, path, f, slices.Concat(paging, params)...)
	o.index = true
	return o
}

// route returns the operation of a request and the id in its path, and whether
// the path exists under another method.
func route(method, path string) (op *operation, id string, elsewhere bool) {
	rest, ok := strings.CutPrefix(path, "/v2/")
	if !ok {
		return nil, "", false
	}
	parts := strings.Split(rest, "/")
	for i := range operations {
		o := &operations[i]
		found, ok := o.fits(parts)
		if ok && o.method == method {
			return o, found, false
		}
		elsewhere = elsewhere || ok
	}
	return nil, "", elsewhere
}

func (o *operation) fits(parts []string) (id string, ok bool) {
	if len(o.path) != len(parts) {
		return "", false
	}
	for i, want := range o.path {
		switch {
		case want == "{id}" && parts[i] != "":
			id = parts[i]
		case want != parts[i]:
			return "", false
		}
	}
	return id, true
}
