package templates_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
)

func get(t *testing.T, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	http.StripPrefix("/dev/mails", templates.Preview()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, strings.ReplaceAll("/dev/mails"+target, `"><script>x</script>`, "%22%3E%3Cscript%3Ex%3C/script%3E"), nil))
	return w
}

var mailLink = regexp.MustCompile(`class="tile" href="(\?[^"]+)"`)

func TestPreview_IndexLeadsToEveryMail(t *testing.T) {
	t.Parallel()

	index := get(t, "/")
	require.Equal(t, http.StatusOK, index.Code)
	links := mailLink.FindAllStringSubmatch(index.Body.String(), -1)
	require.Len(t, links, len(templates.AllSamples())+len(templates.AllLetters())+len(notify.AlertKinds)*len(templates.Languages))
	shown := slices.Clone(notify.LetterKinds)
	for _, kind := range notify.Kinds {
		shown = append(shown, string(kind))
	}
	for _, kind := range shown {
		for _, language := range templates.Languages {
			require.Contains(t, index.Body.String(), "?language="+language+"&amp;mail="+kind)
		}
	}
	for _, link := range links {
		page := get(t, html.UnescapeString(link[1]))
		require.Equal(t, http.StatusOK, page.Code, link[1])
		require.Equal(t, 2, strings.Count(page.Body.String(), `sandbox="" title="The mail on a`), "on a telephone and on a desktop")
		require.Contains(t, page.Body.String(), "Bedesten")
	}
}

func TestPreview_ShowsTheMailAsItIsSent(t *testing.T) {
	t.Parallel()

	mail := rendered(t, templates.Sample(notify.KindShipped, templates.Turkish))
	body := html.UnescapeString(get(t, "?mail=shipped&language=tr").Body.String())
	require.Contains(t, body, mail.Text)
	require.Contains(t, body, mail.Subject)
	require.Contains(t, body, mail.HTML[strings.Index(mail.HTML, "<body"):])
	require.Contains(t, html.UnescapeString(get(t, "?mail=shipped&language=tr&name=arabic").Body.String()), "محمد عبد الله الأحمد")
	require.Contains(t, html.UnescapeString(get(t, "?mail=shipped&language=tr&look=dark").Body.String()), "@media all")
}

func TestPreview_ShowsTheMailsToThoseWhoRunTheShop(t *testing.T) {
	t.Parallel()

	for _, kind := range notify.AlertKinds {
		for _, language := range templates.Languages {
			mail, err := templates.RenderAlert(templates.SampleAlert(kind), language)
			require.NoError(t, err)
			body := html.UnescapeString(get(t, "?mail="+string(kind)+"&language="+language).Body.String())
			require.Contains(t, body, mail.Subject)
			require.Contains(t, body, mail.Text)
			require.Contains(t, body, "nobet@bedesten.example")
			require.NotContains(t, body, "name=arabic", "they have no names to try")
		}
	}
}

func TestPreview_ShowsLettersToWhomeverIsChosen(t *testing.T) {
	t.Parallel()

	for _, language := range templates.Languages {
		body := html.UnescapeString(get(t, "?mail=new_device&language="+language+"&name=arabic").Body.String())
		require.Contains(t, body, "محمد عبد الله الأحمد")
		require.Contains(t, body, "Firefox, Linux")
	}
}

func TestPreview_RunsNothingAndAsksNobody(t *testing.T) {
	t.Parallel()

	page := get(t, "?mail=cancelled&language=en")
	policy := page.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "script-src")
	require.NotContains(t, page.Body.String(), "<script")
	require.NotContains(t, page.Body.String(), "<img")
	require.Equal(t, "no-store", page.Header().Get("Cache-Control"))

	escaped := get(t, `?mail=shipped&language=tr&look="><script>x</script>&name=%3Cscript%3E`)
	require.NotContains(t, escaped.Body.String(), "<script")
}

func TestPreview_KnowsOneAddressAndTwoMethods(t *testing.T) {
	t.Parallel()

	for _, target := range []string{"/elsewhere", "?mail=newsletter&language=tr", "?mail=shipped&language=de", "?mail=shipped"} {
		require.Equal(t, http.StatusNotFound, get(t, target).Code, target)
	}
	w := httptest.NewRecorder()
	templates.Preview().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
}
