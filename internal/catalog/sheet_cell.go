package catalog

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/bedesten/bedesten/internal/money"
)

// separators of what stands together in one cell. A backslash before one makes it a
// letter like any other.
const (
	listSeparator = ';'
	nameSeparator = '|'
)

// join puts parts into one cell, from which split takes them again.
func join(parts []string, separator rune) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = literally(part, separator)
	}
	return strings.Join(escaped, string(separator))
}

// literally writes one part so that split returns it as it was, spaces around it too.
func literally(part string, separator rune) string {
	var b strings.Builder
	runes := []rune(part)
	for i, r := range runes {
		if r == separator || r == '\\' || isBlank(r) && (i == 0 || i == len(runes)-1) {
			b.WriteRune('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\u00a0' }

// split takes the parts out of a cell; blanks around them, and parts that are empty,
// are left out.
func split(cell string, separator rune) []string {
	var parts []string
	for _, part := range pieces(cell, separator) {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// pieces is split with the empty parts.
func pieces(cell string, separator rune) []string {
	var parts []string
	var part []rune
	kept, literal := 0, false // up to where a blank at the end was meant
	end := func() {
		for len(part) > kept && isBlank(part[len(part)-1]) {
			part = part[:len(part)-1]
		}
		parts, part, kept = append(parts, string(part)), nil, 0
	}
	for _, r := range cell {
		switch {
		case literal:
			part, literal = append(part, r), false
			kept = len(part)
		case r == '\\':
			literal = true
		case r == separator:
			end()
		case len(part) > 0 || !isBlank(r):
			part = append(part, r)
		}
	}
	if literal {
		part = append(part, '\\')
	}
	end()
	return parts
}

// valueOf reads an option's value: its key, and its names where they are given.
func valueOf(cell string) (v Value, named bool, said string) {
	parts := pieces(cell, nameSeparator)
	v.Key = parts[0]
	switch len(parts) {
	case 1:
	case 2:
		v.Name.TR = parts[1]
	case 3:
		v.Name = Text{TR: parts[1], EN: parts[2]}
	default:
		return v, false, "must be a value's key, or key|name in Turkish|name in English"
	}
	return v, len(parts) > 1, ""
}

func cellOf(v Value) string {
	return join([]string{v.Key, v.Name.TR, v.Name.EN}, nameSeparator)
}

// Forms of numbers. Spreadsheets keep large ones with an exponent.
var (
	whole     = regexp.MustCompile(`^-?\d+$`)
	grouped   = regexp.MustCompile(`^-?\d{1,3}(\.\d{3})+$|^-?\d{1,3}(,\d{3})+$`)
	broken    = regexp.MustCompile(`^-?\d+[.,]\d+$`)
	groupedTR = regexp.MustCompile(`^-?\d{1,3}(\.\d{3})+,\d+$`)
	groupedEN = regexp.MustCompile(`^-?\d{1,3}(,\d{3})+\.\d+$`)
	exponent  = regexp.MustCompile(`^-?\d(\.\d+)?[eE]\+?\d{1,2}$`)
	// unsure is what may be thousands or thousandths.
	unsure = regexp.MustCompile(`^-?[1-9]\d{0,2}[.,]\d{3}$`)
)

const (
	maxNumberCell = 40
	// exactDigits is how many digits of a number a spreadsheet keeps exactly.
	exactDigits = 15
)

const (
	saidNoNumber = "is not a number: write 1499,90 or 1499.90"
	saidUnsure   = "may be thousands or decimals: write 1499, 1499,00 or 1.499,00"
)

// decimal reads a number as people in Turkey and elsewhere write it, without a float.
// sure says that one with three digits after a point is a fraction.
func decimal(cell string, sure bool) (*big.Rat, string) {
	s := strings.TrimSpace(strings.ReplaceAll(cell, "\u00a0", " "))
	if len(s) > maxNumberCell {
		return nil, saidNoNumber
	}
	switch {
	case whole.MatchString(s), exponent.MatchString(s):
	case !sure && unsure.MatchString(s):
		return nil, saidUnsure
	case broken.MatchString(s):
		s = strings.ReplaceAll(s, ",", ".")
	case grouped.MatchString(s), groupedEN.MatchString(s) && strings.Contains(s, "."):
		s = ungroup(s)
	case groupedTR.MatchString(s):
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	default:
		return nil, saidNoNumber
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, saidNoNumber
	}
	return exact(r, s), ""
}

// ungroup takes separators of thousands out of a number that has no comma before its
// decimals.
func ungroup(s string) string {
	if grouped.MatchString(s) {
		return strings.NewReplacer(".", "", ",", "").Replace(s)
	}
	return strings.ReplaceAll(s, ",", "")
}

// exact takes off what a spreadsheet's binary numbers add behind the last digit that
// they keep: 1499.8999999999999 was typed as 1499.9.
func exact(r *big.Rat, s string) *big.Rat {
	before, after, fraction := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if !fraction || len(before)+len(after) <= exactDigits {
		return r
	}
	rounded, ok := new(big.Rat).SetString(r.FloatString(max(0, exactDigits-len(before))))
	if !ok {
		return r
	}
	return rounded
}

// amountOf reads a price in major units.
func amountOf(cell, currency string) (money.Amount, string) {
	places := money.Decimals(currency)
	r, said := decimal(cell, places == 3)
	if said != "" {
		return money.Amount{}, said
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)))
	if !r.IsInt() {
		return money.Amount{}, fmt.Sprintf("has more decimals than %s has", currency)
	}
	if !r.Num().IsInt64() {
		return money.Amount{}, "is more than can be asked"
	}
	return money.Of(r.Num().Int64(), currency), ""
}

// priceCell writes an amount in major units.
func priceCell(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return strings.TrimSuffix(a.String(), " "+a.Currency)
}

// wholeOf reads a whole number; an empty cell is none.
func wholeOf(cell string) (int64, string) {
	if strings.TrimSpace(cell) == "" {
		return 0, ""
	}
	r, said := decimal(strings.Trim(cell, " %"), false)
	if said != "" {
		return 0, said
	}
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, "must be a whole number"
	}
	return r.Num().Int64(), ""
}

// digitsOf undoes what a spreadsheet makes of a long row of digits.
func digitsOf(cell string) string {
	cell = strings.TrimSpace(cell)
	if !exponent.MatchString(cell) {
		return cell
	}
	r, ok := new(big.Rat).SetString(cell)
	if !ok || !r.IsInt() {
		return cell
	}
	return r.Num().String()
}

// truthOf reads yes or no.
func truthOf(cell string) (yes, ok bool) {
	switch Fold(strings.TrimSpace(cell)) {
	case "evet", "true", "yes", "1":
		return true, true
	case "hayir", "false", "no", "0":
		return false, true
	}
	return false, false
}
