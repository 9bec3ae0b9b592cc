package stripe

import (
	"net/http"
	"strings"
)

// method is a payment method: a test card and what was entered with it.
type method struct {
	head
	card     testCard
	expMonth int64
	expYear  int64
	billing  object
	metadata map[string]string
	typed    bool // made of card[number], with a security code
}

// render: docs.stripe.com/api/payment_methods/object
func (m *method) render() object {
	return object{
		"id": m.id, "object": "payment_method", "created": m.created, "livemode": false, "type": "card", "customer": nil,
		"billing_details": m.billing, "metadata": orEmpty(m.metadata),
		"card": object{
			"brand": m.card.brand, "country": m.card.country, "exp_month": m.expMonth, "exp_year": m.expYear,
			"fingerprint": m.fingerprint(), "funding": m.card.funding, "generated_from": nil, "last4": m.card.last4(),
			"checks":               object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "unchecked"},
			"networks":             object{"available": []string{m.card.brand}, "preferred": nil},
			"three_d_secure_usage": object{"supported": m.card.brand != "unionpay"}, "wallet": nil,
		},
	}
}

// fingerprint is the same for the same number. docs.stripe.com/api/cards/object
func (m *method) fingerprint() string { return "bedesten" + m.card.number[:6] + m.card.last4() }

func (s *Server) addMethod(card testCard) *method {
	m := &method{head: s.head("pm_1"), card: card, expMonth: 12, expYear: int64(s.clock.Now().Year()) + 3, billing: emptyBilling()}
	s.store.methods.add(m)
	return m
}

func emptyBilling() object {
	return object{
		"email": nil, "name": nil, "phone": nil,
		"address": object{"city": nil, "country": nil, "line1": nil, "line2": nil, "postal_code": nil, "state": nil},
	}
}

// findMethod returns the payment method of a parameter. A test method such as
// pm_card_visa becomes a new payment method with an id of its own.
// docs.stripe.com/testing?testing-method=payment-methods
func (s *Server) findMethod(id string) (*method, *apiError) {
	if m, ok := s.store.methods.get(id); ok {
		return m, nil
	}
	if name, ok := strings.CutPrefix(id, "pm_card_"); ok {
		if card, ok := cardNamed(name); ok {
			return s.addMethod(card), nil
		}
	}
	return nil, missingRef("PaymentMethod", "payment_method", id)
}

// createMethod makes a payment method of a test token, or, as Stripe's own page
// does with a publishable key, of a card number.
// docs.stripe.com/api/payment_methods/create
func (s *Server) createMethod(c *call) (object, *apiError) {
	card, err := s.cardOf(c)
	if err != nil {
		return nil, err
	}
	m := s.addMethod(card)
	m.metadata = c.form.metadata()
	m.typed = c.form.str("card.number") != ""
	m.expMonth = c.form.number("card.exp_month", m.expMonth)
	m.expYear = fullYear(c.form.number("card.exp_year", m.expYear))
	mergeInto(m.billing, c.form.tree("billing_details"))
	return m.render(), nil
}

func (s *Server) cardOf(c *call) (testCard, *apiError) {
	token, number := c.form.str("card.token"), c.form.str("card.number")
	switch {
	case token != "" && number != "":
		return testCard{}, refused("parameters_exclusive", "card", "You may only specify one of these parameters: token, number.")
	case token != "":
		card, ok := cardNamed(strings.TrimPrefix(token, "tok_"))
		if !ok || !strings.HasPrefix(token, "tok_") {
			return testCard{}, missingRef("token", "card[token]", token)
		}
		return card, nil
	case number == "":
		return testCard{}, badParam("parameter_missing", "card", "Missing required param: card.")
	case !c.public && !s.cfg.RawCardData:
		return testCard{}, rawCardRefused()
	}
	return s.typedCard(c)
}

// rawCardRefused: docs.stripe.com/security/guide; an account takes card numbers
// with its secret key only when it was granted that.
func rawCardRefused() *apiError {
	e := refused("", "", "Sending credit card numbers directly to the Stripe API is generally unsafe. "+
		"We suggest you use test tokens that map to the test card you are using, see https://stripe.com/docs/testing.")
	e.status = http.StatusPaymentRequired
	return e
}

// typedCard checks what a shopper typed. docs.stripe.com/testing#invalid-data
func (s *Server) typedCard(c *call) (testCard, *apiError) {
	number := strings.NewReplacer(" ", "", "-", "").Replace(c.form.str("card.number"))
	if !luhn(number) {
		return testCard{}, cardData("incorrect_number", "number", "Your card number is incorrect.")
	}
	month, year := c.form.number("card.exp_month", 0), fullYear(c.form.number("card.exp_year", 0))
	now := s.clock.Now().UTC()
	if month < 1 || month > 12 {
		return testCard{}, cardData("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	}
	if year < int64(now.Year()) || year > int64(now.Year())+50 {
		return testCard{}, cardData("invalid_expiry_year", "exp_year", "Your card's expiration year is invalid.")
	}
	if year == int64(now.Year()) && month < int64(now.Month()) {
		return testCard{}, cardData("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	}
	card, ok := cardNumbered(number)
	if !ok {
		// A real card with test keys. docs.stripe.com/declines/codes
		return testCard{}, declined("testmode_decline")
	}
	if cvc := c.form.str("card.cvc"); cvc != "" && !validCVC(cvc, card.brand) {
		return testCard{}, cardData("invalid_cvc", "cvc", "Your card's security code is invalid.")
	}
	return card, nil
}

// validCVC: three digits, four for American Express. docs.stripe.com/testing
func validCVC(cvc, brand string) bool {
	digits := strings.Trim(cvc, "0123456789") == ""
	return digits && (len(cvc) == 3 || len(cvc) == 4 && brand == "amex")
}

// fullYear turns 27 into 2027.
func fullYear(year int64) int64 {
	if year >= 0 && year < 100 {
		return 2000 + year
	}
	return year
}

// luhn checks the last digit of a card number.
func luhn(number string) bool {
	if len(number) < 12 || len(number) > 19 {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

// retrieveMethod: docs.stripe.com/api/payment_methods/retrieve
func (s *Server) retrieveMethod(c *call) (object, *apiError) {
	m, ok := s.store.methods.get(c.id)
	if !ok {
		return nil, missing("PaymentMethod", "payment_method", c.id)
	}
	return m.render(), nil
}

// mergeInto puts the values of src over those of dst, nested ones too.
func mergeInto(dst, src object) {
	for k, v := range src {
		inner, nested := v.(object)
		old, ok := dst[k].(object)
		if nested && ok {
			mergeInto(old, inner)
			continue
		}
		dst[k] = v
	}
}
