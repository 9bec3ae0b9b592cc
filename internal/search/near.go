package search

import "strings"

// maxWord is the longest word, in bytes, that is kept and searched for.
const maxWord = 40

// typos is how many mistakes a word may hold: one from four letters, two from
// eight. A number is what it is: 128gb is not 256gb.
func typos(form string) int {
	switch {
	case hasDigit(form) || len(form) < 4:
		return 0
	case len(form) < 8:
		return 1
	}
	return 2
}

// walker goes through sorted terms and says how far each is from a word: by letters
// that are put in, left out, other, or two that changed places (the restricted
// Damerau-Levenshtein distance). Terms that begin alike share the work, and where no
// ending could bring a beginning near enough, all that begin so are left out.
type walker struct {
	word string
	most uint8
	// rows[d] is the row of the table after d letters of the term.
	rows [maxWord + 3][maxWord + 1]uint8
}

func newWalker(word string, most int) *walker {
	w := &walker{word: word, most: uint8(most)}
	for i := 0; i <= len(word); i++ {
		w.rows[0][i] = uint8(i)
	}
	return w
}

// near calls each with the terms that are at most so far from a word, and how far.
func (v *vocabulary) near(word string, most int, each func(t *term, distance int)) {
	if most == 0 || len(word) > maxWord {
		return
	}
	w := newWalker(word, most)
	before, deep := "", 0 // rows 1 to deep hold for what before begins with
	for i := 0; i < len(v.sorted); {
		t := &v.terms[v.sorted[i]]
		if len(t.text) > len(word)+most && commonLen(before, t.text) >= len(word)+most {
			i++ // longer ones of a beginning that was near
			continue
		}
		deep = min(deep, commonLen(before, t.text))
		before = t.text
		var dead bool
		deep, dead = w.advance(t.text, deep)
		if dead {
			i = v.beyond(i, t.text[:deep])
			continue
		}
		if d := w.rows[deep][len(word)]; deep == len(t.text) && d <= w.most {
			each(t, int(d))
		}
		i++
	}
}

// advance fills the rows for a term from depth on, and reports at which depth it
// stopped and whether nothing that begins so can be near.
func (w *walker) advance(text string, depth int) (deep int, dead bool) {
	for depth < len(text) && depth < len(w.word)+int(w.most) {
		if w.step(text, depth) > w.most {
			return depth + 1, true
		}
		depth++
	}
	return depth, false
}

// step fills the row after the letter at depth, and returns the least in it.
func (w *walker) step(text string, depth int) uint8 {
	letter, last, row := text[depth], &w.rows[depth], &w.rows[depth+1]
	row[0] = uint8(depth + 1)
	least := row[0]
	for i := 1; i <= len(w.word); i++ {
		cost := uint8(1)
		if w.word[i-1] == letter {
			cost = 0
		}
		d := min(last[i-1]+cost, last[i]+1, row[i-1]+1)
		if depth > 0 && i > 1 && w.word[i-2] == letter && w.word[i-1] == text[depth-1] {
			d = min(d, w.rows[depth-1][i-2]+1)
		}
		row[i] = d
		least = min(least, d)
	}
	// A swap with the letter that follows reaches back over this row.
	return min(least, w.swapped(text, depth))
}

// swapped is the least that changing places with the next letter could come to.
func (w *walker) swapped(text string, depth int) uint8 {
	least := uint8(255)
	for i := 0; i+1 < len(w.word); i++ {
		if w.word[i+1] == text[depth] {
			least = min(least, w.rows[depth][i]+1)
		}
	}
	return least
}

// beyond returns the first term after i that does not begin with a text. Such runs
// are mostly short: it looks further and further before it halves.
func (v *vocabulary) beyond(i int, beginning string) int {
	begins := func(at int) bool { return strings.HasPrefix(v.terms[v.sorted[at]].text, beginning) }
	step, low := 1, i // low begins so
	for low+step < len(v.sorted) && begins(low+step) {
		low += step
		step *= 2
	}
	high := min(low+step, len(v.sorted)) // high does not, or is the end
	for low+1 < high {
		if mid := (low + high) / 2; begins(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

func commonLen(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
