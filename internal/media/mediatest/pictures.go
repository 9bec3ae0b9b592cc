package mediatest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// drawing is red at the top left, so that it can be seen how it lies, and never the
// same for two seeds.
func drawing(width, height int, seed uint8) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{R: 20, G: uint8(x * 200 / width), B: uint8(y*150/height) + seed, A: 255}
			if x < width/4 && y < height/4 {
				c = color.NRGBA{R: 230, G: 20, B: 20, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// JPEG returns a picture of the size.
func JPEG(t testing.TB, width, height int, seed uint8) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, drawing(width, height, seed), &jpeg.Options{Quality: 90}))
	return out.Bytes()
}

// PNG returns a picture of the size.
func PNG(t testing.TB, width, height int, seed uint8) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, drawing(width, height, seed)))
	return out.Bytes()
}

// Whereabouts stands in what a camera wrote into a Photo: where it was taken.
const Whereabouts = "41.0105N 28.9683E Nuruosmaniye"

// Photo returns a JPEG as a telephone that is held on its side makes it: it lies in
// the file as width × height, and is to be turned by the orientation.
func Photo(t testing.TB, width, height int, orientation uint16) []byte {
	t.Helper()
	raw := JPEG(t, width, height, 7)
	exif := Exif(orientation)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return slices.Concat(raw[:2], segment, exif, raw[2:])
}

// Exif is what cameras write beside the pixels: an orientation and a description.
func Exif(orientation uint16) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x02")
	// Entries: tag, type, count, value or where it is.
	tiff = append(tiff, 0x01, 0x0e, 0x00, 0x02, 0x00, 0x00, 0x00, byte(len(Whereabouts)+1), 0x00, 0x00, 0x00, 38)
	tiff = append(tiff, 0x01, 0x12, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01)
	tiff = binary.BigEndian.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	return slices.Concat([]byte("Exif\x00\x00"), tiff, []byte(Whereabouts), []byte{0})
}

// Chunk is one chunk of a PNG.
func Chunk(kind string, body []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, kind...), body...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

// Bomb returns a PNG of a few bytes that says it is width × height.
func Bomb(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32(nil, width)
	head = binary.BigEndian.AppendUint32(head, height)
	head = append(head, 8, 2, 0, 0, 0)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), Chunk("IHDR", head), Chunk("IDAT", []byte{0x78, 0x9c, 1, 0, 0}), Chunk("IEND", nil))
}

// SVG is a drawing that runs a script.
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(document.cookie)"><script>alert(1)</script></svg>`
