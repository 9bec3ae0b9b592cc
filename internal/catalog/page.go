package catalog

import (
	"context"
	"time"
)

// Page is an answer to shoppers as it was written out, kept so that it need not be
// written again.
type Page struct {
	Body []byte
	// ETag names what is in it.
	ETag string
	// ProductID, Revision and Slugs are of the product that it shows; empty for a list.
	ProductID string
	Revision  int64
	Slugs     Text
	// Until is when it may not be shown any more: a price changes by the clock, or what
	// it says of units is too old.
	Until time.Time
	// Made is when it was written out.
	Made time.Time
}

// Stamp is what pages depend on beside their product: it is another after each
// write of price lists, categories or collections.
type Stamp string

// Pages keeps answers for everybody. It may lose any, and where it cannot be believed
// it has none.
type Pages interface {
	// ProductPage returns a product's page by its form (language, currency), and the
	// stamp with which one that is made now may be kept. A page of an older revision
	// than the last acknowledged one is never returned.
	ProductPage(ctx context.Context, productID, form string) (page Page, there bool, stamp Stamp)

	// KeepProductPage keeps a page that was made after the stamp was read.
	KeepProductPage(ctx context.Context, form string, stamp Stamp, page Page)

	// ListPage returns a list's page.
	ListPage(ctx context.Context, key string) (Page, bool)

	// KeepListPage keeps a list's page.
	KeepListPage(ctx context.Context, key string, page Page)

	// Turn returns true to the one caller that makes a page which is missing, and to
	// others once that one has called ended, or is slow: they look for it again.
	// Everybody calls ended.
	Turn(ctx context.Context, key string) (ended func(), mine bool)

	// Renews reports whether the caller is the one who makes a page anew that is near
	// its end.
	Renews(ctx context.Context, key string, page Page) bool
}
