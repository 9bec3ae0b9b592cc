package search

import (
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
)

// merchandising is what merchandisers said, as a search needs it.
type merchandising struct {
	catalog.Merchandising
	synonyms []synonym
}

// synonym leads from words that stand one after the other to others that mean the
// same.
type synonym struct {
	language string
	from     []string // forms
	to       []phrase
}

// maxPhrases is how many ways a place in a text may be read.
const maxPhrases = 12

// SetMerchandising says what merchandisers want.
func (ix *Index) SetMerchandising(m catalog.Merchandising) {
	made := merchandising{Merchandising: m}
	for _, set := range m.Synonyms {
		if set.From != "" {
			made.synonyms = append(made.synonyms, ix.leads(set.Language, set.From, set.Words))
			continue
		}
		for _, w := range set.Words {
			made.synonyms = append(made.synonyms, ix.leads(set.Language, w, set.Words))
		}
	}
	// The longest first: akıllı telefon before telefon.
	slices.SortStableFunc(made.synonyms, func(a, b synonym) int { return len(b.from) - len(a.from) })
	defer ix.write()()
	ix.merchandising = made
}

func (ix *Index) leads(language, from string, to []string) synonym {
	s := synonym{language: language, from: ix.formsOf(from)}
	for _, text := range to {
		forms := ix.formsOf(text)
		if len(forms) == 0 || slices.Equal(forms, s.from) {
			continue
		}
		ph := phrase{less: bySynonym}
		text = tidy(text)
		for _, t := range ix.lexicon.tokens(text, catalog.Turkish) {
			w := ix.ask(text, t)
			w.plain = true
			ph.words = append(ph.words, w)
		}
		s.to = append(s.to, ph)
	}
	return s
}

func (ix *Index) formsOf(text string) []string {
	var forms []string
	for _, t := range ix.lexicon.tokens(tidy(text), catalog.Turkish) {
		forms = append(forms, t.form)
	}
	return forms
}

// widen puts the synonyms of its words into a question. Words that are one name
// together, such as cep telefonu, become one place with every way to say it.
func (ix *Index) widen(q question, language string) question {
	if len(ix.merchandising.synonyms) == 0 {
		return q
	}
	var groups []group
	for i := 0; i < len(q.groups); {
		g, taken := ix.synonymsAt(q.groups[i:], language)
		groups, i = append(groups, g), i+taken
	}
	q.groups = groups
	return q
}

func (ix *Index) synonymsAt(groups []group, language string) (group, int) {
	var whole group
	taken := 1
	for _, s := range ix.merchandising.synonyms {
		if s.language != "" && s.language != language || len(s.from) < taken || !begins(groups, s.from) {
			continue
		}
		if whole == nil {
			taken = len(s.from)
			whole = together(groups[:taken])
		}
		if len(s.from) == taken {
			whole = append(whole, s.to...)
		}
	}
	if whole == nil {
		return groups[0], 1
	}
	return whole[:min(len(whole), maxPhrases)], taken
}

// begins reports whether places in a text begin with the given words, in any of
// their forms.
func begins(groups []group, forms []string) bool {
	if len(forms) == 0 || len(groups) < len(forms) {
		return false
	}
	for i, form := range forms {
		words := groups[i][0].words
		if len(words) != 1 || !words[0].is(form) {
			return false
		}
	}
	return true
}

func (a asked) is(form string) bool { return a.form == form || slices.Contains(a.stems, form) }

// together makes one place of several: their first readings one after the other.
func together(groups []group) group {
	if len(groups) == 1 {
		return slices.Clone(groups[0])
	}
	var ph phrase
	for _, g := range groups {
		ph.words = append(ph.words, g[0].words...)
	}
	return group{ph}
}

// promotion is what merchandisers want of one search.
type promotion struct {
	pins   map[string]int
	boosts []boost
}

type boost struct {
	catalog.Boosted
	brand, tag int32
}

// promote returns what is wanted of a search: of its text, or where it has none of
// the category whose page it is.
func (ix *Index) promote(s catalog.Search, q question) promotion {
	text := ix.folded(q.text)
	meant := func(wantedText, wantedCategory string) bool {
		if wantedText != "" {
			return ix.folded(wantedText) == text
		}
		return wantedCategory != "" && text == "" && wantedCategory == s.Shelf
	}
	p := promotion{pins: map[string]int{}}
	for _, pinned := range ix.merchandising.Pins {
		if !meant(pinned.Text, pinned.Category) {
			continue
		}
		for _, id := range pinned.Products {
			if _, there := p.pins[id]; !there {
				p.pins[id] = len(p.pins)
			}
		}
	}
	for _, b := range ix.merchandising.Boosts {
		if b.Text == "" && b.Category == "" || meant(b.Text, b.Category) {
			p.boosts = append(p.boosts, boost{b, ix.brands.find(b.Brand), ix.tags.find(b.Tag)})
		}
	}
	return p
}

// folded returns a text as pins and boosts are compared by.
func (ix *Index) folded(text string) string { return strings.Join(ix.formsOf(text), " ") }

// percent returns by how much a product's points grow.
func (p promotion) percent(r *row) int64 {
	var sum int64
	for _, b := range p.boosts {
		if slices.Contains(b.Products, r.id) || b.brand >= 0 && r.brand == b.brand || b.tag >= 0 && slices.Contains(r.tags, b.tag) {
			sum += b.Percent
		}
	}
	return sum
}
