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

// recipients are the names to try a mail with.
var recipients = []struct{ Key, Label, Name string }{
	{"", "Ayşe Yılmaz", "Ayşe Yılmaz"},
	{"turkish", "Ğülşah Ilgın", "Ğülşah İpek Öztürk-Ilgın"},
	{"arabic", "محمد الأحمد", "محمد عبد الله الأحمد"},
	{"emoji", "Zeynep 🌷", "Zeynep 🌷 Kaya 👩🏽‍🚀"},
}

// previewLink is a link of the page, to another state of it.
type previewLink struct {
	Label, Href, Lang string
	Current           bool
}

// previewMail is one mail of the page. It is named by its kind, and by its
// variant after a dot.
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
	// To is the recipient's name.
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
	for _, kind := range notify.Kinds {
		var group []previewMail
		for _, v := range append([]variant{{"", kind, func(*View) {}}}, variants...) {
			if v.Kind != kind {
				continue
			}
			for _, language := range Languages {
				m, err := showMail(v, language, c)
				if err != nil {
					return data, false, err
				}
				group = append(group, m)
				if m.Key == c.mail && language == c.language {
					data.Shown = &m
				}
				if language == c.language {
					to := c
					to.mail = m.Key
					data.All = append(data.All, previewLink{Label: strings.TrimSpace(m.Kind + " " + m.Variant), Href: to.href(), Current: m.Key == c.mail})
				}
			}
		}
		data.Groups = append(data.Groups, group)
	}
	if c.mail == "" && c.language == "" {
		return data, true, nil
	}
	data.choices(c)
	return data, data.Shown != nil, nil
}

func (d *previewData) choices(c previewChoice) {
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
	for _, r := range recipients {
		to := c
		to.name = r.Key
		d.Recipients = append(d.Recipients, previewLink{Label: r.Label, Href: to.href(), Current: c.name == r.Key})
		if c.name == r.Key {
			d.To = r.Name
		}
	}
}

func showMail(v variant, language string, c previewChoice) (previewMail, error) {
	key := string(v.Kind)
	if v.Name != "" {
		key += "." + v.Name
	}
	view := v.view(language)
	if i := slices.IndexFunc(recipients, func(r struct{ Key, Label, Name string }) bool { return r.Key == c.name }); i >= 0 {
		view.Name = recipients[i].Name
	}
	rendered, err := Render(view)
	if err != nil {
		return previewMail{}, err
	}
	size := len(rendered.HTML)
	rendered.HTML = withLook(rendered.HTML, c.look)
	spaced := func(s string) string { return strings.ReplaceAll(s, "_", " ") }
	return previewMail{
		Key: key, Language: language, Kind: spaced(string(v.Kind)), Variant: spaced(v.Name),
		Href: previewChoice{mail: key, language: language}.href(), Mail: rendered, SizeKB: (size + 1023) / 1024,
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
