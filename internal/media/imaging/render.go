package imaging

import (
	"bytes"
	"cmp"
	"image"
	"slices"

	"github.com/disintegration/imaging"
	encoder "github.com/gen2brain/webp"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

// quality is a little above libwebp's own choice of 75: goods are looked at closely.
const quality = 80

// upturned are the ways to put a picture upright, by how it lies.
var upturned = map[placement]func(image.Image) *image.NRGBA{
	2: imaging.FlipH, 3: imaging.Rotate180, 4: imaging.FlipV,
	5: imaging.Transpose, 6: imaging.Rotate270, 7: imaging.Transverse, 8: imaging.Rotate90,
}

// Render unpacks a picture and makes it into the sizes, as WebP.
func (i Imager) Render(raw []byte, sizes []media.Size) (map[string]media.Made, error) {
	if _, err := i.Glance(raw); err != nil {
		return nil, err
	}
	f, err := formatOf(raw)
	if err != nil {
		return nil, err
	}
	var picture image.Image
	err = guarded(func() (err error) {
		picture, err = f.decode(bytes.NewReader(raw))
		return err
	})
	if err != nil {
		return nil, broken(err)
	}
	return renditions(picture, orientation(f.extras(raw).exif), sizes)
}

// renditions makes each size of the next larger one: the picture itself is gone over
// once, and turned when it is small.
func renditions(picture image.Image, lies placement, sizes []media.Size) (map[string]media.Made, error) {
	made := make(map[string]media.Made, len(sizes))
	for _, size := range slices.SortedFunc(slices.Values(sizes), func(a, b media.Size) int { return cmp.Compare(b.Box, a.Box) }) {
		// Fit makes nothing larger, and copies what fits already.
		small := imaging.Fit(picture, size.Box, size.Box, imaging.Lanczos)
		if turn, needed := upturned[lies]; needed {
			small, lies = turn(small), upright
		}
		picture = small
		var out bytes.Buffer
		if err := encoder.Encode(&out, small, encoder.Options{Quality: quality, Method: encoder.DefaultMethod}); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "a picture of %s could not be written as WebP", small.Bounds().Size())
		}
		made[size.Name] = media.Made{Body: out.Bytes(), Rendition: media.Rendition{
			ContentType: "image/webp", Bytes: int64(out.Len()), Width: int64(small.Bounds().Dx()), Height: int64(small.Bounds().Dy()),
		}}
	}
	return made, nil
}
