package search

import (
	"slices"
	"sort"
	"strings"
)

// posting says that a word stands in a thing, and in which of its fields: the
// thing's number and a bit for each field.
type posting uint32

// maxThings is how many things a vocabulary can number.
const maxThings = 1 << 24

func newPosting(thing uint32, fields uint8) posting { return posting(thing<<8 | uint32(fields)) }
func (p posting) thing() uint32                     { return uint32(p >> 8) }
func (p posting) fields() uint8                     { return uint8(p) }

// term is a word, in the form in which words are compared, and where it stands.
type term struct {
	text string
	// shown is the word with its own letters, for people.
	shown string
	// exact is where the word stands as it is, stem where another form of it does.
	exact, stem []posting
}

// vocabulary is every word of some things: products, categories or values of
// attributes.
type vocabulary struct {
	terms []term
	ids   map[string]uint32
	// sorted are the numbers of all terms by their texts.
	sorted []uint32
	free   []uint32
	// loose says that terms were added and not sorted yet.
	loose bool
}

func newVocabulary() *vocabulary { return &vocabulary{ids: map[string]uint32{}} }

// word is what a text says of one of its terms: in which fields it stands, as it is
// or in another form.
type word struct {
	exact, stem uint8
	shown       string
}

// add notes the words of a thing, and returns the numbers of the terms that lead to
// it. In bulk the terms are sorted later, once.
func (v *vocabulary) add(thing uint32, words map[string]word, bulk bool) []uint32 {
	numbers := make([]uint32, 0, len(words))
	for text, w := range words {
		// What the exact word says of a field, the stem need not say again.
		w.stem &^= w.exact
		if w.exact|w.stem == 0 {
			continue
		}
		id := v.number(text, bulk)
		t := &v.terms[id]
		if t.shown == "" || len(t.exact) == 0 {
			t.shown = w.shown
		}
		if w.exact != 0 {
			t.exact = insert(t.exact, newPosting(thing, w.exact))
		}
		if w.stem != 0 {
			t.stem = insert(t.stem, newPosting(thing, w.stem))
		}
		numbers = append(numbers, id)
	}
	return numbers
}

// number returns the number of a term, which it makes where it is new.
func (v *vocabulary) number(text string, bulk bool) uint32 {
	if id, there := v.ids[text]; there {
		return id
	}
	text = strings.Clone(text)
	id := uint32(len(v.terms))
	if n := len(v.free); n > 0 {
		id, v.free = v.free[n-1], v.free[:n-1]
		v.terms[id] = term{text: text}
	} else {
		v.terms = append(v.terms, term{text: text})
	}
	v.ids[text] = id
	if bulk {
		v.sorted, v.loose = append(v.sorted, id), true
		return id
	}
	v.sorted = slices.Insert(v.sorted, v.from(text), id)
	return id
}

// settle sorts what was added in bulk.
func (v *vocabulary) settle() {
	if v.loose {
		slices.SortFunc(v.sorted, func(a, b uint32) int { return strings.Compare(v.terms[a].text, v.terms[b].text) })
		v.loose = false
	}
}

// remove forgets a thing, whose terms are those that add returned.
func (v *vocabulary) remove(thing uint32, numbers []uint32) {
	for _, id := range numbers {
		t := &v.terms[id]
		t.exact, t.stem = without(t.exact, thing), without(t.stem, thing)
		if len(t.exact)+len(t.stem) > 0 {
			continue
		}
		at := v.from(t.text)
		v.sorted = slices.Delete(v.sorted, at, at+1)
		delete(v.ids, t.text)
		v.terms[id] = term{}
		v.free = append(v.free, id)
	}
}

// from returns where in the sorted terms a text stands, or would.
func (v *vocabulary) from(text string) int {
	return sort.Search(len(v.sorted), func(i int) bool { return v.terms[v.sorted[i]].text >= text })
}

// find returns a term, or nothing.
func (v *vocabulary) find(text string) *term {
	id, there := v.ids[text]
	if !there {
		return nil
	}
	return &v.terms[id]
}

// begin calls each with the terms that begin with a text, in their order, until it
// returns false.
func (v *vocabulary) begin(beginning string, each func(*term) bool) {
	for i := v.from(beginning); i < len(v.sorted); i++ {
		t := &v.terms[v.sorted[i]]
		if !strings.HasPrefix(t.text, beginning) || !each(t) {
			return
		}
	}
}

// insert puts a posting at its place, in that of another of the same thing.
func insert(list []posting, p posting) []posting {
	if n := len(list); n == 0 || list[n-1].thing() < p.thing() {
		return append(list, p)
	}
	at, there := where(list, p.thing())
	if there {
		list[at] = p
		return list
	}
	return slices.Insert(list, at, p)
}

func without(list []posting, thing uint32) []posting {
	at, there := where(list, thing)
	if !there {
		return list
	}
	return slices.Delete(list, at, at+1)
}

func where(list []posting, thing uint32) (int, bool) {
	return slices.BinarySearchFunc(list, thing, func(p posting, thing uint32) int { return int(p.thing()) - int(thing) })
}
