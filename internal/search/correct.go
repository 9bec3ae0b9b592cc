package search

import (
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
)

// correct returns a text that was perhaps meant where a word of it is one that no
// product has: with the nearest word that some have, which must find something.
func (w *walk) correct(q question, r *lookup) string {
	if len(r.guessed) == 0 && (w.total > 0 || len(q.groups) == 0) {
		return ""
	}
	shown, changed := make([]string, len(q.spoken)), false
	for i, t := range q.spoken {
		shown[i] = q.text[t.start:t.end]
		if w.ix.knows(w.ix.ask(q.text, t)) {
			continue
		}
		if better := w.ix.meant(t); better != "" {
			shown[i], changed = better, true
		}
	}
	text := strings.Join(shown, " ")
	if !changed || w.finds(text) == 0 {
		return ""
	}
	return text
}

// knows reports whether a word leads anywhere without a mistake.
func (ix *Index) knows(w asked) bool {
	for _, v := range ix.vocabularies() {
		for _, form := range append([]string{w.form}, w.stems...) {
			if v.find(form) != nil {
				return true
			}
		}
	}
	_, code := ix.codes[w.form]
	return code
}

func (ix *Index) vocabularies() []*vocabulary {
	return []*vocabulary{ix.words, ix.shelves.words, ix.shelves.choices}
}

// meant returns the word, with its own letters, that another was meant to be: the
// nearest, and of those as near the commonest. It goes further than a search does
// by itself, for a person decides. Failing that, two words that were run together.
func (ix *Index) meant(t token) string {
	var best *term
	near := 0
	for _, v := range ix.vocabularies() {
		v.near(t.form, guesses(t.form), func(candidate *term, distance int) {
			if hasDigit(candidate.text) || len(candidate.exact) == 0 {
				return
			}
			if best == nil || distance < near || distance == near && len(candidate.exact) > len(best.exact) {
				best, near = candidate, distance
			}
		})
	}
	if best != nil {
		return best.shown
	}
	return ix.runTogether(t.form)
}

func guesses(form string) int {
	switch {
	case hasDigit(form) || len(form) < 3:
		return 0
	case len(form) < 5:
		return 1
	}
	return 2
}

// runTogether returns two words that a form is made of, with a space, or nothing.
func (ix *Index) runTogether(form string) string {
	for i := 3; i <= len(form)-3; i++ {
		first, second := ix.words.find(form[:i]), ix.words.find(form[i:])
		if first != nil && second != nil && len(first.exact) > 0 && len(second.exact) > 0 {
			return first.shown + " " + second.shown
		}
	}
	return ""
}

// finds returns how many products the same search finds by another text.
func (w *walk) finds(text string) int64 {
	s := w.search
	s.Text, s.Facets, s.Sort = text, false, catalog.Newest
	q := w.ix.parse(text)
	again := &walk{ix: w.ix, search: s, language: w.language, conditions: w.conditions, column: w.column}
	again.scores = w.ix.lookup().score(w.ix.widen(q, s.Language), w.language)
	again.run()
	return again.total
}
