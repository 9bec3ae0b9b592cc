// Package catalog is the noun of what can be bought: products with their options
// and variants, the tree of categories that they stand in, collections by rule,
// price lists, and the questions that shoppers ask of them. How many units there
// are is the stock noun's business.
package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Languages that texts are kept in.
const (
	Turkish = "tr"
	English = "en"
)

// Languages are all of them, the shop's own first.
var Languages = []string{Turkish, English}

// Text is a text in both languages of the shop.
type Text struct {
	TR string `bson:"tr" json:"tr"`
	EN string `bson:"en" json:"en"`
}

// In returns the text in a language; where it is missing, in the other one.
func (t Text) In(language string) string {
	if language == English && t.EN != "" || t.TR == "" {
		return t.EN
	}
	return t.TR
}

// IsZero reports whether there is no text in any language.
func (t Text) IsZero() bool { return t == Text{} }

// each returns the text of every language that has one, by language.
func (t Text) each() map[string]string {
	all := map[string]string{}
	if t.TR != "" {
		all[Turkish] = t.TR
	}
	if t.EN != "" {
		all[English] = t.EN
	}
	return all
}

// SEO is what search engines are told of a page, where it differs from what
// shoppers read.
type SEO struct {
	Title       Text `bson:"title" json:"title"`
	Description Text `bson:"description" json:"description"`
}

// readable reports whether s is text that people can read and every store keeps.
func readable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) < 0
}
