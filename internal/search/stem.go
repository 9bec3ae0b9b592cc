package search

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/turkish"

	"github.com/bedesten/bedesten/internal/catalog"
)

// maxRead is how many words the lexicon remembers; texts repeat theirs.
const maxRead = 200_000

// lexicon reads words, and remembers how.
type lexicon struct {
	mu   sync.RWMutex
	seen map[spelling]reading
}

type spelling struct{ word, language string }

// read returns how a word is read in a language.
func (l *lexicon) read(word, language string) reading {
	key := spelling{word, language}
	l.mu.RLock()
	r, there := l.seen[key]
	l.mu.RUnlock()
	if there {
		return r
	}
	r = read(word, language)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil || len(l.seen) >= maxRead {
		l.seen = map[spelling]reading{}
	}
	key.word = strings.Clone(word)
	l.seen[key] = r
	return r
}

func read(word, language string) reading {
	r := reading{lower: lower(word, language), form: strings.Clone(fold(word))}
	if hasDigit(r.form) || utf8.RuneCountInString(r.form) < 4 {
		return r
	}
	r.stems = stemsOf(r, language)
	return r
}

// stemsOf returns the stems of a word. Turkish words have two: by the rules of the
// language, which need its letters, and by rougher ones for what was typed without
// them.
func stemsOf(r reading, language string) []string {
	var stems []string
	add := func(stem string) {
		if stem != r.form && !slices.Contains(stems, stem) {
			stems = append(stems, stem)
		}
	}
	env := snowballstem.NewEnv(r.lower)
	if language == catalog.English {
		english.Stem(env)
		add(fold(env.Current()))
		return stems
	}
	turkish.Stem(env)
	if stem := fold(env.Current()); keeps(r.form, stem) {
		add(stem)
	}
	add(lightStem(r.form))
	return stems
}

// keeps reports whether enough of a word is left: kapı is no form of kap.
func keeps(word, stem string) bool {
	left := utf8.RuneCountInString(stem)
	return left >= 4 || left == 3 && utf8.RuneCountInString(word) >= 5
}

// plurals are the endings of several of a thing, alone and with what follows them,
// the longest first.
var plurals = []string{
	"larindan", "lerinden", "larinda", "lerinde", "larinin", "lerinin", "larini", "lerini", "larina", "lerine",
	"lardan", "lerden", "larda", "lerde", "larin", "lerin", "lari", "leri", "lar", "ler",
}

// lightStem takes plural and possessive endings off a folded word. It cannot ask
// for vowel harmony, which folding takes away: ayakkabilar.
func lightStem(form string) string {
	for _, ending := range plurals {
		if stem, found := strings.CutSuffix(form, ending); found && len(stem) >= 3 {
			return hard(stem)
		}
	}
	for _, ending := range []string{"si", "su"} {
		if stem, found := strings.CutSuffix(form, ending); found && len(stem) >= 4 && isVowel(stem[len(stem)-1]) {
			return stem
		}
	}
	for _, ending := range []string{"i", "u"} {
		if stem, found := strings.CutSuffix(form, ending); found && len(stem) >= 4 && !isVowel(stem[len(stem)-1]) {
			return hard(stem)
		}
	}
	return hard(form)
}

// hard returns a word with the consonant that it ends in when no vowel follows:
// kitab becomes kitap, gömleğ gömlek.
func hard(word string) string {
	last := len(word) - 1
	switch word[last] {
	case 'b':
		return word[:last] + "p"
	case 'd':
		return word[:last] + "t"
	case 'g':
		return word[:last] + "k"
	}
	return word
}

func isVowel(b byte) bool { return strings.IndexByte("aeiou", b) >= 0 }
