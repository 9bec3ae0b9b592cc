package templates

import (
	"embed"
	"fmt"
	"html/template"
	"regexp"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/notify"
)

//go:embed html/*.html
var htmlFiles embed.FS

//go:embed text/*.txt
var textFiles embed.FS

//go:embed style.css
var styleSheet string

// Outlook for Windows knows no max-width: a table that only it sees holds the
// mail together. learn.microsoft.com/en-us/previous-versions/office/developer/office-2007/aa338201(v=office.12)
const (
	ghostOpen  = template.HTML(`<!--[if mso]><table role="presentation" align="center" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->`)
	ghostClose = template.HTML(`<!--[if mso]></td></tr></table><![endif]-->`)
)

var (
	htmlShapes = mustParseHTML()
	textShapes = mustParseText()
)

func newHTMLShape() *template.Template {
	return template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"ghostOpen":  func() template.HTML { return ghostOpen },
		"ghostClose": func() template.HTML { return ghostClose },
	})
}

func newTextShape() *texttemplate.Template {
	return texttemplate.New("").Option("missingkey=error").Funcs(texttemplate.FuncMap{
		"bidi": isolate,
		"rule": func(heading string) string { return strings.Repeat("-", utf8.RuneCountInString(heading)) },
	})
}

func mustParseHTML() map[notify.Kind]*template.Template {
	rules, sheet := readStyle(styleSheet)
	shapes := map[notify.Kind]*template.Template{}
	for _, kind := range notify.Kinds {
		t := newHTMLShape()
		for _, name := range []string{"layout", string(kind)} {
			raw, err := htmlFiles.ReadFile("html/" + name + ".html")
			if err != nil {
				panic(err)
			}
			source, err := inline(strings.Replace(string(raw), "/*sheet*/", sheet, 1), rules)
			if err != nil {
				panic(fmt.Sprintf("html/%s.html: %v", name, err))
			}
			t = template.Must(t.Parse(source))
		}
		shapes[kind] = t
	}
	return shapes
}

func mustParseText() map[notify.Kind]*texttemplate.Template {
	shapes := map[notify.Kind]*texttemplate.Template{}
	for _, kind := range notify.Kinds {
		shapes[kind] = texttemplate.Must(newTextShape().ParseFS(textFiles, "text/layout.txt", "text/"+string(kind)+".txt"))
	}
	return shapes
}

func writeHTML(m mail) (string, error) {
	var b strings.Builder
	err := htmlShapes[m.Kind].ExecuteTemplate(&b, "mail", m)
	return tidyLinesOf(b.String()), err
}

func writeText(m mail) (string, error) {
	var b strings.Builder
	err := textShapes[m.Kind].ExecuteTemplate(&b, "mail", m)
	return tidyLinesOf(b.String()), err
}

var blankLines = regexp.MustCompile(`\n{3,}`)

// tidyLinesOf leaves at most one blank line, for templates leave several.
func tidyLinesOf(s string) string {
	return strings.TrimSpace(blankLines.ReplaceAllString(s, "\n\n")) + "\n"
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssRule    = regexp.MustCompile(`\.([a-z]+) \{ (.*?);? \}`)
	classes    = regexp.MustCompile(`class="([^"]*)"`)
)

// readStyle parts the style sheet into the rules for single elements and the
// rest, which asks what the screen is like and has to stay a sheet.
func readStyle(css string) (rules map[string]string, sheet string) {
	css = cssComment.ReplaceAllString(css, "")
	at := strings.Index(css, "@")
	rules = map[string]string{}
	for _, rule := range cssRule.FindAllStringSubmatch(css[:at], -1) {
		rules[rule[1]] = rule[2]
	}
	return rules, strings.TrimSpace(css[at:])
}

// inline writes the rules of its classes into each element.
func inline(source string, rules map[string]string) (string, error) {
	var unknown error
	out := classes.ReplaceAllStringFunc(source, func(attribute string) string {
		var styles []string
		for _, class := range strings.Fields(classes.FindStringSubmatch(attribute)[1]) {
			style, ok := rules[class]
			if !ok {
				unknown = fmt.Errorf("style.css has no class %q", class)
			}
			styles = append(styles, style)
		}
		return attribute + ` style="` + strings.Join(styles, "; ") + `"`
	})
	return out, unknown
}
