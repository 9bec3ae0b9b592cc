package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
)

// Caching says whether answers of a route may be kept, by us and by others.
type Caching string

// Kinds of caching. Every kind has an ETag, and 304 for who has the answer already.
const (
	// CacheProduct is for the page of one product: clients ask each time whether it is
	// still the same.
	CacheProduct Caching = "product"
	// CacheList is for what may be a second old.
	CacheList Caching = "list"
)

const (
	// listLife is how old a list may be beside what its index is behind.
	listLife = 300 * time.Millisecond
	// stockLife is how old the units on a product's page may be, where no lease is
	// shorter.
	stockLife = 2 * time.Second
)

// captured holds an answer back until it is known what else goes with it.
type captured struct {
	gin.ResponseWriter
	body bytes.Buffer
}

// Write keeps what the route writes.
func (w *captured) Write(b []byte) (int, error) { return w.body.Write(b) } //nolint:wrapcheck // a buffer never fails

// WriteString keeps what the route writes.
func (w *captured) WriteString(s string) (int, error) { return w.body.WriteString(s) } //nolint:wrapcheck // a buffer never fails

// WriteHeaderNow waits for the end.
func (w *captured) WriteHeaderNow() {}

// pageOf is what a route says of the answer that it makes, so that it can be kept.
type pageOf struct {
	productID string
	revision  int64
	slugs     catalog.Text
	until     time.Time
}

// cached answers from what is kept, or lets the route answer and keeps that. What is
// for one shopper alone is not kept.
func (a *API) cached(c *gin.Context, r Route, next func()) {
	if a.Pages == nil || !anonymous(c.Request) {
		answer(c, next)
		return
	}
	if r.Caching == CacheList {
		a.cachedList(c, next)
		return
	}
	a.cachedProduct(c, next)
}

// anonymous reports whether the request says nothing of who makes it.
func anonymous(r *http.Request) bool {
	return r.Header.Get(headerAuthorization) == "" && !strings.Contains(r.Header.Get("Cookie"), cookieAccess)
}

func (a *API) cachedList(c *gin.Context, next func()) {
	key := requestOf(c.Request.Context()).language + " " + c.Request.URL.Path + "?" + c.Request.URL.RawQuery
	if len(key) > maxPageKey {
		sum := sha256.Sum256([]byte(key))
		key = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	ctx := c.Request.Context()
	show := func(anew bool) bool {
		page, kept := a.Pages.ListPage(ctx, key)
		if !kept || anew && a.Pages.Renews(ctx, "list:"+key, page) {
			return false
		}
		showPage(c, page)
		return true
	}
	a.shared(ctx, "list:"+key, show, func() {
		now := a.Clock()
		if page, answered := answer(c, next); answered {
			page.Made, page.Until = now, now.Add(listLife)
			a.Pages.KeepListPage(ctx, key, page)
		}
	})
}

// turns is how often a request waits for another that makes its page.
const turns = 2

// shared shows a page that is kept, or makes it: of many requests one does, the others
// wait and show what it kept. Where it kept nothing they do without.
func (a *API) shared(ctx context.Context, key string, show func(anew bool) bool, make func()) {
	if show(true) {
		return
	}
	for range turns {
		if a.turn(ctx, key, show, make) {
			return
		}
	}
	make()
}

func (a *API) turn(ctx context.Context, key string, show func(anew bool) bool, make func()) bool {
	ended, mine := a.Pages.Turn(ctx, key)
	defer ended()
	if !mine {
		return show(false)
	}
	make()
	return true
}

// maxPageKey is how long a key in the cache may be as it is.
const maxPageKey = 200

// onlyCurrency returns the currency that a product's page is asked for in, and whether
// nothing else is asked: as many pages are kept of a product as there are currencies,
// however its address is written.
func onlyCurrency(query url.Values) (currency string, plainly bool) {
	if len(query) == 0 {
		return "", true
	}
	asked := query["currency"]
	return query.Get("currency"), len(query) == 1 && len(asked) == 1 && money.Known(asked[0])
}

func (a *API) cachedProduct(c *gin.Context, next func()) {
	ctx := c.Request.Context()
	asked := c.Param("product")
	currency, plainly := onlyCurrency(c.Request.URL.Query())
	if !plainly || len(asked) > maxPageKey {
		answer(c, next)
		return
	}
	form := requestOf(ctx).language + " " + currency
	var stamp catalog.Stamp
	show := func(anew bool) bool {
		productID := a.leads.productOf(asked)
		page, kept, present := a.Pages.ProductPage(ctx, productID, form)
		stamp = present
		if !kept || asked != page.ProductID && asked != page.Slugs.TR && asked != page.Slugs.EN {
			return false
		}
		if anew && a.Pages.Renews(ctx, "page:"+productID+form, page) {
			return false
		}
		showPage(c, page)
		return true
	}
	a.shared(ctx, "page:"+asked+" "+form, show, func() {
		now := a.Clock()
		page, answered := answer(c, next)
		of := requestOf(ctx).page
		if !answered || of == nil {
			return
		}
		a.leads.learn(asked, of.productID)
		page.ProductID, page.Revision, page.Slugs, page.Made, page.Until = of.productID, of.revision, of.slugs, now, of.until
		a.Pages.KeepProductPage(ctx, form, stamp, page)
	})
}

// answer lets the route answer, and gives the answer its ETag. It reports whether it
// is one that can be kept.
func answer(c *gin.Context, next func()) (catalog.Page, bool) {
	real := c.Writer
	held := &captured{ResponseWriter: real}
	c.Writer = held
	defer func() { c.Writer = real }()
	next()
	c.Writer = real
	if held.Status() == http.StatusMovedPermanently {
		lead(c)
		return catalog.Page{}, false
	}
	if held.Status() != http.StatusOK {
		if held.body.Len() == 0 {
			real.WriteHeaderNow()
			return catalog.Page{}, false
		}
		_, _ = real.Write(held.body.Bytes()) // whoever went away hears nothing
		return catalog.Page{}, false
	}
	sum := sha256.Sum256(held.body.Bytes())
	page := catalog.Page{Body: held.body.Bytes(), ETag: strconv.Quote(base64.RawURLEncoding.EncodeToString(sum[:12]))}
	showPage(c, page)
	return page, true
}

// lead sends who asks on to another address, with nothing to read here. Where that is
// may change as what is there does.
func lead(c *gin.Context) {
	mark(c)
	h := c.Writer.Header()
	h.Del("Content-Type")
	h.Set("Content-Length", "0")
	c.Writer.WriteHeaderNow()
}

// showPage writes a page, or says that the client has it already.
func showPage(c *gin.Context, page catalog.Page) {
	h := c.Writer.Header()
	h.Set("ETag", page.ETag)
	mark(c)
	if matches(c.GetHeader("If-None-Match"), page.ETag) {
		h.Del("Content-Type")
		c.Writer.WriteHeader(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	h.Set("Content-Type", "application/json")
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = c.Writer.Write(page.Body) // whoever went away hears nothing
	c.Abort()
}

// mark says what others may do with an answer: they keep it, and ask each time whether
// it is still the same. A list that they showed unasked would be more than a second
// old, where a hint was lost.
func mark(c *gin.Context) {
	control := "private, no-cache"
	if anonymous(c.Request) {
		control = "public, no-cache"
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", control)
	h.Add("Vary", "Authorization, Cookie")
}

// matches reports whether one of the tags of If-None-Match is the answer's.
func matches(header, etag string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(tag string) bool {
		tag = strings.TrimSpace(tag)
		return tag == "*" || strings.TrimPrefix(tag, "W/") == etag
	})
}

// leads remember which product a slug led to. They may be wrong: a page says itself
// which slugs it answers to.
type leads struct {
	mu sync.RWMutex
	to map[string]string
}

// maxLeads bounds what is remembered; beyond it everything is learnt anew.
const maxLeads = 50_000

// productOf returns the id of the product that is asked for; what was asked where it
// is not known, which is nobody's id.
func (l *leads) productOf(asked string) string {
	if productID, known := l.find(asked); known {
		return productID
	}
	return asked
}

func (l *leads) find(asked string) (string, bool) {
	if id.Valid(id.Product, asked) {
		return asked, true
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	productID, known := l.to[asked]
	return productID, known
}

func (l *leads) learn(asked, productID string) {
	if asked == productID {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to == nil || len(l.to) >= maxLeads {
		l.to = map[string]string{}
	}
	l.to[asked] = productID
}
