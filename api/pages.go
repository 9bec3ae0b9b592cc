package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/secret"
	"github.com/bedesten/bedesten/internal/terms"
)

// pageFiles are the page of an order, the one that there is none, and those about
// accounts. Nothing of them loads from elsewhere.
//
//go:embed pages/*.html pages/*.css pages/*.js
var pageFiles embed.FS

var (
	pageTemplates = template.Must(template.New("pages").Option("missingkey=error").ParseFS(pageFiles, "pages/*.html"))
	pageStyle     = mustReadPage("pages/style.css")
	pageScript    = mustReadPage("pages/live.js")
)

func mustReadPage(name string) string {
	raw, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// pagePolicy lets the page run its own script, have its own style and speak to
// the place that it came from. A nonce is drawn for each answer.
func pagePolicy(nonce string) string {
	return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce + "'; connect-src 'self'; img-src data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// missingPolicy lets the page that says that there is no such order have its own
// style, known by its hash: the page is the same, byte for byte, whoever asks.
var missingPolicy = func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// pagesPath is where the pages of orders are; links in mails lead there.
const pagesPath = "/orders/"

func (a *API) servePages() {
	a.engine.GET(pagesPath+":number", a.serveOrder)
	a.engine.GET("/terms/:kind", a.serveTerms)
	a.serveAccountPages()
	if a.MailPreview != nil {
		preview := http.StripPrefix(previewPath, a.MailPreview)
		a.engine.GET(previewPath, func(c *gin.Context) {
			if err := a.withinRate(c, LimitShop, requestOf(c.Request.Context()).address, a.fallback); err != nil {
				a.refuse(c, a.problem(c.Request.Context(), err))
				return
			}
			preview.ServeHTTP(c.Writer, c.Request)
		})
	}
}

// previewPath is where mails are looked at in development.
const previewPath = "/dev/mails"

// serveOrder shows an order to whoever has its cookie, or is signed in to its account. A link of a mail sets it
// and leads to the bare address, so that its token stands in no history and in no
// Referer. Everybody else finds nothing, whether the number is one or not.
func (a *API) serveOrder(c *gin.Context) {
	ctx := c.Request.Context()
	if err := a.withinRate(c, LimitShop, requestOf(c.Request.Context()).address, a.fallback); err != nil {
		a.refuse(c, a.problem(ctx, err))
		return
	}
	o, byLink, err := a.openPage(ctx, c.Param("number"), c.Query("t"))
	switch {
	case fault.Is(err, fault.NotFound):
		a.writePage(c, http.StatusNotFound, "missing.html", missingPolicy, requestOf(ctx).language, a.missingPage(requestOf(ctx).language))
	case err != nil:
		a.refuse(c, a.problem(ctx, err))
	case byLink:
		cookie := a.orderCookie(o)
		http.SetCookie(c.Writer, &cookie)
		c.Redirect(http.StatusSeeOther, pagesPath+o.Number)
	default:
		nonce := rand.Text()
		page, err := a.orderPage(ctx, o, nonce)
		if err != nil {
			a.refuse(c, a.problem(ctx, err))
			return
		}
		a.writePage(c, http.StatusOK, "order.html", pagePolicy(nonce), page.Language, page)
	}
}

// openPage returns the order of a number if the request brings the token of a link,
// the order's secret, or the access token of its account. Every other request takes the same way: a number that is
// nobody's is looked up as one that is somebody's.
func (a *API) openPage(ctx context.Context, number, token string) (o order.Order, byLink bool, _ error) {
	owner := nobody
	if id.ValidNumber(number) {
		claimed, err := a.Claims.Owner(ctx, order.NumberKey(number))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return order.Order{}, false, err
		}
		if err == nil {
			owner = claimed
		}
	}
	o, err := a.Orders.Find(ctx, owner)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return order.Order{}, false, err
	}
	there := err == nil && o.Number == number
	linked := a.Secrets.Opens(token, secret.OrderLink, owner, o.SecretEpoch)
	opened := a.Secrets.Opens(given(ctx, headerOrderSecret, cookieOrder+owner), secret.Order, owner, o.SecretEpoch)
	owned, err := a.owns(ctx, o.CustomerID)
	if err != nil && !linked && !opened {
		return order.Order{}, false, err
	}
	if !there || !linked && !opened && !owned {
		return order.Order{}, false, noOrder()
	}
	return o, linked, nil
}

// nobody is an order's id that no order has.
const nobody = "ord_00000000000000000000000000"

// writePage writes a page, which nobody keeps but the browser that asked.
func (a *API) writePage(c *gin.Context, status int, name, policy, language string, data any) {
	var body bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&body, name, data); err != nil {
		a.refuse(c, a.problem(c.Request.Context(), err))
		return
	}
	c.Header("Content-Security-Policy", policy)
	c.Header("Content-Language", language)
	c.Data(status, "text/html; charset=utf-8", body.Bytes())
}

// serveTerms leads to the version of a text that is shown now, for pages that only
// name it.
func (a *API) serveTerms(c *gin.Context) {
	ctx := c.Request.Context()
	language := requestOf(ctx).language
	if chosen := c.Query("lang"); chosen == catalog.Turkish || chosen == catalog.English {
		language = chosen
	}
	err := a.withinRate(c, LimitShop, requestOf(ctx).address, a.fallback)
	var current []terms.Current
	if err == nil {
		current, err = a.shownTerms.now(ctx)
	}
	shown := viewShown(terms.Shown(current, language, terms.Kind(c.Param("kind"))))
	if err == nil && len(shown) == 0 {
		err = fault.New(fault.NotFound, "no such text")
	}
	if err != nil {
		a.refuse(c, a.problem(ctx, err))
		return
	}
	c.Redirect(http.StatusSeeOther, shown[0].URL)
}

// missingPage is what missing.html shows.
type missingPage struct {
	Language, Title, Says, Help, Account, AccountURL string
	shopView
	Style template.CSS
}

// shopView is what pages say of the shop.
type shopView struct{ Shop, ShopURL, Support string }

func (a *API) shopView() shopView {
	return shopView{Shop: a.ShopName, ShopURL: a.ShopURL, Support: a.SupportEmail}
}

func (a *API) missingPage(language string) missingPage {
	say := func(key string) string { return pageWords[key].In(language) }
	return missingPage{
		Language: language, Title: say("missing"), Says: say("missing.says"), Help: say("help"), Account: say("missing.account"), AccountURL: accountPath, shopView: a.shopView(),
		Style: template.CSS(pageStyle), //nolint:gosec // our own file
	}
}

// languageOfOrder is the order's own, and where it has none that of the reader.
func languageOfOrder(ctx context.Context, o order.Order) string {
	if o.Language == catalog.Turkish || o.Language == catalog.English {
		return o.Language
	}
	return requestOf(ctx).language
}

// payURL is the storefront's page on which an order is paid again.
func (a *API) payURL(o order.Order) string {
	if a.ShopURL == "" {
		return ""
	}
	return strings.TrimSuffix(a.ShopURL, "/") + pagesPath + o.Number + "/pay"
}
