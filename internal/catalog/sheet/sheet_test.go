package sheet_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/catalog/sheet"
	"github.com/bedesten/bedesten/internal/fault"
)

// readAll reads a file to its end.
func readAll(format catalog.Format, content []byte) (columns []string, rows []catalog.Row, err error) {
	r, err := sheet.Sheets{}.Open(context.Background(), format, content)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return r.Columns(), rows, nil
		}
		if err != nil {
			return r.Columns(), rows, err
		}
		rows = append(rows, row)
	}
}

func written(t testing.TB, format catalog.Format, columns []string, rows ...[]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := sheet.Sheets{}.Create(format, &b, columns)
	require.NoError(t, err)
	for _, row := range rows {
		require.NoError(t, w.Write(row))
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestSheets_ReadWhatTheyWroteInEachFormat(t *testing.T) {
	t.Parallel()
	words := []string{"Çay", "=SUM(A1)", "+90", "-5", "@x", "'", "''=1", "\"", ",", ";", "\n", " ", "\t", "日本", "🫖", "0012", "1e5", "_x0041_", "_x005F_", "＝1", "＠", "-"}
	cell := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 4).Draw(t, "words"), "")
	})
	for _, format := range catalog.Formats {
		rapid.Check(t, func(rt *rapid.T) {
			var rows [][]string
			for n := range rapid.IntRange(1, 5).Draw(rt, "rows") {
				rows = append(rows, []string{fmt.Sprint("prd_", n), cell.Draw(rt, "a"), cell.Draw(rt, "b")})
			}
			columns, read, err := readAll(format, written(t, format, []string{"product", "sku", "brand"}, rows...))
			if err != nil || len(columns) != 3 || len(read) != len(rows) {
				rt.Fatalf("%v %v %v", columns, read, err)
			}
			for i, row := range read {
				if fmt.Sprint(row.Cells) != fmt.Sprint(rows[i]) {
					rt.Fatalf("%s: wrote %q, read %q", format, rows[i], row.Cells)
				}
			}
		})
	}
}

func TestCSV_WritesNoCellThatASpreadsheetCalculates(t *testing.T) {
	t.Parallel()
	content := string(written(t, catalog.CSV, []string{"sku", "brand"}, []string{"=HYPERLINK(\"http://kotu.example\")", "-1+1|cmd"}))
	require.True(t, strings.HasPrefix(content, "\ufeff"))
	require.NotContains(t, content, "\n\"=")
	require.Contains(t, content, "\"'=HYPERLINK")
	require.Contains(t, content, ",\"'-1+1")
}

// cut are the cells of a file for a reader that takes any sign for the end of one,
// quotes or not.
func cut(content string) []string {
	return strings.FieldsFunc(content, func(r rune) bool { return strings.ContainsRune(";,\t\r\n", r) })
}

func TestCSV_CalculatesNothingWhateverSeparatesCells(t *testing.T) {
	t.Parallel()
	cells := []string{
		"x;=cmd|' /C calc'!A0;y", "iki\n;=2+3;", "iki\n=2+3", "a,-1+1", "a\t@SUM(A1)", "x; \"=1+1\"", "＝1+1", "x;＋1", "－1", "x,＠a", " =1+1", "\"=1+1",
		"", "'", "x;'=1", "x;''=1", "liste:\n- bir\n- iki", "5, -10 °C", "a;\t=1", "Ay; Yıldız, 'tırnak'",
	}
	rows := make([][]string, len(cells))
	for i, cell := range cells {
		rows[i] = []string{cell, "prd_1", cell}
	}
	content := written(t, catalog.CSV, []string{"product", "sku", "brand"}, rows...)
	for _, cell := range cut(string(content)) {
		bare := strings.TrimLeft(cell, " \"")
		require.False(t, bare != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(bare)[0]), "%q", cell)
	}
	require.Contains(t, string(content), `"Ay; Yıldız, 'tırnak'"`, "what calculates nothing stays as it is, in quotes")
	_, read, err := readAll(catalog.CSV, content)
	require.NoError(t, err)
	require.Len(t, read, len(cells))
	for i, row := range read {
		require.Equal(t, rows[i], row.Cells)
	}
}

func TestCSV_IsReadAsSpreadsheetsWriteIt(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"commas":                         "product,sku,brand\nprd_1,SAL-S,\"Ay, \"\"Yıldız\"\"\"\n",
		"semicolons and a mark":          "\ufeffproduct;sku;brand\r\nprd_1;SAL-S;\"Ay, \"\"Yıldız\"\"\"\r\n",
		"empty columns and lines beside": "product,sku,brand,,\n\n,,,,\nprd_1,SAL-S,\"Ay, \"\"Yıldız\"\"\",,\n",
	} {
		columns, rows, err := readAll(catalog.CSV, []byte(content))
		require.NoError(t, err, name)
		require.Equal(t, []string{"product", "sku", "brand"}, columns, name)
		require.Len(t, rows, 1, name)
		require.Equal(t, []string{"prd_1", "SAL-S", `Ay, "Yıldız"`}, rows[0].Cells, name)
	}
	_, rows, err := readAll(catalog.CSV, []byte("product,sku,brand\nprd_1,SAL-S,\"iki\nsatır\"\nprd_2,SAL-M,\n"))
	require.NoError(t, err)
	require.Equal(t, 4, rows[1].Line, "lines are counted as an editor does")
}

func TestCSV_ThatIsNoneIsRefusedByItsLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ content, said string }{
		"a quote amid a cell":   {"product,sku\nprd_1,a\nprd_2,b\"c\n", "from line 3 on"},
		"a quote never ended":   {"product,sku\nprd_1,\"a\nprd_2,b\n", "from line 2 on"},
		"nothing":               {"", "is empty"},
		"UTF-16":                {"\xff\xfep\x00r\x00", "UTF-16"},
		"no heading":            {",,,\n1,2,3\n", "no heading"},
		"10,000 columns":        {strings.Repeat("a,", 10_000) + "a\n", "more than 300 columns"},
		"cells that nobody has": {"product,sku\na,\"\n\"" + strings.Repeat(",", 20_000) + "\n", "more than 300 columns"},
		"too many rows":         {"product,sku\n" + strings.Repeat("a,b\n", catalog.MaxSheetRows+1), "more than 100000 rows"},
		"too large":             {strings.Repeat("x", catalog.MaxSheetBytes+1), "larger than"},
	} {
		_, _, err := readAll(catalog.CSV, []byte(tt.content))
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
		require.ErrorContains(t, err, tt.said, name)
	}
}

func TestXLSX_IsReadByItsValues(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	for at, value := range map[string]any{
		"A1": "product", "B1": "sku", "C1": "price.try", "D1": "attr.vegan",
		"A3": "prd_1", "B3": "0012", "C3": 1499.9, "D3": true, "A4": "prd_2", "B4": 12,
	} {
		require.NoError(t, book.SetCellValue("Sheet1", at, value))
	}
	require.NoError(t, book.SetCellFormula("Sheet1", "C4", `=HYPERLINK("http://kotu.example")`))
	var b bytes.Buffer
	require.NoError(t, book.Write(&b))
	columns, rows, err := readAll(catalog.XLSX, b.Bytes())
	require.NoError(t, err)
	require.Equal(t, []string{"product", "sku", "price.try", "attr.vegan"}, columns)
	require.Equal(t, []catalog.Row{
		{Line: 3, Cells: []string{"prd_1", "0012", "1499.9", "1"}}, {Line: 4, Cells: []string{"prd_2", "12", "", ""}},
	}, rows, "and formulas are not calculated")
}

// workbook changes one part of a workbook that is right otherwise.
func workbook(t *testing.T, name string, part func([]byte) io.Reader) []byte {
	t.Helper()
	good := written(t, catalog.XLSX, []string{"product", "sku"}, []string{"prd_1", "SAL-S"}, []string{"prd_2", "SAL-M"})
	in, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	require.NoError(t, err)
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		opened, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(opened)
		require.NoError(t, err)
		w, err := out.Create(f.Name)
		require.NoError(t, err)
		var from io.Reader = bytes.NewReader(content)
		if f.Name == name {
			from = part(content)
		}
		_, err = io.Copy(w, from)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	return b.Bytes()
}

// zeros are as many as wanted.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestXLSX_ThatIsHostileIsRefusedBeforeItIsUnpacked(t *testing.T) {
	t.Parallel()
	const first = "xl/worksheets/sheet1.xml"
	bomb := workbook(t, first, func([]byte) io.Reader { return io.LimitReader(zeros{}, 300<<20) })
	require.Less(t, len(bomb), 1<<20)
	for name, tt := range map[string]struct {
		content []byte
		said    string
	}{
		"a bomb": {bomb, "unpacks to more than"},
		"a sheet that breaks off": {workbook(t, first, func(content []byte) io.Reader {
			return bytes.NewReader(content[:bytes.Index(content, []byte("prd_2"))])
		}), "is damaged"},
		"no archive":              {[]byte("product,sku\n"), "no XLSX workbook"},
		"an archive of something": {workbook(t, "[Content_Types].xml", func([]byte) io.Reader { return strings.NewReader("<") }), "no XLSX workbook"},
	} {
		_, _, err := readAll(catalog.XLSX, tt.content)
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
		require.ErrorContains(t, err, tt.said, name)
	}
}

func TestXLSX_WithCellsFarToTheRightIsRefused(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	require.NoError(t, book.SetCellValue("Sheet1", "XFD1", "product"))
	var b bytes.Buffer
	require.NoError(t, book.Write(&b))
	_, _, err := readAll(catalog.XLSX, b.Bytes())
	require.ErrorContains(t, err, "more than 300 columns")
}

func FuzzCSV_IsReadOrRefused(f *testing.F) {
	f.Add([]byte("product,sku\nprd_1,SAL-S\n"))
	f.Add([]byte("\ufeffa;b\n\"\n\";x"))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, rows, err := readAll(catalog.CSV, content)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row.Line < 2 {
				t.Fatalf("a row stands on line %d", row.Line)
			}
		}
	})
}
