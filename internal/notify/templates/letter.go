package templates

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
)

//go:embed letter
var letterFiles embed.FS

var (
	letterWords = mustReadTexts(letterFiles, "letter")
	letterHTML  = mustParseLetterHTML()
	letterText  = texttemplate.Must(texttemplate.Must(newTextShape().ParseFS(textFiles, "text/layout.txt")).ParseFS(letterFiles, "letter/letter.txt"))
)

// Letters that ask for something: their button stands before anything else, and
// what their link does ends.
var (
	askingLetters = []string{"confirm_account", "account_exists", "reset_password", "confirm_email", "many_tries", "export_ready"}
	endingLetters = []string{"confirm_account", "reset_password", "confirm_email", "many_tries"}
)

// uninvitedLetters may reach somebody who has no account with us.
var uninvitedLetters = []string{"confirm_account", "confirm_email"}

func mustParseLetterHTML() *template.Template {
	t := newHTMLShape()
	rules, sheet := readStyle(styleSheet)
	for _, f := range []struct {
		files embed.FS
		name  string
	}{{htmlFiles, "html/layout.html"}, {letterFiles, "letter/letter.html"}} {
		raw, err := f.files.ReadFile(f.name)
		if err != nil {
			panic(err)
		}
		source, err := inline(strings.Replace(string(raw), "/*sheet*/", sheet, 1), rules)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", f.name, err))
		}
		t = template.Must(t.Parse(source))
	}
	return t
}

// RenderLetter writes a mail about an account. A view that lacks something its kind
// needs, or holds a line break in a name or an address that is not http or https,
// is an Invalid fault, which names the field and nothing in it.
func RenderLetter(v notify.LetterView) (Rendered, error) {
	m := letter{LetterView: v, words: letterWords[v.Language]}
	if err := m.check(); err != nil {
		return Rendered{}, err
	}
	for _, s := range []*string{&m.ShopName, &m.ShopAddress, &m.SupportEmail, &m.Name, &m.Device} {
		*s = tidy(*s)
	}
	subject, err := m.Own("subject")
	if err != nil {
		return Rendered{}, fault.Wrap(err, fault.Internal, "the letter's subject cannot be written")
	}
	var html, text bytes.Buffer
	if err := letterHTML.ExecuteTemplate(&html, "mail", m); err != nil {
		return Rendered{}, fault.Wrap(err, fault.Internal, "the letter cannot be written as HTML")
	}
	if err := letterText.ExecuteTemplate(&text, "mail", m); err != nil {
		return Rendered{}, fault.Wrap(err, fault.Internal, "the letter cannot be written as text")
	}
	return Rendered{Subject: subject.String(), Text: tidyLinesOf(text.String()), HTML: tidyLinesOf(html.String())}, nil
}

// erasureAsked says until when it can be withdrawn, and asks for nothing else.
const erasureAsked = "erasure_asked"

// letter is what the templates see: the view, and the ways to say and show it.
type letter struct {
	notify.LetterView
	words catalogue
}

// check refuses a view that would make a wrong or an unsafe letter.
func (m letter) check() error {
	switch {
	case !slices.Contains(notify.LetterKinds, m.Kind):
		return fault.New(fault.Invalid, "there is no letter of this kind")
	case !slices.Contains(Languages, m.Language):
		return fault.New(fault.Invalid, "letters are written in tr and en only")
	case m.At.IsZero():
		return missing("At")
	case (m.Ends() || m.Kind == erasureAsked) && m.Until.IsZero():
		return missing("Until")
	}
	if err := checkOneLine("ShopName", m.ShopName); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"Name", m.Name}, {"Device", m.Device}} {
		if f.value == "" {
			continue
		}
		if err := checkOneLine(f.name, f.value); err != nil {
			return err
		}
	}
	if err := checkURL("ShopURL", m.ShopURL); err != nil || !m.Has("button") {
		return err
	}
	return checkURL("Link", m.Link)
}

// Asks reports whether the letter is there for its link.
func (m letter) Asks() bool { return slices.Contains(askingLetters, m.Kind) }

// Ends reports whether the link is good for a while only.
func (m letter) Ends() bool { return slices.Contains(endingLetters, m.Kind) }

// Steps are an order's: a letter has none.
func (m letter) Steps() []step { return nil }

// Title is the heading of the letter.
func (m letter) Title() (Words, error) { return m.Own("title") }

// Say returns a text of all letters.
func (m letter) Say(name string) (Words, error) {
	switch {
	case name == "greeting" && m.Name == "":
		name = "greeting.nobody"
	case name == "footer.why" && slices.Contains(uninvitedLetters, m.Kind):
		name = "footer.address"
	}
	return m.words.say("all."+name, m.value)
}

// Own returns a text of this letter's kind.
func (m letter) Own(name string) (Words, error) { return m.words.say(m.Kind+"."+name, m.value) }

// Has reports whether letters of this kind have the text.
func (m letter) Has(name string) bool {
	_, has := m.words.texts[m.Kind+"."+name]
	return has
}

// Date shows a time by the clocks of Istanbul.
func (m letter) Date(t time.Time) (string, error) { return Moment(t, m.Language) }

func (m letter) value(placeholder string) (string, error) {
	switch placeholder {
	case "name":
		return m.Name, nil
	case "shop":
		return m.ShopName, nil
	case "support":
		return m.SupportEmail, nil
	case "until":
		return m.Date(m.Until)
	}
	return "", fmt.Errorf("{%s} has no value here", placeholder)
}
