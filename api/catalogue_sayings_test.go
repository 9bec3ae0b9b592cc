package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// Files whose words merchandisers read: what they say is looked up in them.
var catalogueFiles = []string{
	"../internal/catalog/attribute.go", "../internal/catalog/category.go", "../internal/catalog/check*.go", "../internal/catalog/collection.go",
	"../internal/catalog/merchandising.go", "../internal/catalog/price.go", "../internal/catalog/rules.go", "../internal/catalog/sheet*.go",
	"../internal/catalog/sheet/csv.go", "../internal/catalog/sheet/sheet.go", "../internal/catalog/sheet/xlsx_book.go",
	"../activities/catalog_judge.go", "../activities/catalog_check.go", "../activities/catalog_import.go", "../internal/media/imaging/imaging.go",
}

// Words in those files that nobody is shown as they are: titles of lists, parts of
// others, and causes that only the log has.
var unsaid = []string{
	" ", "Liste fiyatı, ", "List price, ", "there are ", "an option's key ", " %", ", ", `" `,
	"beginning a CSV file: %w", "writing a CSV row: %w", "ending a CSV file: %w", "the reading was ended: %w",
	"%s is there twice", "no relation leads to a workbook", "%s is not there", "there is no shared text %d",
	"a decoder panicked: %v", "the worker stops: another goes on",
	"the import was cancelled, or is checked by another", "another check of the import went on",
}

// said returns the words in a file, as they would be printed.
func said(t *testing.T, file string) (words []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			return n.Tag == nil
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return false
			}
			text, err := strconv.Unquote(n.Value)
			require.NoError(t, err)
			if strings.Contains(text, " ") && !slices.Contains(unsaid, text) {
				words = append(words, printed(text))
			}
		}
		return true
	})
	return words
}

// printed fills a form, and ends one that something is added to.
func printed(form string) string {
	if strings.HasSuffix(form, " ") {
		form += "%s"
	}
	return strings.NewReplacer("%d", "7", "%q", `"try"`, "%s", "there are try").Replace(form)
}

func TestProblem_SaysEveryFlawOfTheCatalogueInTurkish(t *testing.T) {
	t.Parallel()
	for _, pattern := range catalogueFiles {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, words := range said(t, file) {
				turkish := say(fault.Invalid, words, catalog.Turkish)
				require.NotEqual(t, words, turkish, "%s: give it Turkish words in catalogue_sayings.go", file)
				require.NotContains(t, turkish, "%", file)
				require.Equal(t, words, say(fault.Invalid, words, catalog.English))
			}
		}
	}
}

func TestProblem_SaysInTurkishWhatIsNamedInIt(t *testing.T) {
	t.Parallel()
	for english, turkish := range map[string]string{
		"must be from 0 to 500": "0 ile 500 arasında olmalı",
		"must be 2 to 20":       "2 ile 20 arasında olmalı",
		"an option's key must be 1 to 40 small letters, digits, hyphens or underscores, beginning with a letter or digit": "seçeneğin anahtarı 1–40 karakter olmalı: küçük harf (ç, ğ, ı, ö, ş, ü dışında), rakam, tire, alt çizgi; harf ya da rakamla başlamalı",
		"a picture may have at most 40000000 pixels; this one has 30000 × 30000":                                          "bir resim en çok 40000000 piksel olabilir; bu resim 30000 × 30000",
		"this is image/png, and was said to be image/jpeg":                                                                "bu image/png; image/jpeg olduğu söylenmişti",
		`the shop has no base list in USD yet: make "usd" first`:                                                          `mağazanın USD için temel listesi yok: önce "usd" listesini oluşturun`,
		"the SKU LOKUM-1 is in use already: choose another":                                                               "LOKUM-1 stok kodu kullanılıyor: başka bir kod seçin.",
		"is no price list of the shop: there are try, usd":                                                                "mağazanın böyle bir fiyat listesi yok; olanlar: try, usd",
	} {
		require.Equal(t, turkish, say(fault.Invalid, english, catalog.Turkish))
	}
}
