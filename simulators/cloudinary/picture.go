package cloudinary

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"image"
	"image/jpeg"
	"image/png"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	encoder "github.com/gen2brain/webp"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// picture is an image that was uploaded, with what was made of it.
type picture struct {
	publicID string
	format   string // jpg, png or webp
	body     []byte
	size     image.Point // as it lies in the file
	version  int64
	at       time.Time
	derived  map[string]derivation // by transformation
}

// derivation is a picture that a transformation made.
type derivation struct {
	body []byte
	size image.Point
}

// formatOf goes by the bytes, not by a name. SVG is an image to Cloudinary; what is
// none at all is "raw".
func formatOf(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xd8\xff")):
		return "jpg"
	case bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case len(body) > 12 && string(body[:4]) == "RIFF" && string(body[8:12]) == "WEBP":
		return "webp"
	case bytes.HasPrefix(body, []byte("GIF8")):
		return "gif"
	case bytes.Contains(body[:min(len(body), 512)], []byte("<svg")):
		return "svg"
	}
	return ""
}

// decode unpacks a picture and puts it upright: images that are transformed are turned
// by what the camera wrote (cloudinary.com/documentation/transformation_reference#a_angle).
func (p *picture) decode() (image.Image, error) {
	switch r := bytes.NewReader(p.body); p.format {
	case "png":
		return png.Decode(r)
	case "webp":
		return webp.Decode(r)
	default:
		img, err := jpeg.Decode(r)
		if err != nil {
			return nil, err
		}
		return turned(img, exifOrientation(p.body)), nil
	}
}

func (p *picture) config() (image.Config, error) {
	switch r := bytes.NewReader(p.body); p.format {
	case "png":
		return png.DecodeConfig(r)
	case "webp":
		return webp.DecodeConfig(r)
	default:
		return jpeg.DecodeConfig(r)
	}
}

// exifOrientation finds the tag 0x0112 in the first kilobytes; only big-endian Exif,
// and little-endian, with the tag as a SHORT.
func exifOrientation(body []byte) int {
	head := body[:min(len(body), 4096)]
	for tag, value := range map[string]int{"\x01\x12\x00\x03\x00\x00\x00\x01": 9, "\x12\x01\x03\x00\x01\x00\x00\x00": 8} {
		if at := bytes.Index(head, []byte(tag)); at >= 0 && bytes.Contains(head[:at], []byte("Exif\x00\x00")) && at+value < len(head) {
			return int(head[at+value])
		}
	}
	return 1
}

// turned knows the ways in which telephones are held: upside down, and on either side.
func turned(img image.Image, orientation int) image.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	var at func(x, y int) (int, int)
	switch orientation {
	case 3:
		at = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 6:
		at = func(x, y int) (int, int) { return b.Dy() - 1 - y, x }
		w, h = h, w
	case 8:
		at = func(x, y int) (int, int) { return y, b.Dx() - 1 - x }
		w, h = h, w
	default:
		return img
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range b.Dy() {
		for x := range b.Dx() {
			dx, dy := at(x, y)
			out.Set(dx, dy, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// transformations that the simulator serves, their parts sorted as Cloudinary tells
// them back: a box that a picture is made to fit into and never stretched to, as WebP
// (cloudinary.com/documentation/transformation_reference#c_limit).
var transformations = regexp.MustCompile(`^c_limit,f_webp,h_([1-9]\d{0,3}),q_auto,w_([1-9]\d{0,3})$`)

// derive makes what an eager parameter asks for, unless it was made already. Nothing of
// what stands beside the pixels comes along
// (cloudinary.com/documentation/transformation_reference#fl_keep_iptc).
func (p *picture) derive(eager string) *apiError {
	var img image.Image
	for _, name := range wanted(eager) {
		if _, made := p.derived[name]; made {
			continue
		}
		box := transformations.FindStringSubmatch(name)
		if box == nil {
			return badRequest("Invalid transformation - " + name)
		}
		if img == nil {
			var err error
			if img, err = p.decode(); err != nil {
				return badRequest("Invalid image file")
			}
		}
		height, _ := strconv.Atoi(box[1]) // digits, by the pattern
		width, _ := strconv.Atoi(box[2])
		d, err := limited(img, width, height)
		if err != nil {
			return serverError()
		}
		p.derived[name] = d
	}
	return nil
}

func wanted(eager string) []string {
	return slices.DeleteFunc(strings.Split(eager, "|"), func(s string) bool { return s == "" })
}

func limited(img image.Image, width, height int) (derivation, error) {
	size := img.Bounds().Size()
	if size.X > width || size.Y > height {
		if size.X*height > size.Y*width {
			size = image.Pt(width, max(1, size.Y*width/size.X))
		} else {
			size = image.Pt(max(1, size.X*height/size.Y), height)
		}
	}
	small := image.NewNRGBA(image.Rectangle{Max: size})
	draw.BiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	err := encoder.Encode(&out, small)
	return derivation{out.Bytes(), size}, err
}

func (p *picture) etag() string {
	sum := md5.Sum(p.body)
	return hex.EncodeToString(sum[:])
}
