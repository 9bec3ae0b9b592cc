package api

import (
	"crypto/rand"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/catalog"
)

// accountPath is where the pages about accounts are; links in mails lead there.
const accountPath = "/account"

// accountPages are the pages below accountPath, by their names in addresses. Nothing
// personal is in them: they ask the API, with the browser's cookies.
var accountPages = map[string]string{
	"": "own", "details": "details", "addresses": "addresses", "security": "security", "privacy": "privacy", "export": "export",
	"register": "register", "sign-in": "sign-in", "forgot": "forgot", "reset": "reset", "confirm": "confirm", "email": "email",
}

// ownTabs are the pages of whoever is signed in, as they stand beside each other.
var ownTabs = []string{"own", "details", "addresses", "security", "privacy"}

// accountScripts are what each page runs behind account.js; pages of one form run
// account-forms.js.
var accountScripts = map[string][]string{
	"own": {"own", "orders"}, "details": {"own", "details"}, "addresses": {"own", "addresses"}, "privacy": {"own", "privacy"},
	"security": {"own", "webauthn", "passkeys", "security"}, "export": {"own", "export"}, "sign-in": {"webauthn", "sign-in"},
}

var (
	accountStyle = mustReadPage("pages/account.css")
	accountCode  = readAccountCode()
)

// readAccountCode returns the whole script of each page.
func readAccountCode() map[string]string {
	code := map[string]string{}
	for _, name := range accountPages {
		parts, known := accountScripts[name]
		if !known {
			parts = []string{"forms"}
		}
		code[name] = mustReadPage("pages/account.js")
		for _, part := range parts {
			code[name] += mustReadPage("pages/account-" + part + ".js")
		}
	}
	return code
}

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
	p.Style, p.Script = template.CSS(pageStyle+accountStyle), template.JS(accountCode[name]) //nolint:gosec // our own files
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
func (p accountPage) Narrow() bool { return !slices.Contains(ownTabs, p.Page) }

// accountTab leads from one page of whoever is signed in to another.
type accountTab struct {
	Name, Link string
	Here       bool
}

// Tabs are the pages of whoever is signed in.
func (p accountPage) Tabs() ([]accountTab, error) {
	var tabs []accountTab
	for _, page := range ownTabs {
		name, err := p.Say("tab." + page)
		if err != nil {
			return nil, err
		}
		path := page
		if page == "own" {
			path = ""
		}
		tabs = append(tabs, accountTab{Name: name, Link: p.Link(path), Here: page == p.Page})
	}
	return tabs, nil
}

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

// Text leads to the text of a kind that is shown now.
func (p accountPage) Text(kind string) string {
	link := "/terms/" + kind
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
	for status, text := range ownFulfilments {
		words["fulfilment."+string(status)] = text.In(p.Language)
	}
	return words
}
