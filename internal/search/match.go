package search

import "slices"

// Points of a word that was found, the better the nearer to what was asked. What
// field it stands in adds less than the step to the next nearest, but for the step
// from a word to its other forms, which is the smallest.
const (
	asItIs      uint16 = 300
	inOtherForm uint16 = 290
	asBeginning uint16 = 200
	oneTypo     uint16 = 100
	twoTypos    uint16 = 20
	// bySynonym is what a synonym counts less than the word itself.
	bySynonym uint16 = 15
	// byCode is what an SKU or barcode counts: nobody types one by chance.
	byCode int32 = 2000
	// wholeTitle is what a title counts whose every word was asked for.
	wholeTitle = 60
)

// enough is how many products a word must lead to before nobody thinks that it
// holds a mistake: a search for kazak is none for kazan.
const enough = 5

// inTitleBit marks, beside the points, that a word stands in the title, whole.
const inTitleBit uint16 = 1

func mark(points uint16, fields uint8) uint16 {
	marked := (points + pointsOf[fields&127]) << 1
	if fields&inTitle != 0 && points >= inOtherForm {
		marked |= inTitleBit
	}
	return marked
}

// lookup is one search's look at the words.
type lookup struct {
	ix   *Index
	free [][]uint16 // arrays of marks, a mark for each product, for use again
	// touched are the terms that each word led to, for marks in titles.
	touched map[string]bool
	// guessed are the words that led to nothing without a mistake allowed.
	guessed map[string]bool
}

func (r *lookup) array() []uint16 {
	if n := len(r.free); n > 0 {
		a := r.free[n-1]
		r.free = r.free[:n-1]
		clear(a)
		return a
	}
	return make([]uint16, len(r.ix.rows))
}

func (r *lookup) giveBack(a []uint16) { r.free = append(r.free, a) }

// score adds up, for each product, the marks of a question; 0 is no match. Without
// any word it returns nil: everything matches.
func (r *lookup) score(q question, language int) []int32 {
	if len(q.groups) == 0 && q.code == "" {
		return nil
	}
	total := make([]int32, len(r.ix.rows))
	titled := make([]uint8, len(r.ix.rows))
	for i, g := range q.groups {
		marks := r.group(g)
		for n, m := range marks {
			switch {
			case m == 0 || i > 0 && total[n] == 0:
				total[n] = 0
			default:
				total[n] += int32(m >> 1)
				titled[n] += uint8(m & inTitleBit)
			}
		}
		r.giveBack(marks)
	}
	for n := range total {
		if words := r.ix.rows[n].titleWords[language]; total[n] > 0 && titled[n] > 0 && words > 0 {
			total[n] += wholeTitle * int32(min(titled[n], words)) / int32(words)
		}
	}
	for _, p := range r.ix.codes[q.code] {
		total[p.thing()] = byCode + int32(pointsOf[p.fields()&127])
	}
	return total
}

// group returns, for each product, the marks of the best of some phrases.
func (r *lookup) group(g group) []uint16 {
	best := r.array()
	for _, ph := range g {
		marks := r.phrase(ph)
		for n, m := range marks {
			if m > ph.less<<1 {
				best[n] = max(best[n], m-ph.less<<1)
			}
		}
		r.giveBack(marks)
	}
	return best
}

// phrase returns, for each product, the mean of the marks of words that must all be
// there.
func (r *lookup) phrase(ph phrase) []uint16 {
	first := r.word(ph.words[0])
	for _, w := range ph.words[1:] {
		marks := r.word(w)
		for n, m := range marks {
			if m == 0 || first[n] == 0 {
				first[n] = 0
				continue
			}
			first[n] = (first[n]>>1+m>>1)/2<<1 | first[n]&m&inTitleBit
		}
		r.giveBack(marks)
	}
	return first
}

// word returns, for each product, what a word counts in it.
func (r *lookup) word(w asked) []uint16 {
	marks, found := r.array(), 0
	look := func(closely bool) {
		found = 0
		r.look(r.ix.words, w, closely, func(n uint32, m uint16) { marks[n] = max(marks[n], m) })
		r.spread(w, closely, marks)
		for _, m := range marks {
			if m != 0 {
				found++
			}
		}
	}
	look(true)
	for _, p := range r.ix.codes[w.form] {
		marks[p.thing()] = max(marks[p.thing()], mark(asItIs, p.fields()))
		found++
	}
	if found < enough && !w.plain && typos(w.form) > 0 {
		if found == 0 {
			r.guessed[w.form] = true
		}
		look(false)
	}
	return marks
}

// spread marks the products of categories, and those with values of attributes,
// whose names hold a word.
func (r *lookup) spread(w asked, closely bool, marks []uint16) {
	shelves := r.named(r.ix.shelves.words, len(r.ix.categories.list), w, closely)
	values := r.named(r.ix.shelves.choices, len(r.ix.values.list), w, closely)
	for shelf, lineage := range r.ix.shelves.lineage {
		if shelves == nil {
			break
		}
		var m uint16
		for _, above := range lineage {
			m = max(m, shelves[above])
		}
		raise(marks, r.ix.onShelf.of(int32(shelf)), m)
	}
	for v, m := range values {
		raise(marks, r.ix.withValue.of(int32(v)), m)
	}
}

func raise(marks []uint16, products []posting, m uint16) {
	if m == 0 {
		return
	}
	for _, p := range products {
		marks[p.thing()] = max(marks[p.thing()], m)
	}
}

// named returns the marks of things whose names hold a word, or nil where none does.
func (r *lookup) named(v *vocabulary, things int, w asked, closely bool) []uint16 {
	var marks []uint16
	r.look(v, w, closely, func(n uint32, m uint16) {
		if marks == nil {
			marks = make([]uint16, things)
		}
		marks[n] = max(marks[n], m)
	})
	return marks
}

// look calls found for each thing that a word leads to: closely as it is, by its
// forms and as a beginning, and otherwise by words that are nearly the same.
func (r *lookup) look(v *vocabulary, w asked, closely bool, found func(thing uint32, marks uint16)) {
	tell := func(t *term, list []posting, points uint16) {
		if len(list) > 0 && r.touched != nil {
			r.touched[t.text] = true
		}
		for _, p := range list {
			found(p.thing(), mark(points, p.fields()))
		}
	}
	if !closely {
		v.nearly(w, func(t *term, distance int) {
			points := oneTypo
			if distance > 1 {
				points = twoTypos
			}
			tell(t, t.exact, points)
			tell(t, t.stem, points)
		})
		return
	}
	if t := v.find(w.form); t != nil {
		tell(t, t.exact, asItIs)
		tell(t, t.stem, inOtherForm)
	}
	for _, stem := range w.stems {
		if t := v.find(stem); t != nil {
			tell(t, t.exact, inOtherForm)
			tell(t, t.stem, inOtherForm)
		}
	}
	if w.unfinished {
		v.begin(w.form, func(t *term) bool {
			tell(t, t.exact, asBeginning)
			return true
		})
	}
}

// maxNear is how many words that are nearly the same are looked at.
const maxNear = 50

// nearly calls each with the terms that a word may have been meant to be, the
// nearest first, and those that lead furthest first of equals.
func (v *vocabulary) nearly(w asked, each func(t *term, distance int)) {
	type candidate struct {
		t        *term
		distance int
	}
	var all []candidate
	seen := map[string]bool{w.form: true}
	consider := func(t *term, distance int) {
		if !hasDigit(t.text) && !seen[t.text] && len(t.exact)+len(t.stem) > 0 {
			seen[t.text] = true
			all = append(all, candidate{t, distance})
		}
	}
	for _, form := range append([]string{w.form}, w.stems...) {
		v.near(form, typos(form), consider)
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		if d := len(b.t.exact) - len(a.t.exact); d != 0 {
			return d
		}
		return len(b.t.stem) - len(a.t.stem)
	})
	for _, c := range all[:min(len(all), maxNear)] {
		each(c.t, c.distance)
	}
}
