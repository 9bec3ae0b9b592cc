package templates

import (
	"embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

//go:embed words/*.txt
var wordFiles embed.FS

// catalogues are the words by language. They are read at start: a mistake in
// them is found by the first test, and never by a shopper.
var catalogues = mustReadCatalogues()

func mustReadCatalogues() map[string]catalogue {
	all := mustReadTexts(wordFiles, "words")
	for language, c := range all {
		if err := c.readCalendar(); err != nil {
			panic(fmt.Sprintf("words/%s.txt: %v", language, err))
		}
		all[language] = c
	}
	return all
}

// mustReadTexts reads a folder's texts by language.
func mustReadTexts(files embed.FS, folder string) map[string]catalogue {
	all := map[string]catalogue{}
	for _, language := range Languages {
		name := folder + "/" + language + ".txt"
		raw, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		c, err := readTexts(string(raw))
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		all[language] = c
	}
	return all
}

// catalogue holds the texts of one language by "<section>.<name>".
type catalogue struct {
	texts            map[string][]piece
	months, weekdays []string
}

// piece is a run of words, or a placeholder when value is set.
type piece struct{ words, value string }

// placeholders are what the words may have in braces. A true one is written by
// somebody else, in whatever script, and is kept apart from the words around it.
var placeholders = map[string]bool{
	"name": true, "shop": true,
	"number": false, "support": false, "count": false, "parcel": false, "parcels": false,
	"total": false, "tax": false, "captured": false,
	"until": false, "return_until": false,
	"day": false, "month": false, "year": false, "weekday": false, "time": false,
}

var inBraces = regexp.MustCompile(`\{[^{}]*\}`)

// readCatalogue reads texts, and the names of months and weekdays among them.
func readCatalogue(raw string) (catalogue, error) {
	c, err := readTexts(raw)
	if err != nil {
		return c, err
	}
	return c, c.readCalendar()
}

// readTexts reads "name = words" lines under [section] lines. It refuses a line it
// does not understand, a name that is there twice and an empty text.
func readTexts(raw string) (catalogue, error) {
	c := catalogue{texts: map[string][]piece{}}
	section := ""
	for i, line := range strings.Split(raw, "\n") {
		line = strings.TrimSpace(line)
		name, words, isText := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
		case !isText || section == "":
			return c, fmt.Errorf("line %d is neither a [section] nor name = words", i+1)
		default:
			if err := c.put(section+"."+strings.TrimSpace(name), strings.TrimSpace(words)); err != nil {
				return c, fmt.Errorf("line %d: %w", i+1, err)
			}
		}
	}
	return c, nil
}

func (c catalogue) put(key, words string) error {
	if words == "" {
		return fmt.Errorf("%s has no words", key)
	}
	if _, twice := c.texts[key]; twice {
		return fmt.Errorf("%s is there twice", key)
	}
	pieces := []piece{}
	last := 0
	for _, at := range inBraces.FindAllStringIndex(words, -1) {
		value := words[at[0]+1 : at[1]-1]
		if _, known := placeholders[value]; !known {
			return fmt.Errorf("%s: there is no {%s}", key, value)
		}
		if at[0] > last {
			pieces = append(pieces, piece{words: words[last:at[0]]})
		}
		pieces, last = append(pieces, piece{value: value}), at[1]
	}
	if last < len(words) {
		pieces = append(pieces, piece{words: words[last:]})
	}
	for _, p := range pieces {
		if strings.ContainsAny(p.words, "{}") {
			return fmt.Errorf("%s has a brace without its other one", key)
		}
	}
	c.texts[key] = pieces
	return nil
}

func (c *catalogue) readCalendar() error {
	for _, into := range []struct {
		key  string
		list *[]string
		n    int
	}{{"all.months", &c.months, 12}, {"all.weekdays", &c.weekdays, 7}} {
		for _, p := range c.texts[into.key] {
			*into.list = strings.Split(p.words, ", ")
		}
		if len(*into.list) != into.n {
			return fmt.Errorf("%s needs %d names with a comma and a space between them", into.key, into.n)
		}
	}
	return nil
}

// keys are the names of all texts, in order.
func (c catalogue) keys() []string { return slices.Sorted(maps.Keys(c.texts)) }

// Words is a text with its values filled in.
type Words []Word

// Word is a run of a text. Theirs says that it was written by somebody else and
// may run from right to left.
type Word struct {
	Text   string
	Theirs bool
}

// String returns the text for mails without HTML and for subjects.
func (w Words) String() string {
	var b strings.Builder
	for _, word := range w {
		if word.Theirs {
			b.WriteString(isolate(word.Text))
		} else {
			b.WriteString(word.Text)
		}
	}
	return b.String()
}

// isolate keeps a value that runs from right to left from turning what stands
// around it, with the characters that Unicode has for that:
// unicode.org/reports/tr9/#Explicit_Directional_Isolates. Others stay bare, for
// old programs show the characters as boxes.
func isolate(s string) string {
	if strings.ContainsFunc(s, runsLeft) {
		return "\u2068" + s + "\u2069"
	}
	return s
}

func runsLeft(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam, unicode.Mandaic, unicode.Samaritan)
}

// say fills in a text. A text that is not there, or a value that is empty, is an
// error: no mail leaves with a hole in it.
func (c catalogue) say(key string, value func(placeholder string) (string, error)) (Words, error) {
	pieces, ok := c.texts[key]
	if !ok {
		return nil, fmt.Errorf("there are no words for %s", key)
	}
	words := make(Words, len(pieces))
	for i, p := range pieces {
		if p.value == "" {
			words[i] = Word{Text: p.words}
			continue
		}
		text, err := value(p.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if text == "" {
			return nil, fmt.Errorf("%s: {%s} is empty", key, p.value)
		}
		words[i] = Word{Text: text, Theirs: placeholders[p.value]}
	}
	return words, nil
}
