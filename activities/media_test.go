package activities_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/cloudinary"
	"github.com/bedesten/bedesten/internal/media/disk"
	"github.com/bedesten/bedesten/internal/media/imaging"
	"github.com/bedesten/bedesten/internal/media/mediatest"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/secret"
	simulator "github.com/bedesten/bedesten/simulators/cloudinary"
)

// gallery is what looks at pictures, over a real store and a real folder.
type gallery struct {
	*activities.Pictures
	t   *testing.T
	dir string
}

func folder(t *testing.T) (*disk.Storage, string) {
	t.Helper()
	ring, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), secret.MinKeyBytes)})
	require.NoError(t, err)
	dir := t.TempDir()
	s, err := disk.Open(disk.Config{Dir: dir, PublicURL: "http://127.0.0.1:8080", Secrets: ring})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, dir
}

func newGallery(t *testing.T) *gallery {
	t.Helper()
	storage, dir := folder(t)
	return &gallery{t: t, dir: dir, Pictures: &activities.Pictures{
		Store: mongo.NewMedia(mongotest.Database(t)), Imager: imaging.Imager{}, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		Storages: media.Storages{Current: media.Disk, ByName: map[string]media.Storage{media.Disk: storage}},
	}}
}

// uploaded returns an asset that was said to be of the type, with the body in its
// place.
func (g *gallery) uploaded(said string, body []byte, change ...func(*media.Asset)) media.Asset {
	g.t.Helper()
	a := media.New(g.Storages.Current, media.Facts{ContentType: said, Bytes: int64(len(body))}, "ayse", time.Now().UTC())
	for _, f := range change {
		f(&a)
	}
	require.NoError(g.t, g.Store.Create(g.t.Context(), a))
	if body != nil {
		require.NoError(g.t, g.Storages.ByName[a.Storage].Put(g.t.Context(), a.Key, said, body))
	}
	a, err := g.Store.Arrive(g.t.Context(), a.ID, time.Now().UTC())
	require.NoError(g.t, err)
	return a
}

type pictureStep = func(context.Context, activities.PictureInput) (activities.PictureStep, error)

func (g *gallery) run(step pictureStep, in activities.PictureInput) (activities.PictureStep, error) {
	g.t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(g.Pictures)
	var result activities.PictureStep
	value, err := env.ExecuteActivity(step, in)
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

// becomes runs both steps, each twice: a worker that died is followed by another one.
func (g *gallery) becomes(a media.Asset) media.Asset {
	g.t.Helper()
	in := activities.PictureInput{MediaID: a.ID}
	for range 2 {
		step, err := g.run(g.InspectPicture, in)
		require.NoError(g.t, err)
		if step.State != media.Uploaded {
			return g.find(a.ID)
		}
		in.SHA256 = step.SHA256
	}
	for range 2 {
		_, err := g.run(g.RenderPicture, in)
		require.NoError(g.t, err)
	}
	return g.find(a.ID)
}

func (g *gallery) find(id string) media.Asset {
	g.t.Helper()
	a, err := g.Store.Find(g.t.Context(), id)
	require.NoError(g.t, err)
	return a
}

// files are all files below the folder.
func (g *gallery) files() map[string]string {
	g.t.Helper()
	found := map[string]string{}
	require.NoError(g.t, filepath.WalkDir(g.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		found[strings.TrimPrefix(path, g.dir+"/")] = string(raw)
		return err
	}))
	return found
}

func TestPictures_BecomeReadyInEverySizeWithNothingOfTheCamera(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	photo := mediatest.Photo(t, 2000, 1000, 6)
	a := g.becomes(g.uploaded("image/jpeg", photo))
	require.Equal(t, media.Ready, a.State)
	require.Equal(t, [2]int64{1000, 2000}, [2]int64{a.Width, a.Height})
	require.Len(t, a.SHA256, 64)
	files := g.files()
	require.Len(t, files, 4)
	require.Equal(t, string(photo), files[a.Key], "the original stays until its ticket is over")
	for _, size := range media.Sizes {
		r := a.Renditions[size.Name]
		require.Equal(t, "image/webp", r.ContentType)
		require.EqualValues(t, size.Box, r.Height)
		require.Len(t, files[r.Key], int(r.Bytes))
		require.NotContains(t, files[r.Key], mediatest.Whereabouts)
	}
}

func TestPictures_ThatAreNoneAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	png, jpeg := mediatest.PNG(t, 60, 40, 1), mediatest.JPEG(t, 600, 400, 1)
	for name, tt := range map[string]struct {
		said   string
		body   []byte
		change func(*media.Asset)
		want   media.Reason
	}{
		"a PNG that says it is a JPEG":      {"image/jpeg", png, nil, media.OtherType},
		"30,000 by 30,000 pixels":           {"image/png", mediatest.Bomb(30_000, 30_000), nil, media.TooManyPixels},
		"an SVG with a script":              {"image/png", []byte(mediatest.SVG), nil, media.NoPicture},
		"cut off":                           {"image/jpeg", jpeg[:len(jpeg)/2], nil, media.Broken},
		"nothing there":                     {"image/png", nil, nil, media.Missing},
		"more bytes than were declared":     {"image/png", png, func(a *media.Asset) { a.Bytes = 10 }, media.OtherSize},
		"other bytes than were declared":    {"image/png", png, func(a *media.Asset) { a.SHA256 = strings.Repeat("0", 64) }, media.OtherContent},
		"more bytes than anybody may bring": {"image/png", make([]byte, media.MaxBytes+1), nil, media.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGallery(t)
			if tt.change == nil {
				tt.change = func(*media.Asset) {}
			}
			a := g.becomes(g.uploaded(tt.said, tt.body, tt.change))
			require.Equal(t, media.Refused, a.State)
			require.Equal(t, tt.want, a.Reason)
			require.Empty(t, a.Renditions)
			for key := range g.files() {
				require.NotContains(t, key, "pictures/", "nothing is half done")
			}
		})
	}
}

func TestPictures_ThatAreReplacedWhileTheyAreLookedAtAreRefused(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	a := g.uploaded("image/png", mediatest.PNG(t, 60, 40, 1))
	seen, err := g.run(g.InspectPicture, activities.PictureInput{MediaID: a.ID})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(g.dir, a.Key), mediatest.PNG(t, 60, 40, 2), 0o600))
	step, err := g.run(g.RenderPicture, activities.PictureInput{MediaID: a.ID, SHA256: seen.SHA256})
	require.NoError(t, err)
	require.Equal(t, activities.PictureStep{State: media.Refused, Reason: media.OtherContent}, step)
}

// forgetful is a store that goes away when a picture is to be made ready, as if the
// worker had died there.
type forgetful struct{ media.Store }

func (forgetful) Finish(context.Context, string, media.Facts, map[string]media.Rendition, time.Time) (media.Asset, error) {
	return media.Asset{}, fault.New(fault.Unavailable, "the store did not answer")
}

func TestPictures_AreFinishedByTheNextTryWithWhatTheLastOneMade(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	a := g.uploaded("image/png", mediatest.PNG(t, 60, 40, 1))
	seen, err := g.run(g.InspectPicture, activities.PictureInput{MediaID: a.ID})
	require.NoError(t, err)
	in, store := activities.PictureInput{MediaID: a.ID, SHA256: seen.SHA256}, g.Store
	g.Store = forgetful{store}
	_, err = g.run(g.RenderPicture, in)
	var app *temporal.ApplicationError
	require.True(t, errors.As(err, &app))
	require.False(t, app.NonRetryable())
	left := g.files()
	require.Len(t, left, 4)
	require.Equal(t, media.Uploaded, g.find(a.ID).State)
	g.Store = store
	step, err := g.run(g.RenderPicture, in)
	require.NoError(t, err)
	require.Equal(t, media.Ready, step.State)
	require.Equal(t, left, g.files())
}

func TestPictures_WaitForAStorageThatIsAwayAndAreNotRefusedForIt(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	a := g.uploaded("image/png", mediatest.PNG(t, 60, 40, 1))
	g.Storages.ByName = map[string]media.Storage{}
	_, err := g.run(g.InspectPicture, activities.PictureInput{MediaID: a.ID})
	require.Error(t, err)
	require.Equal(t, media.Uploaded, g.find(a.ID).State)
}

func TestPictures_ThatAreGoneHoldNobodyUp(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	step, err := g.run(g.InspectPicture, activities.PictureInput{MediaID: "med_01k3v8m4w0f3q2x9y6z7a1b2c3"})
	require.NoError(t, err)
	require.Equal(t, activities.PictureStep{State: media.Deleted}, step)
}

func TestPictures_AtCloudinaryGetTheirSizesThere(t *testing.T) {
	t.Parallel()
	server := simulator.New(simulator.Config{})
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	storage, err := cloudinary.New(cloudinary.Config{URL: server.URL(), APIURL: listener.URL, DeliveryURL: listener.URL, CallTimeout: 5 * time.Second})
	require.NoError(t, err)
	g := newGallery(t)
	g.Storages = media.Storages{Current: media.Cloudinary, ByName: map[string]media.Storage{media.Cloudinary: storage}}
	a := g.becomes(g.uploaded("image/jpeg", mediatest.Photo(t, 600, 300, 6)))
	require.Equal(t, media.Ready, a.State)
	require.True(t, a.Renditions["card"].Derived)
	require.EqualValues(t, 480, a.Renditions["card"].Height)
	require.Equal(t, []string{a.Key}, a.Keys(), "its sizes go with it")
	require.Empty(t, g.files(), "nothing was made here")

	cut := mediatest.JPEG(t, 600, 300, 1)
	refused := g.uploaded("image/jpeg", nil, func(a *media.Asset) { a.Bytes = 10 })
	require.Equal(t, media.Missing, g.becomes(refused).Reason)
	require.Error(t, storage.Put(t.Context(), "uploads/yarim", "image/jpeg", cut[:400]), "Cloudinary itself takes no broken one")
}
