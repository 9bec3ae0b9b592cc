package api

import (
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
	"phone":        func(s string) bool { _, ok := cart.Phone(s); return ok },
	"postcode":     cart.Postcode,
	"tax_number":   regexp.MustCompile(`^\d{10,11}$`).MatchString,
	"order_number": id.ValidNumber,
	"quote_hash":   regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString,
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

// separators may stand between the digits of a card number, at most
// maxSeparators in a row.
const maxSeparators = 3

func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '.' || r == '_' || r == '\u200b'
}

// cardInText looks for a card number written with or without separators.
// Digits are those of any script's full-width or plain form.
func cardInText(s string) bool {
	var groups []string
	group, gap := strings.Builder{}, 0
	flush := func() {
		if group.Len() > 0 {
			groups = append(groups, group.String())
			group.Reset()
		}
	}
	for _, r := range norm.NFKC.String(s) {
		switch {
		case r >= '0' && r <= '9':
			group.WriteRune(r)
			gap = 0
		case isSeparator(r) && gap < maxSeparators:
			flush()
			gap++
		default:
			flush()
			if cardInGroups(groups) {
				return true
			}
			groups, gap = nil, 0
		}
	}
	flush()
	return cardInGroups(groups)
}

// cardInGroups tries every row of neighbouring groups that is as long as a
// card number. Within one longer group it tries every part: nothing that we
// take has twenty digits in a row.
func cardInGroups(groups []string) bool {
	for i := range groups {
		joined := ""
		for _, g := range groups[i:] {
			joined += g
			if len(joined) > maxCard {
				break
			}
			if len(joined) >= minCard && luhn(joined) {
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
