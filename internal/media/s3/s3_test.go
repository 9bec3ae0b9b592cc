package s3_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/mediatest"
	"github.com/bedesten/bedesten/internal/media/s3"
)

const (
	keyID  = "AKIABEDESTEN"
	secret = "gizli-anahtar-kova-icin-0123456789"
	bucket = "bedesten-resimler"
)

// server is an S3 server in this process, behind a door that checks signatures as
// Amazon does, publishes pictures/ as a bucket's policy does, and may be shut.
type server struct {
	url  string
	shut atomic.Bool
	// kept is what the last picture was put with: the server behind drops it.
	kept atomic.Pointer[http.Header]
}

func newServer(t *testing.T) *server {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket(bucket))
	s := &server{}
	inner := gofakes3.New(backend).Server()
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			put := r.Header.Clone()
			s.kept.Store(&put)
		}
		switch {
		case s.shut.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/"+bucket+"/pictures/"), signed(r, time.Now()):
			inner.ServeHTTP(w, r)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(listener.Close)
	s.url = listener.URL
	return s
}

func (s *server) config() s3.Config {
	return s3.Config{
		Endpoint: s.url, Region: "eu-central-1", Bucket: bucket, KeyID: keyID, Secret: secret,
		PublicURL: s.url + "/" + bucket, CallTimeout: 5 * time.Second,
	}
}

func TestS3_KeepsPicturesAsEveryStorage(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) mediatest.Bench {
		t.Helper()
		server := newServer(t)
		return mediatest.Bench{Storage: s3.New(server.config()), Break: func(*testing.T) { server.shut.Store(true) }}
	})
}

func TestS3_SaysWhenItsKeyIsWrongAndDoesNotTakeItForAnOutage(t *testing.T) {
	t.Parallel()
	cfg := newServer(t).config()
	require.NoError(t, s3.New(cfg).Reach(t.Context()))
	cfg.Secret = "baska-bir-anahtar-0123456789abcdef"
	wrong := s3.New(cfg)
	require.True(t, fault.Is(wrong.Reach(t.Context()), fault.Internal))
	err := wrong.Put(t.Context(), media.OriginalKey("med_01k3v8m4w0f3q2x9y6z7a1b2c3"), "image/png", []byte("x"))
	require.True(t, fault.Is(err, fault.Internal), "%v", err)
	require.NotContains(t, err.Error(), cfg.Secret)
}

func TestS3_SaysWhenTheServerIsGoneWithinItsTime(t *testing.T) {
	t.Parallel()
	cfg := newServer(t).config()
	hung := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(hung.Close)
	cfg.Endpoint, cfg.CallTimeout = hung.URL, 200*time.Millisecond
	began := time.Now()
	require.True(t, fault.Is(s3.New(cfg).Reach(t.Context()), fault.Unavailable))
	require.Less(t, time.Since(began), 5*time.Second)
}

func TestS3_SignsTypeLengthAndThatThereIsNothingYet(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	storage := s3.New(server.config())
	body := mediatest.JPEG(t, 30, 20, 1)
	a := media.New(media.S3, media.Facts{ContentType: "image/jpeg", Bytes: int64(len(body))}, "ayse", time.Now().UTC())
	a.TicketUntil = time.Now().Add(time.Minute)
	for name, change := range map[string]func(*media.Ticket) []byte{
		"another type": func(ticket *media.Ticket) []byte {
			ticket.Headers["Content-Type"] = "text/html"
			return body
		},
		"another length": func(*media.Ticket) []byte { return append([]byte("x"), body...) },
		"without the condition": func(ticket *media.Ticket) []byte {
			delete(ticket.Headers, "If-None-Match")
			return body
		},
		"an empty body": func(*media.Ticket) []byte { return nil },
	} {
		ticket, err := storage.Ticket(t.Context(), a)
		require.NoError(t, err)
		content := change(&ticket)
		require.Equal(t, http.StatusForbidden, mediatest.Send(t, ticket, content), name)
	}
	ticket, err := storage.Ticket(t.Context(), a)
	require.NoError(t, err)
	require.NotContains(t, ticket.URL, secret)
	require.Equal(t, http.StatusOK, mediatest.Send(t, ticket, body))
	require.Equal(t, http.StatusPreconditionFailed, mediatest.Send(t, ticket, body))
}

func TestS3_TellsBrowsersToKeepWhatNeverChanges(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	storage := s3.New(server.config())
	key := media.RenditionKey("med_01k3v8m4w0f3q2x9y6z7a1b2c3", "card")
	require.NoError(t, storage.Put(t.Context(), key, "image/webp", []byte("RIFF")))
	require.Equal(t, "image/webp", server.kept.Load().Get("Content-Type"))
	require.Contains(t, server.kept.Load().Get("Cache-Control"), "immutable")
}

// The door is tested too: with any other key it stays shut.
func TestServer_LetsInWhoSignsAndNobodyElse(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	res, err := http.Get(server.url + "/" + bucket + "/uploads/x")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	client := awss3.New(awss3.Options{
		Region: "eu-central-1", BaseEndpoint: &server.url, UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: keys(func(context.Context) (string, string) { return keyID, secret }),
	})
	_, err = client.ListBuckets(t.Context(), &awss3.ListBucketsInput{})
	require.NoError(t, err)
}
