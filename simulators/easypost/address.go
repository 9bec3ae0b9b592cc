package easypost

import (
	"regexp"
	"strings"
	"time"
	"unicode"
)

// address is one of a shipment's. docs.easypost.com/docs/addresses
type address struct {
	head
	name, company, street1, street2, city, state, zip, country, phone, email string
}

// maxLine is the longest line of an address; carriers take less (unverified).
const maxLine = 120

var (
	countryShape = regexp.MustCompile(`^[A-Z]{2}$`)
	// zipShapes are the postal codes of the countries that the rate table knows
	// well; others need any.
	zipShapes = map[string]*regexp.Regexp{
		"TR": regexp.MustCompile(`^\d{5}$`),
		"US": regexp.MustCompile(`^\d{5}(-\d{4})?$`),
		"DE": regexp.MustCompile(`^\d{5}$`),
	}
)

// readAddress reads an inline address: each of country, zip, street1, city and
// one of name and company is needed. EasyPost itself lets some be absent and
// leaves it to the carriers to refuse (unverified).
func (s *Server) readAddress(in params) (*address, *apiError) {
	if err := in.only("name", "company", "street1", "street2", "city", "state", "zip", "country", "phone", "email", "residential"); err != nil {
		return nil, err
	}
	a := &address{head: s.head("adr_")}
	err := in.texts(map[string]*string{
		"name": &a.name, "company": &a.company, "street1": &a.street1, "street2": &a.street2, "city": &a.city,
		"state": &a.state, "zip": &a.zip, "country": &a.country, "phone": &a.phone, "email": &a.email,
	})
	if err != nil {
		return nil, err
	}
	return a, a.check(in)
}

func (a *address) check(in params) *apiError {
	if !countryShape.MatchString(a.country) {
		return invalid(codeCountry, "Invalid 'country', please provide a 2 character ISO country code.", field(in.name("country"), "must be a 2 character ISO country code"))
	}
	var missing []object
	for _, need := range []struct{ name, value string }{{"street1", a.street1}, {"city", a.city}, {"zip", a.zip}, {"name", a.name + a.company}} {
		if need.value == "" {
			missing = append(missing, field(in.name(need.name), "cannot be blank"))
		}
	}
	if len(missing) > 0 {
		return invalid(codeAddress, "Invalid or missing address parameters.", missing...)
	}
	if shape, known := zipShapes[a.country]; known && !shape.MatchString(a.zip) {
		return invalid(codeAddress, "Invalid or missing address parameters.", field(in.name("zip"), "is not a postal code of "+a.country))
	}
	for key, line := range map[string]string{"name": a.name, "company": a.company, "street1": a.street1, "street2": a.street2, "city": a.city, "state": a.state} {
		if len([]rune(line)) > maxLine {
			return invalid(codeAddress, "Invalid or missing address parameters.", field(in.name(key), "is too long"))
		}
		if strings.ContainsFunc(line, unicode.IsControl) {
			return invalid(codeCharacter, "Invalid character in address.", field(in.name(key), "has a control character"))
		}
	}
	return nil
}

// render: easypost-go tests/cassettes/TestShipmentBuy.yaml.
func (a *address) render() object {
	at := a.born.UTC().Format(time.RFC3339)
	return object{
		"id": a.id, "object": "Address", "mode": "test", "created_at": at, "updated_at": at,
		"name": textOrNil(a.name), "company": textOrNil(a.company), "street1": a.street1, "street2": textOrNil(a.street2),
		"city": a.city, "state": textOrNil(a.state), "zip": a.zip, "country": a.country,
		"phone": textOrNil(a.phone), "email": textOrNil(a.email), "residential": nil, "carrier_facility": nil,
		"federal_tax_id": nil, "state_tax_id": nil, "verifications": object{},
	}
}
