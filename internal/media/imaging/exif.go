package imaging

import (
	"bytes"
	"encoding/binary"
)

// placement is how a picture has to be turned to be seen as it was taken: 1 is as it
// is, 2 to 8 are the seven other ways to put it down (Exif 2.32, 4.6.4, tag 274).
type placement int

const upright placement = 1

// turns reports whether width and height change places.
func (p placement) turns() bool { return p >= 5 && p <= 8 }

// tagOrientation is a SHORT in the first directory of a TIFF structure.
const (
	tagOrientation = 274
	typeShort      = 3
)

// orientation reads the one entry of Exif that we need; anything odd is upright.
func orientation(tiff []byte) placement {
	tiff = bytes.TrimPrefix(tiff, []byte("Exif\x00\x00"))
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := uint64(order.Uint32(tiff[4:8]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at : at+2]) {
		if len(entries) < 12 {
			return upright
		}
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == typeShort {
			if p := placement(order.Uint16(entries[8:])); p >= upright && p <= 8 {
				return p
			}
			return upright
		}
		entries = entries[12:]
	}
	return upright
}

// jpegExtras walks the segments in front of the picture's data (ITU-T T.81, B.1.1).
func jpegExtras(raw []byte) extras {
	for at := 2; at+4 <= len(raw) && raw[at] == 0xff; {
		marker := raw[at+1]
		if marker == 0xff { // a fill byte
			at++
			continue
		}
		end := at + 2 + int(binary.BigEndian.Uint16(raw[at+2:]))
		if marker == 0xda || end > len(raw) || end < at+4 { // SOS: the data begin
			return extras{}
		}
		if body := raw[at+4 : end]; marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return extras{exif: body}
		}
		at = end
	}
	return extras{}
}

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngExtras walks the chunks (www.w3.org/TR/png-3, 5.3). One of animation stands in
// front of the data, Exif anywhere.
func pngExtras(raw []byte) extras {
	var found extras
	for at := uint64(len(pngSignature)); at+12 <= uint64(len(raw)); {
		length := uint64(binary.BigEndian.Uint32(raw[at:]))
		end := at + 8 + length
		if end+4 > uint64(len(raw)) {
			return found
		}
		switch string(raw[at+4 : at+8]) {
		case "acTL":
			found.animated = true
		case "eXIf":
			found.exif = raw[at+8 : end]
		}
		at = end + 4
	}
	return found
}

// webpExtras walks the chunks of the RIFF container
// (developers.google.com/speed/webp/docs/riff_container). The second bit of VP8X's
// flags says that there is an animation.
func webpExtras(raw []byte) extras {
	var found extras
	for at := uint64(12); at+8 <= uint64(len(raw)); {
		length := uint64(binary.LittleEndian.Uint32(raw[at+4:]))
		end := at + 8 + length
		if end > uint64(len(raw)) {
			return found
		}
		switch string(raw[at : at+4]) {
		case "VP8X":
			found.animated = found.animated || length > 0 && raw[at+8]&0x02 != 0
		case "ANIM", "ANMF":
			found.animated = true
		case "EXIF":
			found.exif = raw[at+8 : end]
		}
		at = end + length%2
	}
	return found
}
