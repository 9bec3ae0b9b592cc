package catalog

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// Limits of what merchandisers say: it is one document, and each search looks
// through it.
const (
	maxSynonyms = 1000
	maxSynonym  = 12 // words of a set
	maxPins     = 500
	maxPinned   = 50
	maxBoosts   = 200
	maxPercent  = 1000
)

// Check returns an Invalid fault that names every flaw.
func (m Merchandising) Check() error {
	var f flaws
	for field, count := range map[string][2]int{"synonyms": {len(m.Synonyms), maxSynonyms}, "pins": {len(m.Pins), maxPins}, "boosts": {len(m.Boosts), maxBoosts}} {
		if count[0] > count[1] {
			f.add(field, saidTooMany)
			return fault.Flawed(f)
		}
	}
	for i, s := range m.Synonyms {
		s.check(at("synonyms", i), &f)
	}
	pinned := map[string]bool{}
	for i, p := range m.Pins {
		p.check(at("pins", i), &f)
		place := Fold(p.Text) + "/" + p.Category
		if pinned[place] {
			f.add(at("pins", i), saidTwice)
		}
		pinned[place] = true
	}
	for i, b := range m.Boosts {
		b.check(at("boosts", i), &f)
	}
	return fault.Flawed(f)
}

func (s SynonymSet) check(field string, f *flaws) {
	if s.Language != "" && s.Language != Turkish && s.Language != English {
		f.add(field+".language", "must be tr, en, or empty for both")
	}
	least := 2
	if s.From != "" {
		least = 1
		f.phrase(field+".from", s.From)
	}
	if len(s.Words) < least || len(s.Words) > maxSynonym {
		f.add(field+".words", "must be %d to %d", least, maxSynonym)
	}
	for i, w := range s.Words {
		f.phrase(at(field+".words", i), w)
	}
}

func (p Pinned) check(field string, f *flaws) {
	if (p.Text == "") == (p.Category == "") {
		f.add(field, "belongs to a text or to a category: to exactly one of them")
	}
	f.place(field, p.Text, p.Category)
	if len(p.Products) == 0 || len(p.Products) > maxPinned {
		f.add(field+".products", "must be 1 to %d", maxPinned)
	}
	f.ids(field+".products", p.Products)
}

func (b Boosted) check(field string, f *flaws) {
	if b.Text != "" && b.Category != "" {
		f.add(field, "belongs to a text, to a category, or to everything")
	}
	f.place(field, b.Text, b.Category)
	if len(b.Products) == 0 && b.Brand == "" && b.Tag == "" {
		f.add(field, "needs products, a brand or a tag to move forward")
	}
	if len(b.Products) > maxPinned {
		f.add(field+".products", saidTooMany)
	}
	f.ids(field+".products", b.Products)
	for name, s := range map[string]string{"brand": b.Brand, "tag": b.Tag} {
		if s != "" {
			f.phrase(field+"."+name, s)
		}
	}
	if b.Percent < 1 || b.Percent > maxPercent {
		f.add(field+".percent", "must be from 1 to %d", maxPercent)
	}
}

// place notes flaws of the text or category that something belongs to.
func (f *flaws) place(field, text, category string) {
	if text != "" {
		f.phrase(field+".text", text)
	}
	if category != "" && !keyForm.MatchString(category) {
		f.add(field+".category", saidKey)
	}
}

func (f *flaws) phrase(field, s string) {
	if Fold(s) == "" || len(s) > MaxText || !readable(s) {
		f.add(field, "must be words, at most %d bytes", MaxText)
	}
}

func (f *flaws) ids(field string, ids []string) {
	seen := map[string]bool{}
	for i, id := range ids {
		if id == "" || len(id) > MaxText || !readable(id) {
			f.add(at(field, i), "is no product's id")
		}
		if seen[id] {
			f.add(at(field, i), saidTwice)
		}
		seen[id] = true
	}
}

// Merchandisers keeps what merchandisers say.
type Merchandisers interface {
	// Merchandising returns what was said last; revision 0 before anything was.
	Merchandising(ctx context.Context) (Merchandising, error)

	// SaveMerchandising writes it over its revision and returns it with the next;
	// where somebody else wrote meanwhile it is a Stale fault.
	SaveMerchandising(ctx context.Context, m Merchandising) (Merchandising, error)
}

// SalesDays is how many days back "lately" is for what sells.
const SalesDays = 30

// Sales tells what sells.
type Sales interface {
	// Sold returns how many units of each product were sold on all days from one on
	// (2006-01-02).
	Sold(ctx context.Context, since string) (map[string]int64, error)
}

// SalesBook keeps what was sold on each day. One writer works the days out.
type SalesBook interface {
	Sales

	// SaveDay writes what was sold on a day, in the place of what was there.
	SaveDay(ctx context.Context, day string, units map[string]int64) error

	// Sweep removes the days before a moment, and returns how many rows they had.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// Notifier is told that the catalogue was written. What it passes on is a hint that
// may be lost: an index looks by itself too.
type Notifier interface {
	// Changed names the product; empty for shelves, price lists and merchandising.
	Changed(ctx context.Context, productIDs ...string)
}

// Hints hands on what Notifier was told, in whatever process.
type Hints interface {
	// Listen calls heard for each hint until ctx is done. What is said while nobody
	// listens, or while the way is broken, is lost.
	Listen(ctx context.Context, heard func(productID string)) error
}
