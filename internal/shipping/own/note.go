package own

import (
	"bytes"
	"fmt"
	"strings"
)

// The note is as large as a carrier's label: four by six inches.
const (
	noteWidth  = 288 // points, 72 to the inch
	noteHeight = 432
	margin     = 18
)

// noteZPL is the note for a label printer of 203 dots to the inch, which draws the
// bar code itself: the number as Code 128 with the text below it (ZPL II, ^BC;
// docs.zebra.com, "ZPL Commands"). A number that is too long for the label's width
// goes along its length.
func noteZPL(number string) []byte {
	var zpl bytes.Buffer
	zpl.WriteString("^XA\n^PW812\n^LL1218\n^CI28\n")
	zpl.WriteString("^FO40,40^A0N,44,44^FDTESLIMAT FISI / DELIVERY NOTE^FS\n")
	fmt.Fprintf(&zpl, "^FO40,100^A0N,30,30^FB732,3^FD%s^FS\n", number)
	fmt.Fprintf(&zpl, "%s^FD%s^FS\n", zplBars(number), number)
	zpl.WriteString("^FO40,1170^A0N,26,26^FDTeslim alan / Received by: ______________________^FS\n^XZ\n")
	return zpl.Bytes()
}

// zplBars is the bar code's place, direction and the dots of its thinnest bar: two
// as long as it fits, for one is hard to scan.
func zplBars(number string) string {
	const wide, long = 732, 940
	dots := func(module int) int { return module * modules(number) }
	switch {
	case dots(2) <= wide:
		return "^FO40,300^BY2^BCN,220,Y,N,N"
	case dots(2) <= long:
		return "^FO300,210^BY2^BCR,220,Y,N,N"
	}
	return "^FO300,210^BY1^BCR,220,Y,N,N"
}

// notePDF is the note for any printer: one page with the bar code drawn as
// rectangles. What is printed are ASCII letters, which every reader's own Courier
// has. The form is PDF 1.4's: objects, a table of where each begins, a trailer
// (opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf, 7.5).
func notePDF(number string) []byte {
	page := "BT /F1 13 Tf 18 390 Td (TESLIMAT FISI / DELIVERY NOTE) Tj ET\n" +
		bars(number) +
		text(number, 9, 222) +
		"BT /F1 9 Tf 18 60 Td (Teslim alan / Received by: ____________) Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>", noteWidth, noteHeight),
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(page), page),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
	}
	var pdf bytes.Buffer
	pdf.WriteString("%PDF-1.4\n")
	begins := make([]int, len(objects))
	for i, o := range objects {
		begins[i] = pdf.Len()
		fmt.Fprintf(&pdf, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := pdf.Len()
	fmt.Fprintf(&pdf, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range begins {
		fmt.Fprintf(&pdf, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&pdf, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return pdf.Bytes()
}

// text writes a line that may be longer than the page, in as many as it takes:
// Courier's letters are 0.6 of their size wide.
func text(line string, size, y int) string {
	perLine := (noteWidth - 2*margin) * 10 / (size * 6)
	var out strings.Builder
	for ; line != ""; y -= size + 3 {
		part := line[:min(perLine, len(line))]
		line = line[len(part):]
		fmt.Fprintf(&out, "BT /F1 %d Tf %d %d Td (%s) Tj ET\n", size, margin, y, part)
	}
	return out.String()
}

// bars draws the number as a Code 128 over the width between the margins.
func bars(number string) string {
	unit := float64(noteWidth-2*margin) / float64(modules(number))
	var out strings.Builder
	at := float64(margin)
	for i, w := range code128(number) {
		if i%2 == 0 {
			fmt.Fprintf(&out, "%.4f 240 %.4f 120 re\n", at, float64(w)*unit)
		}
		at += float64(w) * unit
	}
	out.WriteString("f\n")
	return out.String()
}
