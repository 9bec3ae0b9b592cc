package templates_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
)

func letter(t *testing.T, v notify.LetterView) templates.Rendered {
	t.Helper()
	mail, err := templates.RenderLetter(v)
	require.NoError(t, err, v.Kind)
	return mail
}

func TestRenderLetter_WritesEveryLetterAsItWasApproved(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllLetters() {
		mail := letter(t, s.View)
		for ext, got := range map[string]string{".subject": mail.Subject + "\n", ".txt": mail.Text, ".html": mail.HTML} {
			path := filepath.Join("testdata", "golden", "letter", s.Name+ext)
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

func TestRenderLetter_LoadsNothingAndLeadsOnlyWhereTheViewSays(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllLetters() {
		mail := letter(t, s.View)
		page := parse(t, mail.HTML)
		for _, element := range []string{"img", "script", "link", "iframe", "object", "form", "input", "base", "svg", "video"} {
			require.NotContains(t, page.elements, element, s.Name)
		}
		require.NotContains(t, strings.ToLower(mail.HTML), "url(", s.Name)
		require.NotContains(t, mail.HTML, "ZgotmplZ", "%s: html/template refused a value", s.Name)
		require.Equal(t, s.View.Language, page.attributes("html", "lang")[0], s.Name)
		for _, link := range page.attributes("a", "href") {
			require.Contains(t, []string{s.View.ShopURL, s.View.Link}, link, s.Name)
			require.Contains(t, mail.Text, link, "%s: the text leads there too", s.Name)
		}
		text := strings.Join(strings.Fields(mail.Text), " ")
		for _, sentence := range strings.Split(page.visible, "\n") {
			if sentence = strings.Join(strings.Fields(sentence), " "); strings.HasSuffix(sentence, ".") {
				require.Contains(t, text, sentence, s.Name)
			}
		}
		require.Contains(t, mail.Subject, "Bedesten", s.Name)
		require.LessOrEqual(t, len([]rune(mail.Subject)), 78, "%s: longer ones are cut on telephones", s.Name)
		require.False(t, strings.ContainsFunc(mail.Subject, unicode.IsControl), s.Name)
	}
}

func TestRenderLetter_SaysWhenOnWhatDeviceAndUntilWhen(t *testing.T) {
	t.Parallel()

	for language, want := range map[string][2]string{
		templates.Turkish: {"Ne zaman: 25 Kasım 2026 Çarşamba, 15:15", "Bağlantı şu zamana kadar geçerli: 25 Kasım 2026 Çarşamba, 16:15"},
		templates.English: {"When: Wednesday 25 November 2026, 15:15 (Türkiye time)", "The link is good until: Wednesday 25 November 2026, 16:15 (Türkiye time)"},
	} {
		device, reset := letter(t, templates.SampleLetter("new_device", language)), letter(t, templates.SampleLetter("reset_password", language))
		require.Contains(t, device.Text, want[0])
		require.Contains(t, device.Text, "Firefox, Linux")
		require.Contains(t, device.HTML, "Firefox, Linux")
		require.NotContains(t, device.Text, want[1])
		require.Contains(t, reset.Text, want[1])
	}
}

func TestRenderLetter_GreetsByNameOnlyWhomItKnows(t *testing.T) {
	t.Parallel()

	v := templates.SampleLetter("password_changed", templates.Turkish)
	for name, greeting := range map[string]string{"Ğülşah İpek Öztürk-Ilgın": "Merhaba Ğülşah İpek Öztürk-Ilgın,", "": "Merhaba,", "محمد الأحمد": "Merhaba \u2068محمد الأحمد\u2069,"} {
		v.Name = name
		require.Contains(t, letter(t, v).Text, greeting)
	}
	v.Name, v.Device = `<script>alert("1")</script>`, "<img src=x>"
	page := parse(t, letter(t, v).HTML)
	require.NotContains(t, page.elements, "script")
	require.NotContains(t, page.elements, "img")
	require.Contains(t, page.bdi, v.Name)
}

func TestRenderLetter_TellsAnAddressOfNobodyThatItWasTyped(t *testing.T) {
	t.Parallel()

	for _, kind := range notify.LetterKinds {
		text := letter(t, templates.SampleLetter(kind, templates.English)).Text
		uninvited := kind == "confirm_account" || kind == "confirm_email"
		require.Equal(t, uninvited, strings.Contains(text, "somebody typed this address"), kind)
		require.Equal(t, !uninvited, strings.Contains(text, "because of your account"), kind)
	}
}

func TestRenderLetter_WorksWithoutASupportAddress(t *testing.T) {
	t.Parallel()

	for _, s := range templates.AllLetters() {
		s.View.SupportEmail, s.View.ShopAddress = "", ""
		require.NotContains(t, letter(t, s.View).Text, "@", s.Name)
	}
}

func TestRenderLetter_RefusesAViewThatWouldMakeAWrongLetter(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(*notify.LetterView){
		"an unknown kind":               func(v *notify.LetterView) { v.Kind = "newsletter" },
		"an order's kind":               func(v *notify.LetterView) { v.Kind = "shipped" },
		"an unknown language":           func(v *notify.LetterView) { v.Language = "de" },
		"a line break in the name":      func(v *notify.LetterView) { v.Name = "Ayşe\r\nBcc: x@example.com" },
		"a Unicode line end":            func(v *notify.LetterView) { v.Name = "Ayşe\u2028Yılmaz" },
		"a name that nobody sees":       func(v *notify.LetterView) { v.Name = "\u202E" },
		"a line break in the device":    func(v *notify.LetterView) { v.Device = "Firefox\nLinux" },
		"no shop":                       func(v *notify.LetterView) { v.ShopName = "" },
		"a script as the link":          func(v *notify.LetterView) { v.Link = "javascript:alert(1)" },
		"no link":                       func(v *notify.LetterView) { v.Link = "" },
		"an address with a user":        func(v *notify.LetterView) { v.ShopURL = "https://bank.example@evil.example/" },
		"no time":                       func(v *notify.LetterView) { v.At = time.Time{} },
		"no end of a link that has one": func(v *notify.LetterView) { v.Until = time.Time{} },
	} {
		v := templates.SampleLetter("reset_password", templates.Turkish)
		spoil(&v)
		_, err := templates.RenderLetter(v)
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
		require.NotContains(t, err.Error(), "Ayşe", "%s: the fault holds nothing personal", name)
	}
}

func TestLetterWords_BothLanguagesHaveEveryTextOfEveryKindAndNoOther(t *testing.T) {
	t.Parallel()

	turkish, english := templates.LetterTexts(templates.Turkish), templates.LetterTexts(templates.English)
	require.Len(t, english, len(turkish))
	for key, values := range turkish {
		require.Contains(t, english, key)
		require.ElementsMatch(t, values, english[key], key)
		section, name, _ := strings.Cut(key, ".")
		if section != "all" {
			require.Contains(t, notify.LetterKinds, section, key)
			require.Contains(t, []string{"subject", "preheader", "title", "intro", "not_you", "more", "button"}, name, key)
		}
	}
	for _, kind := range notify.LetterKinds {
		for _, name := range []string{"subject", "preheader", "title", "intro", "not_you"} {
			require.Contains(t, turkish, kind+"."+name)
		}
	}
}

func FuzzRenderLetter(f *testing.F) {
	f.Add("Ayşe Yılmaz", "Firefox, Linux", "Bedesten")
	f.Add("محمد\u202E", "</title><script>", "{{.}}\x00")
	f.Fuzz(func(t *testing.T, name, device, shop string) {
		v := templates.SampleLetter("new_device", templates.English)
		v.Name, v.Device, v.ShopName = name, device, shop
		mail, err := templates.RenderLetter(v)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			return
		}
		require.False(t, strings.ContainsFunc(mail.Subject, unicode.IsControl))
		require.NotContains(t, parse(t, mail.HTML).elements, "script")
	})
}
