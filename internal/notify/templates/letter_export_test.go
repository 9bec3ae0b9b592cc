package templates

import "github.com/bedesten/bedesten/internal/notify"

// LetterSample is a sample of a letter, by a name for files.
type LetterSample struct {
	Name string
	View notify.LetterView
}

// AllLetters are all letters in all languages.
func AllLetters() []LetterSample {
	var all []LetterSample
	for _, language := range Languages {
		for _, kind := range notify.LetterKinds {
			all = append(all, LetterSample{kind + "." + language, SampleLetter(kind, language)})
		}
	}
	return all
}

// LetterTexts are the placeholders of every text of a language's letters, by its key.
func LetterTexts(language string) map[string][]string { return textsOf(letterWords[language]) }
