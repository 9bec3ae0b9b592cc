package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

// BookBody is an entry of an address book.
type BookBody struct {
	Label   string       `json:"label" minLength:"1" maxLength:"40" example:"Ev"`
	Name    string       `json:"name" minLength:"2" maxLength:"100" example:"Ayşe Yılmaz"`
	Phone   string       `json:"phone" minLength:"10" maxLength:"25" example:"+90 532 123 45 67"`
	Address addressBody  `json:"address"`
	Invoice *bookInvoice `json:"invoice,omitempty" doc:"Who the invoice is made out to."`
}

type bookInvoice struct {
	Kind           cart.InvoiceKind `json:"kind" enum:"personal,company"`
	Name           string           `json:"name,omitempty" maxLength:"100"`
	IdentityNumber string           `json:"identity_number,omitempty" maxLength:"20" example:"10000000146"`
	Title          string           `json:"title,omitempty" maxLength:"200"`
	TaxNumber      string           `json:"tax_number,omitempty" maxLength:"20"`
	TaxOffice      string           `json:"tax_office,omitempty" maxLength:"100"`
}

type bookInput struct{ Body BookBody }

// BookAccess is embedded in the input of routes about an entry of an address book.
type BookAccess struct {
	AddressID string `path:"address_id" doc:"The entry's id" example:"adr_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

type setBookInput struct {
	BookAccess
	Body BookBody
}

type bookOutput struct{ Body BookView }

type booksOutput struct {
	Body struct {
		Addresses []BookView `json:"addresses" nullable:"false"`
	}
}

// BookView is an entry of an address book, as its owner sees it.
type BookView struct {
	ID string `json:"id"`
	BookBody
	CreatedAt time.Time `json:"created_at"`
}

// addressPrefix begins the ids of entries.
const addressPrefix = "adr"

func (a *API) addressRoutes() {
	codes := []fault.Code{fault.Conflict, fault.NotFound}
	handle(a, Route{
		ID: "list-addresses", Method: http.MethodGet, Path: "/v1/account/addresses", Tag: tagAccount, Access: SignedIn, Summary: "List the address book",
	}, a.listAddresses)
	handle(a, Route{
		ID: "add-address", Method: http.MethodPost, Path: "/v1/account/addresses", Tag: tagAccount, Access: SignedIn, NoCards: true,
		Summary: "Put an address into the book", Status: http.StatusCreated, Codes: codes[:1],
	}, func(ctx context.Context, in *bookInput) (*bookOutput, error) {
		return a.setAddress(ctx, id.New(addressPrefix, a.Clock()), true, in.Body)
	})
	handle(a, Route{
		ID: "set-address", Method: http.MethodPut, Path: "/v1/account/addresses/{address_id}", Tag: tagAccount, Access: SignedIn, NoCards: true,
		Summary: "Replace an address of the book", Codes: codes,
	}, func(ctx context.Context, in *setBookInput) (*bookOutput, error) {
		return a.setAddress(ctx, in.AddressID, false, in.Body)
	})
	handle(a, Route{
		ID: "remove-address", Method: http.MethodDelete, Path: "/v1/account/addresses/{address_id}", Tag: tagAccount, Access: SignedIn,
		Summary: "Take an address out of the book", Status: http.StatusNoContent, Codes: codes,
	}, a.removeAddress)
}

func (a *API) listAddresses(ctx context.Context, _ *struct{}) (*booksOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	out := &booksOutput{}
	out.Body.Addresses = []BookView{}
	for _, addressID := range slices.Sorted(maps.Keys(account.Personal.Addresses)) {
		out.Body.Addresses = append(out.Body.Addresses, viewAddress(addressID, account.Personal.Addresses[addressID]))
	}
	return out, nil
}

func (a *API) setAddress(ctx context.Context, addressID string, fresh bool, body BookBody) (*bookOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	there, known := account.Personal.Addresses[addressID]
	switch {
	case !fresh && !known:
		return nil, noAddress()
	case fresh && len(account.Personal.Addresses) >= identity.MaxAddresses:
		return nil, fault.New(fault.Conflict, "an address book holds %d addresses: take one out first", identity.MaxAddresses)
	}
	entry, err := body.entry()
	if err != nil {
		return nil, inField(err, "body")
	}
	entry.CreatedAt = there.CreatedAt
	if fresh {
		entry.CreatedAt = a.Clock().UTC()
	}
	book := maps.Clone(account.Personal.Addresses)
	if book == nil {
		book = map[string]identity.Address{}
	}
	book[addressID] = entry
	account.Personal.Addresses, account.UpdatedAt = book, a.Clock().UTC()
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	return &bookOutput{Body: viewAddress(addressID, entry)}, nil
}

func (a *API) removeAddress(ctx context.Context, in *BookAccess) (*struct{}, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := account.Personal.Addresses[in.AddressID]; !known {
		return nil, noAddress()
	}
	book := maps.Clone(account.Personal.Addresses)
	delete(book, in.AddressID)
	account.Personal.Addresses, account.UpdatedAt = book, a.Clock().UTC()
	_, err = a.Accounts.Save(ctx, account)
	return nil, err
}

func noAddress() error { return fault.New(fault.NotFound, "no such address") }

// entry checks the body by the rules of the cart, where it will be used.
func (b BookBody) entry() (identity.Address, error) {
	name, err := cart.PersonName(b.Name)
	if err != nil {
		return identity.Address{}, err
	}
	phone, ok := cart.Phone(b.Phone)
	if !ok {
		return identity.Address{}, fault.New(fault.Invalid, "this is not a Turkish phone number such as +90 532 123 45 67").With("field", "phone")
	}
	address, err := b.Address.address().Tidy()
	if err != nil {
		return identity.Address{}, err
	}
	e := identity.Address{
		Label: strings.Join(strings.Fields(b.Label), " "), Name: name, Phone: phone, Line1: address.Line1, Line2: address.Line2,
		District: address.District, Province: address.Province, Postcode: address.Postcode, Country: address.Country,
	}
	if b.Invoice == nil {
		return e, nil
	}
	i, err := cart.Invoice{
		Kind: b.Invoice.Kind, Name: b.Invoice.Name, IdentityNumber: b.Invoice.IdentityNumber, Title: b.Invoice.Title,
		TaxNumber: b.Invoice.TaxNumber, TaxOffice: b.Invoice.TaxOffice,
	}.Tidy()
	if err != nil {
		return identity.Address{}, inField(err, "invoice")
	}
	e.Invoice = &identity.InvoiceFor{
		Kind: string(i.Kind), Name: i.Name, IdentityNumber: i.IdentityNumber, Title: i.Title, TaxNumber: i.TaxNumber, TaxOffice: i.TaxOffice,
	}
	return e, nil
}

func viewAddress(addressID string, e identity.Address) BookView {
	v := BookView{ID: addressID, CreatedAt: e.CreatedAt, BookBody: BookBody{
		Label: e.Label, Name: e.Name, Phone: e.Phone,
		Address: addressBody{
			Line1: e.Line1, Line2: e.Line2, District: e.District, Province: e.Province, Postcode: e.Postcode, Country: e.Country,
		},
	}}
	if i := e.Invoice; i != nil {
		v.Invoice = &bookInvoice{
			Kind: cart.InvoiceKind(i.Kind), Name: i.Name, IdentityNumber: i.IdentityNumber, Title: i.Title, TaxNumber: i.TaxNumber, TaxOffice: i.TaxOffice,
		}
	}
	return v
}
