package stripe

import "strings"

// operation is one call of Stripe's API.
type operation struct {
	name    string // payment_intent.confirm: what faults and the journal call it
	method  string
	path    []string // segments after /v1/; {id} fits any
	params  schema
	public  bool // may be called with a publishable key
	perform func(*Server, *call) (object, *apiError)
}

// operations is everything that the simulator answers to.
var operations = []operation{
	op("payment_intent.create", "POST", "payment_intents", intentCreate, (*Server).createIntent),
	op("payment_intent.list", "GET", "payment_intents", intentList, (*Server).listIntents),
	op("payment_intent.search", "GET", "payment_intents/search", intentSearch, (*Server).searchIntents),
	op("payment_intent.retrieve", "GET", "payment_intents/{id}", intentGet, (*Server).retrieveIntent).openToPublic(),
	op("payment_intent.confirm", "POST", "payment_intents/{id}/confirm", intentConfirm, (*Server).confirmIntent).openToPublic(),
	op("payment_intent.capture", "POST", "payment_intents/{id}/capture", intentCapture, (*Server).captureIntent),
	op("payment_intent.cancel", "POST", "payment_intents/{id}/cancel", intentCancel, (*Server).cancelIntent),
	op("payment_method.create", "POST", "payment_methods", methodCreate, (*Server).createMethod).openToPublic(),
	op("payment_method.retrieve", "GET", "payment_methods/{id}", common, (*Server).retrieveMethod),
	op("charge.list", "GET", "charges", chargeList, (*Server).listCharges),
	op("charge.retrieve", "GET", "charges/{id}", common, (*Server).retrieveCharge),
	op("refund.create", "POST", "refunds", refundCreate, (*Server).createRefund),
	op("refund.list", "GET", "refunds", refundList, (*Server).listRefunds),
	op("refund.retrieve", "GET", "refunds/{id}", common, (*Server).retrieveRefund),
	op("dispute.list", "GET", "disputes", disputeList, (*Server).listDisputes),
	op("dispute.retrieve", "GET", "disputes/{id}", common, (*Server).retrieveDispute),
	op("balance_transaction.list", "GET", "balance_transactions", balanceList, (*Server).listBalances),
	op("balance_transaction.retrieve", "GET", "balance_transactions/{id}", common, (*Server).retrieveBalance),
	op("event.list", "GET", "events", eventList, (*Server).listEvents),
	op("event.retrieve", "GET", "events/{id}", common, (*Server).retrieveEvent),
}

func op(name, method, path string, params schema, perform func(*Server, *call) (object, *apiError)) operation {
	return operation{name: name, method: method, path: strings.Split(path, "/"), params: params, perform: perform}
}

func (o operation) openToPublic() operation {
	o.public = true
	return o
}

// route returns the operation of a request and the id in its path.
func route(method, path string) (*operation, string) {
	rest, ok := strings.CutPrefix(path, "/v1/")
	if !ok {
		return nil, ""
	}
	parts := strings.Split(rest, "/")
	for i := range operations {
		o := &operations[i]
		if id, ok := o.fits(method, parts); ok {
			return o, id
		}
	}
	return nil, ""
}

func (o *operation) fits(method string, parts []string) (id string, ok bool) {
	if o.method != method || len(o.path) != len(parts) {
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
