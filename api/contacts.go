package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/cart"
)

type setAddressInput struct {
	CartAccess
	Body contactBody
}

type contactBody struct {
	Name    string      `json:"name" minLength:"2" maxLength:"100" example:"Ayşe Yılmaz"`
	Email   string      `json:"email" minLength:"3" maxLength:"254" example:"ayse.yilmaz@example.com"`
	Phone   string      `json:"phone" minLength:"10" maxLength:"25" doc:"A Turkish number in any usual form." example:"+90 532 123 45 67"`
	Address addressBody `json:"address"`
}

type addressBody struct {
	Line1    string `json:"line1" minLength:"5" maxLength:"200" example:"Moda Caddesi No: 12 D: 4"`
	Line2    string `json:"line2,omitempty" maxLength:"200"`
	District string `json:"district" minLength:"2" maxLength:"100" example:"Kadıköy"`
	Province string `json:"province" minLength:"2" maxLength:"30" doc:"One of Turkey's 81 provinces." example:"İstanbul"`
	Postcode string `json:"postcode" minLength:"5" maxLength:"5" example:"34710"`
	Country  string `json:"country,omitempty" minLength:"2" maxLength:"2" doc:"Only TR so far, which it is when missing." example:"TR"`
}

type setInvoiceInput struct {
	CartAccess
	Body invoiceBody
}

type invoiceBody struct {
	Kind           cart.InvoiceKind `json:"kind" enum:"personal,company" doc:"personal: with name and identity_number. company: with title, tax_number and tax_office."`
	Name           string           `json:"name,omitempty" maxLength:"100" example:"Ayşe Yılmaz"`
	IdentityNumber string           `json:"identity_number,omitempty" maxLength:"20" doc:"The T.C. identity number. Without one the invoice has 11111111111, as e-Arşiv has for consumers who give none." example:"10000000146"`
	Title          string           `json:"title,omitempty" maxLength:"200" doc:"The company's name as it is registered."`
	TaxNumber      string           `json:"tax_number,omitempty" maxLength:"20" doc:"The tax number of 10 digits, or a sole trader's T.C. identity number."`
	TaxOffice      string           `json:"tax_office,omitempty" maxLength:"100"`
	Address        *addressBody     `json:"address,omitempty" doc:"Where the invoice goes; missing, where the parcel goes."`
}

// contactRoutes are those that say who buys: who receives the order, and who its
// invoice is made out to.
func (a *API) contactRoutes() {
	handle(a, Route{
		ID: "set-cart-address", Method: http.MethodPut, Path: "/v1/carts/{cart_id}/address", Tag: "cart", Access: CartSecret,
		Summary: "Say who receives the order, and where", NoCards: true, Codes: changeCodes,
	}, func(ctx context.Context, in *setAddressInput) (*cartOutput, error) {
		return a.changeCart(ctx, in.CartID, func(c *cart.Cart, now time.Time) error {
			return inField(c.SetContact(in.Body.contact(), now), "body")
		})
	})
	handle(a, Route{
		ID: "set-cart-invoice", Method: http.MethodPut, Path: "/v1/carts/{cart_id}/invoice", Tag: "cart", Access: CartSecret,
		Summary: "Say who the invoice is made out to", NoCards: true, Codes: changeCodes,
		Description: "Without it, the invoice is made out to the person who receives the order. Numbers are checked by their check digits; " +
			"whether the tax office knows them is not asked.",
	}, func(ctx context.Context, in *setInvoiceInput) (*cartOutput, error) {
		return a.changeCart(ctx, in.CartID, func(c *cart.Cart, now time.Time) error {
			return inField(c.SetInvoice(in.Body.invoice(), now), "body")
		})
	})
}

func (b contactBody) contact() cart.Contact {
	return cart.Contact{
		Name: b.Name, Email: b.Email, Phone: b.Phone,
		Address: b.Address.address(),
	}
}

func (b addressBody) address() cart.Address {
	return cart.Address{
		Line1: b.Line1, Line2: b.Line2, District: b.District, Province: b.Province, Postcode: b.Postcode, Country: b.Country,
	}
}

func (b invoiceBody) invoice() cart.Invoice {
	i := cart.Invoice{
		Kind: b.Kind, Name: b.Name, IdentityNumber: b.IdentityNumber, Title: b.Title, TaxNumber: b.TaxNumber, TaxOffice: b.TaxOffice,
	}
	if b.Address != nil {
		address := b.Address.address()
		i.Address = &address
	}
	return i
}

func contactOf(c cart.Cart) *contactBody {
	if c.Contact == nil {
		return nil
	}
	return &contactBody{
		Name: c.Contact.Name, Email: c.Contact.Email, Phone: c.Contact.Phone, Address: addressBodyOf(c.Contact.Address),
	}
}

func addressBodyOf(a cart.Address) addressBody {
	return addressBody{
		Line1: a.Line1, Line2: a.Line2, District: a.District, Province: a.Province, Postcode: a.Postcode, Country: a.Country,
	}
}

func invoiceOf(c cart.Cart) *invoiceBody {
	if c.Invoice == nil {
		return nil
	}
	i := *c.Invoice
	b := &invoiceBody{
		Kind: i.Kind, Name: i.Name, IdentityNumber: i.IdentityNumber, Title: i.Title, TaxNumber: i.TaxNumber, TaxOffice: i.TaxOffice,
	}
	if i.Address != nil {
		address := addressBodyOf(*i.Address)
		b.Address = &address
	}
	return b
}
