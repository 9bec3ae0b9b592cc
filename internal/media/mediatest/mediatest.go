// Package mediatest is the contract suite of storages: what every one that keeps
// pictures has to do, and pictures to try it with.
package mediatest

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

// Bench is a storage to be tried.
type Bench struct {
	Storage media.Storage
	// Declared, when given, is told of an asset before its upload, Shown before its
	// renditions are got: some other part of the shop needs to know.
	Declared func(t *testing.T, a media.Asset)
	Shown    func(t *testing.T, a media.Asset)
	// Mute says that browsers neither upload to it nor get pictures of it.
	Mute bool
	// Break, when given, has everything that is asked from now on go unanswered.
	Break func(t *testing.T)
}

// Run exercises a storage. setup returns a fresh one for each test.
func Run(t *testing.T, setup func(t *testing.T) Bench) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Bench){
		"HasNothingAtFirst":               nothing,
		"KeepsWhatIsPutUntilItIsDeleted":  keeping,
		"NeverReplacesWhatItKeeps":        replacing,
		"SaysWhenItDoesNotAnswer":         broken,
		"TakesOneUploadByATicket":         uploading,
		"TakesNoUploadAfterItsTime":       late,
		"TakesNoUploadOfAnotherPicture":   tampered,
		"ShowsRenditionsAndNoOriginal":    showing,
		"StopsToShowWhatIsDeleted":        hiding,
		"MakesTheSameRenditionsEachTime":  resizing,
		"RefusesToResizeWhatIsNotThere":   resizingNothing,
		"TurnsAndCleansWhatItMakesItself": cleaning,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setup(t))
		})
	}
}

// declared returns a fresh asset of the body.
func declared(t *testing.T, b Bench, body []byte, until time.Time) media.Asset {
	t.Helper()
	said := media.Facts{ContentType: "image/jpeg", Bytes: int64(len(body))}
	a := media.New(b.Storage.Name(), said, "ayse", time.Now().UTC().Truncate(time.Millisecond))
	a.TicketUntil = until.UTC().Truncate(time.Second)
	if b.Declared != nil {
		b.Declared(t, a)
	}
	return a
}

func soon() time.Time { return time.Now().Add(10 * time.Minute) }

func read(t *testing.T, b Bench, key string) []byte {
	t.Helper()
	raw, err := media.ReadAll(t.Context(), b.Storage, key)
	require.NoError(t, err)
	return raw
}

func requireNothing(t *testing.T, b Bench, key string) {
	t.Helper()
	_, err := b.Storage.Stat(t.Context(), key)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = b.Storage.Open(t.Context(), key)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

func nothing(t *testing.T, b Bench) {
	require.NotEmpty(t, b.Storage.Name())
	a := declared(t, b, JPEG(t, 8, 8, 1), soon())
	requireNothing(t, b, a.Key)
	require.NoError(t, b.Storage.Delete(t.Context(), a.Key), "which is no error")
}

func keeping(t *testing.T, b Bench) {
	body := JPEG(t, 300, 200, 1)
	a := declared(t, b, body, soon())
	require.NoError(t, b.Storage.Put(t.Context(), a.Key, a.ContentType, body))
	found, err := b.Storage.Stat(t.Context(), a.Key)
	require.NoError(t, err)
	require.EqualValues(t, len(body), found.Bytes)
	require.Equal(t, body, read(t, b, a.Key))
	for range 2 {
		require.NoError(t, b.Storage.Delete(t.Context(), a.Key))
		requireNothing(t, b, a.Key)
	}
}

func replacing(t *testing.T, b Bench) {
	body := JPEG(t, 30, 20, 1)
	a := declared(t, b, body, soon())
	require.NoError(t, b.Storage.Put(t.Context(), a.Key, a.ContentType, body))
	require.NoError(t, b.Storage.Put(t.Context(), a.Key, a.ContentType, body), "a repeated call is no error")
	require.NoError(t, b.Storage.Put(t.Context(), a.Key, a.ContentType, JPEG(t, 30, 20, 2)))
	require.Equal(t, body, read(t, b, a.Key))
}

func broken(t *testing.T, b Bench) {
	if b.Break == nil {
		t.Skip("nothing stands between it and its bytes")
	}
	body := JPEG(t, 30, 20, 1)
	a := declared(t, b, body, soon())
	require.NoError(t, b.Storage.Put(t.Context(), a.Key, a.ContentType, body))
	b.Break(t)
	_, statErr := b.Storage.Stat(t.Context(), a.Key)
	_, openErr := b.Storage.Open(t.Context(), a.Key)
	for name, err := range map[string]error{
		"put": b.Storage.Put(t.Context(), a.Key, a.ContentType, body), "stat": statErr, "open": openErr, "delete": b.Storage.Delete(t.Context(), a.Key),
	} {
		require.True(t, fault.Is(err, fault.Unavailable), "%s: %v", name, err)
	}
}

func ticket(t *testing.T, b Bench, a media.Asset) media.Ticket {
	t.Helper()
	if b.Mute {
		t.Skip("browsers do not reach it")
	}
	given, err := b.Storage.Ticket(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, a.TicketUntil, given.ExpiresAt)
	return given
}

func uploading(t *testing.T, b Bench) {
	body := JPEG(t, 300, 200, 1)
	a := declared(t, b, body, soon())
	given := ticket(t, b, a)
	require.Less(t, Send(t, given, body), 300)
	require.Equal(t, body, read(t, b, a.Key))
	other := JPEG(t, 300, 200, 1)
	other[len(other)-3] ^= 1 // as long, so that nothing but its being the second speaks against it
	Send(t, given, other)
	require.Equal(t, body, read(t, b, a.Key), "a ticket is good once, whatever the answer")
}

func late(t *testing.T, b Bench) {
	body := JPEG(t, 30, 20, 1)
	a := declared(t, b, body, time.Now().Add(2*time.Second))
	given := ticket(t, b, a)
	waited, cancel := context.WithDeadline(t.Context(), a.TicketUntil.Add(1200*time.Millisecond))
	defer cancel()
	<-waited.Done()
	require.GreaterOrEqual(t, Send(t, given, body), 400)
	requireNothing(t, b, a.Key)
}

func tampered(t *testing.T, b Bench) {
	body := JPEG(t, 30, 20, 1)
	a, other := declared(t, b, body, soon()), declared(t, b, body, soon())
	given := ticket(t, b, a)
	given.URL = strings.ReplaceAll(given.URL, a.ID, other.ID)
	for name, value := range given.Fields {
		given.Fields[name] = strings.ReplaceAll(value, a.ID, other.ID)
	}
	require.GreaterOrEqual(t, Send(t, given, body), 400)
	requireNothing(t, b, a.Key)
	requireNothing(t, b, other.Key)
}

// ready puts an original and its renditions, as the product does.
func ready(t *testing.T, b Bench, body []byte) media.Asset {
	t.Helper()
	a := declared(t, b, body, soon())
	require.NoError(t, b.Storage.Put(t.Context(), a.Key, a.ContentType, body))
	if r, resizes := b.Storage.(media.Resizer); resizes {
		made, err := r.Resize(t.Context(), a.Key, media.Sizes)
		require.NoError(t, err)
		a.Renditions = made
	} else {
		for _, size := range media.Sizes {
			key := media.RenditionKey(a.ID, size.Name)
			small := []byte("RIFF....WEBP " + size.Name)
			require.NoError(t, b.Storage.Put(t.Context(), key, "image/webp", small))
			a.Renditions[size.Name] = media.Rendition{Key: key, ContentType: "image/webp", Bytes: int64(len(small))}
		}
	}
	a.State = media.Ready
	if b.Shown != nil {
		b.Shown(t, a)
	}
	return a
}

func showing(t *testing.T, b Bench) {
	a := ready(t, b, JPEG(t, 600, 400, 1))
	if b.Mute {
		t.Skip("browsers do not reach it")
	}
	urls := a.URLs(b.Storage)
	require.Len(t, urls, len(media.Sizes))
	for name, url := range urls {
		status, kind, body := get(t, url)
		require.Equal(t, http.StatusOK, status, "%s: %s", name, url)
		require.Equal(t, "image/webp", kind)
		require.NotEmpty(t, body)
	}
	status, _, _ := get(t, b.Storage.URL(a.Key))
	require.GreaterOrEqual(t, status, 400, "an original holds what the camera wrote")
}

func hiding(t *testing.T, b Bench) {
	a := ready(t, b, JPEG(t, 60, 40, 1))
	for _, key := range a.Keys() {
		require.NoError(t, b.Storage.Delete(t.Context(), key))
	}
	requireNothing(t, b, a.Key)
	if b.Mute {
		t.Skip("browsers do not reach it")
	}
	for _, url := range a.URLs(b.Storage) {
		status, _, _ := get(t, url)
		require.GreaterOrEqual(t, status, 400, url)
	}
}

func resizer(t *testing.T, b Bench) media.Resizer {
	t.Helper()
	r, resizes := b.Storage.(media.Resizer)
	if !resizes {
		t.Skip("it keeps bytes and makes none")
	}
	return r
}

func resizing(t *testing.T, b Bench) {
	r := resizer(t, b)
	a := ready(t, b, JPEG(t, 3000, 1500, 1))
	again, err := r.Resize(t.Context(), a.Key, media.Sizes)
	require.NoError(t, err)
	require.Equal(t, a.Renditions, again)
	for _, size := range media.Sizes {
		made := again[size.Name]
		require.EqualValues(t, size.Box, made.Width, size.Name)
		require.EqualValues(t, size.Box/2, made.Height, size.Name)
		require.True(t, made.Derived)
		require.Positive(t, made.Bytes)
	}
}

func resizingNothing(t *testing.T, b Bench) {
	r := resizer(t, b)
	_, err := r.Resize(t.Context(), media.OriginalKey("med_01k3v8m4w0f3q2x9y6z7a1b2c3"), media.Sizes)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

func cleaning(t *testing.T, b Bench) {
	resizer(t, b)
	photo := Photo(t, 400, 300, 6)
	require.Contains(t, string(photo), Whereabouts, "the test would see it")
	a := ready(t, b, photo)
	require.EqualValues(t, 120, a.Renditions["thumbnail"].Width, "it stands as it was taken")
	require.EqualValues(t, 160, a.Renditions["thumbnail"].Height)
	for name, url := range a.URLs(b.Storage) {
		_, _, body := get(t, url)
		require.NotContains(t, string(body), Whereabouts, name)
		require.NotContains(t, string(body), "Exif", name)
	}
}

// Send uploads a body by a ticket, as a browser does, and returns the status.
func Send(t *testing.T, ticket media.Ticket, body []byte) int {
	t.Helper()
	kind, content := "", body
	if len(ticket.Fields) > 0 {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		for name, value := range ticket.Fields {
			require.NoError(t, w.WriteField(name, value))
		}
		part, err := w.CreateFormFile("file", "cezve.jpg")
		require.NoError(t, err)
		_, err = part.Write(body)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		kind, content = w.FormDataContentType(), form.Bytes()
	}
	req, err := http.NewRequestWithContext(t.Context(), ticket.Method, ticket.URL, bytes.NewReader(content))
	require.NoError(t, err)
	for name, value := range ticket.Headers {
		req.Header.Set(name, value)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

func get(t *testing.T, url string) (status int, kind string, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	body, err = io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode, res.Header.Get("Content-Type"), body
}
