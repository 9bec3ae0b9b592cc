package templates

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/notify"
)

//go:embed preview.html
var previewPage string

var previewTemplate = template.Must(template.New("preview").Option("missingkey=error").Parse(previewPage))

// previewPolicy lets the page have its own style and nothing else: no script, no
// picture, no address of the web. The mails lie in frames of the page itself,
// which inherit it.
const previewPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// addressee is a name to try a mail with.
type addressee struct{ Key, Label, Name string }

var recipients = []addressee{
	{"", "Ayşe Yılmaz", "Ayşe Yılmaz"},
	{"turkish", "Ğülşah Ilgın", "Ğülşah İpek Öztürk-Ilgın"},
	{"arabic", "محمد الأحمد", "محمد عبد الله الأحمد"},
	{"emoji", "Zeynep 🌷", "Zeynep 🌷 Kaya 👩🏽‍🚀"},
}

// recipient returns the one of a key; the first for a key that nobody has.
func recipient(key string) addressee {
	return recipients[max(0, slices.IndexFunc(recipients, func(r addressee) bool { return r.Key == key }))]
}

// previewLink is a link of the page, to another state of it.
type previewLink struct {
	Label, Href, Lang string
	Current           bool
}

// specimen is a mail that the page shows, in whatever language and to whomever.
type specimen struct {
	kind, variant string
	// staff says that it goes to those who run the shop, who have one address.
	staff bool
	write func(language, name string) (Rendered, error)
}

// specimens are all that the page shows, those of a kind one after the other.
func specimens() []specimen {
	var all []specimen
	for _, kind := range notify.Kinds {
		for _, v := range append([]variant{{"", kind, func(*View) {}}}, variants...) {
			if v.Kind == kind {
				all = append(all, specimen{kind: string(kind), variant: v.Name, write: func(language, name string) (Rendered, error) {
					view := v.view(language)
					view.Name = name
					return Render(view)
				}})
			}
		}
	}
	for _, kind := range notify.LetterKinds {
		all = append(all, specimen{kind: kind, write: func(language, name string) (Rendered, error) {
			view := SampleLetter(kind, language)
			if view.Name != "" {
				view.Name = name
			}
			return RenderLetter(view)
		}})
	}
	for _, kind := range notify.AlertKinds {
		all = append(all, specimen{kind: string(kind), staff: true, write: func(language, _ string) (Rendered, error) {
			return RenderAlert(SampleAlert(kind), language)
		}})
	}
	return all
}

// key names a mail in the address: by its kind, and by its variant after a dot.
func (s specimen) key() string { return strings.TrimSuffix(s.kind+"."+s.variant, ".") }

// previewMail is one mail of the page.
type previewMail struct {
	Key, Language, Href string
	Kind, Variant       string
	Mail                Rendered
	SizeKB              int
}

type previewData struct {
	// Groups are the mails of the index, by kind; Shown is the one of a mail's page.
	Groups [][]previewMail
	Shown  *previewMail
	// To is the recipient's name; those who run the shop have an address alone.
	To, From                          string
	Languages, Looks, Recipients, All []previewLink
}

// previewChoice is what the address asks for.
type previewChoice struct{ mail, language, look, name string }

func (c previewChoice) href() string {
	q := url.Values{}
	for name, value := range map[string]string{"mail": c.mail, "language": c.language, "look": c.look, "name": c.name} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "?" + q.Encode()
}

// Preview shows all mails as they are written for the samples: an index, and a
// page for each with its subject, its HTML at the width of a telephone and of a
// desktop, and its text. It is for development, has one address, and finds its
// way by the query alone, so that it can be mounted anywhere.
func Preview() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", previewPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		case r.URL.Path != "" && r.URL.Path != "/":
			http.NotFound(w, r)
			return
		}
		q := r.URL.Query()
		data, found, err := preview(previewChoice{q.Get("mail"), q.Get("language"), q.Get("look"), q.Get("name")})
		if err == nil && !found {
			http.NotFound(w, r)
			return
		}
		var page bytes.Buffer
		if err == nil {
			err = previewTemplate.Execute(&page, data)
		}
		if err != nil { // whoever writes a template has to see what is wrong with it
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		header.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page.Bytes()) // an error here is a browser that left
	})
}

func preview(c previewChoice) (data previewData, found bool, err error) {
	group := ""
	for _, each := range specimens() {
		if each.kind != group {
			group, data.Groups = each.kind, append(data.Groups, nil)
		}
		for _, language := range Languages {
			m, err := showMail(each, language, c)
			if err != nil {
				return data, false, err
			}
			last := len(data.Groups) - 1
			data.Groups[last] = append(data.Groups[last], m)
			if language != c.language {
				continue
			}
			to := c
			to.mail = m.Key
			data.All = append(data.All, previewLink{Label: strings.TrimSpace(m.Kind + " " + m.Variant), Href: to.href(), Current: m.Key == c.mail})
			if m.Key == c.mail {
				data.Shown = &m
				data.choices(c, each.staff)
			}
		}
	}
	return data, data.Shown != nil || c.mail == "" && c.language == "", nil
}

func (d *previewData) choices(c previewChoice, staff bool) {
	d.From = Sample(notify.KindPlaced, Turkish).ShopName
	for _, l := range []struct{ label, language string }{{"Türkçe", Turkish}, {"English", English}} {
		to := c
		to.language = l.language
		d.Languages = append(d.Languages, previewLink{Label: l.label, Lang: l.language, Href: to.href(), Current: c.language == l.language})
	}
	for _, l := range []struct{ label, look string }{{"Light", ""}, {"Dark", "dark"}} {
		to := c
		to.look = l.look
		d.Looks = append(d.Looks, previewLink{Label: l.label, Href: to.href(), Current: c.look == l.look})
	}
	if staff {
		d.To = "nobet@bedesten.example"
		return
	}
	d.To = recipient(c.name).Name
	for _, r := range recipients {
		to := c
		to.name = r.Key
		d.Recipients = append(d.Recipients, previewLink{Label: r.Label, Href: to.href(), Current: c.name == r.Key})
	}
}

func showMail(s specimen, language string, c previewChoice) (previewMail, error) {
	rendered, err := s.write(language, recipient(c.name).Name)
	if err != nil {
		return previewMail{}, err
	}
	size := len(rendered.HTML)
	rendered.HTML = withLook(rendered.HTML, c.look)
	spaced := func(s string) string { return strings.ReplaceAll(s, "_", " ") }
	return previewMail{
		Key: s.key(), Language: language, Kind: spaced(s.kind), Variant: spaced(s.variant),
		Href: previewChoice{mail: s.key(), language: language}.href(), Mail: rendered, SizeKB: (size + 1023) / 1024,
	}, nil
}

// withLook decides for the mail whether the screen is dark, whatever the
// reader's own is.
func withLook(html, look string) string {
	screen := "not all"
	if look == "dark" {
		screen = "all"
	}
	html = strings.ReplaceAll(html, "(prefers-color-scheme: dark)", screen)
	return strings.ReplaceAll(html, "light dark", map[bool]string{true: "dark", false: "light"}[look == "dark"])
}
