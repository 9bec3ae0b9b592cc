package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bedesten/bedesten/internal/catalog"
)

// token is a word of a text and where it stands in it.
type token struct {
	start, end int
	reading
}

// reading is how a word is read in a language.
type reading struct {
	// lower is the word in small letters of its own, form is it as it is compared.
	lower, form string
	// stems are what it may be without its endings, folded, each once, without form.
	stems []string
}

// tidy returns a text whose letters are one character each, as a keyboard writes
// them: some systems send ö as o and two dots.
func tidy(text string) string { return norm.NFC.String(text) }

// tokens returns the words of a tidy text: runs of letters and digits. Whatever
// else it holds, operators of any query language among it, parts words and is
// nothing by itself.
func (l *lexicon) tokens(text, language string) []token {
	var tokens []token
	add := func(start, end int) {
		if r := l.read(text[start:end], language); r.form != "" {
			tokens = append(tokens, token{start, end, r})
		}
	}
	start := -1
	for i, r := range text {
		word := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		switch {
		case word && start < 0:
			start = i
		case !word && start >= 0:
			add(start, i)
			start = -1
		}
	}
	if start >= 0 {
		add(start, len(text))
	}
	return tokens
}

// lower returns a word in small letters by the rules of its language: in Turkish
// I is the capital of ı and İ that of i.
func lower(word, language string) string {
	if language == catalog.Turkish {
		return strings.ToLowerSpecial(unicode.TurkishCase, word)
	}
	return strings.ToLower(strings.ReplaceAll(word, "İ", "i"))
}

// fold returns a word as it is compared: by the catalogue's rules, and without the
// accents of other languages, so that Lancôme is found by lancome.
func fold(word string) string {
	folded := catalog.Fold(word)
	if isASCII(folded) {
		return folded
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return r
	}, norm.NFD.String(folded))
	return norm.NFC.String(strings.ReplaceAll(bare, " ", ""))
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// joiners stand within words that people also write in one: t-shirt, Levi's.
const joiners = "-'’._/&+"

// joined returns the words that stand together with nothing but a joiner between
// each two, as one: tshirt.
func joined(text string, tokens []token) []string {
	var all []string
	for i := 0; i < len(tokens); {
		next := i + 1
		whole := tokens[i].form
		for next < len(tokens) && joins(text[tokens[next-1].end:tokens[next].start]) {
			whole += tokens[next].form
			next++
		}
		if next > i+1 && len(whole) <= maxWord {
			all = append(all, whole)
		}
		i = next
	}
	return all
}

func joins(between string) bool {
	r := []rune(between)
	return len(r) == 1 && strings.ContainsRune(joiners, r[0])
}

// parted returns the two parts of a word that is a number with a word on one side,
// 128gb or iphone13, which people write apart as well.
func parted(form string) (first, second string, ok bool) {
	border := 0
	for i := 1; i < len(form); i++ {
		if isDigit(form[i]) == isDigit(form[i-1]) {
			continue
		}
		if border > 0 {
			return "", "", false
		}
		border = i
	}
	if border == 0 {
		return "", "", false
	}
	return form[:border], form[border:], true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func hasDigit(s string) bool { return strings.IndexFunc(s, unicode.IsDigit) >= 0 }

// stopWords say nothing of a product; folded.
var stopWords = map[string]bool{
	"ve": true, "ile": true, "icin": true, "veya": true, "ya": true, "da": true, "de": true, "bir": true, "bu": true, "en": true, "gibi": true,
	"the": true, "and": true, "for": true, "with": true, "of": true, "a": true, "an": true, "or": true, "in": true, "to": true,
}
