package sendgrid

import (
	"embed"
	"html"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// inboxPath is where what was sent can be looked at.
const inboxPath = "/inbox"

//go:embed inbox.html mail.html style.css
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"shown": func(t time.Time) string { return t.In(istanbul).Format("2 Jan 2006, 15:04:05") },
	"exact": func(t time.Time) string { return t.Format(time.RFC3339) },
	"style": func() template.CSS { return template.CSS(readFile("style.css")) },
	"names": names,
	"last":  func(events []Event) *Event { return lastOf(events) },
	"links": links,
}).ParseFS(files, "inbox.html", "mail.html"))

// istanbul is where the mails' own times are: two clocks beside one another would
// be read as one. It has been three hours ahead all the year since 2016.
var istanbul = time.FixedZone("Europe/Istanbul", 3*60*60)

func readFile(name string) string {
	raw, err := files.ReadFile(name)
	if err != nil {
		panic("sendgrid simulator: " + err.Error()) // embedded
	}
	return string(raw)
}

// pagePolicy lets the pages have their own style and frame, and nothing else.
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// framePolicy is for a mail's own HTML, which may hold anything: no script, no
// form and no load from elsewhere, in an origin of its own. A link of it opens
// in a window that is free again.
const framePolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// inboxRoutes serves the pages.
func (s *Server) inboxRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler(inboxPath, http.StatusFound))
	mux.HandleFunc("GET "+inboxPath, s.showInbox)
	mux.HandleFunc("GET "+inboxPath+"/{number}", s.showMailPage)
	mux.HandleFunc("GET "+inboxPath+"/{number}/html", s.showFrame)
	return mux
}

// shownInbox is what the list shows.
type shownInbox struct {
	Mails []Mail
	Query string
	Total int
}

// showInbox lists what was sent, the newest first; ?q= narrows it to recipients,
// subjects and custom arguments that contain a text.
func (s *Server) showInbox(w http.ResponseWriter, r *http.Request) {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	all := s.Sent()
	shown := shownInbox{Query: q, Total: len(all), Mails: slices.DeleteFunc(all, func(m Mail) bool { return !m.contains(q) })}
	slices.Reverse(shown.Mails)
	render(w, "inbox.html", shown)
}

// contains reports whether a mail is one that somebody who looks for q means.
func (m *Mail) contains(q string) bool {
	where := []string{m.Subject}
	for _, a := range slices.Concat(m.To, m.Cc, m.Bcc) {
		where = append(where, a.Email, a.Name)
	}
	for _, v := range m.CustomArgs {
		where = append(where, v)
	}
	q = strings.ToLower(q)
	return slices.ContainsFunc(where, func(s string) bool { return strings.Contains(strings.ToLower(s), q) })
}

func (s *Server) showMailPage(w http.ResponseWriter, r *http.Request) {
	m, ok := s.mailOf(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	render(w, "mail.html", m)
}

// showFrame gives a mail's HTML as it was sent, for the frame on its page.
func (s *Server) showFrame(w http.ResponseWriter, r *http.Request) {
	m, ok := s.mailOf(r)
	if !ok || m.HTML == "" {
		http.NotFound(w, r)
		return
	}
	pageHeaders(w, framePolicy)
	_, _ = w.Write([]byte(m.HTML)) // a client that left is its own affair
}

func render(w http.ResponseWriter, name string, shown any) {
	pageHeaders(w, pagePolicy)
	// The templates are parsed at start; an error here is a client that left.
	_ = pages.ExecuteTemplate(w, name, shown)
}

func pageHeaders(w http.ResponseWriter, policy string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

// names shows addresses in one line.
func names(list []Address) string {
	out := make([]string, 0, len(list))
	for _, a := range list {
		if a.Name != "" {
			out = append(out, a.Name+" <"+a.Email+">")
			continue
		}
		out = append(out, a.Email)
	}
	return strings.Join(out, ", ")
}

func lastOf(events []Event) *Event {
	if len(events) == 0 {
		return nil
	}
	return &events[len(events)-1]
}

var href = regexp.MustCompile(`(?i)<a\s[^>]*?href\s*=\s*["']([^"']+)["']`)

// links returns where the links of a mail's HTML lead, each once: inside the
// frame they can be clicked, here they can be read and copied too.
func links(source string) []string {
	var out []string
	for _, m := range href.FindAllStringSubmatch(source, -1) {
		to := html.UnescapeString(m[1])
		if !slices.Contains(out, to) && (strings.HasPrefix(to, "http://") || strings.HasPrefix(to, "https://")) {
			out = append(out, to)
		}
	}
	return out
}
