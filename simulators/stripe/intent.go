package stripe

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Statuses of a PaymentIntent. docs.stripe.com/payments/paymentintents/lifecycle
const (
	needsMethod       = "requires_payment_method"
	needsConfirmation = "requires_confirmation"
	needsAction       = "requires_action"
	needsCapture      = "requires_capture"
	processing        = "processing"
	succeeded         = "succeeded"
	canceled          = "canceled"
)

// intent is a PaymentIntent.
type intent struct {
	head
	secret       string
	amount       int64
	capturable   int64
	received     int64
	released     int64 // part of the hold that was given back
	currency     string
	status       string
	capture      string // manual or automatic
	confirmation string
	canceledAt   time.Time
	cancelReason string
	customer     string
	description  string
	email        string
	descriptor   [2]string // statement descriptor and its suffix
	group        string
	metadata     map[string]string
	types        []string
	auto         object // automatic_payment_methods, or nil
	options      object // payment_method_options.card
	method       string
	returnURL    string
	shipping     object
	lastError    object
	charge       string // latest

	challenge  *challenge  // the open 3-D Secure, if any
	proven     string      // payment method that passed 3-D Secure
	sdkOnly    bool        // use_stripe_sdk
	stopWatch  func() bool // ends the watch over the hold
	offSession bool
}

// render: docs.stripe.com/api/payment_intents/object, without what this
// simulator never sets.
func (pi *intent) render() object {
	return object{
		"id": pi.id, "object": "payment_intent", "created": pi.created, "livemode": false,
		"amount": pi.amount, "amount_capturable": pi.capturable, "amount_received": pi.received, "amount_details": object{"tip": object{}},
		"application": nil, "application_fee_amount": nil, "automatic_payment_methods": nilOr(pi.auto),
		"canceled_at": unixOrNil(pi.canceledAt), "cancellation_reason": textOrNil(pi.cancelReason),
		"capture_method": pi.capture, "client_secret": pi.secret, "confirmation_method": pi.confirmation,
		"currency": pi.currency, "customer": textOrNil(pi.customer), "description": textOrNil(pi.description), "invoice": nil,
		"last_payment_error": nilOr(pi.lastError), "latest_charge": textOrNil(pi.charge), "metadata": orEmpty(pi.metadata),
		"next_action": pi.nextAction(), "on_behalf_of": nil, "payment_method": textOrNil(pi.method),
		"payment_method_configuration_details": nil, "payment_method_options": pi.methodOptions(), "payment_method_types": pi.types,
		"processing": nil, "receipt_email": textOrNil(pi.email), "review": nil, "setup_future_usage": nil,
		"shipping": nilOr(pi.shipping), "source": nil, "statement_descriptor": textOrNil(pi.descriptor[0]),
		"statement_descriptor_suffix": textOrNil(pi.descriptor[1]), "status": pi.status, "transfer_data": nil, "transfer_group": textOrNil(pi.group),
	}
}

func (pi *intent) methodOptions() object {
	card := object{"installments": nil, "mandate_options": nil, "network": nil, "request_three_d_secure": "automatic"}
	maps.Copy(card, pi.options)
	return object{"card": card}
}

func nilOr(o object) any {
	if o == nil {
		return nil
	}
	return o
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return maps.Clone(m)
}

// createIntent makes a PaymentIntent and, with confirm=true, confirms it at
// once. A declined confirmation is a 402, yet the intent exists.
// docs.stripe.com/api/payment_intents/create
func (s *Server) createIntent(c *call) (object, *apiError) {
	if err := checkCreate(c.form); err != nil {
		return nil, err
	}
	pi := s.newIntent(c.form)
	if id := c.form.str("payment_method"); id != "" {
		m, err := s.findMethod(id)
		if err != nil {
			return nil, err
		}
		pi.method, pi.status = m.id, needsConfirmation
	}
	if c.form.flag("confirm") && pi.method == "" {
		return nil, missingMethod(nil)
	}
	s.store.intents.add(pi)
	s.emit(c, "payment_intent.created", pi.render(), pi.metadata, pi.id)
	if c.form.flag("confirm") {
		if err := s.confirm(c, pi); err != nil {
			return nil, err
		}
	}
	return pi.render(), nil
}

func (s *Server) newIntent(f form) *intent {
	pi := &intent{
		head: s.head("pi_3"), amount: f.number("amount", 0), currency: strings.ToLower(f.str("currency")),
		status: needsMethod, capture: orElse(f.str("capture_method"), "automatic"),
		confirmation: orElse(f.str("confirmation_method"), "automatic"),
		customer:     f.str("customer"), description: f.str("description"), email: f.str("receipt_email"), group: f.str("transfer_group"),
		descriptor: [2]string{f.str("statement_descriptor"), f.str("statement_descriptor_suffix")},
		metadata:   f.metadata(), types: f.list("payment_method_types"), shipping: f.tree("shipping"),
	}
	pi.secret = pi.id + "_secret_" + randomText(25)
	pi.setOptions(f)
	pi.setTypes(f)
	return pi
}

// setTypes: without payment_method_types a PaymentIntent takes what the
// Dashboard enables, since 2023-08-16. docs.stripe.com/upgrades#2023-08-16
func (pi *intent) setTypes(f form) {
	if len(pi.types) > 0 {
		return
	}
	pi.types = []string{"card"}
	if pi.confirmation == "manual" || f.str("automatic_payment_methods.enabled") == "false" {
		return
	}
	pi.auto = object{"enabled": true, "allow_redirects": orElse(f.str("automatic_payment_methods.allow_redirects"), "always")}
}

func (pi *intent) setOptions(f form) {
	if card, ok := f.tree("payment_method_options")["card"].(object); ok {
		pi.options = card
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// checkCreate refuses what the schema can't see.
func checkCreate(f form) *apiError {
	if err := checkMoney(f.number("amount", 0), f.str("currency")); err != nil {
		return err
	}
	types := f.list("payment_method_types")
	if i := slices.IndexFunc(types, func(t string) bool { return t != "card" }); i >= 0 {
		return badParam("payment_intent_invalid_parameter", "payment_method_types",
			"The payment method type \"%s\" is invalid. Please ensure the provided type is activated in your dashboard.", types[i])
	}
	if len(types) > 0 && f.has("automatic_payment_methods") {
		return badParam("parameters_exclusive", "automatic_payment_methods",
			"You may only specify one of these parameters: automatic_payment_methods, payment_method_types.")
	}
	if f.str("confirmation_method") == "manual" && f.str("automatic_payment_methods.enabled") == "true" {
		return badParam("payment_intent_invalid_parameter", "confirmation_method",
			"You can only enable `automatic_payment_methods` when `confirmation_method` is set to `automatic`.")
	}
	if id := f.str("customer"); id != "" {
		return missingRef("customer", "customer", id) // the simulator has no customers
	}
	return checkConfirmOnly(f)
}

// checkConfirmOnly: some parameters go with confirm=true alone.
// docs.stripe.com/api/payment_intents/create#create_payment_intent-return_url
func checkConfirmOnly(f form) *apiError {
	if f.flag("confirm") {
		return nil
	}
	for _, name := range []string{"return_url", "off_session", "error_on_requires_action"} {
		if f.has(name) {
			return badParam("", name, "You cannot pass `%s` when creating a PaymentIntent unless `confirm` is set to true.", name)
		}
	}
	return nil
}

// findIntent returns the intent in the path, with a hold that is over closed.
func (s *Server) findIntent(c *call) (*intent, *apiError) {
	pi, ok := s.store.intents.get(c.id)
	if !ok {
		return nil, missing("payment_intent", "intent", c.id)
	}
	s.lapseIfDue(pi)
	return pi, nil
}

// retrieveIntent: docs.stripe.com/api/payment_intents/retrieve. A publishable
// key needs the client secret.
func (s *Server) retrieveIntent(c *call) (object, *apiError) {
	pi, err := s.findIntent(c)
	if err != nil {
		return nil, err
	}
	if c.public && !same(c.form.str("client_secret"), pi.secret) {
		return nil, wrongClientSecret(c)
	}
	return pi.render(), nil
}

func wrongClientSecret(c *call) *apiError {
	if c.form.str("client_secret") == "" {
		return badParam("parameter_missing", "client_secret", "Missing required param: client_secret.")
	}
	return refused("payment_intent_invalid_parameter", "client_secret", "The client_secret provided does not match the client_secret associated with the PaymentIntent.")
}

// listIntents: docs.stripe.com/api/payment_intents/list
func (s *Server) listIntents(c *call) (object, *apiError) {
	return listPage(c, s.store.intents, "/v1/payment_intents", func(pi *intent) bool {
		s.lapseIfDue(pi)
		customer := c.form.str("customer")
		return customer == "" || pi.customer == customer
	})
}
