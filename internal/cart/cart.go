// Package cart is the noun of what a shopper is about to buy: lines, where
// they go, and the rules that keep both sensible. A cart holds no prices: what
// it costs is frozen by the quote package from the catalogue of the moment.
package cart

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

// Bounds of a cart.
const (
	MinQuantity = 1
	MaxQuantity = 99
	MaxLines    = 50
)

// maxApplied is how many changes a cart remembers by their op.
const maxApplied = 50

// Cart is the document of one cart. Rev counts its writes. Lines are a map by
// line id, which is the variant's id.
type Cart struct {
	ID string `bson:"_id"`
	// CustomerID is the account that the cart follows; empty for a guest's.
	CustomerID string `bson:"customer_id"`
	// MergedInto is the cart that took this one's lines, or is about to: nobody
	// opens it any more.
	MergedInto  string          `bson:"merged_into,omitempty"`
	Currency    string          `bson:"currency"`
	Language    string          `bson:"language"`
	SecretEpoch int64           `bson:"secret_epoch"`
	Lines       map[string]Line `bson:"lines"`
	// Contact is kept sealed.
	Contact   *Contact  `bson:"contact,omitempty"`
	Invoice   *Invoice  `bson:"invoice,omitempty"`
	Rev       int64     `bson:"rev"`
	CreatedAt time.Time `bson:"created_at"`
	UpdatedAt time.Time `bson:"updated_at"`
	// Applied remembers the ops of recent changes, so that a repeated one
	// changes nothing.
	Applied map[string]time.Time `bson:"applied"`
	// Erased says that the contact was erased and nobody can read it any more.
	Erased bool `bson:"-"`
}

// Line is a quantity of one variant.
type Line struct {
	ID       string    `bson:"id"`
	SKU      string    `bson:"sku"`
	Quantity int64     `bson:"quantity"`
	AddedAt  time.Time `bson:"added_at"`
}

// Item is what is put into a cart.
type Item struct {
	VariantID string
	SKU       string
	Currency  string
	Quantity  int64
}

// Store keeps carts.
type Store interface {
	// Create inserts a new cart.
	Create(ctx context.Context, c Cart) error

	// Find returns the cart, or a NotFound fault. It reads the primary.
	Find(ctx context.Context, cartID string) (Cart, error)

	// Save writes the cart, which must be one write newer than what is there:
	// c.Rev is the rev that was read, and the written one is one more. A cart
	// that was written by someone else meanwhile is a Conflict fault: read it
	// and try again.
	Save(ctx context.Context, c Cart) (Cart, error)

	// Sweep removes carts that nobody has touched since before, with the name and
	// address in them, and returns how many.
	Sweep(ctx context.Context, before time.Time) (int, error)

	// Forget removes carts, and those of a customer where one is named, with the name
	// and address in them.
	Forget(ctx context.Context, customerID string, cartIDs []string) error
}

// KeepIdle is how long a cart is kept that nobody touches: as long as a browser
// keeps its secret.
const KeepIdle = 60 * 24 * time.Hour

// New returns an empty cart.
func New(id, currency, language string, now time.Time) (Cart, error) {
	if !money.Known(currency) {
		return Cart{}, fault.New(fault.Invalid, "%q is not a currency of this shop", currency)
	}
	return Cart{
		ID: id, Currency: currency, Language: language, SecretEpoch: 1, Rev: 1,
		Lines: map[string]Line{}, Applied: map[string]time.Time{}, CreatedAt: now, UpdatedAt: now,
	}, nil
}

// Add puts an item into the cart; of a variant that is in it already there are
// then more. op names the change: the same op adds once.
func (c *Cart) Add(op string, item Item, now time.Time) error {
	if _, done := c.Applied[op]; done {
		return nil
	}
	if item.Currency != c.Currency {
		return fault.New(fault.Invalid, "%s is sold in %s and this cart is in %s", item.SKU, item.Currency, c.Currency)
	}
	line, there := c.Lines[item.VariantID]
	if !there {
		if len(c.Lines) >= MaxLines {
			return fault.New(fault.Invalid, "a cart has at most %d lines", MaxLines)
		}
		line = Line{ID: item.VariantID, SKU: item.SKU, AddedAt: now}
	}
	if err := checkQuantity(item.Quantity); err != nil {
		return err
	}
	if err := checkQuantity(line.Quantity + item.Quantity); err != nil {
		return err
	}
	line.Quantity += item.Quantity
	c.put(line, now)
	c.remember(op, now)
	return nil
}

// SetQuantity changes a line, or returns a NotFound fault.
func (c *Cart) SetQuantity(lineID string, quantity int64, now time.Time) error {
	line, there := c.Lines[lineID]
	if !there {
		return noLine()
	}
	if err := checkQuantity(quantity); err != nil {
		return err
	}
	line.Quantity = quantity
	c.put(line, now)
	return nil
}

// Remove takes a line out, or returns a NotFound fault.
func (c *Cart) Remove(lineID string, now time.Time) error {
	if _, there := c.Lines[lineID]; !there {
		return noLine()
	}
	c.Lines = maps.Clone(c.Lines)
	delete(c.Lines, lineID)
	c.UpdatedAt = now
	return nil
}

// SetContact says who receives the order and where. The contact is checked
// and written in one form.
func (c *Cart) SetContact(contact Contact, now time.Time) error {
	tidy, err := contact.Tidy()
	if err != nil {
		return err
	}
	c.Contact, c.UpdatedAt = &tidy, now
	return nil
}

// Sorted returns the lines by SKU: the order in which they are quoted.
func (c Cart) Sorted() []Line {
	return slices.SortedFunc(maps.Values(c.Lines), func(a, b Line) int { return strings.Compare(a.SKU, b.SKU) })
}

// SKUs returns the SKU of each line.
func (c Cart) SKUs() []string {
	skus := make([]string, 0, len(c.Lines))
	for _, l := range c.Sorted() {
		skus = append(skus, l.SKU)
	}
	return skus
}

func (c *Cart) put(line Line, now time.Time) {
	c.Lines = maps.Clone(c.Lines)
	if c.Lines == nil {
		c.Lines = map[string]Line{}
	}
	c.Lines[line.ID], c.UpdatedAt = line, now
}

// remember keeps the newest ops; an older one is known from its request's
// record, which is finished by then.
func (c *Cart) remember(op string, now time.Time) {
	c.Applied = maps.Clone(c.Applied)
	if c.Applied == nil {
		c.Applied = map[string]time.Time{}
	}
	c.Applied[op] = now
	for len(c.Applied) > maxApplied {
		oldest := ""
		for known, at := range c.Applied {
			if known != op && (oldest == "" || at.Before(c.Applied[oldest])) {
				oldest = known
			}
		}
		delete(c.Applied, oldest)
	}
}

func checkQuantity(quantity int64) error {
	if quantity < MinQuantity || quantity > MaxQuantity {
		return fault.New(fault.Invalid, "a quantity must be between %d and %d", MinQuantity, MaxQuantity)
	}
	return nil
}

func noLine() error { return fault.New(fault.NotFound, "no such line in this cart") }
