package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/mediatest"
	"github.com/bedesten/bedesten/simulators/cloudinary"
)

// photographer uploads pictures as the panel does: with a browser, beside the API.
type photographer struct {
	t    *testing.T
	shop *lab.Shop
}

// picture is one as staff see it.
type picture struct {
	ID         string      `json:"id"`
	State      media.State `json:"state"`
	Reason     string      `json:"reason"`
	Renditions map[string]struct {
		URL    string `json:"url"`
		Width  int    `json:"width"`
		Height int    `json:"height"`
	} `json:"renditions"`
	Upload struct {
		Method    string            `json:"method"`
		URL       string            `json:"url"`
		Headers   map[string]string `json:"headers"`
		Fields    map[string]string `json:"fields"`
		ExpiresAt time.Time         `json:"expires_at"`
	} `json:"upload"`
}

func (p *photographer) ask(method, path string, want int, body any) (seen picture) {
	p.t.Helper()
	r, err := p.shop.Call(p.t.Context(), method, path, map[string]string{"Authorization": "Bearer " + lab.StaffToken}, body)
	require.NoError(p.t, err)
	require.Equal(p.t, want, r.Status, "%s", r.Raw)
	if len(r.Raw) > 0 {
		require.NoError(p.t, json.Unmarshal(r.Raw, &seen))
	}
	return seen
}

// brings declares a picture, uploads it where the answer says, and tells of it.
func (p *photographer) brings(body []byte) picture {
	p.t.Helper()
	seen := p.ask(http.MethodPost, "/v1/staff/media", http.StatusCreated, map[string]any{"content_type": "image/jpeg", "bytes": len(body)})
	up := seen.Upload
	status := mediatest.Send(p.t, media.Ticket{Method: up.Method, URL: up.URL, Headers: up.Headers, Fields: up.Fields}, body)
	require.Less(p.t, status, 300)
	return p.ask(http.MethodPost, "/v1/staff/media/"+seen.ID+"/uploaded", http.StatusAccepted, nil)
}

// becomes waits until the picture is in the state.
func (p *photographer) becomes(mediaID string, state media.State) (seen picture) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		r, err := p.shop.Call(context.Background(), http.MethodGet, "/v1/staff/media/"+mediaID, map[string]string{"Authorization": "Bearer " + lab.StaffToken}, nil)
		seen = picture{}
		return err == nil && r.Status == http.StatusOK && json.Unmarshal(r.Raw, &seen) == nil && seen.State == state
	}, time.Minute, 100*time.Millisecond, "picture %s does not become %s", mediaID, state)
	return seen
}

// shows gets a picture as a shopper's browser does.
func (p *photographer) shows(url string) (int, []byte) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, url, nil)
	require.NoError(p.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	require.NoError(p.t, res.Body.Close())
	return res.StatusCode, body
}

// bucket is an S3 server in this process.
func bucket(t *testing.T) func(*config.Config) {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("resimler"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return func(c *config.Config) {
		c.Media, c.MediaBucket, c.MediaEndpoint, c.MediaRegion = media.S3, "resimler", server.URL, "eu-central-1"
		c.MediaKeyID, c.MediaSecretKey, c.MediaPublicURL = "AKIA", "gizli-anahtar", server.URL+"/resimler"
	}
}

func simulated(t *testing.T) func(*config.Config) {
	t.Helper()
	server := cloudinary.New(cloudinary.Config{})
	listener := httptest.NewServer(server)
	server.SetPublicURL(listener.URL)
	t.Cleanup(listener.Close)
	return func(c *config.Config) {
		c.Media, c.CloudinaryURL, c.CloudinaryAPIURL, c.CloudinaryDeliveryURL = media.Cloudinary, server.URL(), listener.URL, listener.URL
	}
}

// TestMedia_APhotographGoesFromABrowserToEveryPage takes the whole way in each place
// where pictures may be kept.
func TestMedia_APhotographGoesFromABrowserToEveryPage(t *testing.T) {
	if testing.Short() {
		t.Skip("needs devstack")
	}
	t.Parallel()

	for name, keep := range map[string]func(*testing.T) func(*config.Config){
		media.Disk: func(*testing.T) func(*config.Config) { return nil }, media.S3: bucket, media.Cloudinary: simulated,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			l, err := lab.Start(ctx, lab.Options{Child: io.Discard, Change: keep(t)})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, l.Stop()) })
			require.NoError(t, l.StartWorker(ctx))
			require.NoError(t, l.StartAPI(ctx))
			p := &photographer{t, l.Shop()}

			photo := mediatest.Photo(t, 2400, 1200, 6)
			require.True(t, bytes.Contains(photo, []byte(mediatest.Whereabouts)))
			seen := p.becomes(p.brings(photo).ID, media.Ready)
			require.Equal(t, 240, seen.Renditions["card"].Width, "upright")
			require.Equal(t, 480, seen.Renditions["card"].Height)
			for size, r := range seen.Renditions {
				status, body := p.shows(r.URL)
				require.Equal(t, http.StatusOK, status, r.URL)
				require.True(t, bytes.HasPrefix(body, []byte("RIFF")), size)
				require.False(t, bytes.Contains(body, []byte(mediatest.Whereabouts)), size)
			}
			cut := mediatest.JPEG(t, 600, 400, 1)
			if name != media.Cloudinary { // which takes no broken picture in the first place
				refused := p.becomes(p.brings(cut[:len(cut)/2]).ID, media.Refused)
				require.Equal(t, string(media.Broken), refused.Reason)
			}
			p.ask(http.MethodDelete, "/v1/staff/media/"+seen.ID, http.StatusNoContent, nil)
			if name == media.Disk {
				status, _ := p.shows(seen.Renditions["card"].URL)
				require.Equal(t, http.StatusNotFound, status, "at once, where the API shows it")
			}
		})
	}
}

// TestMedia_IsFinishedAlthoughTheWorkerDiesWithItsSizesMade has the next worker do it
// again, with the same end.
func TestMedia_IsFinishedAlthoughTheWorkerDiesWithItsSizesMade(t *testing.T) {
	if testing.Short() {
		t.Skip("needs devstack")
	}
	t.Parallel()

	w := newWorld(t, sampleSeed)
	w.arm([]string{"picture.rendered"})
	p := &photographer{t, w.lab.Shop()}
	require.Eventually(t, func() bool {
		ready, err := p.shop.Call(context.Background(), http.MethodGet, "/readyz", nil, nil)
		return err == nil && ready.Status == http.StatusOK
	}, time.Minute, 100*time.Millisecond)
	seen := p.becomes(p.brings(mediatest.JPEG(t, 900, 600, 1)).ID, media.Ready)
	require.Equal(t, 1, w.met(t.Context(), []string{"picture.rendered"}), "the worker died there")
	status, _ := p.shows(seen.Renditions["full"].URL)
	require.Equal(t, http.StatusOK, status)
}
