package cart

import "time"

// InvoiceKind says who an invoice is made out to.
type InvoiceKind string

// Kinds of invoices.
const (
	PersonalInvoice InvoiceKind = "personal"
	CompanyInvoice  InvoiceKind = "company"
)

// NoIdentity stands on the invoice of a consumer who gives no identity number:
// e-Arşiv has a number there always, and this one by custom. It is nobody's, and
// passes no check.
const NoIdentity = "11111111111"

// Invoice is who the invoice is made out to. A personal one has Name and
// IdentityNumber, a company's Title, TaxNumber and TaxOffice. Without an Address
// it goes where the parcel goes.
type Invoice struct {
	Kind           InvoiceKind `bson:"kind" json:"kind"`
	Name           string      `bson:"name" json:"name"`
	IdentityNumber string      `bson:"identity_number" json:"identity_number"`
	Title          string      `bson:"title" json:"title"`
	TaxNumber      string      `bson:"tax_number" json:"tax_number"`
	TaxOffice      string      `bson:"tax_office" json:"tax_office"`
	Address        *Address    `bson:"address" json:"address"`
}

// Tidy returns the invoice in the form in which it is kept, or an Invalid fault
// whose detail "field" names what is wrong.
func (i Invoice) Tidy() (Invoice, error) {
	i.Name, i.Title, i.TaxOffice = squeeze(i.Name), squeeze(i.Title), squeeze(i.TaxOffice)
	var err error
	switch i.Kind {
	case PersonalInvoice:
		err = i.tidyPersonal()
	case CompanyInvoice:
		err = i.tidyCompany()
	default:
		err = invalid("kind", "an invoice is personal or company")
	}
	if err != nil || i.Address == nil {
		return i, err
	}
	address, err := i.Address.Tidy()
	i.Address = &address
	return i, err
}

func (i *Invoice) tidyPersonal() error {
	if err := i.refuse("a personal invoice has a name and an identity number only", map[string]string{
		"title": i.Title, "tax_number": i.TaxNumber, "tax_office": i.TaxOffice,
	}); err != nil {
		return err
	}
	if !within(i.Name, 2, maxName) || linked(i.Name) {
		return invalid("name", "a name has 2 to %d characters, and no web address in it", maxName)
	}
	if i.IdentityNumber == "" || i.IdentityNumber == NoIdentity {
		i.IdentityNumber = NoIdentity
		return nil
	}
	number, ok := IdentityNumber(i.IdentityNumber)
	if !ok {
		return invalid("identity_number", "this is no T.C. identity number, which has 11 digits: look at it again, or leave it out")
	}
	i.IdentityNumber = number
	return nil
}

func (i *Invoice) tidyCompany() error {
	if err := i.refuse("a company's invoice has a title, a tax number and a tax office only", map[string]string{
		"name": i.Name, "identity_number": i.IdentityNumber,
	}); err != nil {
		return err
	}
	if !within(i.Title, 2, maxLine) || linked(i.Title) {
		return invalid("title", "a company's title has 2 to %d characters, and no web address in it", maxLine)
	}
	number, ok := TaxNumber(i.TaxNumber)
	if !ok {
		number, ok = IdentityNumber(i.TaxNumber)
	}
	if !ok {
		return invalid("tax_number", "this is no tax number, which has 10 digits, nor the T.C. identity number of a sole trader: look at it again")
	}
	i.TaxNumber = number
	if !within(i.TaxOffice, 2, maxName) {
		return invalid("tax_office", "a tax office has 2 to %d characters", maxName)
	}
	return nil
}

// refuse says no to what belongs to the other kind: it would be kept and never
// be printed.
func (i *Invoice) refuse(why string, fields map[string]string) error {
	for field, value := range fields {
		if value != "" {
			return invalid(field, "%s", why)
		}
	}
	return nil
}

// SetInvoice says who the invoice is made out to. It is checked and written in
// one form.
func (c *Cart) SetInvoice(invoice Invoice, now time.Time) error {
	tidy, err := invoice.Tidy()
	if err != nil {
		return err
	}
	c.Invoice, c.UpdatedAt = &tidy, now
	return nil
}
