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

// container is an object or an array that is open, and where it is; an array
// has no names.
type container struct {
	at    string
	names map[string]bool
}

// refuseTwins refuses a body in which an object names a member twice, or in
// two spellings that differ by case alone. Readers of JSON disagree on which
// of the two counts, so a check could look at one and the order take the
// other. What is not JSON is refused as such elsewhere.
func refuseTwins(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	open := []container{{at: "body"}}
	named, last := false, ""
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil //nolint:nilerr // the end, or what the parser refuses
		}
		within := open[len(open)-1]
		if name, isText := token.(string); isText && within.names != nil && !named {
			if within.names[fold(name)] {
				return twin(within.at, name)
			}
			within.names[fold(name)] = true
			named, last = true, name
			continue
		}
		here := within.at
		if named {
			here += "." + shorten(last)
		}
		named = false
		switch token {
		case json.Delim('{'):
			open = append(open, container{at: here, names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, container{at: here})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
	}
}

// twin is the fault of a member that is there twice. Its name is repeated,
// unless it is something that is never repeated.
func twin(at, name string) error {
	if cardInText(at) || cardInText(name) {
		return fault.New(fault.CardNumber, holdsCard).With(detailField, "body")
	}
	return fault.New(fault.Invalid, "is given twice in one object: name each member once, as documented").
		With(detailField, at+"."+shorten(name))
}

func shorten(name string) string {
	shown := []rune(name)
	return string(shown[:min(len(shown), maxShown)])
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
