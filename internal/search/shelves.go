package search

import (
	"slices"

	"github.com/bedesten/bedesten/internal/catalog"
)

// shelves are the categories as a search needs them: it asks the tree as it is now,
// so that a category that moved moves all its products.
type shelves struct {
	tree       catalog.Tree
	categories map[string]catalog.Category
	// lineage[n] is category n and all above it.
	lineage [][]int32
	// words are those of the categories' names, choices those of the names of
	// attributes' values.
	words, choices *vocabulary
	// filterable are the types of attributes that shoppers filter by, by their keys,
	// and offered the numbers of their choices.
	filterable map[string]catalog.AttributeType
	offered    map[int32]bool
}

func newShelves(s catalog.Shelves) shelves {
	return shelves{
		tree: s.Tree, categories: s.Categories, words: newVocabulary(), choices: newVocabulary(),
		filterable: map[string]catalog.AttributeType{}, offered: map[int32]bool{},
	}
}

// SetShelves says what categories there are and how they hang together.
func (ix *Index) SetShelves(s catalog.Shelves) {
	defer ix.write()()
	ix.shelves = newShelves(s)
	for _, id := range ix.categories.list {
		ix.shelf(id)
	}
	for id, c := range s.Categories {
		w := ix.newWriter()
		w.texts(c.Name, inShelf)
		ix.shelves.words.add(uint32(ix.shelf(id)), w.words, true)
	}
	ix.shelves.words.settle()
	ix.declare(s.Categories)
}

func (ix *Index) newWriter() *writer {
	return &writer{lexicon: &ix.lexicon, words: make(map[string]word, 64)}
}

// declare notes which attributes can be filtered by, and the words of their values.
// A value that several categories declare has the words of all.
func (ix *Index) declare(categories map[string]catalog.Category) {
	writers := map[int32]*writer{}
	note := func(v value, name catalog.Text) {
		n := ix.values.number(v)
		if writers[n] == nil {
			writers[n] = ix.newWriter()
		}
		writers[n].texts(name, inAttribute)
	}
	for _, c := range categories {
		for _, d := range c.Attributes {
			for _, choice := range d.Choices {
				note(value{key: d.Key, kind: catalog.ChoiceAttribute, choice: choice.Key}, choice.Name)
			}
			if d.Type == catalog.BooleanAttribute {
				note(value{key: d.Key, kind: catalog.BooleanAttribute, choice: "true"}, d.Name)
			}
		}
	}
	for n, w := range writers {
		ix.shelves.choices.add(uint32(n), w.words, true)
	}
	ix.shelves.choices.settle()
	for key, d := range catalog.Filterables(categories) {
		ix.shelves.filterable[key] = d.Type
		for _, choice := range d.Choices {
			ix.shelves.offered[ix.values.number(value{key: key, kind: catalog.ChoiceAttribute, choice: choice.Key})] = true
		}
	}
}

// offers reports whether a value is one that shoppers are offered of an attribute: it
// is of the attribute's type, and of choices a declared one. What a product kept of an
// older declaration, and an option's value that no category knows, has no name to be
// shown by.
func (ix *Index) offers(i int32, kind catalog.AttributeType) bool {
	return ix.values.list[i].kind == kind && (kind != catalog.ChoiceAttribute || ix.shelves.offered[i])
}

// shelf returns the number of a category, whose lineage it knows from then on.
func (ix *Index) shelf(id string) int32 {
	n := ix.categories.number(id)
	for int(n) >= len(ix.shelves.lineage) {
		ix.shelves.lineage = append(ix.shelves.lineage, nil)
	}
	if ix.shelves.lineage[n] != nil {
		return n
	}
	lineage := []int32{n}
	for _, above := range ix.shelves.tree.Above(id) {
		lineage = append(lineage, ix.categories.number(above))
	}
	ix.shelves.lineage[n] = lineage
	return n
}

// within returns, for every category, whether it is one of those named or hangs
// below one.
func (ix *Index) within(ids []string) []bool {
	wanted := make([]int32, 0, len(ids))
	for _, id := range ids {
		if n := ix.categories.find(id); n >= 0 {
			wanted = append(wanted, n)
		}
	}
	in := make([]bool, len(ix.categories.list))
	for n, lineage := range ix.shelves.lineage {
		in[n] = slices.ContainsFunc(lineage, func(above int32) bool { return slices.Contains(wanted, above) })
	}
	return in
}
