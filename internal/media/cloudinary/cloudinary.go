// Package cloudinary keeps pictures at Cloudinary, which makes their sizes itself.
//
// Originals are of the type "private": nobody gets one without our signature, while
// the sizes made of it are for everybody
// (cloudinary.com/documentation/control_access_to_media#private_media_assets). Sizes
// lose what cameras wrote, and are turned upright
// (cloudinary.com/documentation/transformation_reference#fl_keep_iptc and #a_angle).
package cloudinary

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cloudinary/cloudinary-go/v2/api"
	"github.com/cloudinary/cloudinary-go/v2/api/uploader"
	"github.com/cloudinary/cloudinary-go/v2/config"
	"github.com/cloudinary/cloudinary-go/v2/logger"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

var _ media.Resizer = (*Storage)(nil)

// Where Cloudinary is.
const (
	apiURL      = "https://api.cloudinary.com"
	deliveryURL = "https://res.cloudinary.com"
)

// Config is what an account needs.
type Config struct {
	// URL is cloudinary://<key>:<secret>@<cloud name>, as its console shows it.
	URL string
	// APIURL and DeliveryURL are Cloudinary's own when empty.
	APIURL      string
	DeliveryURL string
	// CallTimeout bounds each call.
	CallTimeout time.Duration
	// Transport, when given, wraps what requests go out by.
	Transport func(http.RoundTripper) http.RoundTripper
}

// Storage keeps pictures in one product environment.
type Storage struct {
	api      uploader.API
	base     string
	delivery string
	timeout  time.Duration
}

// reading guards Cloudinary's reader of addresses, which is one for the whole process
// and is written to by each call.
var reading sync.Mutex

func read(address string) (*config.Configuration, error) {
	reading.Lock()
	defer reading.Unlock()
	account, err := config.NewFromURL(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address of an account: %w", err)
	}
	return account, nil
}

// New returns the storage. It calls nobody.
func New(cfg Config) (*Storage, error) {
	account, err := read(cfg.URL)
	if err != nil || account.Cloud.CloudName == "" || account.Cloud.APIKey == "" || account.Cloud.APISecret == "" {
		// The error would repeat the secret.
		return nil, fault.New(fault.Invalid, "the address is not cloudinary://<key>:<secret>@<cloud name>")
	}
	base, delivery := apiURL, deliveryURL
	if cfg.APIURL != "" {
		base = strings.TrimSuffix(cfg.APIURL, "/")
	}
	if cfg.DeliveryURL != "" {
		delivery = strings.TrimSuffix(cfg.DeliveryURL, "/")
	}
	account.API.UploadPrefix = base
	transport := http.DefaultTransport
	if cfg.Transport != nil {
		transport = cfg.Transport(transport)
	}
	silent := logger.New()
	silent.SetLevel(logger.NONE)
	return &Storage{
		api:  uploader.API{Config: *account, Client: http.Client{Transport: refusals{transport}}, Logger: silent},
		base: base + "/v1_1/" + account.Cloud.CloudName, delivery: delivery + "/" + account.Cloud.CloudName, timeout: cfg.CallTimeout,
	}, nil
}

// Name returns "cloudinary".
func (s *Storage) Name() string { return media.Cloudinary }

// signatureLife is how long Cloudinary takes a signature after its timestamp
// (cloudinary.com/documentation/generate_upload_signature_tutorial).
const signatureLife = time.Hour

// allowed are the formats that an upload may have, in Cloudinary's words.
const allowed = "jpg,png,webp"

// Ticket signs an upload. A signature is good for an hour after its timestamp, which
// is therefore dated back. How large the picture may be cannot be signed: one of
// another size than was declared is refused afterwards.
func (s *Storage) Ticket(_ context.Context, a media.Asset) (media.Ticket, error) {
	fields := map[string][]string{
		"public_id": {a.Key}, "type": {api.Private}, "overwrite": {"false"}, "allowed_formats": {allowed}, "eager": {eager(media.Sizes)},
		"timestamp": {strconv.FormatInt(a.TicketUntil.Add(-signatureLife).Unix(), 10)},
	}
	cloud := s.api.Config.Cloud
	signature, err := api.SignParametersUsingAlgoAndVersion(fields, cloud.APISecret, cloud.GetSignatureAlgorithm(), cloud.GetSignatureVersion())
	if err != nil {
		return media.Ticket{}, fault.Wrap(err, fault.Internal, "the upload of picture %s cannot be signed", a.ID)
	}
	form := map[string]string{"api_key": cloud.APIKey, "signature": signature}
	for name, values := range fields {
		form[name] = values[0]
	}
	return media.Ticket{Method: http.MethodPost, URL: s.base + "/image/upload", Fields: form, ExpiresAt: a.TicketUntil}, nil
}

// Put uploads an original. With overwrite off, one that is there already stays
// (cloudinary.com/documentation/image_upload_api_reference#upload_optional_parameters).
func (s *Storage) Put(ctx context.Context, key, _ string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, err := s.api.Upload(ctx, bytes.NewReader(body), uploader.UploadParams{
		PublicID: key, Type: api.Private, Overwrite: api.Bool(false), AllowedFormats: strings.Split(allowed, ","), Eager: eager(media.Sizes),
	})
	return failed(err, "uploading", key)
}

// Open downloads an original. Without a format it comes as it was uploaded.
func (s *Storage) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	address, err := s.api.PrivateDownloadURL(uploader.PrivateDownloadURLParams{PublicID: key, DeliveryType: api.Private})
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the download of %s cannot be signed", key)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel()
		return nil, fault.Wrap(err, fault.Internal, "the download of %s cannot be asked for", key)
	}
	res, err := s.api.Client.Do(req) //nolint:bodyclose // who opens closes
	if err != nil {
		cancel()
		return nil, failed(err, "downloading", key)
	}
	return &download{res.Body, cancel}, nil
}

// download is a body that ends its call when it is closed.
type download struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close ends the call.
func (d *download) Close() error {
	defer d.cancel()
	if err := d.ReadCloser.Close(); err != nil {
		return fmt.Errorf("closing a picture: %w", err)
	}
	return nil
}

// Stat asks for an original by "explicit", which changes nothing when it is asked for
// nothing, and is not counted as the Admin API is.
func (s *Storage) Stat(ctx context.Context, key string) (media.Object, error) {
	found, err := s.explicit(ctx, key, "")
	if err != nil {
		return media.Object{}, err
	}
	return media.Object{Bytes: int64(found.Bytes)}, nil
}

func (s *Storage) explicit(ctx context.Context, key, eager string) (*uploader.ExplicitResult, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	found, err := s.api.Explicit(ctx, uploader.ExplicitParams{PublicID: key, Type: api.Private, Eager: eager})
	return found, failed(err, "looking at", key)
}

// transformation names a size; its parts are in the order in which Cloudinary tells
// them back.
func transformation(size media.Size) string {
	box := strconv.Itoa(size.Box)
	return "c_limit,f_webp,h_" + box + ",q_auto,w_" + box
}

func eager(sizes []media.Size) string {
	names := make([]string, len(sizes))
	for i, size := range sizes {
		names[i] = transformation(size)
	}
	return strings.Join(names, "|")
}

// Resize has the sizes made, or finds those that the upload had made
// (cloudinary.com/documentation/image_upload_api_reference#explicit).
func (s *Storage) Resize(ctx context.Context, key string, sizes []media.Size) (map[string]media.Rendition, error) {
	found, err := s.explicit(ctx, key, eager(sizes))
	if err != nil {
		return nil, err
	}
	if len(found.Eager) != len(sizes) {
		return nil, fault.New(fault.Unavailable, "Cloudinary made %d of %d sizes of %s", len(found.Eager), len(sizes), key)
	}
	made := make(map[string]media.Rendition, len(sizes))
	for i, size := range sizes {
		e := found.Eager[i]
		made[size.Name] = media.Rendition{
			Key: transformation(size) + "/v1/" + key, ContentType: "image/" + e.Format,
			Bytes: int64(e.Bytes), Width: int64(e.Width), Height: int64(e.Height), Derived: true,
		}
	}
	return made, nil
}

// Delete destroys an original with all that was made of it, in the caches too. One
// that is not there is told as "not found", with status 200.
func (s *Storage) Delete(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	gone, err := s.api.Destroy(ctx, uploader.DestroyParams{PublicID: key, Type: api.Private, Invalidate: api.Bool(true)})
	if err := failed(err, "deleting", key); err != nil {
		return err
	}
	if gone.Result != "ok" && gone.Result != "not found" {
		return fault.New(fault.Unavailable, "Cloudinary did not delete %s: %q", key, gone.Result)
	}
	return nil
}

// URL is where a size is delivered. The version in it, which says nothing, keeps the
// folder from being read as a transformation.
func (s *Storage) URL(key string) string { return s.delivery + "/image/private/" + key }

// Reach asks whether the key is known: for a picture that nobody has.
func (s *Storage) Reach(ctx context.Context) error {
	if _, err := s.Stat(ctx, "doctor"); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}
