package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/catalog/sheet"
	"github.com/bedesten/bedesten/internal/fault"
)

const (
	mainSpace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relSpace  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packSpace = "http://schemas.openxmlformats.org/package/2006/relationships"

	topRels   = "_rels/.rels"
	book      = "xl/workbook.xml"
	bookRels  = "xl/_rels/workbook.xml.rels"
	firstPart = "xl/worksheets/sheet1.xml"
	strs      = "xl/sharedStrings.xml"

	bookHead  = `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relSpace + `"><sheets><sheet name="Katalog" sheetId="1" r:id="rId1"/></sheets>`
	sheetHead = `<worksheet xmlns="` + mainSpace + `"><sheetData><row r="1"><c r="A1" t="str"><v>product</v></c><c r="B1" t="str"><v>sku</v></c></row>`
	sheetEnd  = `</sheetData></worksheet>`
)

// packed is a workbook by hand, as small as one may be; parts replace its own, and
// empty ones leave them out.
func packed(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
		topRels:               `<Relationships xmlns="` + packSpace + `"><Relationship Id="rId1" Type="` + relSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		bookRels: `<Relationships xmlns="` + packSpace + `"><Relationship Id="rId1" Type="` + relSpace + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + relSpace + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		book:      bookHead + `</workbook>`,
		firstPart: sheetHead + `<row r="2"><c r="A2" t="str"><v>prd_1</v></c><c r="B2" t="str"><v>SAL-S</v></c></row>` + sheetEnd,
	}
	for name, part := range parts {
		all[name] = part
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for name, part := range all {
		if part == "" {
			continue
		}
		w, err := out.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(w, part)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	return b.Bytes()
}

// sheetOf is a sheet of the heading and what follows it.
func sheetOf(rows string) map[string]string {
	return map[string]string{firstPart: sheetHead + rows + sheetEnd}
}

func refused(t *testing.T, content []byte, said, name string) {
	t.Helper()
	_, _, err := readAll(catalog.XLSX, content)
	require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
	require.ErrorContains(t, err, said, name)
}

func TestXLSX_WithAValueFarToTheRightOfARowIsRefused(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	for n := range 50 {
		fmt.Fprintf(&rows, `<row r="%d"><c r="XFD%d" t="inlineStr"><is><t> </t></is></c></row>`, n+2, n+2)
	}
	refused(t, packed(t, sheetOf(rows.String())), "more than 300 columns", "blanks in the last column")
	content := packed(t, sheetOf(`<row r="2"><c r="A2" t="str"><v>prd_1</v></c><c r="XFD2" s="3"/></row>`))
	_, read, err := readAll(catalog.XLSX, content)
	require.NoError(t, err, "a cell that only looks like something is none")
	require.Equal(t, []catalog.Row{{Line: 2, Cells: []string{"prd_1", ""}}}, read)
}

func TestXLSX_WithPartsLargerThanACatalogueNeedsIsRefused(t *testing.T) {
	t.Parallel()
	for name, parts := range map[string]map[string]string{
		"names in the workbook": {book: bookHead + `<definedNames>` + strings.Repeat(`<definedName name="a">b</definedName>`, 300_000) + `</definedNames></workbook>`},
		"relations": {bookRels: `<Relationships xmlns="` + packSpace + `">` +
			strings.Repeat(`<Relationship Id="rId1" Type="`+relSpace+`/worksheet" Target="worksheets/sheet1.xml"/>`, 100_000) + `</Relationships>`},
		"relations of the whole": {topRels: `<Relationships xmlns="` + packSpace + `">` + strings.Repeat(" ", 8<<20) + `</Relationships>`},
		"shared strings":         {strs: `<sst xmlns="` + mainSpace + `"><si><t>` + strings.Repeat(" ", 130<<20) + `</t></si></sst>`},
	} {
		refused(t, packed(t, parts), "is larger than", name)
	}
	refused(t, packed(t, map[string]string{strs: `<sst xmlns="` + mainSpace + `">` + strings.Repeat(`<si/>`, 5_000_000) + `</sst>`}),
		"too many texts", "shared strings of nothing")
}

func TestXLSX_WhoseXMLCostsMoreThanItHoldsIsRefused(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]string{
		"depth":                 `<row r="2">` + strings.Repeat("<x>", 1000) + strings.Repeat("</x>", 1000) + `</row>`,
		"one text of megabytes": `<row r="2"><c r="A2" t="str"><v>` + strings.Repeat("a", 8<<20) + `</v></c></row>`,
		"one tag of megabytes":  `<row r="2" ` + strings.Repeat(`a="" `, 1<<20) + `/>`,
		"rows out of order":     `<row r="3"/><row r="2"/>`,
		"rows below a sheet":    `<row r="2147483647"/>`,
		"rows above a sheet":    `<row r="-5"/>`,
		"cells out of order":    `<row r="2"><c r="B2" t="str"><v>a</v></c><c r="A2" t="str"><v>b</v></c></row>`,
		"cells behind a sheet":  `<row r="2">` + strings.Repeat(`<c/>`, 20_000) + `</row>`,
		"a cell nowhere":        `<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>`,
		"a text nobody shares":  `<row r="2"><c r="A2" t="s"><v>99999999</v></c></row>`,
		"a text below zero":     `<row r="2"><c r="A2" t="s"><v>-5</v></c></row>`,
		"a million empty rows":  strings.Repeat(`<row/>`, 1<<20),
	} {
		refused(t, packed(t, sheetOf(rows)), "is damaged", name)
	}
}

func TestXLSX_ThatBreaksOffIsRefusedWhereverItsPartsAre(t *testing.T) {
	t.Parallel()
	cut := sheetHead + `<row r="2"><c r="A2" t="str"><v>prd_1</v></c></row><row r="3"><c`
	elsewhere := `<Relationships xmlns="` + packSpace + `"><Relationship Id="rId1" Type="` + relSpace + `/worksheet" Target="/xl/other/s.xml"/></Relationships>`
	for name, parts := range map[string]map[string]string{
		"a sheet elsewhere":  {bookRels: elsewhere, "xl/other/s.xml": cut, firstPart: ""},
		"a sheet":            {firstPart: cut},
		"behind the rows":    {firstPart: sheetHead + `</sheetData>`},
		"the shared strings": {strs: `<sst><si><t>a</t></si><si>`},
		"the workbook":       {book: bookHead},
		"the relations":      {bookRels: strings.TrimSuffix(elsewhere, "</Relationships>")},
	} {
		refused(t, packed(t, parts), "damaged", name)
	}
	whole := sheetHead + `<row><c t="str"><v>prd_1</v></c><c t="str"><v>SAL-S</v></c></row>` + sheetEnd
	_, rows, err := readAll(catalog.XLSX, packed(t, map[string]string{bookRels: elsewhere, "XL/Other/S.xml": whole, firstPart: ""}))
	require.NoError(t, err)
	require.Equal(t, []catalog.Row{{Line: 2, Cells: []string{"prd_1", "SAL-S"}}}, rows)
}

func TestXLSX_IsReadAsOtherProgramsWriteIt(t *testing.T) {
	t.Parallel()
	parts := map[string]string{
		strs: "\ufeff" + `<x:sst xmlns:x="` + mainSpace + `"><x:si><x:t>product</x:t></x:si><x:si><x:t>sku</x:t></x:si>` +
			`<x:si><x:r><x:t>Çay </x:t></x:r><x:r><x:t xml:space="preserve">_x0041_ &amp; _x005F_x0041_</x:t></x:r><x:rPh><x:t>okunuş</x:t></x:rPh></x:si></x:sst>`,
		firstPart: `<x:worksheet xmlns:x="` + mainSpace + `"><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" t="s"><x:v> 1 </x:v></x:c></x:row>` +
			`<x:row r="4"><x:c r="A4"><x:f>1+1</x:f><x:v>2</x:v></x:c><x:c r="B4" t="s"><x:v>2</x:v></x:c></x:row>` +
			`<x:row r="5"><x:c r="A5" t="b"><x:v>1</x:v></x:c><x:c r="B5"><x:f>HYPERLINK("http://kotu.example")</x:f></x:c></x:row></x:sheetData>` +
			`<x:extLst><x:row r="9"><x:c><x:v>9</x:v></x:c></x:row></x:extLst></x:worksheet>`,
	}
	columns, rows, err := readAll(catalog.XLSX, packed(t, parts))
	require.NoError(t, err)
	require.Equal(t, []string{"product", "sku"}, columns)
	require.Equal(t, []catalog.Row{{Line: 4, Cells: []string{"2", "Çay A & _x0041_"}}, {Line: 5, Cells: []string{"1", ""}}}, rows)
}

func TestSheets_AreNotReadOnOnceNobodyWaits(t *testing.T) {
	t.Parallel()
	for format, content := range map[catalog.Format][]byte{
		catalog.CSV:  []byte("product,sku\n" + strings.Repeat("prd_1,SAL-S\n", 10)),
		catalog.XLSX: packed(t, sheetOf(strings.Repeat(`<row><c t="str"><v>prd_1</v></c></row>`, 100_000))),
	} {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := sheet.Sheets{}.Open(ctx, format, content)
		require.NoError(t, err)
		_, err = r.Read()
		require.NoError(t, err)
		cancel()
		for err == nil {
			_, err = r.Read()
		}
		require.ErrorIs(t, err, context.Canceled, format)
		require.False(t, fault.Is(err, fault.Invalid), "the file is not to blame")
		require.NoError(t, r.Close())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := sheet.Sheets{}.Open(ctx, catalog.XLSX, packed(t, nil))
	require.ErrorIs(t, err, context.Canceled)
}
