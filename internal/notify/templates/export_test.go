package templates

import (
	"regexp"
	"strings"

	"github.com/bedesten/bedesten/internal/notify"
)

// VariantView is a sample of the preview that shows another side of a kind.
type VariantView struct {
	Name string
	View View
}

// AllSamples are all samples in all languages, by names for files.
func AllSamples() []VariantView {
	var all []VariantView
	for _, language := range Languages {
		for _, kind := range notify.Kinds {
			all = append(all, VariantView{string(kind) + "." + language, Sample(kind, language)})
		}
		for _, v := range variants {
			all = append(all, VariantView{string(v.Kind) + "." + v.Name + "." + language, v.view(language)})
		}
	}
	return all
}

// ReadWords reads words as the files in words are read.
func ReadWords(raw string) error {
	_, err := readCatalogue(raw)
	return err
}

// Texts are the placeholders of every text of a language, by its key.
func Texts(language string) map[string][]string { return textsOf(catalogues[language]) }

func textsOf(c catalogue) map[string][]string {
	texts := map[string][]string{}
	for _, key := range c.keys() {
		texts[key] = []string{}
		for _, p := range c.texts[key] {
			if p.value != "" {
				texts[key] = append(texts[key], p.value)
			}
		}
	}
	return texts
}

// Shapes are the sources of all templates by the name of the file.
func Shapes() map[string]string {
	sources := map[string]string{}
	for _, name := range []string{"layout", "order_placed", "payment_problem", "shipped", "delivered", "cancelled"} {
		for _, f := range []struct {
			path string
			read func(string) ([]byte, error)
		}{{"html/" + name + ".html", htmlFiles.ReadFile}, {"text/" + name + ".txt", textFiles.ReadFile}} {
			raw, err := f.read(f.path)
			if err != nil {
				panic(err)
			}
			sources[f.path] = string(raw)
		}
	}
	return sources
}

var darkRule = regexp.MustCompile(`(?m)^  (\.[a-z., ]+) \{ (.*?);? \}`)

// Style returns the rules of single classes on a light and on a dark screen.
func Style() (light, dark map[string]string) {
	light, sheet := readStyle(styleSheet)
	dark = map[string]string{}
	for _, rule := range darkRule.FindAllStringSubmatch(sheet[strings.Index(sheet, "dark)"):], -1) {
		for _, class := range strings.Split(rule[1], ", ") {
			dark[strings.TrimPrefix(class, ".")] += rule[2] + ";"
		}
	}
	return light, dark
}
