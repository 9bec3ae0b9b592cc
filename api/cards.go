package api

import (
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/id"
)

// Lengths of a card number (ISO/IEC 7812-1 allows fewer; no card in use has).
const (
	minCard = 13
	maxCard = 19
)

// ownFormats are fields whose digits are something else when they have the
// form of it: a quote's hash has thirteen digits in a row now and then.
var ownFormats = map[string]func(string) bool{
	"phone":           func(s string) bool { _, ok := cart.Phone(s); return ok },
	"postcode":        cart.Postcode,
	"tax_number":      isTaxNumber,
	"identity_number": isTaxNumber,
	"order_number":    id.ValidNumber,
	"quote_hash":      isHash,
	"hash":            isHash,
}

// isHash reports whether s is a SHA-256 in hexadecimal.
var isHash = regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString

// isTaxNumber reports whether s is a company's tax number or a person's.
func isTaxNumber(s string) bool {
	_, company := cart.TaxNumber(s)
	_, person := cart.IdentityNumber(s)
	return company || person
}

// holdsCardNumber reports whether a card number is anywhere in a JSON body:
// in a value, in a number, in a field's name. What is not JSON is refused as
// such elsewhere, and stored nowhere.
func holdsCardNumber(body []byte) bool {
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return false
	}
	return cardIn("", value)
}

func cardIn(field string, value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if cardInText(name) || cardIn(name, inner) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if cardIn(field, inner) {
				return true
			}
		}
	case json.Number:
		return cardInText(v.String())
	case string:
		if own := ownFormats[field]; own != nil && own(v) {
			return false
		}
		return cardInText(v)
	}
	return false
}

// isSeparator reports whether r may stand between the digits of a card number,
// in any length of row: whatever is neither a letter nor a digit may.
func isSeparator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// unescapes is how many layers of percent signs are taken off a text.
const unescapes = 3

var escaped = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)

// unescape decodes what is percent-encoded and leaves the rest as it is: the
// text may be an address, or only hold one.
func unescape(s string) string {
	return escaped.ReplaceAllStringFunc(s, func(part string) string {
		raw, err := hex.DecodeString(strings.ReplaceAll(part, "%", ""))
		if err != nil {
			return part
		}
		return string(raw)
	})
}

// cardInText looks for a card number written with or without separators, in
// the digits of any script, and behind percent signs.
func cardInText(s string) bool {
	for range unescapes {
		if cardInLetters(s) {
			return true
		}
		plain := unescape(s)
		if plain == s {
			return false
		}
		s = plain
	}
	return cardInLetters(s)
}

func cardInLetters(s string) bool {
	var groups []string
	group := strings.Builder{}
	flush := func() {
		if group.Len() > 0 {
			groups = append(groups, group.String())
			group.Reset()
		}
	}
	for _, r := range norm.NFKC.String(s) {
		digit, isDigit := digitOf(r)
		switch {
		case isDigit:
			group.WriteByte(digit)
		case unicode.Is(unicode.Cf, r):
			// It is not seen: the digits beside it are read as one row.
		case isSeparator(r):
			flush()
		default:
			flush()
			if cardInGroups(groups) {
				return true
			}
			groups = nil
		}
	}
	flush()
	return cardInGroups(groups)
}

// digitOf returns the ASCII digit of a decimal digit in any script. Unicode
// keeps the ten digits of a script in a row that begins with its zero.
func digitOf(r rune) (byte, bool) {
	if r <= unicode.MaxASCII || !unicode.Is(unicode.Nd, r) {
		return byte(r), r >= '0' && r <= '9'
	}
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return '0' + byte((r-rune(row.Lo))%10), true
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return '0' + byte((r-rune(row.Lo))%10), true
		}
	}
	return 0, false
}

// networks are how numbers of the card networks in use begin (ISO/IEC 7812-2).
var networks = regexp.MustCompile(`^(?:[2-6]|81|9792)`)

// cardInGroups tries every row of neighbouring groups that is as long as a
// card number. Digits that were written apart must also begin as a network's
// do: house numbers and dates stand apart too. Within one longer group it tries every part: nothing that we
// take has twenty digits in a row.
func cardInGroups(groups []string) bool {
	for i := range groups {
		joined := ""
		for j, g := range groups[i:] {
			joined += g
			if len(joined) > maxCard {
				break
			}
			if len(joined) >= minCard && luhn(joined) && (j == 0 || networks.MatchString(joined)) {
				return true
			}
		}
		if len(groups[i]) > maxCard && cardWithin(groups[i]) {
			return true
		}
	}
	return false
}

func cardWithin(digits string) bool {
	for from := range digits {
		for length := minCard; length <= maxCard && from+length <= len(digits); length++ {
			if luhn(digits[from : from+length]) {
				return true
			}
		}
	}
	return false
}

// luhn checks the last digit of a card number (ISO/IEC 7812-1, annex B). Only
// zeros pass the sum too, and are no card.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum > 0 && sum%10 == 0
}
