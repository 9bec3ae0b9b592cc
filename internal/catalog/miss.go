package catalog

import (
	"context"
	"sync"
	"time"
	"unicode"
)

// Miss is a text that somebody searched for in vain, folded. Who it was is not kept.
type Miss struct {
	Day      string    `bson:"day" json:"day"`
	Language string    `bson:"language" json:"language"`
	Text     string    `bson:"text" json:"text"`
	Count    int64     `bson:"count" json:"count"`
	Last     time.Time `bson:"last" json:"last"`
}

// Misses keeps searches that found nothing.
type Misses interface {
	// Add adds counts to those that are there.
	Add(ctx context.Context, misses []Miss) error

	// Since returns those of all days from one on (2006-01-02), added up, the
	// commonest first.
	Since(ctx context.Context, day string, limit int) ([]Miss, error)

	// Sweep removes those of days before a moment, and returns how many.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// KeepMisses is how long searches that found nothing are kept.
const KeepMisses = 90 * 24 * time.Hour

// maxTallied bounds what is counted between two writes: whoever searches for
// nonsense in a loop fills no memory.
const maxTallied = 1000

// MissTally counts searches that found nothing until they are written. The zero
// value is ready.
type MissTally struct {
	mu     sync.Mutex
	misses map[string]*Miss
}

// Note counts a text that found nothing at a moment. What may be a person's it
// leaves out: mail addresses and numbers of six digits or more are no goods.
func (t *MissTally) Note(text, language string, at time.Time) {
	folded := Fold(text)
	if folded == "" || len(folded) > MaxText || Personal(text) {
		return
	}
	day := at.UTC().Format(time.DateOnly)
	t.mu.Lock()
	defer t.mu.Unlock()
	key := day + "/" + language + "/" + folded
	if m := t.misses[key]; m != nil {
		m.Count, m.Last = m.Count+1, at
		return
	}
	if t.misses == nil {
		t.misses = map[string]*Miss{}
	}
	if len(t.misses) < maxTallied {
		t.misses[key] = &Miss{Day: day, Language: language, Text: folded, Count: 1, Last: at}
	}
}

// Take returns what was counted, and counts from nothing again.
func (t *MissTally) Take() []Miss {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := make([]Miss, 0, len(t.misses))
	for _, m := range t.misses {
		taken = append(taken, *m)
	}
	t.misses = nil
	return taken
}

// Personal reports whether a text may hold a mail address or somebody's number.
func Personal(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case r == '@':
			return true
		case unicode.IsDigit(r):
			digits++
			if digits == 6 {
				return true
			}
		case unicode.IsLetter(r):
			digits = 0
		}
	}
	return false
}
