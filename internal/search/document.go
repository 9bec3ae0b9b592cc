package search

import (
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/bedesten/bedesten/internal/catalog"
)

// Fields of a product, as bits of a posting, and what a word counts in each.
const (
	inTitle uint8 = 1 << iota
	inBrand
	inShelf // tags, and names of categories
	inSKU
	inBarcode
	inAttribute
	inDescription
)

var fieldPoints = []struct {
	field  uint8
	points uint16
}{
	{inTitle, 70}, {inBrand, 60}, {inShelf, 50}, {inSKU, 40}, {inBarcode, 35}, {inAttribute, 20}, {inDescription, 0},
}

// pointsOf holds the points of the best of every set of fields.
var pointsOf = func() (table [128]uint16) {
	for fields := range table {
		for _, f := range fieldPoints {
			if uint8(fields)&f.field != 0 {
				table[fields] = f.points
				break
			}
		}
	}
	return table
}()

// maxDescription is how much of a description, in bytes, is searched.
const maxDescription = 4000

// maxTitleKey is how much of a title's place in the alphabet is kept, in bytes: it
// travels in cursors.
const maxTitleKey = 80

// document is a product made ready for the index, outside of its lock.
type document struct {
	entry catalog.Entry
	title catalog.Text
	// titleWords is how many words the title has in each language.
	titleWords [2]uint8
	// titleKeys sort as the alphabet of each language does.
	titleKeys [2]string
	words     map[string]word
	codes     map[string]uint8
	prices    [][]catalog.Price
	// varied are its options as attributes.
	varied []catalog.Attribute
}

// writer gathers the words of a product.
type writer struct {
	lexicon *lexicon
	words   map[string]word
}

// text notes the words of a text.
func (w *writer) text(s, language string, field uint8) {
	s = tidy(s)
	tokens := w.lexicon.tokens(s, language)
	for _, t := range tokens {
		w.token(t, field)
	}
	for _, whole := range joined(s, tokens) {
		w.exact(whole, whole, field)
	}
}

func (w *writer) token(t token, field uint8) {
	if stopWords[t.form] && field == inDescription || len(t.form) > maxWord {
		return
	}
	w.exact(t.form, t.lower, field)
	for _, stem := range t.stems {
		held := w.words[stem]
		held.stem |= field
		w.words[stem] = held
	}
	if first, second, ok := parted(t.form); ok {
		w.exact(first, first, field)
		w.exact(second, second, field)
	}
}

func (w *writer) exact(form, shown string, field uint8) {
	held := w.words[form]
	held.exact |= field
	if held.shown == "" {
		held.shown = shown
	}
	w.words[form] = held
}

// texts notes a text in every language that it has.
func (w *writer) texts(t catalog.Text, field uint8) {
	w.text(t.TR, catalog.Turkish, field)
	w.text(t.EN, catalog.English, field)
}

// both notes a name that belongs to no language, such as a brand.
func (w *writer) both(s string, field uint8) {
	w.text(s, catalog.English, field)
	w.text(s, catalog.Turkish, field)
}

// prepare reads everything that the index keeps of a product.
func (ix *Index) prepare(e catalog.Entry) *document {
	p := e.Product
	d := &document{entry: e, title: catalog.Text{TR: tidy(p.Title.TR), EN: tidy(p.Title.EN)}}
	if p.Status != catalog.Active {
		return d
	}
	w := ix.newWriter()
	w.texts(d.title, inTitle)
	w.both(p.Brand, inBrand)
	for _, tag := range p.Tags {
		w.both(tag, inShelf)
	}
	for _, o := range p.Options {
		for _, v := range o.Values {
			w.texts(v.Name, inAttribute)
		}
	}
	for _, a := range p.Attributes {
		if a.Text != nil {
			w.texts(*a.Text, inAttribute)
		}
	}
	w.text(short(p.Description.TR), catalog.Turkish, inDescription)
	w.text(short(p.Description.EN), catalog.English, inDescription)
	d.words, d.codes, d.prices, d.varied = w.words, codesOf(p), pricesOf(p), p.Varied()
	for i, l := range catalog.Languages {
		d.titleWords[i] = uint8(min(255, len(ix.lexicon.tokens(d.title.In(l), l))))
		d.titleKeys[i] = alphabet[i].key(d.title.In(l))
	}
	return d
}

// short cuts a description where it gets long.
func short(s string) string {
	if len(s) <= maxDescription {
		return s
	}
	return strings.ToValidUTF8(s[:maxDescription], "")
}

// codesOf returns the SKUs and barcodes of a product, without what parts them.
func codesOf(p catalog.Product) map[string]uint8 {
	codes := make(map[string]uint8, 2*len(p.Variants))
	for _, v := range p.Variants {
		codes[codeForm(v.SKU)] |= inSKU
		if v.Barcode != "" {
			codes[codeForm(v.Barcode)] |= inBarcode
		}
	}
	return codes
}

// codeForm returns a code in small letters and without what parts it.
func codeForm(code string) string {
	return strings.ReplaceAll(strings.ReplaceAll(fold(code), " ", ""), "_", "")
}

// pricesOf returns the prices of each variant; variants that cost the same are kept
// once.
func pricesOf(p catalog.Product) [][]catalog.Price {
	var all [][]catalog.Price
	for _, v := range p.Variants {
		if !slices.ContainsFunc(all, func(other []catalog.Price) bool { return slices.Equal(other, v.Prices) }) {
			all = append(all, v.Prices)
		}
	}
	return all
}

// alphabet sorts the titles of each language.
var alphabet = [2]*collators{newCollators(language.Turkish), newCollators(language.English)}

// collators makes texts whose bytes sort as an alphabet does: c, ç, d. A collator
// keeps state, so that each serves one text at a time.
type collators struct{ pool sync.Pool }

func newCollators(tag language.Tag) *collators {
	return &collators{sync.Pool{New: func() any { return collate.New(tag, collate.IgnoreCase) }}}
}

func (c *collators) key(title string) string {
	collator, _ := c.pool.Get().(*collate.Collator)
	defer c.pool.Put(collator)
	var buffer collate.Buffer
	key := collator.KeyFromString(&buffer, title)
	return hex.EncodeToString(key[:min(len(key), maxTitleKey)])
}
