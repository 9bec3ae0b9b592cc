package catalog

import "strings"

// folds writes Turkish letters as people do who have no Turkish keyboard. The
// dotless ı and the dotted İ both become i: "ISPANAK", "ıspanak" and
// "ispanak" are the same word to a shopper.
var folds = strings.NewReplacer(
	"İ", "i", "I", "i", "ı", "i", "i̇", "i", "Ş", "s", "ş", "s", "Ğ", "g", "ğ", "g", "Ü", "u", "ü", "u",
	"Ö", "o", "ö", "o", "Ç", "c", "ç", "c", "Â", "a", "â", "a", "Î", "i", "î", "i", "Û", "u", "û", "u", "é", "e",
	"'", " ", "’", " ", "\"", " ", "&", " ", "-", " ", "/", " ", ",", " ", ".", " ", "(", " ", ")", " ",
)

// Fold returns s as it is compared in a search: without case, accents and
// punctuation.
func Fold(s string) string {
	// Folded before, for Go's lower case of I has a dot, and after, for É is only
	// now é.
	return strings.Join(strings.Fields(folds.Replace(strings.ToLower(folds.Replace(s)))), " ")
}
