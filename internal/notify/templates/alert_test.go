package templates_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
)

var alertedAt = time.Date(2026, 11, 27, 5, 0, 0, 0, time.UTC)

// alert tells of n orders that wait for their parcel's label.
func alert(kind notify.AlertKind, n int) notify.Alert {
	a := notify.Alert{
		ID: "alert-01", Kind: kind, Shop: "Bedesten", At: alertedAt,
		ListURL: "https://temporal.bedesten.example/namespaces/bedesten/workflows?query=OrderAttention+IS+NOT+NULL",
	}
	for i := range n {
		id := fmt.Sprintf("ord_01k3v8m4w0f3q2x9y6z7a1b2%02d", i)
		a.Lines = append(a.Lines, notify.AlertLine{
			OrderID: id, Number: fmt.Sprintf("7KXM-92%02d", i), Reason: "label_failed", Since: alertedAt.Add(-75 * time.Minute),
			Owner: "warehouse", Next: "The carrier refuses the parcel: correct address, weight or carrier.",
			URL: "https://temporal.bedesten.example/namespaces/bedesten/workflows/order%2F" + id,
		})
	}
	return a
}

func TestRenderAlert_SaysWhichOrderWhySinceWhenWhoseAndWhatToDo(t *testing.T) {
	t.Parallel()

	for language, want := range map[string]struct {
		subject string
		says    []string
	}{
		templates.Turkish: {"Bedesten: 7KXM-9200 müdahale bekliyor (label_failed)", []string{
			"Bir sipariş müdahale bekliyor", "27 Kasım 2026 Cuma, 06:45", "75 dk", "depo", "Kargo şirketi paketi kabul etmiyor", "bedesten repair",
		}},
		templates.English: {"Bedesten: 7KXM-9200 needs a person (label_failed)", []string{
			"An order needs a person", "Friday 27 November 2026, 06:45", "75 min", "warehouse", "The carrier refuses the parcel",
		}},
	} {
		a := alert(notify.AlertNew, 1)
		mail, err := templates.RenderAlert(a, language)
		require.NoError(t, err)
		require.Equal(t, want.subject, mail.Subject)
		page := parse(t, mail.HTML)
		for _, said := range append(want.says, a.Lines[0].OrderID, "bedesten attention") {
			require.Contains(t, mail.Text, said)
			require.Contains(t, page.visible, said)
		}
		for _, link := range []string{a.Lines[0].URL, a.ListURL} {
			require.Contains(t, mail.Text, link)
			require.Contains(t, page.attributes("a", "href"), link)
		}
	}
}

func TestRenderAlert_CountsWhatItLeavesOut(t *testing.T) {
	t.Parallel()

	a := alert(notify.AlertNew, 50)
	a.More = 23
	mail, err := templates.RenderAlert(a, templates.Turkish)
	require.NoError(t, err)
	require.Equal(t, "Bedesten: müdahale bekleyen 73 konu", mail.Subject)
	require.Contains(t, mail.Text, "Ve 23 konu daha.")
	require.Equal(t, 50, strings.Count(mail.Text, "\n* "))
}

func TestRenderAlert_ADigestIsAListWithoutWhatToDo(t *testing.T) {
	t.Parallel()

	for _, language := range templates.Languages {
		mail, err := templates.RenderAlert(alert(notify.AlertDigest, 3), language)
		require.NoError(t, err)
		require.NotContains(t, mail.Text, "bedesten repair")
		require.NotContains(t, mail.Text, "refuses the parcel")
		require.Equal(t, 3, strings.Count(mail.Text, "\n* "))
	}
	mail, err := templates.RenderAlert(alert(notify.AlertDigest, 3), templates.English)
	require.NoError(t, err)
	require.Equal(t, "Bedesten: digest, 3 matters need a person", mail.Subject)
}

// Gmail cuts a mail at 102 KB of HTML.
func TestRenderAlert_TheLongestStaysBelowWhatGmailCuts(t *testing.T) {
	t.Parallel()

	for kind, most := range map[notify.AlertKind]int{notify.AlertNew: notify.AlertLines, notify.AlertDigest: notify.DigestLines} {
		a := alert(kind, most)
		for i := range a.Lines {
			a.Lines[i].Reason = "compensation_stuck"
		}
		mail, err := templates.RenderAlert(a, templates.Turkish)
		require.NoError(t, err)
		require.Less(t, len(mail.HTML), 102*1000, kind)
	}
}

func TestRenderAlert_AgesAreInTheirLargestWholeUnit(t *testing.T) {
	t.Parallel()

	for age, want := range map[time.Duration]string{
		-time.Minute: "(0 min)", 90 * time.Second: "(1 min)", 119 * time.Minute: "(119 min)", 2 * time.Hour: "(2 h)",
		47*time.Hour + 59*time.Minute: "(47 h)", 72 * time.Hour: "(3 d)",
	} {
		a := alert(notify.AlertDigest, 1)
		a.Lines[0].Since = a.At.Add(-age)
		mail, err := templates.RenderAlert(a, templates.English)
		require.NoError(t, err)
		require.Contains(t, mail.Text, want, age)
	}
}

func TestRenderAlert_WorksWithoutATemporalUI(t *testing.T) {
	t.Parallel()

	a := alert(notify.AlertNew, 2)
	a.ListURL, a.Lines[0].URL, a.Lines[1].URL = "", "", ""
	mail, err := templates.RenderAlert(a, templates.English)
	require.NoError(t, err)
	require.Empty(t, parse(t, mail.HTML).attributes("a", "href"))
	require.NotContains(t, mail.Text, "://")
}

func TestRenderAlert_RefusesWhatSaysNothing(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(*notify.Alert){
		"no line":                      func(a *notify.Alert) { a.Lines = nil },
		"no kind":                      func(a *notify.Alert) { a.Kind = "" },
		"a line break in the shop":     func(a *notify.Alert) { a.Shop = "Bedesten\r\nBcc: x@example.com" },
		"a shop that nobody could see": func(a *notify.Alert) { a.Shop = " " },
	} {
		a := alert(notify.AlertNew, 1)
		spoil(&a)
		_, err := templates.RenderAlert(a, templates.Turkish)
		require.True(t, fault.Is(err, fault.Invalid), name)
	}
	_, err := templates.RenderAlert(alert(notify.AlertNew, 1), "de")
	require.True(t, fault.Is(err, fault.Invalid))
}

func TestRenderAlert_EscapesWhatAnOrderHolds(t *testing.T) {
	t.Parallel()

	a := alert(notify.AlertNew, 1)
	a.Lines[0].Number, a.Lines[0].Reason, a.Lines[0].Next, a.Lines[0].URL = `"><img src=x>`, "<script>", "<b>", "javascript:alert(1)"
	mail, err := templates.RenderAlert(a, templates.English)
	require.NoError(t, err)
	page := parse(t, mail.HTML)
	for _, element := range []string{"img", "script", "b"} {
		require.NotContains(t, page.elements, element)
	}
	require.NotContains(t, page.attributes("a", "href"), "javascript:alert(1)")
	require.False(t, strings.ContainsFunc(mail.Subject, unicode.IsControl))
}

func TestAlertWords_BothLanguagesHaveEveryText(t *testing.T) {
	t.Parallel()

	turkish, english := templates.AlertTexts(templates.Turkish), templates.AlertTexts(templates.English)
	for _, name := range english {
		require.Contains(t, turkish, name)
	}
	for _, name := range turkish {
		if !strings.HasPrefix(name, "owner.") && !strings.HasPrefix(name, "next.") {
			require.Contains(t, english, name)
		}
	}
	for _, kind := range notify.AlertKinds {
		for _, name := range []string{".subject", ".subject.one", ".title", ".title.one", ".intro"} {
			require.Contains(t, english, string(kind)+name)
		}
	}
}
