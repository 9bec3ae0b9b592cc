package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RowsOf returns the product as rows of a file, one a variant, each by its columns,
// with the prices that count at a moment. What is said of the whole product stands in
// the first row only: a description would be there five hundred times otherwise.
func RowsOf(p Product, book Book, at time.Time) []map[string]string {
	rows := make([]map[string]string, len(p.Variants))
	for i, v := range p.Variants {
		row := map[string]string{productColumn: p.ID, skuColumn: v.SKU, barcodeColumn: v.Barcode}
		if i == 0 {
			p.fill(row)
		}
		v.fill(row)
		p.fillChoices(row, v)
		for id := range book.Lists {
			if price, priced := current(v.Prices, id, at); priced {
				row[priceColumn+id], row[compareColumn+id] = priceCell(price.Amount), priceCell(price.CompareAt)
			}
		}
		rows[i] = row
	}
	return rows
}

// fill writes what is said of the whole product.
func (p Product) fill(row map[string]string) {
	row[statusColumn] = string(p.Status)
	for column, text := range p.texts() {
		row[column] = *text
	}
	for column, links := range p.links() {
		row[column] = join(*links, listSeparator)
	}
	for _, o := range p.Options {
		row[optionNameColumn+o.Key+"."+Turkish], row[optionNameColumn+o.Key+"."+English] = o.Name.TR, o.Name.EN
	}
	for _, a := range p.Attributes {
		a.fill(row)
	}
}

func (a Attribute) fill(row map[string]string) {
	column := attributeColumn + a.Key
	switch {
	case a.Text != nil:
		row[column+"."+Turkish], row[column+"."+English] = a.Text.TR, a.Text.EN
	case a.Number != nil:
		row[column] = strconv.FormatFloat(*a.Number, 'f', -1, 64)
	case a.Boolean != nil:
		row[column] = strconv.FormatBool(*a.Boolean)
	default:
		row[column] = join(a.Choices, listSeparator)
	}
}

func (v Variant) fill(row map[string]string) {
	for column, n := range v.numbers() {
		if *n != 0 || column == taxColumn {
			row[column] = strconv.FormatInt(*n, 10)
		}
	}
}

func (p Product) fillChoices(row map[string]string, v Variant) {
	for _, o := range p.Options {
		for _, value := range o.Values {
			if value.Key == v.Choices[o.Key] {
				row[optionColumn+o.Key] = cellOf(value)
			}
		}
	}
}

// SheetColumns returns the columns in the order of a file: those that every file has,
// and then those that are used.
func SheetColumns(used map[string]bool) []string {
	columns := slices.Concat([]string{productColumn, skuColumn}, productColumns, variantColumns)
	begins := []string{optionNameColumn, optionColumn, priceColumn, compareColumn, attributeColumn}
	rank := func(column string) int {
		return slices.IndexFunc(begins, func(b string) bool { return strings.HasPrefix(column, b) })
	}
	more := slices.DeleteFunc(slices.Sorted(maps.Keys(used)), func(column string) bool { return rank(column) < 0 })
	slices.SortStableFunc(more, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return append(columns, more...)
}
