// Package disk keeps pictures in a folder, for development and for a shop on one
// machine: api and worker need the same folder. Browsers upload to the API and get
// pictures from it.
package disk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/secret"
)

var _ media.Storage = (*Storage)(nil)

// Config is what a folder of pictures needs.
type Config struct {
	// Dir is the folder. It is made if it is not there.
	Dir string
	// PublicURL is where browsers reach the API.
	PublicURL string
	// Secrets sign tickets.
	Secrets *secret.Keyring
}

// Storage keeps pictures in a folder, out of which no key leads.
type Storage struct {
	root    *os.Root
	base    string
	secrets *secret.Keyring
}

// Open opens the folder.
func Open(cfg Config) (*Storage, error) {
	if err := os.MkdirAll(cfg.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("making the folder of pictures: %w", err)
	}
	root, err := os.OpenRoot(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of pictures: %w", err)
	}
	return &Storage{root: root, base: strings.TrimSuffix(cfg.PublicURL, "/"), secrets: cfg.Secrets}, nil
}

// Close gives the folder up.
func (s *Storage) Close() error {
	if err := s.root.Close(); err != nil {
		return fmt.Errorf("closing the folder of pictures: %w", err)
	}
	return nil
}

// Name returns "disk".
func (s *Storage) Name() string { return media.Disk }

// Folders are those that keys lead into. Each is made with its first picture.
func Folders() []string { return []string{"uploads", "pictures"} }

// keys are all forms that keys have. No other one becomes a path.
var keys = regexp.MustCompile(`^(uploads/med_[0-9a-z]{26}|pictures/med_[0-9a-z]{26}/[a-z]{1,20}\.webp)$`)

func check(key string) error {
	if !keys.MatchString(key) {
		return fault.New(fault.NotFound, "no picture has the key %q", key)
	}
	return nil
}

// Ticket is signed with a key of the shop's own; the API looks at it.
func (s *Storage) Ticket(_ context.Context, a media.Asset) (media.Ticket, error) {
	query := url.Values{"until": {strconv.FormatInt(a.TicketUntil.Unix(), 10)}, "signature": {media.Sign(s.secrets, a)}}
	return media.Ticket{
		Method: http.MethodPut, URL: s.base + "/v1/media-uploads/" + a.ID + "?" + query.Encode(),
		Headers: map[string]string{"Content-Type": a.ContentType}, ExpiresAt: a.TicketUntil,
	}, nil
}

// Put writes a file beside the others and gives it its name once it is whole, if
// nothing has that name.
func (s *Storage) Put(_ context.Context, key, _ string, body []byte) (err error) {
	if err := check(key); err != nil {
		return err
	}
	if err := s.root.MkdirAll(path.Dir(key), 0o750); err != nil {
		return unavailable(err, key)
	}
	draft := key + "." + rand.Text() + ".part"
	file, err := s.root.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return unavailable(err, key)
	}
	defer func() {
		if gone := s.root.Remove(draft); err == nil && gone != nil {
			err = unavailable(gone, key)
		}
	}()
	_, err = file.Write(body)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return unavailable(err, key)
	}
	if err := s.root.Link(draft, key); err != nil && !errors.Is(err, fs.ErrExist) {
		return unavailable(err, key)
	}
	return nil
}

// Open opens a file.
func (s *Storage) Open(_ context.Context, key string) (io.ReadCloser, error) {
	if err := check(key); err != nil {
		return nil, err
	}
	file, err := s.root.Open(key)
	if err != nil {
		return nil, missing(err, key)
	}
	return file, nil
}

// Stat looks at a file.
func (s *Storage) Stat(_ context.Context, key string) (media.Object, error) {
	if err := check(key); err != nil {
		return media.Object{}, err
	}
	info, err := s.root.Stat(key)
	if err != nil {
		return media.Object{}, missing(err, key)
	}
	return media.Object{Bytes: info.Size()}, nil
}

// Delete removes a file. The folder of an asset that is empty then goes with it.
func (s *Storage) Delete(_ context.Context, key string) error {
	if err := check(key); err != nil {
		return err
	}
	if err := s.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err, key)
	}
	if folder := path.Dir(key); strings.Contains(folder, "/") {
		// It stays as long as something is in it, which is no error.
		_ = s.root.Remove(folder)
	}
	return nil
}

// URL is the API's.
func (s *Storage) URL(key string) string {
	asset, size := path.Split(strings.TrimPrefix(key, "pictures/"))
	return s.base + "/v1/media/" + asset + strings.TrimSuffix(size, ".webp")
}

func missing(err error, key string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "nothing is kept under %s", key)
	}
	return unavailable(err, key)
}

func unavailable(err error, key string) error {
	return fault.Wrap(err, fault.Unavailable, "the folder of pictures cannot be used for %s", key)
}
