package search

import "time"

// Near returns which of some sorted words are near to one, and how far.
func Near(sorted []string, word string, most int) map[string]int {
	v := newVocabulary()
	for _, w := range sorted {
		v.number(w, true)
	}
	v.settle()
	near := map[string]int{}
	v.near(word, most, func(t *term, distance int) { near[t.text] = distance })
	return near
}

// Every sets how often a follower looks by itself.
func (f *Follower) Every(d time.Duration) *Follower {
	f.every = d
	return f
}
