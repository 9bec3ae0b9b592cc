package api_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/disk"
	"github.com/bedesten/bedesten/internal/media/imaging"
	"github.com/bedesten/bedesten/internal/mongo"
)

// darkroom notes which pictures the product would look at.
type darkroom struct {
	mu       sync.Mutex
	pictures []string
	// away says that nobody can be told.
	away bool
}

var _ media.Runs = (*darkroom)(nil)

func (d *darkroom) Process(_ context.Context, mediaID string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away {
		return fault.New(fault.Unavailable, "Temporal does not answer")
	}
	d.pictures = append(d.pictures, mediaID)
	return nil
}

// studio is an API with a folder of pictures.
type studio struct {
	*rig
	t        *testing.T
	dir      string
	darkroom *darkroom
	staff    signedIn
}

func newStudio(t *testing.T, change ...func(*api.Deps)) *studio {
	t.Helper()
	s := &studio{rig: newRig(t, change...), t: t, dir: t.TempDir(), darkroom: &darkroom{}}
	// Tickets and pictures have the server's address in them: it is known first.
	server := httptest.NewUnstartedServer(nil)
	s.url = "http://" + server.Listener.Addr().String()
	s.keepPictures(t, &s.deps, s.dir, s.url)
	s.deps.PictureRuns = s.darkroom
	handler, err := api.New(s.deps)
	require.NoError(t, err)
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	s.staff = s.rig.staff(t, identity.Catalogue, identity.ByPassword, identity.ByOTP)
	return s
}

// keepPictures gives an API a folder of pictures.
func (r *rig) keepPictures(t *testing.T, d *api.Deps, dir, url string) {
	t.Helper()
	folder, err := disk.Open(disk.Config{Dir: dir, PublicURL: url, Secrets: d.Secrets})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, folder.Close()) })
	d.Pictures, d.Imager, d.PictureRuns = mongo.NewMedia(r.db), imaging.Imager{}, &darkroom{}
	d.Storages = media.Storages{Current: media.Disk, ByName: map[string]media.Storage{media.Disk: folder}}
}

// upload sends a file through the API.
func (s *studio) upload(said string, body []byte) answer {
	s.t.Helper()
	c := s.staff.as("POST", "/v1/staff/media/upload", string(body))
	c.headers["Content-Type"] = said
	return s.do(s.t, c)
}

// develop makes a picture ready, as its workflow does.
func (s *studio) develop(mediaID string) media.Asset {
	s.t.Helper()
	a := s.asset(mediaID)
	storage := s.deps.Storages.ByName[media.Disk]
	raw, err := media.ReadAll(s.t.Context(), storage, a.Key)
	require.NoError(s.t, err)
	facts, err := s.deps.Imager.Glance(raw)
	require.NoError(s.t, err)
	made, err := s.deps.Imager.Render(raw, media.Sizes)
	require.NoError(s.t, err)
	renditions := map[string]media.Rendition{}
	for name, m := range made {
		m.Key = media.RenditionKey(a.ID, name)
		require.NoError(s.t, storage.Put(s.t.Context(), m.Key, m.ContentType, m.Body))
		renditions[name] = m.Rendition
	}
	a, err = s.deps.Pictures.Finish(s.t.Context(), a.ID, facts, renditions, time.Now().UTC())
	require.NoError(s.t, err)
	return a
}

func (s *studio) asset(mediaID string) media.Asset {
	s.t.Helper()
	a, err := s.deps.Pictures.Find(s.t.Context(), mediaID)
	require.NoError(s.t, err)
	return a
}

// files are the names of all files of the folder.
func (s *studio) files() []string {
	s.t.Helper()
	var found []string
	require.NoError(s.t, filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, strings.TrimPrefix(path, s.dir+"/"))
		}
		return err
	}))
	return found
}

func (s *studio) rows() int {
	s.t.Helper()
	found, err := s.deps.Pictures.List(s.t.Context(), media.Search{Limit: 100})
	require.NoError(s.t, err)
	return len(found)
}

// ticketOf reads the upload of an answer.
func ticketOf(t *testing.T, a answer) media.Ticket {
	t.Helper()
	upload := at(t, a.json, "upload")
	until, err := time.Parse(time.RFC3339, upload["expires_at"].(string))
	require.NoError(t, err)
	ticket := media.Ticket{Method: upload["method"].(string), URL: upload["url"].(string), Headers: map[string]string{}, ExpiresAt: until}
	for name, value := range at(t, upload, "headers") {
		ticket.Headers[name] = value.(string)
	}
	return ticket
}

// sized is a body of so many bytes that begins as a PNG does.
func sized(n int) []byte { return append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{1}, n-8)...) }
