package search

import (
	"context"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
)

// Limits of suggestions.
const (
	maxSuggestions = 20
	maxShelfTips   = 3
	maxTextTips    = 5
	maxCompletions = 500 // terms that are looked at
)

// Suggest completes the beginning of a search: with categories, texts and products
// that a buyer is offered.
func (ix *Index) Suggest(ctx context.Context, beginning, language string, who catalog.Buyer, limit int) ([]catalog.Suggestion, error) {
	if err := ix.open(ctx); err != nil {
		return nil, err
	}
	limit = max(1, min(limit, maxSuggestions))
	s, err := complete(catalog.Search{Text: beginning, Language: language, Buyer: who, Limit: limit})
	if err != nil {
		return nil, err
	}
	ix.Tick()
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	q := ix.parse(s.Text)
	if len(q.groups) == 0 {
		return nil, nil
	}
	all := append(ix.suggestShelves(q, s.Language), ix.suggestTexts(q, who)...)
	products, err := ix.answer(s, "", nil, ix.clock())
	if err != nil {
		return nil, err
	}
	// Products have at least half of the room.
	if room := max(limit/2, limit-len(products.Hits)); len(all) > room {
		all = all[:room]
	}
	for _, hit := range products.Hits {
		if len(all) == limit {
			break
		}
		all = append(all, catalog.Suggestion{Text: textOf(hit.Title), ProductID: hit.ProductID})
	}
	return all, nil
}

func textOf(pieces []catalog.Piece) string {
	var text strings.Builder
	for _, p := range pieces {
		text.WriteString(p.Text)
	}
	return text.String()
}

// suggestShelves returns categories whose names hold every word.
func (ix *Index) suggestShelves(q question, language string) []catalog.Suggestion {
	r := &lookup{ix: ix, guessed: map[string]bool{}}
	var marks []uint16
	for _, g := range q.groups {
		found := r.named(ix.shelves.words, len(ix.categories.list), g[0].words[len(g[0].words)-1], true)
		if found == nil {
			return nil
		}
		if marks == nil {
			marks = found
			continue
		}
		for i := range marks {
			marks[i] = min(marks[i], found[i])
		}
	}
	var numbers []int
	for i, m := range marks {
		if m > 0 {
			numbers = append(numbers, i)
		}
	}
	slices.SortStableFunc(numbers, func(a, b int) int { return int(marks[b]) - int(marks[a]) })
	var tips []catalog.Suggestion
	for _, i := range numbers[:min(len(numbers), maxShelfTips)] {
		id := ix.categories.list[i]
		tips = append(tips, catalog.Suggestion{Text: ix.shelves.categories[id].Name.In(language), CategoryID: id})
	}
	return tips
}

// suggestTexts returns the text with its last word completed in the ways that lead
// to most products, by their titles or brands, among those that the words before
// it lead to.
func (ix *Index) suggestTexts(q question, who catalog.Buyer) []catalog.Suggestion {
	last := len(q.groups) - 1
	w := q.groups[last][0].words[len(q.groups[last][0].words)-1]
	if !w.unfinished {
		return nil
	}
	type completion struct {
		shown string
		leads int
	}
	var all []completion
	looked := 0
	leads := ix.leading(q.groups[:last], who)
	ix.words.begin(w.form, func(t *term) bool {
		if n := leads(t); n > 0 && len(t.text) > len(w.form) {
			all = append(all, completion{t.shown, n})
		}
		looked++
		return looked < maxCompletions
	})
	slices.SortStableFunc(all, func(a, b completion) int { return b.leads - a.leads })
	before := q.text[:q.spoken[len(q.spoken)-1].start]
	var tips []catalog.Suggestion
	for _, c := range all[:min(len(all), maxTextTips)] {
		tips = append(tips, catalog.Suggestion{Text: before + c.shown})
	}
	return tips
}

// leading returns how to count the products that a term leads to, by title or
// brand, among those that a buyer is offered and that other words lead to.
func (ix *Index) leading(before []group, who catalog.Buyer) func(*term) int {
	scores := ix.lookup().score(question{groups: before}, 0)
	column := ix.money.of(who)
	return func(t *term) int {
		leads := 0
		for _, p := range t.exact {
			n := p.thing()
			if p.fields()&(inTitle|inBrand) != 0 && column != nil && column.from[n] >= 0 && (scores == nil || scores[n] > 0) {
				leads++
			}
		}
		return leads
	}
}
