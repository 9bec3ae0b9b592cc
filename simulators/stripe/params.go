package stripe

// The parameters of every operation, as in docs.stripe.com/api. Those that the
// simulator has no use for are left out, so that the product can't come to rely
// on what nothing here answers to.

var address = schema{
	"shipping.address.city": text, "shipping.address.country": text, "shipping.address.line1": text,
	"shipping.address.line2": text, "shipping.address.postal_code": text, "shipping.address.state": text,
	"shipping.name": text, "shipping.phone": text, "shipping.carrier": text, "shipping.tracking_number": text,
}

var cardOptions = schema{
	"payment_method_options.card.request_three_d_secure":         oneOf("automatic", "any", "challenge"),
	"payment_method_options.card.request_multicapture":           oneOf("if_available", "never"),
	"payment_method_options.card.request_extended_authorization": oneOf("if_available", "never"),
	"payment_method_options.card.capture_method":                 oneOf("manual"),
}

// intentCreate: docs.stripe.com/api/payment_intents/create
var intentCreate = common.with(address).with(cardOptions).with(schema{
	"amount":                            must(integer),
	"currency":                          must(text),
	"automatic_payment_methods.enabled": boolean,
	"automatic_payment_methods.allow_redirects": oneOf("always", "never"),
	"capture_method":              oneOf("automatic", "automatic_async", "manual"),
	"confirm":                     boolean,
	"confirmation_method":         oneOf("automatic", "manual"),
	"customer":                    text,
	"description":                 text,
	"error_on_requires_action":    boolean,
	"metadata.*":                  text,
	"off_session":                 boolean,
	"payment_method":              text,
	"payment_method_types.#":      text,
	"receipt_email":               text,
	"return_url":                  text,
	"statement_descriptor":        text,
	"statement_descriptor_suffix": text,
	"transfer_group":              text,
	"use_stripe_sdk":              boolean,
})

// intentConfirm: docs.stripe.com/api/payment_intents/confirm
var intentConfirm = common.with(address).with(cardOptions).with(schema{
	"client_secret":            text,
	"error_on_requires_action": boolean,
	"off_session":              boolean,
	"payment_method":           text,
	"payment_method_types.#":   text,
	"receipt_email":            text,
	"return_url":               text,
	"use_stripe_sdk":           boolean,
})

// intentCapture: docs.stripe.com/api/payment_intents/capture
var intentCapture = common.with(schema{
	"amount_to_capture":           integer,
	"final_capture":               boolean,
	"metadata.*":                  text,
	"statement_descriptor":        text,
	"statement_descriptor_suffix": text,
})

// intentCancel: docs.stripe.com/api/payment_intents/cancel
var intentCancel = common.with(schema{
	"cancellation_reason": oneOf("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
})

// intentGet: docs.stripe.com/api/payment_intents/retrieve; client_secret is for
// publishable keys.
var intentGet = common.with(schema{"client_secret": text})

// intentList: docs.stripe.com/api/payment_intents/list
var intentList = paging.with(created).with(schema{"customer": text})

// intentSearch: docs.stripe.com/api/payment_intents/search
var intentSearch = common.with(schema{"query": must(text), "limit": integer, "page": text})

// methodCreate: docs.stripe.com/api/payment_methods/create
var methodCreate = common.with(schema{
	"type":                                must(oneOf("card")),
	"card.token":                          text,
	"card.number":                         text,
	"card.exp_month":                      integer,
	"card.exp_year":                       integer,
	"card.cvc":                            text,
	"metadata.*":                          text,
	"allow_redisplay":                     oneOf("always", "limited", "unspecified"),
	"billing_details.name":                text,
	"billing_details.email":               text,
	"billing_details.phone":               text,
	"billing_details.address.city":        text,
	"billing_details.address.country":     text,
	"billing_details.address.line1":       text,
	"billing_details.address.line2":       text,
	"billing_details.address.postal_code": text,
	"billing_details.address.state":       text,
})

// refundCreate: docs.stripe.com/api/refunds/create
var refundCreate = common.with(schema{
	"amount":         integer,
	"charge":         text,
	"payment_intent": text,
	"reason":         oneOf("duplicate", "fraudulent", "requested_by_customer"),
	"metadata.*":     text,
})

// The lists and their filters.
var (
	refundList  = paging.with(created).with(schema{"charge": text, "payment_intent": text})
	chargeList  = paging.with(created).with(schema{"customer": text, "payment_intent": text, "transfer_group": text})
	disputeList = paging.with(created).with(schema{"charge": text, "payment_intent": text})
	eventList   = paging.with(created).with(schema{"type": text, "types.#": text, "delivery_success": boolean})
	balanceList = paging.with(created).with(schema{"currency": text, "payout": text, "source": text, "type": text})
)
