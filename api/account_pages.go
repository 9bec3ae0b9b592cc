package api

import (
	"crypto/rand"
	"fmt"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/identity"
)

// accountPath is where the pages about accounts are; links in mails lead there.
const accountPath = "/account"

// accountPages are the pages below accountPath, by their names in addresses. Nothing
// personal is in them: they ask the API, with the browser's cookies.
var accountPages = map[string]string{
	"": "own", "register": "register", "sign-in": "sign-in", "forgot": "forgot", "reset": "reset", "confirm": "confirm", "email": "email",
}

var (
	accountStyle  = mustReadPage("pages/account.css")
	accountScript = mustReadPage("pages/account.js")
	ownScript     = mustReadPage("pages/account-own.js")
)

func (a *API) serveAccountPages() {
	for path, name := range accountPages {
		if path != "" {
			path = "/" + path
		}
		a.engine.GET(accountPath+path, func(c *gin.Context) { a.serveAccountPage(c, name) })
	}
}

func (a *API) serveAccountPage(c *gin.Context, name string) {
	ctx := c.Request.Context()
	if err := a.withinRate(c, LimitShop, requestOf(ctx).address, a.fallback); err != nil {
		a.refuse(c, a.problem(ctx, err))
		return
	}
	p := accountPage{Page: name, Nonce: rand.Text(), Language: requestOf(ctx).language, shopView: a.shopView()}
	if chosen := c.Query("lang"); chosen == catalog.Turkish || chosen == catalog.English {
		p.Language, p.chosen = chosen, true
	}
	script := accountScript
	if name == "own" {
		script += ownScript
	}
	p.Style, p.Script = template.CSS(pageStyle+accountStyle), template.JS(script) //nolint:gosec // our own files
	a.writePage(c, http.StatusOK, "account-"+name+".html", pagePolicy(p.Nonce), p.Language, p)
}

// accountPage is what the pages about accounts show.
type accountPage struct {
	shopView
	Page, Language, Nonce string
	Style                 template.CSS
	Script                template.JS
	// chosen says that the reader asked for the language: links keep it.
	chosen bool
}

// Say returns words in the page's language; a name without words is an error.
func (p accountPage) Say(key string) (string, error) {
	text, known := accountWords[key]
	if !known {
		return "", fmt.Errorf("there are no words for %s", key)
	}
	return text.In(p.Language), nil
}

// Title is the page's heading.
func (p accountPage) Title() (string, error) { return p.Say(p.Page) }

// Narrow reports whether the page is one form.
func (p accountPage) Narrow() bool { return p.Page != "own" }

// OtherLanguage is the one that the page is not in.
func (p accountPage) OtherLanguage() string {
	if p.Language == catalog.English {
		return catalog.Turkish
	}
	return catalog.English
}

// Link leads to another page about accounts.
func (p accountPage) Link(name string) string {
	link := accountPath
	if name != "" {
		link += "/" + name
	}
	if p.chosen {
		link += "?lang=" + p.Language
	}
	return link
}

// Words are what the page's script says.
func (p accountPage) Words() map[string]string {
	words := map[string]string{}
	for key, text := range accountSayings {
		words[key] = text.In(p.Language)
	}
	for status, text := range ownStatuses {
		words["status."+string(status)] = text.In(p.Language)
	}
	return words
}

// accountField is one entry of a form.
type accountField struct {
	ID, Name, Type, Complete, Mode string
	Label, Hint, Show              string
	Most, Least                    int
	Required                       bool
}

// accountFields are the entries that forms have, with the bounds of the API.
var accountFields = map[string]accountField{
	"name":             {Name: "name", Type: "text", Complete: "name", Least: 2, Most: 100, Required: true},
	"email":            {Name: "email", Type: "email", Complete: "username", Mode: "email", Most: 254, Required: true},
	"phone":            {Name: "phone", Type: "tel", Complete: "tel", Mode: "tel", Least: 10, Most: 25},
	"password":         {Name: "password", Type: "password", Complete: "current-password", Most: identity.MaxPassword, Required: true},
	"current-password": {Name: "current_password", Type: "password", Complete: "current-password", Most: identity.MaxPassword, Required: true},
	"new-password":     {Name: "password", Type: "password", Complete: "new-password", Most: identity.MaxPassword, Least: identity.MinPassword, Required: true},
	"code":             {Name: "code", Type: "text", Complete: "one-time-code", Least: 6, Most: 40, Required: true},
	"app-code":         {Name: "code", Type: "text", Complete: "one-time-code", Mode: "numeric", Least: 6, Most: 10, Required: true},
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
	return f, nil
}
