package templates_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
)

var update = flag.Bool("update", false, "write the golden mails anew")

var zero time.Time

func TestRender_WritesEveryMailAsItWasApproved(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllSamples() {
		mail := rendered(t, s.View)
		for ext, got := range map[string]string{".subject": mail.Subject + "\n", ".txt": mail.Text, ".html": mail.HTML} {
			path := filepath.Join("testdata", "golden", s.Name+ext)
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "%s: look at it, then run the test with -update", path)
		}
	}
}

func TestRender_HTMLIsWellFormedAndLoadsNothing(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllSamples() {
		mail := rendered(t, s.View)
		page := parse(t, mail.HTML)

		require.Equal(t, s.View.Language, page.attributes("html", "lang")[0], s.Name)
		require.Len(t, page.attributes("h1", "id"), 1, "%s has one main heading", s.Name)
		for _, element := range []string{"img", "script", "link", "iframe", "object", "form", "input", "base", "svg", "video"} {
			require.NotContains(t, page.elements, element, s.Name)
		}
		require.NotContains(t, strings.ToLower(mail.HTML), "url(", s.Name)
		require.NotContains(t, mail.HTML, "@import", s.Name)
		require.NotContains(t, mail.HTML, "ZgotmplZ", "%s: html/template refused a value", s.Name)
		for _, table := range page.of("table") {
			labelled := slices.ContainsFunc(table.Attr, func(a xml.Attr) bool { return a.Name.Local == "role" && a.Value == "presentation" })
			require.True(t, labelled || strings.Contains(mail.HTML, `scope="row"`), "%s: a table is data with headings, or presentation", s.Name)
		}
	}
}

func TestRender_LinksLeadOnlyWhereTheViewSays(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllSamples() {
		mail := rendered(t, s.View)
		known := []string{s.View.ShopURL, s.View.OrderURL, s.View.PayURL, s.View.TrackingURL}
		links := parse(t, mail.HTML).attributes("a", "href")
		require.Contains(t, links, s.View.OrderURL, s.Name)
		for _, link := range links {
			require.Contains(t, known, link, s.Name)
			require.Contains(t, mail.Text, link, "%s: the text leads there too", s.Name)
		}
	}
}

var amounts = regexp.MustCompile(`[0-9.]+,[0-9]{2}\x{00A0}TL|TRY\x{00A0}[0-9,]+\.[0-9]{2}`)

func TestRender_TextAndHTMLTellTheSameAmounts(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllSamples() {
		mail := rendered(t, s.View)
		html := amounts.FindAllString(parse(t, mail.HTML).visible, -1)
		require.Equal(t, html, amounts.FindAllString(mail.Text, -1), s.Name)
	}
	mail := rendered(t, templates.Sample(notify.KindPlaced, templates.Turkish))
	require.Equal(t, []string{
		"1.249,90\u00A0TL", "489,90\u00A0TL", "659,70\u00A0TL", "2.399,50\u00A0TL", "150,00\u00A0TL", "49,90\u00A0TL", "2.299,40\u00A0TL", "286,28\u00A0TL",
	}, amounts.FindAllString(mail.Text, -1))
	require.Contains(t, mail.Text, "İndirim: \u2212150,00\u00A0TL")
	require.Contains(t, mail.Text, "Toplama dahil KDV: 286,28\u00A0TL")
}

func TestRender_TextSaysWhatTheHTMLSays(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllSamples() {
		mail := rendered(t, s.View)
		text := strings.Join(strings.Fields(mail.Text), " ")
		for _, sentence := range regexp.MustCompile(`\n+`).Split(parse(t, mail.HTML).visible, -1) {
			if sentence = strings.Join(strings.Fields(sentence), " "); strings.HasSuffix(sentence, ".") {
				require.Contains(t, text, sentence, s.Name)
			}
		}
	}
}

func TestRender_NamesOfAnyScriptComeOutWhole(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"محمد عبد الله الأحمد", "Ğülşah İpek Öztürk-Ilgın", "Zeynep 🌷 Kaya 👩🏽‍🚀", "שרה כהן", "O’Brien & Söhne"} {
		for _, kind := range notify.Kinds {
			for _, language := range templates.Languages {
				v := templates.Sample(kind, language)
				v.Name = name
				mail := rendered(t, v)
				require.Contains(t, mail.Text, name)
				require.Contains(t, parse(t, mail.HTML).bdi, name, "isolated from the words around it")
			}
		}
	}
	v := templates.Sample(notify.KindPlaced, templates.Turkish)
	v.Name = "محمد الأحمد"
	require.Contains(t, rendered(t, v).Text, "Merhaba \u2068محمد الأحمد\u2069,", "text has isolates where it runs from right to left")
	v.Name = "Ayşe Yılmaz"
	require.Contains(t, rendered(t, v).Text, "Merhaba Ayşe Yılmaz,", "and nowhere else")
}

func TestRender_TakesOutWhatWouldTurnTheLine(t *testing.T) {
	t.Parallel()

	v := templates.Sample(notify.KindPlaced, templates.Turkish)
	v.Name = "Ayşe\u2069\u202E Yılmaz"
	v.Lines[0].Title = "Fincan\r\n\u2028takımı\u202D"
	mail := rendered(t, v)
	for _, form := range []string{mail.Subject, mail.Text, mail.HTML} {
		require.NotContains(t, form, "\u202E")
		require.NotContains(t, form, "\u202D")
	}
	require.Contains(t, mail.Text, "Merhaba Ayşe Yılmaz,")
	require.Contains(t, mail.Text, "* Fincan takımı\n")
}

func TestRender_EscapesWhatSomebodyTyped(t *testing.T) {
	t.Parallel()

	const evil = `<script>alert("1")</script>`
	for _, s := range templates.AllSamples() {
		v := s.View
		v.Name, v.ShopName, v.ShopAddress, v.Carrier, v.Address.Line1 = evil, evil, evil, evil, evil
		v.TrackingCode, v.SupportEmail, v.Number = evil, evil, `"><img src=x>`
		for i := range v.Lines {
			v.Lines[i].Title = evil
		}
		mail := rendered(t, v)
		page := parse(t, mail.HTML)
		require.NotContains(t, page.elements, "script", s.Name)
		require.NotContains(t, page.elements, "img", s.Name)
		require.Contains(t, page.bdi, evil, "%s shows it as it is", s.Name)
	}
}

func TestRender_RefusesAViewThatWouldMakeAWrongMail(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name  string
		kind  notify.Kind
		spoil func(*templates.View)
	}{
		{"an unknown kind", notify.KindPlaced, func(v *templates.View) { v.Kind = "newsletter" }},
		{"an unknown language", notify.KindPlaced, func(v *templates.View) { v.Language = "de" }},
		{"no language", notify.KindPlaced, func(v *templates.View) { v.Language = "" }},
		{"a line feed in the number", notify.KindShipped, func(v *templates.View) { v.Number = "7KXM-92QD\nBcc: x@example.com" }},
		{"a carriage return in the number", notify.KindShipped, func(v *templates.View) { v.Number = "7KXM\r-92QD" }},
		{"a line break in the name", notify.KindPlaced, func(v *templates.View) { v.Name = "Ayşe\r\nBcc: x@example.com" }},
		{"a Unicode line end in the name", notify.KindPlaced, func(v *templates.View) { v.Name = "Ayşe\u2028Yılmaz" }},
		{"a next-line character in the name", notify.KindPlaced, func(v *templates.View) { v.Name = "Ayşe\u0085Yılmaz" }},
		{"a NUL in the shop's name", notify.KindPlaced, func(v *templates.View) { v.ShopName = "Bedes\x00ten" }},
		{"no name", notify.KindPlaced, func(v *templates.View) { v.Name = " " }},
		{"a name that nobody sees", notify.KindPlaced, func(v *templates.View) { v.Name = "\u202E" }},
		{"no number", notify.KindDelivered, func(v *templates.View) { v.Number = "" }},
		{"a script as the order's address", notify.KindPlaced, func(v *templates.View) { v.OrderURL = "javascript:alert(1)" }},
		{"no order's address", notify.KindPlaced, func(v *templates.View) { v.OrderURL = "" }},
		{"a relative address", notify.KindPlaced, func(v *templates.View) { v.ShopURL = "/shop" }},
		{"an address without a host", notify.KindPlaced, func(v *templates.View) { v.ShopURL = "https:///x" }},
		{"an address with a user", notify.KindPlaced, func(v *templates.View) { v.ShopURL = "https://bank.example@evil.example/" }},
		{"an address with a space", notify.KindPlaced, func(v *templates.View) { v.ShopURL = "https://bedesten.example/a b" }},
		{"a carrier's address that is data", notify.KindShipped, func(v *templates.View) { v.TrackingURL = "data:text/html,x" }},
		{"no address to pay at", notify.KindPaymentProblem, func(v *templates.View) { v.PayURL = "" }},
		{"no time to pay until", notify.KindPaymentProblem, func(v *templates.View) { v.PayUntil = zero }},
		{"no time of the order", notify.KindPlaced, func(v *templates.View) { v.PlacedAt = zero }},
		{"no address for parcels", notify.KindPlaced, func(v *templates.View) { v.Address.Line1 = "" }},
		{"no lines", notify.KindPlaced, func(v *templates.View) { v.Lines = nil }},
		{"no cancelled lines", notify.KindCancelled, func(v *templates.View) { v.Lines = nil }},
		{"a parcel without lines", notify.KindShipped, func(v *templates.View) { v.ParcelLines = nil }},
		{"a line without a title", notify.KindPlaced, func(v *templates.View) { v.Lines[0].Title = "\u2028" }},
		{"a line of nothing", notify.KindDelivered, func(v *templates.View) { v.ParcelLines[0].Quantity = 0 }},
		{"parcel 3 of 2", notify.KindShipped, func(v *templates.View) { v.ParcelNumber, v.ParcelCount = 3, 2 }},
		{"parcel 3 of fewer than none", notify.KindShipped, func(v *templates.View) { v.ParcelNumber, v.ParcelCount = 3, -1 }},
		{"parcel 0", notify.KindDelivered, func(v *templates.View) { v.ParcelNumber = 0 }},
		{"lines that do not come to the subtotal", notify.KindPlaced, func(v *templates.View) { v.Lines[0].Total.Minor++ }},
		{"sums that do not come to the total", notify.KindPaymentProblem, func(v *templates.View) { v.Shipping.Minor++ }},
		{"two currencies", notify.KindPlaced, func(v *templates.View) { v.Tax.Currency = "EUR" }},
		{"a currency that is none", notify.KindCancelled, func(v *templates.View) { v.VoidedAmount = money.Of(5, "BTC") }},
		{"a refund below zero", notify.KindCancelled, func(v *templates.View) { v.RefundAmount = money.Of(-5, "TRY") }},
		{"a reason without words", notify.KindCancelled, func(v *templates.View) { v.Reason = "whim" }},
	} {
		v := templates.Sample(tt.kind, templates.Turkish)
		tt.spoil(&v)
		_, err := templates.Render(v)
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", tt.name, err)
		require.NotContains(t, err.Error(), "Ayşe", "%s: the fault holds nothing personal", tt.name)
	}
}

func TestRender_SubjectIsOneLineWithTheNumber(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllSamples() {
		subject := rendered(t, s.View).Subject
		require.Contains(t, subject, "7KXM-92QD", s.Name)
		require.False(t, strings.ContainsFunc(subject, unicode.IsControl), s.Name)
		require.LessOrEqual(t, len([]rune(subject)), 78, "%s: longer ones are cut on telephones", s.Name)
	}
}

func TestRender_EveryReasonHasItsSentence(t *testing.T) {
	t.Parallel()

	for _, language := range templates.Languages {
		seen := map[string]bool{}
		for _, reason := range append([]templates.Reason{""}, templates.Reasons...) {
			v := templates.Sample(notify.KindCancelled, language)
			v.Reason = reason
			seen[rendered(t, v).Text] = true
		}
		require.Len(t, seen, len(templates.Reasons)+1, language)
	}
}

func TestRender_AsksForWhatIsDueAndNotForTheTotal(t *testing.T) {
	t.Parallel()

	v := templates.Sample(notify.KindPaymentProblem, templates.Turkish)
	require.Contains(t, rendered(t, v).Text, "Ödenecek tutar: 2.299,40\u00A0TL")
	v.Due = money.Of(65_970, "TRY")
	require.Contains(t, rendered(t, v).Text, "Ödenecek tutar: 659,70\u00A0TL")
}

// Gmail cuts a mail at 102 KB of HTML, and with it what stands at the end:
// spamresource.com/2022/01/what-is-gmail-clipping-and-what-to-do.html
func TestRender_AnOrderOfAHundredLinesStaysBelowWhatGmailCuts(t *testing.T) {
	t.Parallel()

	v := templates.Sample(notify.KindPlaced, templates.Turkish)
	line := v.Lines[0]
	v.Lines, v.Subtotal, v.Discount, v.Shipping = nil, money.Of(0, "TRY"), money.Amount{}, money.Amount{}
	for range 100 {
		v.Lines = append(v.Lines, line)
		v.Subtotal.Minor += line.Total.Minor
	}
	v.Total = v.Subtotal
	require.Less(t, len(rendered(t, v).HTML), 102*1000)
}

func FuzzRender(f *testing.F) {
	f.Add("Ayşe Yılmaz", "7KXM-92QD", "Fincan")
	f.Add("محمد\u202E", "</title><script>", "{{.}}\x00")
	f.Add("{name}", "\xff", "]]>")
	f.Fuzz(func(t *testing.T, name, number, title string) {
		v := templates.Sample(notify.KindPlaced, templates.English)
		v.Name, v.Number, v.Lines[0].Title = name, number, title
		mail, err := templates.Render(v)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			return
		}
		require.False(t, strings.ContainsFunc(mail.Subject, unicode.IsControl))
		require.NotContains(t, parse(t, mail.HTML).elements, "script")
	})
}

func rendered(t *testing.T, v templates.View) templates.Rendered {
	t.Helper()
	mail, err := templates.Render(v)
	require.NoError(t, err)
	return mail
}

// page is what a mail's HTML came to when it was read as strict XML: the
// templates are written so that it can be, which proves every element closed.
type page struct {
	elements []string
	starts   []xml.StartElement
	visible  string
	bdi      []string
}

func parse(t *testing.T, html string) page {
	t.Helper()
	var p page
	var visible, name strings.Builder
	hidden := 0
	d := xml.NewDecoder(strings.NewReader(html))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			p.visible = visible.String()
			return p
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			p.elements, p.starts = append(p.elements, token.Name.Local), append(p.starts, token.Copy())
			if hidden > 0 || token.Name.Local == "head" || slices.Contains(token.Attr, xml.Attr{Name: xml.Name{Local: "aria-hidden"}, Value: "true"}) {
				hidden++
			}
			name.Reset()
		case xml.EndElement:
			hidden = max(hidden-1, 0)
			if token.Name.Local == "bdi" {
				p.bdi = append(p.bdi, name.String())
			} else if !slices.Contains([]string{"strong", "span", "a"}, token.Name.Local) {
				visible.WriteString("\n")
			}
		case xml.CharData:
			name.Write(token)
			if hidden == 0 {
				visible.Write(token)
			}
		}
	}
}

func (p page) of(element string) []xml.StartElement {
	return slices.DeleteFunc(slices.Clone(p.starts), func(s xml.StartElement) bool { return s.Name.Local != element })
}

func (p page) attributes(element, attribute string) []string {
	var values []string
	for _, s := range p.of(element) {
		for _, a := range s.Attr {
			if a.Name.Local == attribute {
				values = append(values, a.Value)
			}
		}
	}
	return values
}
