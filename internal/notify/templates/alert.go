package templates

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
)

//go:embed alert
var alertFiles embed.FS

var (
	alertWords = mustReadAlertWords()
	alertHTML  = mustParseAlertHTML()
	alertText  = texttemplate.Must(texttemplate.New("alert.txt").Option("missingkey=error").Funcs(texttemplate.FuncMap{
		"rule": func(heading string) string { return strings.Repeat("-", utf8.RuneCountInString(heading)) },
	}).ParseFS(alertFiles, "alert/alert.txt"))
)

// mustReadAlertWords reads "name = words" lines. They are few and are for those
// who run the shop, so no text has sections or plurals of its own kind.
func mustReadAlertWords() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, language := range Languages {
		raw, err := alertFiles.ReadFile("alert/" + language + ".txt")
		if err != nil {
			panic(err)
		}
		all[language] = map[string]string{}
		for line := range strings.Lines(string(raw)) {
			if name, words, ok := strings.Cut(line, " = "); ok && !strings.HasPrefix(line, "#") {
				all[language][name] = strings.TrimSpace(words)
			}
		}
	}
	return all
}

func mustParseAlertHTML() *template.Template {
	raw, err := alertFiles.ReadFile("alert/alert.html")
	if err != nil {
		panic(err)
	}
	rules, sheet := readStyle(styleSheet)
	source, err := inline(strings.Replace(string(raw), "/*sheet*/", sheet, 1), rules)
	if err != nil {
		panic(fmt.Sprintf("alert.html: %v", err))
	}
	return template.Must(newHTMLShape().Parse(source))
}

// RenderAlert writes the mail to the people who run the shop. An alert that says
// nothing, or a language that is neither tr nor en, is an Invalid fault.
func RenderAlert(a notify.Alert, language string) (Rendered, error) {
	switch {
	case !slices.Contains(Languages, language):
		return Rendered{}, fault.New(fault.Invalid, "alerts are written in tr and en only")
	case !slices.Contains(notify.AlertKinds, a.Kind) || len(a.Lines) == 0:
		return Rendered{}, fault.New(fault.Invalid, "there is nothing to alert anybody of")
	}
	if err := checkOneLine("Shop", a.Shop); err != nil {
		return Rendered{}, err
	}
	m := alertMail{Alert: a, Language: language}
	var html, text bytes.Buffer
	if err := alertHTML.Execute(&html, m); err != nil {
		return Rendered{}, fault.Wrap(err, fault.Internal, "the alert cannot be written as HTML")
	}
	if err := alertText.Execute(&text, m); err != nil {
		return Rendered{}, fault.Wrap(err, fault.Internal, "the alert cannot be written as text")
	}
	return Rendered{Subject: m.Subject(), Text: tidyLinesOf(text.String()), HTML: tidyLinesOf(html.String())}, nil
}

// alertMail is what the templates see.
type alertMail struct {
	notify.Alert
	Language string
}

// Say returns a text with what it says of the whole alert; one that is not there
// is an error.
func (m alertMail) Say(name string) (string, error) {
	words, ok := alertWords[m.Language][name]
	if !ok {
		return "", fmt.Errorf("there are no words for %s", name)
	}
	first := m.Lines[0]
	return strings.NewReplacer(
		"{shop}", tidy(m.Shop), "{number}", first.Number, "{reason}", first.Reason, "{count}", strconv.Itoa(m.Total()),
	).Replace(words), nil
}

// own returns the text of the alert's kind, for one matter or for several.
func (m alertMail) own(name string) string {
	name = string(m.Kind) + "." + name
	if m.Total() == 1 {
		name += ".one"
	}
	words, _ := m.Say(name) // a test holds that each of them is there
	return words
}

// Subject is the mail's subject line.
func (m alertMail) Subject() string { return m.own("subject") }

// Title is the mail's heading.
func (m alertMail) Title() string { return m.own("title") }

// Intro names the text below the heading.
func (m alertMail) Intro() string { return string(m.Kind) + ".intro" }

// Full reports whether each line says what to do: a digest is read beside the
// list itself.
func (m alertMail) Full() bool { return m.Kind == notify.AlertNew }

// Rest says how many were left out.
func (m alertMail) Rest() string {
	return strings.ReplaceAll(alertWords[m.Language]["rest"], "{count}", strconv.Itoa(m.More))
}

// Moment shows a time by the clocks of Istanbul.
func (m alertMail) Moment(t time.Time) (string, error) { return Moment(t, m.Language) }

// Age says how long something has stood, in its largest whole unit.
func (m alertMail) Age(since time.Time) string {
	age := max(m.At.Sub(since), 0)
	unit, n := "minutes", age/time.Minute
	switch {
	case age >= 48*time.Hour:
		unit, n = "days", age/(24*time.Hour)
	case age >= 2*time.Hour:
		unit, n = "hours", age/time.Hour
	}
	return strings.ReplaceAll(alertWords[m.Language]["age."+unit], "{count}", strconv.Itoa(int(n)))
}

// Owner names whose work it is.
func (m alertMail) Owner(owner string) string { return m.orGiven("owner."+owner, owner) }

// Next says what to do.
func (m alertMail) Next(l notify.AlertLine) string { return m.orGiven("next."+l.Reason, l.Next) }

func (m alertMail) orGiven(name, given string) string {
	if words, ok := alertWords[m.Language][name]; ok {
		return words
	}
	return given
}
