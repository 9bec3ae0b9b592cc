package sheet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// mark is the byte order mark by which spreadsheets tell UTF-8.
const mark = "\ufeff"

type csvReader struct {
	ctx     context.Context //nolint:containedctx // a SheetReader is read without one
	csv     *csv.Reader
	columns []string
	rows    int
}

// openCSV finds out whether commas or semicolons separate cells, as spreadsheets in
// Turkey write, by which of them its heading has: no column's name holds either.
func openCSV(ctx context.Context, content []byte) (*csvReader, error) {
	content = bytes.TrimPrefix(content, []byte(mark))
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return nil, fault.New(fault.Invalid, "the file is UTF-16: save it as CSV UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord = -1
	first, _, _ := bytes.Cut(content, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	}
	if err := narrow(content, byte(r.Comma)); err != nil {
		return nil, err
	}
	cells, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "the file is empty")
	}
	if err != nil {
		return nil, unreadable(err)
	}
	columns, err := heading(cells)
	return &csvReader{ctx: ctx, csv: r, columns: columns}, err
}

// widest is how many columns a spreadsheet has: so many may be empty.
const widest = 16_384

// narrow refuses a row that is wider than any spreadsheet before its cells, of which
// each takes many times its one byte, are made.
func narrow(content []byte, comma byte) error {
	quoted, cells := false, 1
	for _, c := range content {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			cells = 1
		case c == comma:
			if cells++; cells > widest {
				return tooManyColumns()
			}
		}
	}
	return nil
}

func (r *csvReader) Columns() []string { return r.columns }

// Read returns the next row that is not empty.
func (r *csvReader) Read() (catalog.Row, error) {
	for {
		if err := r.ctx.Err(); err != nil {
			return catalog.Row{}, fmt.Errorf("the reading was ended: %w", err)
		}
		cells, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			return catalog.Row{}, io.EOF
		}
		if err != nil {
			return catalog.Row{}, unreadable(err)
		}
		if empty(cells) {
			continue
		}
		if r.rows++; r.rows > catalog.MaxSheetRows {
			return catalog.Row{}, tooManyRows()
		}
		line, _ := r.csv.FieldPos(0)
		for i, cell := range cells {
			cells[i] = disarmed(cell)
		}
		return catalog.Row{Line: line, Cells: trimmed(cells, len(r.columns))}, nil
	}
}

func (r *csvReader) Close() error { return nil }

// unreadable names the line where a file stops being CSV. From there on nobody knows
// where a row begins: the file as a whole is refused.
func unreadable(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fault.Wrap(err, fault.Invalid, "the file is no CSV from line %d on: quotes stand around a whole cell, and are doubled inside of it", parse.StartLine)
	}
	return fault.Wrap(err, fault.Invalid, "the file is no CSV")
}

// Spreadsheets take a cell that begins with one of these for a formula, those in full
// width included (owasp.org/www-community/attacks/CSV_Injection).
const dangerous = "=+-@\t\r＝＋－＠"

// apart is what ends a cell for one spreadsheet or another. Which sign it is depends on
// the country it is set to: one in Turkey reads a file with commas by its semicolons,
// and then quotes around whole cells hold nothing together.
const apart = ";,\t\r\n"

// quote before a cell makes it a text for every spreadsheet.
const quote = "'"

// armed reports whether a cell, apart from what may stand before it, could calculate.
func armed(cell string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, quote+`" `))
	return strings.ContainsRune(dangerous, first)
}

// secured writes a cell so that nothing in it calculates, wherever a spreadsheet thinks
// that cells begin; disarmed is its inverse. One that a person wrote without quotes is
// read as it stands.
func secured(cell string) string {
	return piecewise(cell, func(piece string) string { return quote + piece })
}

func disarmed(cell string) string {
	return piecewise(cell, func(piece string) string { return strings.TrimPrefix(piece, quote) })
}

// piecewise changes what is armed between the signs that may end a cell.
func piecewise(cell string, change func(string) string) string {
	if !strings.ContainsAny(cell, dangerous) {
		return cell
	}
	var b strings.Builder
	for cell != "" {
		end := strings.IndexAny(cell, apart) + 1
		if end == 0 {
			end = len(cell)
		}
		piece := cell[:end]
		if armed(piece) {
			piece = change(piece)
		}
		b.WriteString(piece)
		cell = cell[end:]
	}
	return b.String()
}

type csvWriter struct {
	to *bufio.Writer
}

// createCSV begins with the byte order mark: without it spreadsheets take Turkish
// letters for others.
func createCSV(to io.Writer, columns []string) (*csvWriter, error) {
	w := &csvWriter{to: bufio.NewWriter(to)}
	if _, err := w.to.WriteString(mark); err != nil {
		return nil, fmt.Errorf("beginning a CSV file: %w", err)
	}
	return w, w.Write(columns)
}

// Write adds a row, with quotes around each cell that holds something.
func (w *csvWriter) Write(cells []string) error {
	var row strings.Builder
	for i, cell := range cells {
		if i > 0 {
			row.WriteByte(',')
		}
		if cell != "" || i == 0 {
			row.WriteString(`"` + strings.ReplaceAll(secured(cell), `"`, `""`) + `"`)
		}
	}
	row.WriteString("\r\n")
	if _, err := w.to.WriteString(row.String()); err != nil {
		return fmt.Errorf("writing a CSV row: %w", err)
	}
	return nil
}

func (w *csvWriter) Close() error {
	if err := w.to.Flush(); err != nil {
		return fmt.Errorf("ending a CSV file: %w", err)
	}
	return nil
}
