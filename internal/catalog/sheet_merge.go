package catalog

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
)

// Merger puts rows of a file into products.
type Merger struct {
	Rules   Rules
	Columns []string
	// Now is when prices are looked at; Since is of the file, and makes the ids of its new
	// variants the same whenever it is merged.
	Now, Since time.Time
}

// merge is one product on its way.
type merge struct {
	Merger
	rows  []Row
	at    map[string]int
	p     Product
	lines map[string]int // of SKUs
	flaws []RowFlaw
}

// Product returns the key by which the row names its product.
func (m Merger) Product(r Row) string { return m.cell(r, productColumn) }

// SKU returns the SKU of the row's variant.
func (m Merger) SKU(r Row) string { return m.cell(r, skuColumn) }

// cell returns a cell that is one word, without the blanks around it.
func (m Merger) cell(r Row, column string) string {
	i := slices.Index(m.Columns, column)
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(r.Cells[i])
}

// Merge returns the product as the rows say it is: columns that the file lacks, and
// variants that it does not name, stay as they are. A product that stays the same
// need not fit the rules, which may have changed since it was written.
func (m Merger) Merge(rows []Row, before Product) (Product, []RowFlaw) {
	g := &merge{Merger: m, rows: rows, at: map[string]int{}, p: before.clone(), lines: map[string]int{}}
	for i, column := range m.Columns {
		g.at[column] = i
	}
	if !g.wellFormed() {
		return before, g.flaws
	}
	g.agree()
	g.texts()
	g.options()
	g.variants()
	g.attributes()
	if !Same(before, g.p) {
		g.refused(m.Rules.CheckChange(before, g.p))
	}
	slices.SortStableFunc(g.flaws, func(a, b RowFlaw) int { return a.Line - b.Line })
	return g.p, g.flaws
}

// clone returns a copy that shares nothing that a merge changes.
func (p Product) clone() Product {
	p.Options = slices.Clone(p.Options)
	for i := range p.Options {
		p.Options[i].Values = slices.Clone(p.Options[i].Values)
	}
	p.Variants = slices.Clone(p.Variants)
	for i := range p.Variants {
		p.Variants[i].Choices = maps.Clone(p.Variants[i].Choices)
	}
	p.Attributes = slices.Clone(p.Attributes)
	return p
}

// Same reports whether two states of a product differ in nothing that anybody wrote.
func Same(a, b Product) bool { return reflect.DeepEqual(a.plain(), b.plain()) }

// plain makes states equal that say the same.
func (p Product) plain() Product {
	p = p.clone()
	p.Revision, p.UpdatedAt, p.LastImport = 0, time.Time{}, ""
	for _, links := range p.links() {
		if len(*links) == 0 {
			*links = nil
		}
	}
	for i := range p.Variants {
		if len(p.Variants[i].Choices) == 0 {
			p.Variants[i].Choices = nil
		}
		if len(p.Variants[i].Prices) == 0 {
			p.Variants[i].Prices = nil
		}
	}
	if len(p.Options) == 0 {
		p.Options = nil
	}
	if len(p.Attributes) == 0 {
		p.Attributes = nil
	}
	return p
}

func (g *merge) flaw(line int, column, format string, args ...any) {
	g.flaws = append(g.flaws, RowFlaw{line, shown(column), fmt.Sprintf(format, args...)})
}

// get returns a cell as it stands, and whether the file has its column.
func (g *merge) get(r Row, column string) (string, bool) {
	i, there := g.at[column]
	if !there {
		return "", false
	}
	return r.Cells[i], true
}

// wellFormed looks at the rows before anything is made of them.
func (g *merge) wellFormed() bool {
	for _, r := range g.rows {
		if len(r.Cells) != len(g.Columns) {
			g.flaw(r.Line, "", "has %d cells where the heading has %d", len(r.Cells), len(g.Columns))
			continue
		}
		for i, cell := range r.Cells {
			switch {
			case len(cell) > MaxSheetCell:
				g.flaw(r.Line, g.Columns[i], saidTooLong)
			case !readable(cell):
				g.flaw(r.Line, g.Columns[i], "may hold no control characters beside line breaks, and must be UTF-8")
			}
		}
		g.name(r)
	}
	return len(g.flaws) == 0
}

// name notes which variant a row is.
func (g *merge) name(r Row) {
	sku := g.cell(r, skuColumn)
	if line, twice := g.lines[sku]; twice {
		g.flaw(r.Line, skuColumn, "is on line %d already", line)
		return
	}
	if sku == "" {
		g.flaw(r.Line, skuColumn, "is missing")
	}
	g.lines[sku] = r.Line
}

// agree refuses rows that say different things of one product. A row after the first
// may leave out what is said there.
func (g *merge) agree() {
	first := g.rows[0]
	for i, column := range g.Columns {
		if ofVariant(column) || column == productColumn {
			continue
		}
		for _, r := range g.rows[1:] {
			if r.Cells[i] != "" && r.Cells[i] != first.Cells[i] {
				g.flaw(r.Line, column, "is another on line %d: what is said of the whole product may stand in its first row only", first.Line)
			}
		}
	}
}

// texts merges what is said of the whole product.
func (g *merge) texts() {
	first := g.rows[0]
	if status, there := g.get(first, statusColumn); there {
		g.p.Status = Status(strings.TrimSpace(status))
	}
	for column, text := range g.p.texts() {
		if cell, there := g.get(first, column); there {
			*text = cell
		}
	}
	for column, links := range g.p.links() {
		if cell, there := g.get(first, column); there {
			*links = split(cell, listSeparator)
		}
	}
	if g.p.Slugs.IsZero() {
		g.p.Slugs.TR = g.Product(first)
	}
}

// variants merges each row into its variant, or makes one.
func (g *merge) variants() {
	places := map[string]int{}
	for i, v := range g.p.Variants {
		places[v.SKU] = i
	}
	lists := keyed(g.Columns, priceColumn, compareColumn)
	for _, r := range g.rows {
		sku := g.cell(r, skuColumn)
		i, there := places[sku]
		if !there {
			i = len(g.p.Variants)
			g.p.Variants = append(g.p.Variants, Variant{ID: id.Fixed(id.Variant, g.Since, g.p.ID+"/"+sku), SKU: sku})
			if tax, _ := g.get(r, taxColumn); tax == "" {
				g.flaw(r.Line, taxColumn, "a new variant needs its KDV rate: 0, 1, 10 or 20")
			}
		}
		g.variant(r, &g.p.Variants[i])
		for _, list := range lists {
			g.price(r, &g.p.Variants[i], list)
		}
	}
}

func (g *merge) variant(r Row, v *Variant) {
	if cell, there := g.get(r, barcodeColumn); there {
		v.Barcode = digitsOf(cell)
	}
	for column, n := range v.numbers() {
		cell, there := g.get(r, column)
		if !there {
			continue
		}
		read, said := wholeOf(cell)
		if said == "" && cell == "" && column == taxColumn {
			said = "must be a KDV rate: 0, 1, 10 or 20"
		}
		if said != "" {
			g.flaw(r.Line, column, "%s", said)
			continue
		}
		*n = read
	}
	g.choose(r, v)
}

// price merges what counts now of a list: prices that begin later stay.
func (g *merge) price(r Row, v *Variant, list string) {
	was, had := current(v.Prices, list, g.Now)
	is := was
	currency := g.Rules.Book.Lists[list].Currency
	if cell, there := g.get(r, priceColumn+list); there {
		if strings.TrimSpace(cell) == "" {
			g.unprice(r, v, list)
			return
		}
		amount, said := amountOf(cell, currency)
		if said != "" {
			g.flaw(r.Line, priceColumn+list, "%s", said)
			return
		}
		is.Amount = amount
	}
	if cell, there := g.get(r, compareColumn+list); there {
		is.CompareAt = money.Amount{}
		if strings.TrimSpace(cell) != "" {
			amount, said := amountOf(cell, currency)
			if said != "" {
				g.flaw(r.Line, compareColumn+list, "%s", said)
				return
			}
			is.CompareAt = amount
		}
	}
	_, priced := g.at[priceColumn+list]
	if had && is.Amount == was.Amount && is.CompareAt.Minor == was.CompareAt.Minor || !had && !priced && is.CompareAt.IsZero() {
		return
	}
	v.Prices = append(later(v.Prices, list, g.Now), Price{List: list, Amount: is.Amount, CompareAt: is.CompareAt})
}

// unprice takes a list's price away.
func (g *merge) unprice(r Row, v *Variant, list string) {
	if cell, _ := g.get(r, compareColumn+list); strings.TrimSpace(cell) != "" {
		g.flaw(r.Line, compareColumn+list, "has no price beside it")
		return
	}
	v.Prices = later(v.Prices, list, g.Now)
}

// later returns the prices without those of a list that have begun.
func later(prices []Price, list string, now time.Time) []Price {
	return slices.DeleteFunc(slices.Clone(prices), func(p Price) bool { return p.List == list && !p.From.After(now) })
}
