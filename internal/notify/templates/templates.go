// Package templates writes the mails of a shop: one for each kind that package
// notify names, in Turkish and in English, as HTML and as text.
//
// The words are in words/tr.txt and words/en.txt, for people who write; the
// shapes are in html and text, the look is in style.css. A mail loads nothing
// from outside and carries nothing that could follow its reader.
package templates

import (
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
)

type (
	// View is the noun's: what a mail shows.
	View = notify.View
	// Line is the noun's: one item.
	Line = notify.Line
	// Address is the noun's: where parcels go.
	Address = notify.Address
	// Reason is the noun's: why an order was cancelled.
	Reason = notify.Reason
	// Rendered is the noun's: a mail as it goes to the provider.
	Rendered = notify.Rendered
)

// The languages and reasons, as the noun has them.
const (
	Turkish = notify.Turkish
	English = notify.English

	ByCustomer  = notify.ByCustomer
	ByShop      = notify.ByShop
	OutOfStock  = notify.OutOfStock
	NotPaid     = notify.NotPaid
	Undelivered = notify.Undelivered
)

// Languages are all languages, Reasons all reasons.
var (
	Languages = notify.Languages
	Reasons   = notify.Reasons
)

// Render writes the mail. A view that lacks something its kind needs, whose sums
// do not add up, or that holds a line break in a name or an address that is not
// http or https, is an Invalid fault, which names the field and nothing in it.
func Render(v View) (Rendered, error) {
	if err := check(v); err != nil {
		return Rendered{}, err
	}
	m := mail{View: tidyView(v), words: catalogues[v.Language]}
	subject, err := m.Subject()
	if err != nil {
		return Rendered{}, fault.Wrap(err, fault.Internal, "the mail's subject cannot be written")
	}
	html, err := writeHTML(m)
	if err != nil {
		return Rendered{}, fault.Wrap(err, fault.Internal, "the mail cannot be written as HTML")
	}
	text, err := writeText(m)
	if err != nil {
		return Rendered{}, fault.Wrap(err, fault.Internal, "the mail cannot be written as text")
	}
	return Rendered{Subject: subject.String(), Text: text, HTML: html}, nil
}
