package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/catalog"
)

// Limits of what is searched for: more words find less, and each costs time.
const (
	maxWords = 8
	maxRunes = 200
)

// asked is a word that somebody searches for.
type asked struct {
	form string
	// stems are what it may be without its endings in any language.
	stems []string
	// unfinished is the last word, which may be the beginning of another.
	unfinished bool
	// plain words are found as they are and by their stems only.
	plain bool
}

// phrase are words that must all be there.
type phrase struct {
	words []asked
	// less is how many points a product loses that is found by it.
	less uint16
}

// group is a place in a text: one of its phrases must be there.
type group []phrase

// question is a text as it is searched for: every group must be there.
type question struct {
	groups []group
	// code is the whole text, should it be an SKU or a barcode.
	code string
	// spoken are the words as they were written, for did-you-mean.
	spoken []token
	text   string
}

// parse reads a text that somebody typed. It takes any text and never fails: what
// is too much it leaves out.
func (ix *Index) parse(text string) question {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, " ")
	}
	text = tidy(firstRunes(text, maxRunes))
	tokens := ix.lexicon.tokens(text, catalog.Turkish)
	q := question{text: text, code: codeForm(text)}
	tokens = telling(tokens)
	q.spoken = tokens
	open := len(tokens) > 0 && tokens[len(tokens)-1].end == len(text)
	for i := 0; i < len(tokens); {
		g, next := ix.at(text, tokens, i)
		if open && next == len(tokens) {
			g = g.unfinished()
		}
		q.groups = append(q.groups, g)
		i = next
	}
	return q
}

// telling leaves out words that say nothing, unless there are no others, and those
// beyond the limit.
func telling(tokens []token) []token {
	var told []token
	for _, t := range tokens {
		if !stopWords[t.form] && len(t.form) <= maxWord {
			told = append(told, t)
		}
	}
	if len(told) == 0 {
		for _, t := range tokens {
			if len(t.form) <= maxWord {
				told = append(told, t)
			}
		}
	}
	return told[:min(len(told), maxWords)]
}

// at returns the group that begins at a word, and where the next one begins.
// Words with only a joiner between them are looked for together as well, those of
// number and letters apart.
func (ix *Index) at(text string, tokens []token, i int) (group, int) {
	next := i + 1
	whole := tokens[i].form
	for next < len(tokens) && joins(text[tokens[next-1].end:tokens[next].start]) {
		whole += tokens[next].form
		next++
	}
	if next == i+1 {
		g := group{{words: []asked{ix.ask(text, tokens[i])}}}
		if first, second, ok := parted(whole); ok {
			g = append(g, phrase{words: []asked{{form: first, plain: true}, {form: second, plain: true}}})
		}
		return g, next
	}
	apart := phrase{}
	for _, t := range tokens[i:next] {
		apart.words = append(apart.words, ix.ask(text, t))
	}
	return group{apart, {words: []asked{{form: whole, plain: true}}}}, next
}

// ask returns a word with its stems in every language: who asks may write either.
func (ix *Index) ask(text string, t token) asked {
	a := asked{form: t.form}
	for _, l := range catalog.Languages {
		for _, stem := range ix.lexicon.read(text[t.start:t.end], l).stems {
			if !slices.Contains(a.stems, stem) {
				a.stems = append(a.stems, stem)
			}
		}
	}
	return a
}

// unfinished marks the last word of each phrase.
func (g group) unfinished() group {
	for i := range g {
		g[i].words[len(g[i].words)-1].unfinished = true
	}
	return g
}

func firstRunes(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}
