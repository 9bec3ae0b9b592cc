package easypost_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/shipping/easypost"
)

// labelled says that the label of a shipment is at an address.
func labelled(w http.ResponseWriter, at string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"id":"shp_1","object":"Shipment","postage_label":{"id":"pl_1","label_pdf_url":%q}}`, at)
}

// asked collects the addresses that were asked for.
type asked struct {
	mu    sync.Mutex
	paths []string
}

func (a *asked) note(path string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paths = append(a.paths, path)
}

func (a *asked) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.paths...)
}

// traced is a transport that somebody looks at.
type traced struct {
	next http.RoundTripper
	seen *asked
}

func (t traced) RoundTrip(r *http.Request) (*http.Response, error) {
	t.seen.note(r.URL.Path)
	return t.next.RoundTrip(r)
}

func requireNoLabel(t *testing.T, c *easypost.Carrier) {
	t.Helper()
	_, err := c.Label(t.Context(), "shp_1", shipping.PDF)
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	require.NotContains(t, err.Error(), "etiket", "the address is as good as the label: it needs no key")
	var address *url.Error
	require.NotErrorAs(t, err, &address)
}

func TestLabel_IsFetchedWhereNoTraceSeesItsAddress(t *testing.T) {
	t.Parallel()
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/etiket.pdf" {
			_, _ = fmt.Fprint(w, "%PDF-1.4")
			return
		}
		labelled(w, srv.URL+"/etiket.pdf")
	}))
	t.Cleanup(srv.Close)
	seen := &asked{}
	c, err := easypost.New(easypost.Config{
		URL: srv.URL, APIKey: "EZTK1", CallTimeout: callTimeout,
		Transport: func(next http.RoundTripper) http.RoundTripper { return traced{next, seen} },
	})
	require.NoError(t, err)
	label, err := c.Label(t.Context(), "shp_1", shipping.PDF)
	require.NoError(t, err)
	require.Equal(t, "%PDF-1.4", string(label))
	require.Equal(t, []string{"/v2/shipments/shp_1/label"}, seen.all())
}

func TestLabel_IsNotFetchedFromWhereItsAddressLeadsOn(t *testing.T) {
	t.Parallel()
	seen := &asked{}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.note(r.URL.Path)
		_, _ = fmt.Fprint(w, "%PDF-1.4")
	}))
	t.Cleanup(elsewhere.Close)
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/etiket.pdf" {
			http.Redirect(w, r, elsewhere.URL+"/etiket.pdf", http.StatusFound)
			return
		}
		labelled(w, srv.URL+"/etiket.pdf")
	}))
	t.Cleanup(srv.Close)
	requireNoLabel(t, carrierAt(t, srv.URL, "EZTK1"))
	require.Empty(t, seen.all())
}

func TestLabel_IsNotFetchedInTheClearWhereTheAPIIsNot(t *testing.T) {
	t.Parallel()
	seen := &asked{}
	clear := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.note(r.URL.Path)
		_, _ = fmt.Fprint(w, "%PDF-1.4")
	}))
	t.Cleanup(clear.Close)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { labelled(w, clear.URL+"/etiket.pdf") }))
	t.Cleanup(srv.Close)
	c, err := easypost.New(easypost.Config{
		URL: srv.URL, APIKey: "EZTK1", CallTimeout: callTimeout,
		Transport: func(http.RoundTripper) http.RoundTripper { return srv.Client().Transport },
	})
	require.NoError(t, err)
	requireNoLabel(t, c)
	require.Empty(t, seen.all())
}

func TestLabel_KeepsItsAddressOutOfWhatIsSaidWhenItCannotBeFetched(t *testing.T) {
	t.Parallel()
	for _, at := range []string{nobody(t) + "/etiket.pdf", "http://127.0.0.1:etiket/", "ftp://etiket.example/1.pdf", "/etiket.pdf"} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { labelled(w, at) }))
		t.Cleanup(srv.Close)
		requireNoLabel(t, carrierAt(t, srv.URL, "EZTK1"))
	}
}
