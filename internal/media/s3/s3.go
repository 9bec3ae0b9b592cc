// Package s3 keeps pictures in a bucket of Amazon S3, or of whatever speaks its
// API. Browsers upload into it by presigned requests, and get pictures from where it
// is published: only what is below pictures/ may be.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

var _ media.Storage = (*Storage)(nil)

// Config is what a bucket needs.
type Config struct {
	// Endpoint is the server's address where it is not Amazon's; its buckets are then
	// in the path.
	Endpoint string
	Region   string
	Bucket   string
	KeyID    string
	Secret   string
	// PublicURL is where browsers get what is below pictures/: the bucket's own
	// address, or that of what stands in front of it.
	PublicURL string
	// CallTimeout bounds each call.
	CallTimeout time.Duration
	// Transport, when given, wraps what requests go out by.
	Transport func(http.RoundTripper) http.RoundTripper
}

// Storage keeps pictures in one bucket.
type Storage struct {
	bucket  string
	base    string
	timeout time.Duration
	client  *s3.Client
	signer  *s3.PresignClient
}

// New returns the storage. It calls nobody.
func New(cfg Config) *Storage {
	transport := http.DefaultTransport
	if cfg.Transport != nil {
		transport = cfg.Transport(transport)
	}
	client := s3.New(s3.Options{
		Region: cfg.Region, Credentials: credentials.NewStaticCredentialsProvider(cfg.KeyID, cfg.Secret, ""),
		HTTPClient: &http.Client{Transport: transport},
		// Temporal tries again, and shows each try.
		RetryMaxAttempts: 1,
		// Servers that are not Amazon's know no CRC in trailers, and a presigned request
		// would carry the checksum of no body
		// (docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html).
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}, func(o *s3.Options) {
		if cfg.Endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = aws.String(cfg.Endpoint), true
		}
	})
	return &Storage{
		bucket: cfg.Bucket, base: strings.TrimSuffix(cfg.PublicURL, "/"), timeout: cfg.CallTimeout,
		client: client, signer: s3.NewPresignClient(client),
	}
}

// Name returns "s3".
func (s *Storage) Name() string { return media.S3 }

// absent is the condition that nothing is kept under the key yet
// (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
const absent = "*"

// Ticket presigns one PUT. Type, length and the condition are signed: another type,
// another length or a second upload are refused by S3 itself.
func (s *Storage) Ticket(ctx context.Context, a media.Asset) (media.Ticket, error) {
	life := max(time.Until(a.TicketUntil), time.Second)
	signed, err := s.signer.PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &a.Key, ContentType: &a.ContentType, ContentLength: &a.Bytes, IfNoneMatch: aws.String(absent),
	}, s3.WithPresignExpires(life))
	if err != nil {
		return media.Ticket{}, fault.Wrap(err, fault.Internal, "the upload of picture %s cannot be signed", a.ID)
	}
	headers := map[string]string{}
	for name := range signed.SignedHeader {
		// Browsers say host and length themselves, and let nobody else say it.
		if name := http.CanonicalHeaderKey(name); name != "Host" && name != "Content-Length" {
			headers[name] = signed.SignedHeader.Get(name)
		}
	}
	return media.Ticket{Method: signed.Method, URL: signed.URL, Headers: headers, ExpiresAt: a.TicketUntil}, nil
}

// immutable is said of what never changes under its key.
const immutable = "public, max-age=31536000, immutable"

// Put writes an object unless there is one.
func (s *Storage) Put(ctx context.Context, key, contentType string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &key, ContentType: &contentType, Body: bytes.NewReader(body), IfNoneMatch: aws.String(absent),
		CacheControl: aws.String(immutable),
	})
	if statusOf(err) == http.StatusPreconditionFailed {
		return nil
	}
	return s.failed(err, "writing", key)
}

// Open reads an object. The time-out is over once it is read and closed.
func (s *Storage) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key})
	if err != nil {
		cancel()
		return nil, s.failed(err, "reading", key)
	}
	return &reading{out.Body, cancel}, nil
}

// reading is a body that ends its call when it is closed.
type reading struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close ends the call.
func (r *reading) Close() error {
	defer r.cancel()
	if err := r.ReadCloser.Close(); err != nil {
		return fmt.Errorf("closing a picture: %w", err)
	}
	return nil
}

// Stat asks for an object's head.
func (s *Storage) Stat(ctx context.Context, key string) (media.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key})
	if err != nil {
		return media.Object{}, s.failed(err, "looking at", key)
	}
	return media.Object{Bytes: aws.ToInt64(out.ContentLength)}, nil
}

// Delete deletes an object; S3 says yes to one that is not there
// (docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html).
func (s *Storage) Delete(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key})
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return s.failed(err, "deleting", key)
}

// URL is below the published address.
func (s *Storage) URL(key string) string { return s.base + "/" + key }

// Reach asks whether the bucket is there and the key opens it.
func (s *Storage) Reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.bucket})
	return s.failed(err, "looking at the bucket", s.bucket)
}

// statusOf is the HTTP status of a refusal; 0 where there was no answer.
func statusOf(err error) int {
	var answered interface{ HTTPStatusCode() int }
	if errors.As(err, &answered) {
		return answered.HTTPStatusCode()
	}
	return 0
}

// failed tells what a person has to mend from what comes to itself.
func (s *Storage) failed(err error, doing, key string) error {
	if err == nil {
		return nil
	}
	code := "no answer"
	var said smithy.APIError
	if errors.As(err, &said) {
		code = said.ErrorCode()
	}
	status := statusOf(err)
	switch {
	case status == http.StatusNotFound && code != "NoSuchBucket":
		return fault.New(fault.NotFound, "nothing is kept under %s", key)
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= http.StatusInternalServerError, status == 0:
		return fault.Wrap(err, fault.Unavailable, "the bucket of pictures did not answer while %s %s (%s)", doing, key, code)
	}
	return fault.Wrap(err, fault.Internal, "the bucket of pictures refuses us while %s %s (%s)", doing, key, code)
}
