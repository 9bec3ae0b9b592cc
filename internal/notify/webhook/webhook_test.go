package webhook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/webhook"
)

const secret = "pazar-gunu-nobeti-icin-uzun-bir-parola"

var at = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

// received is a post as it came.
type received struct {
	header http.Header
	body   []byte
}

// desk answers every post with status, and keeps it.
func desk(t *testing.T, status int) (string, <-chan received) {
	t.Helper()
	posts := make(chan received, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		posts <- received{r.Header.Clone(), body}
		w.Header().Set("Location", "/baska")
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/nobet?token=gizli", posts
}

func poster(t *testing.T, url string) *webhook.Poster {
	t.Helper()
	p, err := webhook.New(webhook.Config{URL: url, Secret: secret, CallTimeout: time.Second, Clock: time.Now})
	require.NoError(t, err)
	return p
}

func alert() notify.Alert {
	return notify.Alert{
		ID: "alert-01", Kind: notify.AlertNew, Shop: "Bedesten Çarşısı", At: at, More: 2,
		Lines: []notify.AlertLine{{
			OrderID: "ord_01k3v8m4w0f3q2x9y6z7a1b2c3", Number: "7KXM-92QD", Reason: "disputed", Since: at.Add(-time.Minute), Owner: "payments",
			Next: "Send the evidence.", URL: "https://temporal.bedesten.example/namespaces/bedesten/workflows/order%2Ford_01k3v8m4w0f3q2x9y6z7a1b2c3",
		}},
	}
}

func TestAlert_PostsWhatAPersonNeedsToKnow(t *testing.T) {
	t.Parallel()
	url, posts := desk(t, http.StatusNoContent)
	require.NoError(t, poster(t, url).Alert(t.Context(), alert()))
	post := <-posts
	require.Equal(t, "application/json", post.header.Get("Content-Type"))
	var body map[string]any
	require.NoError(t, json.Unmarshal(post.body, &body))
	require.Equal(t, map[string]any{
		"id": "alert-01", "kind": "alert", "shop": "Bedesten Çarşısı", "at": "2026-11-27T03:00:00Z", "total": 3.0, "more": 2.0,
		"command": "bedesten attention",
		"orders": []any{map[string]any{
			"order_id": "ord_01k3v8m4w0f3q2x9y6z7a1b2c3", "number": "7KXM-92QD", "reason": "disputed", "since": "2026-11-27T02:59:00Z",
			"owner": "payments", "next": "Send the evidence.",
			"url": "https://temporal.bedesten.example/namespaces/bedesten/workflows/order%2Ford_01k3v8m4w0f3q2x9y6z7a1b2c3",
		}},
	}, body)
}

// The recipe is the one that docs/operations.md gives to who writes a receiver.
func TestAlert_ItsSignatureIsVerifiedByTheDocumentedRecipe(t *testing.T) {
	t.Parallel()
	url, posts := desk(t, http.StatusOK)
	require.NoError(t, poster(t, url).Alert(t.Context(), alert()))
	post := <-posts

	file := filepath.Join(t.TempDir(), "body.json")
	verify := func(timestamp, signature string, body []byte) error {
		require.NoError(t, os.WriteFile(file, body, 0o600))
		cmd := exec.CommandContext(t.Context(), "sh", "-c", recipe(t))
		cmd.Env = append(os.Environ(), "SECRET="+secret, "BODY="+file, "TIMESTAMP="+timestamp, "SIGNATURE="+signature)
		return cmd.Run()
	}
	timestamp, signature := post.header.Get(webhook.TimestampHeader), post.header.Get(webhook.SignatureHeader)
	require.NoError(t, verify(timestamp, signature, post.body))
	require.Error(t, verify(timestamp, signature, append(post.body, ' ')), "the body was changed")
	require.Error(t, verify(timestamp+"0", signature, post.body), "the time was changed")
	old := time.Now().Add(-6 * time.Minute).Unix()
	require.Error(t, verify(strconv.FormatInt(old, 10), webhook.Sign(secret, old, post.body), post.body), "it is stale")
}

func TestAlert_IsHeardOnlyByASuccessAndFollowsNobodyElsewhere(t *testing.T) {
	t.Parallel()

	for _, status := range []int{301, 302, 307, 308, 400, 401, 404, 429, 500, 503} {
		url, posts := desk(t, status)
		err := poster(t, url).Alert(t.Context(), alert())
		require.True(t, fault.Is(err, fault.Unavailable), status)
		require.ErrorContains(t, err, strconv.Itoa(status))
		require.NotContains(t, err.Error(), "gizli")
		<-posts
		require.Empty(t, posts, "%d: one post, to the one address", status)
	}
}

func TestAlert_SaysNoAddressWhenNobodyAnswers(t *testing.T) {
	t.Parallel()

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	err := poster(t, gone.URL+"/nobet?token=gizli").Alert(t.Context(), alert())
	require.EqualError(t, err, "unavailable: the alert's webhook did not answer (no connection)")

	var calls atomic.Int32
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1); <-release }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	p, err := webhook.New(webhook.Config{URL: slow.URL + "/?token=gizli", Secret: secret, CallTimeout: 50 * time.Millisecond, Clock: time.Now})
	require.NoError(t, err)
	err = p.Alert(t.Context(), alert())
	require.EqualError(t, err, "unavailable: the alert's webhook did not answer (time-out)")
	require.EqualValues(t, 1, calls.Load())
}

func TestNew_RefusesAnAddressThatIsNoneAndASecretThatIsShort(t *testing.T) {
	t.Parallel()

	for _, cfg := range []webhook.Config{
		{URL: "nobet.bedesten.example", Secret: secret}, {URL: "ftp://nobet.bedesten.example", Secret: secret}, {URL: "https://", Secret: secret},
		{URL: "https://nobet.bedesten.example", Secret: secret[:webhook.MinSecret-1]},
	} {
		_, err := webhook.New(cfg)
		require.True(t, fault.Is(err, fault.Invalid), cfg.URL)
		require.NotContains(t, err.Error(), secret[:10])
	}
}

func FuzzSign(f *testing.F) {
	f.Add(int64(1795748400), []byte(`{"kind":"alert"}`))
	f.Fuzz(func(t *testing.T, unix int64, body []byte) {
		signed := webhook.Sign(secret, unix, body)
		require.Len(t, signed, len("v1=")+64)
		require.NotEqual(t, signed, webhook.Sign(secret, unix, append(body, 0)))
		require.NotEqual(t, signed, webhook.Sign(secret+"1", unix, body))
	})
}
