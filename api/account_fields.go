package api

import (
	"fmt"
	"slices"

	"github.com/bedesten/bedesten/internal/identity"
)

// accountField is one entry of a form.
type accountField struct {
	ID, Name, Type, Complete, Mode string
	Label, Hint, Show              string
	Most, Least                    int
	Required                       bool
	Options                        []accountOption
}

// accountOption is one choice of an entry that has them.
type accountOption struct{ Value, Name, Language string }

// accountFields are the entries that forms have, with the bounds of the API.
var accountFields = map[string]accountField{
	"name":             {Name: "name", Type: "text", Complete: "name", Least: 2, Most: 100, Required: true},
	"email":            {Name: "email", Type: "email", Complete: "username", Mode: "email", Most: 254, Required: true},
	"phone":            {Name: "phone", Type: "tel", Complete: "tel", Mode: "tel", Least: 10, Most: 25},
	"password":         {Name: "password", Type: "password", Complete: "current-password", Most: identity.MaxPassword, Required: true},
	"current-password": {Name: "current_password", Type: "password", Complete: "current-password", Most: identity.MaxPassword, Required: true},
	"new-password":     {Name: "password", Type: "password", Complete: "new-password", Most: identity.MaxPassword, Least: identity.MinPassword, Required: true},
	"code":             {Name: "code", Type: "text", Complete: "one-time-code", Least: 6, Most: 40, Required: true},
	"language":         {Name: "language", Type: "select", Complete: "language", Options: []accountOption{{"tr", "Türkçe", "tr"}, {"en", "English", "en"}}},
	"passkey-name":     {Name: "name", Type: "text", Complete: "off", Most: 60, Required: true},

	"label":           {Name: "label", Type: "text", Complete: "off", Most: 40, Required: true},
	"recipient":       {Name: "name", Type: "text", Complete: "name", Least: 2, Most: 100, Required: true},
	"recipient-phone": {Name: "phone", Type: "tel", Complete: "tel", Mode: "tel", Least: 10, Most: 25, Required: true},
	"line1":           {Name: "line1", Type: "text", Complete: "address-line1", Least: 5, Most: 200, Required: true},
	"line2":           {Name: "line2", Type: "text", Complete: "address-line2", Most: 200},
	"province":        {Name: "province", Type: "select", Complete: "address-level1", Required: true},
	"district":        {Name: "district", Type: "select", Complete: "address-level2", Required: true},
	"postcode":        {Name: "postcode", Type: "text", Complete: "postal-code", Mode: "numeric", Least: 5, Most: 5, Required: true},
	"invoice-kind":    {Name: "kind", Type: "select", Complete: "off", Options: []accountOption{{"", "none", ""}, {"personal", "personal", ""}, {"company", "company", ""}}},
	"invoice-name":    {Name: "invoice.name", Type: "text", Complete: "off", Least: 2, Most: 100, Required: true},
	"identity-number": {Name: "invoice.identity_number", Type: "text", Complete: "off", Mode: "numeric", Least: 11, Most: 20},
	"company-title":   {Name: "invoice.title", Type: "text", Complete: "organization", Least: 2, Most: 200, Required: true},
	"tax-number":      {Name: "invoice.tax_number", Type: "text", Complete: "off", Mode: "numeric", Least: 10, Most: 20, Required: true},
	"tax-office":      {Name: "invoice.tax_office", Type: "text", Complete: "off", Least: 2, Most: 100, Required: true},

	"app-code": {Name: "code", Type: "text", Complete: "one-time-code", Mode: "numeric", Least: 6, Most: 10, Required: true},
}

// Field returns an entry of a form. Words that a form has of its own go before those
// of every form.
func (p accountPage) Field(form, kind string) (accountField, error) {
	f, known := accountFields[kind]
	if !known {
		return f, fmt.Errorf("there is no field %s", kind)
	}
	words := func(key string) string { return accountWords[key].In(p.Language) }
	own := func(suffix string) string {
		if said := words("field." + kind + "." + form + suffix); said != "" {
			return said
		}
		return words("field." + kind + suffix)
	}
	f.ID, f.Label, f.Hint, f.Show = form+"-"+kind, own(""), own(".hint"), words("show")
	if f.Label == "" {
		return f, fmt.Errorf("there are no words for the field %s", kind)
	}
	if form == "sign-in" && kind == "email" {
		f.Complete += " webauthn" // browsers offer passkeys there
	}
	f.Options = slices.Clone(f.Options)
	for i, o := range f.Options {
		if o.Language == "" {
			f.Options[i].Name = words("option." + o.Name)
		}
	}
	return f, nil
}
