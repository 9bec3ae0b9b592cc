package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"

	"github.com/bedesten/bedesten/internal/fault"
)

// maxShown is how much of a member's name a problem repeats.
const maxShown = 60

// refuseTwins refuses a body in which an object names a member twice, or in
// two spellings that differ by case alone. Readers of JSON disagree on which
// of the two counts, so a check could look at one and the order take the
// other. What is not JSON is refused as such elsewhere.
func refuseTwins(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	// One set of names for each object that is open; nil for an array.
	var open []map[string]bool
	named := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil //nolint:nilerr // the end, or what the parser refuses
		}
		var within map[string]bool
		if len(open) > 0 {
			within = open[len(open)-1]
		}
		if name, isText := token.(string); isText && within != nil && !named {
			if within[fold(name)] {
				return twin(name)
			}
			within[fold(name)] = true
			named = true
			continue
		}
		named = false
		switch token {
		case json.Delim('{'):
			open = append(open, map[string]bool{})
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
	}
}

// twin is the fault of a member that is there twice. Its name is repeated,
// unless it is something that is never repeated.
func twin(name string) error {
	if cardInText(name) {
		return fault.New(fault.CardNumber, holdsCard)
	}
	shown := []rune(name)
	shown = shown[:min(len(shown), maxShown)]
	return fault.New(fault.Invalid, "the member %q is given twice in one object: name each once, as documented", string(shown)).
		With("field", string(shown))
}

// fold returns one form for all spellings of a name that encoding/json takes
// for the same: those whose letters differ by case alone.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, name)
}
