package sheet

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

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

// Spreadsheets take a cell that begins with one of these for a formula
// (owasp.org/www-community/attacks/CSV_Injection).
const dangerous = "=+-@\t\r"

// quote before a cell makes it a text for every spreadsheet.
const quote = "'"

// armed reports whether a cell, apart from quotes before it, could calculate.
func armed(cell string) bool {
	bare := strings.TrimLeft(cell, quote)
	return bare != "" && strings.ContainsRune(dangerous, rune(bare[0]))
}

// secured writes a cell so that it calculates nothing; disarmed is its inverse. One
// that a person wrote without the quote is read as it stands.
func secured(cell string) string {
	if armed(cell) {
		return quote + cell
	}
	return cell
}

func disarmed(cell string) string {
	if armed(cell) {
		return strings.TrimPrefix(cell, quote)
	}
	return cell
}

type csvWriter struct {
	csv *csv.Writer
	row []string
}

// createCSV begins with the byte order mark: without it spreadsheets take Turkish
// letters for others.
func createCSV(to io.Writer, columns []string) (*csvWriter, error) {
	if _, err := io.WriteString(to, mark); err != nil {
		return nil, fmt.Errorf("beginning a CSV file: %w", err)
	}
	w := &csvWriter{csv: csv.NewWriter(to)}
	w.csv.UseCRLF = true
	return w, w.Write(columns)
}

// Write adds a row. Nobody sees where in a cell a line ended with a carriage return.
func (w *csvWriter) Write(cells []string) error {
	w.row = w.row[:0]
	for _, cell := range cells {
		w.row = append(w.row, secured(cell))
	}
	if err := w.csv.Write(w.row); err != nil {
		return fmt.Errorf("writing a CSV row: %w", err)
	}
	return nil
}

func (w *csvWriter) Close() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return fmt.Errorf("ending a CSV file: %w", err)
	}
	return nil
}
