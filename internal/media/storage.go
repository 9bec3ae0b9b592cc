package media

import (
	"context"
	"io"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// The storages that there are, by their names in rows and in the configuration.
const (
	Disk       = "disk"
	S3         = "s3"
	Cloudinary = "cloudinary"
)

// Ticket lets a browser upload one picture without asking us again.
type Ticket struct {
	Method string
	URL    string
	// Headers go with the request as they are. Fields, where there are some, make it a
	// form: all of them, and the picture as "file" after them.
	Headers   map[string]string
	Fields    map[string]string
	ExpiresAt time.Time
}

// Object is what a storage knows of a key.
type Object struct {
	Bytes int64
}

// Storage keeps the bytes of pictures.
//
// What may come to itself, such as a time-out or a rate limit, is an Unavailable
// fault. A refusal that only a person can mend, such as a wrong key, is Internal.
type Storage interface {
	// Name returns the storage's name, as in rows and in the configuration.
	Name() string

	// Ticket allows the upload of the asset's original until a.TicketUntil, of the type
	// that was declared, and once: a second upload changes nothing.
	Ticket(ctx context.Context, a Asset) (Ticket, error)

	// Put keeps body under key. Where something is kept already, it stays or is
	// replaced by the same: keys are never used for something else.
	Put(ctx context.Context, key, contentType string, body []byte) error

	// Open reads what is kept; NotFound where nothing is. Who opens closes.
	Open(ctx context.Context, key string) (io.ReadCloser, error)

	// Stat tells of what is kept; NotFound where nothing is.
	Stat(ctx context.Context, key string) (Object, error)

	// Delete takes away what is kept. Deleting nothing is not an error.
	Delete(ctx context.Context, key string) error

	// URL returns where browsers get a rendition.
	URL(key string) string
}

// Resizer is a Storage that makes renditions itself.
type Resizer interface {
	Storage

	// Resize makes the renditions of the original under key, or finds them made. An
	// original that it cannot read is Invalid.
	Resize(ctx context.Context, key string, sizes []Size) (map[string]Rendition, error)
}

// Storages are all storages that pictures may be in, and which one takes new ones.
type Storages struct {
	Current string
	ByName  map[string]Storage
}

// Of returns the storage of the name.
func (s Storages) Of(name string) (Storage, error) {
	storage, known := s.ByName[name]
	if !known {
		return nil, fault.New(fault.Internal, "pictures are kept by %q, which is not configured", name)
	}
	return storage, nil
}

// URLs returns where browsers get each rendition of an asset that is ready; of any
// other one there are none.
func (s Storages) URLs(a Asset) (map[string]string, error) {
	if a.State != Ready {
		return nil, nil
	}
	storage, err := s.Of(a.Storage)
	if err != nil {
		return nil, err
	}
	return a.URLs(storage), nil
}

// URLs returns where browsers get each rendition, by its size's name.
func (a Asset) URLs(storage Storage) map[string]string {
	urls := make(map[string]string, len(a.Renditions))
	for name, r := range a.Renditions {
		urls[name] = storage.URL(r.Key)
	}
	return urls
}

// ReadAll reads an original, of which no more than the limit is ever held.
func ReadAll(ctx context.Context, s Storage, key string) (raw []byte, err error) {
	body, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := body.Close(); err == nil && closeErr != nil {
			err = fault.Wrap(closeErr, fault.Unavailable, "picture %s could not be read to its end", key)
		}
	}()
	raw, err = io.ReadAll(io.LimitReader(body, MaxBytes+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "picture %s could not be read to its end", key)
	}
	if len(raw) > MaxBytes {
		return nil, Refuse(TooLarge, "a picture may have at most %d bytes", MaxBytes)
	}
	return raw, nil
}

// Made is a rendition that was made here.
type Made struct {
	Rendition
	Body []byte
}

// Imager knows pictures.
type Imager interface {
	// Glance says what a picture is by its head alone: cheap, whatever is in it. What
	// is none that we take is an Invalid fault with its reason.
	Glance(raw []byte) (Facts, error)

	// Render unpacks a picture and makes it into the sizes. What cannot be unpacked is
	// an Invalid fault with its reason. No rendition holds anything but what is seen.
	Render(raw []byte, sizes []Size) (map[string]Made, error)
}
