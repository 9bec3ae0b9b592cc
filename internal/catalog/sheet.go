package catalog

import (
	"context"
	"io"
	"slices"
	"strings"
)

// Format is the kind of a file of rows.
type Format string

// Formats of files.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Formats are all of them.
var Formats = []Format{CSV, XLSX}

// Limits of a file that is imported.
const (
	MaxSheetBytes   = 32 << 20
	MaxSheetRows    = 100_000
	MaxSheetColumns = 300
	MaxSheetCell    = 32 << 10
)

// Row is one variant in a file: its cells in the order of the file's columns.
type Row struct {
	// Line is counted as editors and spreadsheets do, the heading's line included.
	Line  int      `bson:"line"`
	Cells []string `bson:"cells"`
}

// RowFlaw is what is wrong with one cell. It never repeats the cell.
type RowFlaw struct {
	Line    int    `bson:"line"`
	Column  string `bson:"column"`
	Message string `bson:"message"`
}

// SheetReader reads a file row by row.
type SheetReader interface {
	// Columns are the names in the heading.
	Columns() []string

	// Read returns the next row, io.EOF after the last, or an Invalid fault where the
	// file cannot be read from here on.
	Read() (Row, error)

	// Close gives back what reading took.
	Close() error
}

// SheetWriter writes a file row by row.
type SheetWriter interface {
	// Write adds a row.
	Write(cells []string) error

	// Close writes what is still held back. Without it there is no file.
	Close() error
}

// Sheets reads and writes files of each format.
type Sheets interface {
	// Open begins to read. What is no file of that format, or larger than the limits
	// when it is unpacked, is an Invalid fault. Reading ends with ctx.
	Open(ctx context.Context, format Format, content []byte) (SheetReader, error)

	// Create begins a file with a heading.
	Create(format Format, to io.Writer, columns []string) (SheetWriter, error)
}

// Columns that every file must have: whose variant a row is, and which.
const (
	productColumn = "product"
	skuColumn     = "sku"
)

// Beginnings of columns that go on with the key of something.
const (
	optionColumn     = "option."
	optionNameColumn = "option_name."
	priceColumn      = "price."
	compareColumn    = "compare_at."
	attributeColumn  = "attr."
)

const (
	statusColumn  = "status"
	brandColumn   = "brand"
	barcodeColumn = "barcode"
	taxColumn     = "tax_percent"
)

// productColumns are those that say something of the whole product, in the order
// in which a file has them.
var productColumns = []string{
	statusColumn, "slug_tr", "slug_en", "title_tr", "title_en", "description_tr", "description_en", "seo_title_tr", "seo_title_en",
	"seo_description_tr", "seo_description_en", brandColumn, "categories", "tags", "related",
}

// variantColumns are those that say something of one variant.
var variantColumns = []string{barcodeColumn, taxColumn, "weight_grams", "length_mm", "width_mm", "height_mm"}

// texts are the product's texts by their columns.
func (p *Product) texts() map[string]*string {
	return map[string]*string{
		"slug_tr": &p.Slugs.TR, "slug_en": &p.Slugs.EN, "title_tr": &p.Title.TR, "title_en": &p.Title.EN,
		"description_tr": &p.Description.TR, "description_en": &p.Description.EN,
		"seo_title_tr": &p.SEO.Title.TR, "seo_title_en": &p.SEO.Title.EN,
		"seo_description_tr": &p.SEO.Description.TR, "seo_description_en": &p.SEO.Description.EN, brandColumn: &p.Brand,
	}
}

// links are the product's lists by their columns.
func (p *Product) links() map[string]*[]string {
	return map[string]*[]string{"categories": &p.Categories, "tags": &p.Tags, "related": &p.Related}
}

// numbers are the variant's whole numbers by their columns.
func (v *Variant) numbers() map[string]*int64 {
	return map[string]*int64{
		taxColumn: &v.TaxPercent, "weight_grams": &v.WeightGrams,
		"length_mm": &v.Dimensions.Length, "width_mm": &v.Dimensions.Width, "height_mm": &v.Dimensions.Height,
	}
}

// ofVariant reports whether a column says something of one variant.
func ofVariant(column string) bool {
	if column == skuColumn || slices.Contains(variantColumns, column) {
		return true
	}
	return slices.ContainsFunc([]string{optionColumn, priceColumn, compareColumn}, func(begins string) bool { return strings.HasPrefix(column, begins) })
}

// keyed returns the keys of columns that begin alike, in their order.
func keyed(columns []string, begins ...string) []string {
	var keys []string
	for _, column := range columns {
		for _, b := range begins {
			if key, ok := strings.CutPrefix(column, b); ok && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// headingLine is where the names of columns stand.
const headingLine = 1

// CheckColumns returns what is wrong with a file's heading.
func (r Rules) CheckColumns(columns []string) []RowFlaw {
	var wrong []RowFlaw
	flaw := func(column, message string) { wrong = append(wrong, RowFlaw{headingLine, column, message}) }
	if len(columns) > MaxSheetColumns {
		flaw("", "the file has more than 300 columns")
		return wrong
	}
	declared := r.declaredAnywhere()
	for i, column := range columns {
		switch {
		case column == "":
			flaw("", "a column has no name")
		case slices.Contains(columns[:i], column):
			flaw(shown(column), "this column is there twice")
		default:
			if said := r.refusesColumn(column, declared); said != "" {
				flaw(shown(column), said)
			}
		}
	}
	for _, needed := range []string{productColumn, skuColumn} {
		if !slices.Contains(columns, needed) {
			flaw(needed, "this column is missing")
		}
	}
	return wrong
}

// shown is a column's name as far as a report has room for it, in letters that every
// reader of the report can take.
func shown(column string) string {
	column = strings.ToValidUTF8(column, "�")
	if runes := []rune(column); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return column
}

// declaredAnywhere are the columns of all attributes of the shop. Two categories may
// declare one key with two types.
func (r Rules) declaredAnywhere() map[string]bool {
	columns := map[string]bool{}
	for _, c := range r.Categories {
		for _, d := range c.Attributes {
			for _, column := range d.columns() {
				columns[column] = true
			}
		}
	}
	return columns
}

// columns are those that hold the attribute's value.
func (d Declaration) columns() []string {
	if d.Type == TextAttribute {
		return []string{attributeColumn + d.Key + "." + Turkish, attributeColumn + d.Key + "." + English}
	}
	return []string{attributeColumn + d.Key}
}

const saidNoColumn = "there is no such column"

// refusesColumn says what is wrong with a column's name, or nothing.
func (r Rules) refusesColumn(column string, declared map[string]bool) string {
	if column == productColumn || ofVariant(column) && !strings.Contains(column, ".") || slices.Contains(productColumns, column) {
		return ""
	}
	kind, key, _ := strings.Cut(column, ".")
	switch kind + "." {
	case optionColumn:
		if !keyForm.MatchString(key) {
			return "an option's key " + saidKey
		}
		return ""
	case optionNameColumn:
		name, language, _ := strings.Cut(key, ".")
		if !keyForm.MatchString(name) || !slices.Contains(Languages, language) {
			return "must be option_name.<key>.tr or .en"
		}
		return ""
	case priceColumn, compareColumn:
		if _, there := r.Book.Lists[key]; !there {
			return "is no price list of the shop: " + r.Book.known()
		}
		return ""
	case attributeColumn:
		if !declared[column] {
			return "no category declares such an attribute; that of a text ends in .tr or .en"
		}
		return ""
	}
	return saidNoColumn
}
