package easypost

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// draw makes the file of a label: four by six inches, with the addresses, the
// service and the tracking code.
func draw(shp *shipment, format string) file {
	lines := labelLines(shp)
	f := file{kind: fileTypes[format]}
	switch format {
	case "PDF":
		f.body = drawPDF(lines)
	case "ZPL":
		f.body = drawZPL(lines, shp.tracker.code)
	default:
		f.body = drawPNG(shp.tracker.code)
	}
	return f
}

// labelLines are the lines of a label in the letters that carriers print:
// capitals without accents.
func labelLines(shp *shipment) []string {
	lines := []string{shp.selected.carrier + " " + shp.selected.service, "SAMPLE - DO NOT SHIP", "FROM:"}
	lines = append(lines, addressLines(shp.from)...)
	lines = append(lines, "TO:")
	lines = append(lines, addressLines(shp.to)...)
	return append(lines, fmt.Sprintf("WEIGHT: %.1f OZ", shp.parcel.weight), "REF: "+plain(shp.reference), "TRACKING: "+shp.tracker.code)
}

func addressLines(a *address) []string {
	var lines []string
	for _, line := range []string{a.name, a.company, a.street1, a.street2, strings.TrimSpace(a.zip + " " + a.city + " " + a.state), a.country} {
		if line != "" {
			lines = append(lines, plain(line))
		}
	}
	return lines
}

var withoutAccents = strings.NewReplacer(
	"ç", "C", "Ç", "C", "ğ", "G", "Ğ", "G", "ı", "I", "İ", "I", "ö", "O", "Ö", "O", "ş", "S", "Ş", "S", "ü", "U", "Ü", "U",
	"â", "A", "Â", "A", "î", "I", "Î", "I", "û", "U", "Û", "U", "ä", "A", "Ä", "A", "ß", "SS", "é", "E", "É", "E",
)

// plain reduces a line to ASCII without what PDF and ZPL give a meaning of its
// own: a letter that can't be printed becomes a question mark.
func plain(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`()\^~`, r):
			return ' '
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, strings.ToUpper(withoutAccents.Replace(line)))
}

// drawPDF writes a PDF of one page with a table of its objects, as
// https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf
// section 7.5 has it.
func drawPDF(lines []string) []byte {
	var text strings.Builder
	text.WriteString("BT /F1 11 Tf 14 TL 18 408 Td")
	for _, line := range lines {
		fmt.Fprintf(&text, " (%s) Tj T*", line)
	}
	text.WriteString(" ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 432] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
	}
	var pdf bytes.Buffer
	pdf.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = pdf.Len()
		fmt.Fprintf(&pdf, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := pdf.Len()
	fmt.Fprintf(&pdf, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&pdf, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&pdf, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return pdf.Bytes()
}

// drawZPL writes a label for a printer of 203 dots to the inch, the tracking code
// as a Code 128 bar code. https://supportcommunity.zebra.com (ZPL II: ^XA, ^FO,
// ^A0, ^BC, ^FD, ^XZ)
func drawZPL(lines []string, code string) []byte {
	var zpl bytes.Buffer
	zpl.WriteString("^XA\n^PW812\n^LL1218\n^CI28\n")
	for i, line := range lines {
		fmt.Fprintf(&zpl, "^FO40,%d^A0N,30,30^FD%s^FS\n", 40+i*40, line)
	}
	fmt.Fprintf(&zpl, "^FO40,900^BY3^BCN,180,Y,N,N^FD%s^FS\n^XZ\n", code)
	return zpl.Bytes()
}

// drawPNG paints stripes that the code decides: a picture of the size of a label,
// which nothing needs to scan.
func drawPNG(code string) []byte {
	const width, height = 400, 600
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	for i, r := range code {
		for bit := range 8 {
			if r>>bit&1 == 0 {
				continue
			}
			for y := 400; y < 560; y++ {
				img.SetColorIndex(20+i*18+bit*2, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic("easypost simulator: " + err.Error()) // a paletted image of a fixed size, into memory
	}
	return out.Bytes()
}
