package catalog

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
)

// indexed is a field of a list: its name, its place, and what comes after.
var indexed = regexp.MustCompile(`^(\w+)\[(\d+)\]\.?(.*)$`)

// refused turns what the rules say of a product into flaws of cells. Of a line with a
// cell that could not be read they say too much.
func (g *merge) refused(err error) {
	if err == nil {
		return
	}
	flaws, unread := fault.FlawsOf(err), map[int]bool{}
	for _, f := range g.flaws {
		unread[f.Line] = true
	}
	if len(flaws) == 0 {
		g.flaw(g.rows[0].Line, "", "%s", err)
	}
	for _, f := range flaws {
		line, column := g.cellOf(f.Field)
		if !unread[line] {
			g.flaw(line, column, "%s", f.Message)
		}
	}
}

// cellOf returns where in the file a field of the product stands.
func (g *merge) cellOf(field string) (line int, column string) {
	line = g.rows[0].Line
	m := indexed.FindStringSubmatch(field)
	if m == nil {
		return line, columnOf(field)
	}
	n, _ := strconv.Atoi(m[2]) // digits of a place in a list
	switch {
	case m[1] == "variants" && n < len(g.p.Variants):
		v := g.p.Variants[n]
		return cmp.Or(g.lines[v.SKU], line), v.columnOf(m[3])
	case m[1] == "options" && n < len(g.p.Options):
		if strings.HasPrefix(m[3], "name") {
			return line, optionNameColumn + g.p.Options[n].Key + "." + Turkish
		}
		return line, optionColumn + g.p.Options[n].Key
	case m[1] == "attributes" && n < len(g.p.Attributes):
		return line, attributeColumn + g.p.Attributes[n].Key
	}
	return line, columnOf(m[1])
}

// columnOf is the column of a field of the product.
func columnOf(field string) string {
	switch field {
	case "slugs":
		return "slug_tr"
	case "title", "description":
		return field + "_tr"
	}
	name := strings.ReplaceAll(strings.Replace(field, "slugs", "slug", 1), ".", "_")
	return name
}

// columnOf is the column of a field of the variant.
func (v Variant) columnOf(field string) string {
	if key, ok := strings.CutPrefix(field, "choices."); ok {
		return optionColumn + key
	}
	m := indexed.FindStringSubmatch(field)
	if m != nil && m[1] == "prices" {
		n, _ := strconv.Atoi(m[2]) // digits of a place in a list
		if n < len(v.Prices) && strings.HasPrefix(m[3], "compare_at") {
			return compareColumn + v.Prices[n].List
		}
		if n < len(v.Prices) {
			return priceColumn + v.Prices[n].List
		}
	}
	switch field {
	case "choices":
		return "option"
	case "prices":
		return "price"
	case "dimensions":
		return "length_mm"
	}
	return field
}
