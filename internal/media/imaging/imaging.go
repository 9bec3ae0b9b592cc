// Package imaging looks at pictures and makes them into the sizes that pages show.
// It believes nothing that a file says of itself, unpacks nothing before it knows
// how large that would be, and writes nothing but pixels.
package imaging

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

var _ media.Imager = Imager{}

// Imager is ready to use as a zero value.
type Imager struct{}

// format is a kind of picture that is taken.
type format struct {
	contentType string
	is          func(raw []byte) bool
	config      func(io.Reader) (image.Config, error)
	decode      func(io.Reader) (image.Image, error)
	// extras reads what stands beside the pixels.
	extras func(raw []byte) extras
}

// extras is what a file says beside its pixels and matters to us.
type extras struct {
	// exif is the TIFF structure that cameras write.
	exif     []byte
	animated bool
}

// formats are asked by their own decoders: image.Decode would take whatever some
// import has registered.
var formats = []format{
	{"image/jpeg", begins("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode, jpegExtras},
	{"image/png", begins(pngSignature), png.DecodeConfig, png.Decode, pngExtras},
	{"image/webp", isWebP, webp.DecodeConfig, webp.Decode, webpExtras},
}

func begins(with string) func([]byte) bool {
	return func(raw []byte) bool { return bytes.HasPrefix(raw, []byte(with)) }
}

func isWebP(raw []byte) bool {
	return len(raw) >= 12 && string(raw[:4]) == "RIFF" && string(raw[8:12]) == "WEBP"
}

// formatOf goes by the first bytes, as browsers do (mimesniff.spec.whatwg.org).
func formatOf(raw []byte) (format, error) {
	for _, f := range formats {
		if f.is(raw) {
			return f, nil
		}
	}
	return format{}, media.Refuse(media.NoPicture, "this is no JPEG, PNG or WebP picture, whatever its name says")
}

// Glance says what a picture is by its head.
func (Imager) Glance(raw []byte) (media.Facts, error) {
	if len(raw) > media.MaxBytes {
		return media.Facts{}, media.Refuse(media.TooLarge, "a picture may have at most %d bytes", media.MaxBytes)
	}
	f, err := formatOf(raw)
	if err != nil {
		return media.Facts{}, err
	}
	size, err := f.size(raw)
	if err != nil {
		return media.Facts{}, err
	}
	if f.extras(raw).animated {
		return media.Facts{}, media.Refuse(media.Animated, "a picture that moves is not taken")
	}
	sum := sha256.Sum256(raw)
	return media.Facts{
		ContentType: f.contentType, Bytes: int64(len(raw)), Width: int64(size.X), Height: int64(size.Y), SHA256: hex.EncodeToString(sum[:]),
	}, nil
}

// size is how large the picture is as it is meant to be seen.
func (f format) size(raw []byte) (image.Point, error) {
	var cfg image.Config
	err := guarded(func() (err error) {
		cfg, err = f.config(bytes.NewReader(raw))
		return err
	})
	if err != nil || cfg.Width < 1 || cfg.Height < 1 {
		return image.Point{}, broken(err)
	}
	if int64(cfg.Width)*int64(cfg.Height) > media.MaxPixels {
		return image.Point{}, media.Refuse(media.TooManyPixels, "a picture may have at most %d pixels; this one has %d × %d", media.MaxPixels, cfg.Width, cfg.Height)
	}
	if orientation(f.extras(raw).exif).turns() {
		return image.Pt(cfg.Height, cfg.Width), nil
	}
	return image.Pt(cfg.Width, cfg.Height), nil
}

// broken hides what a decoder said: it may repeat what is in the file.
func broken(err error) error {
	const said = "the picture is damaged or cut off, and cannot be unpacked"
	refused := media.Refuse(media.Broken, said)
	if err == nil {
		return refused
	}
	return fault.Wrap(err, fault.Invalid, said).With("reason", media.Broken)
}

// guarded turns a panic of a decoder into an error: the files come from anybody, and
// a picture that a decoder trips over is a broken one.
func guarded(decode func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fault.New(fault.Invalid, "a decoder panicked: %v", caught)
		}
	}()
	return decode()
}
