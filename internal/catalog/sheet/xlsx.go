package sheet

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// xlsxReader reads the first sheet of a workbook token by token. Excelize, which writes
// ours, reads whole parts into its structures and fills rows up to their last cell: a
// file of half a megabyte made gigabytes of both.
type xlsxReader struct {
	book    *workbook
	sheet   *part
	columns []string
	// inside says that rows stand here; line is the last one's number, col the last
	// cell's, and read counts rows with something in them.
	inside    bool
	line, col int
	read      int
}

func openXLSX(ctx context.Context, content []byte) (*xlsxReader, error) {
	book, err := openWorkbook(ctx, content)
	if err != nil {
		return nil, err
	}
	r := &xlsxReader{book: book}
	if r.sheet, err = book.open(book.first, maxUnpacked); err != nil {
		return nil, err
	}
	if err := r.begin(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// begin reads the heading.
func (r *xlsxReader) begin() error {
	cells, err := r.next()
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "the file is empty")
	}
	if err != nil {
		return err
	}
	r.columns, err = heading(cells)
	return err
}

// next returns the next row that is not empty, and io.EOF where the sheet's XML has
// ended as a whole: one that breaks off is half a file.
func (r *xlsxReader) next() ([]string, error) {
	for {
		token, err := r.sheet.next()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, r.book.damaged(err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			if r.inside = r.inside || element.Name.Local == "sheetData"; !r.inside || element.Name.Local != "row" {
				continue
			}
			cells, err := r.row(element)
			if err != nil {
				return nil, r.book.damaged(err)
			}
			if !empty(cells) {
				return cells, nil
			}
		case xml.EndElement:
			r.inside = r.inside && element.Name.Local != "sheetData"
		}
	}
}

// row reads a row to its end. Rows come in their order, so that there are never more of
// them than a sheet has, empty ones included.
func (r *xlsxReader) row(start xml.StartElement) (cells []string, err error) {
	line, outside := r.line+1, r.sheet.depth-1
	if at := attribute(start, "r"); at != "" {
		if line, err = strconv.Atoi(at); err != nil {
			return nil, fmt.Errorf("a row's number: %w", err)
		}
	}
	if line <= r.line || line > excelize.TotalRows {
		return nil, fmt.Errorf("row %d behind row %d", line, r.line)
	}
	r.line, r.col = line, 0
	for r.sheet.depth > outside {
		token, err := r.sheet.next()
		if err != nil {
			return nil, err
		}
		if element, is := token.(xml.StartElement); is && element.Name.Local == "c" {
			if cells, err = r.cell(element, cells); err != nil {
				return nil, err
			}
		}
	}
	return cells, nil
}

// cell puts a cell to those of its row. One without a value only looks like something;
// one behind the last column that a file may have ends the reading.
func (r *xlsxReader) cell(start xml.StartElement, cells []string) ([]string, error) {
	col := r.col + 1
	if at := attribute(start, "r"); at != "" {
		var err error
		if col, _, err = excelize.CellNameToCoordinates(at); err != nil {
			return nil, fmt.Errorf("a cell's place: %w", err)
		}
	}
	if col <= r.col || col > excelize.MaxColumns {
		return nil, fmt.Errorf("column %d behind column %d", col, r.col)
	}
	r.col = col
	text, err := r.sheet.text(nil)
	if err != nil || len(text) == 0 {
		return cells, err
	}
	if col > catalog.MaxSheetColumns {
		return nil, tooManyColumns()
	}
	value, err := r.value(attribute(start, "t"), string(text))
	if missing := col - 1 - len(cells); missing > 0 {
		cells = append(cells, slices.Repeat([]string{""}, missing)...)
	}
	return append(cells, value), err
}

// value is what a cell says: as it is stored, not as it is shown. Of a formula that is
// what was calculated last.
func (r *xlsxReader) value(kind, text string) (string, error) {
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return "", fmt.Errorf("a shared text's number: %w", err)
		}
		return r.book.shared.at(n)
	case "inlineStr":
		return unescaped(text), nil
	}
	return text, nil
}

var escape = regexp.MustCompile("_x[0-9A-Fa-f]{4}_")

// unescaped reads characters that XML cannot hold (ECMA-376 part 1, 22.9.2.19, ST_Xstring).
func unescaped(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escape.ReplaceAllStringFunc(text, func(code string) string {
		n, err := strconv.ParseUint(code[2:6], 16, 16)
		if err != nil || n >= 0xd800 && n < 0xe000 {
			return code
		}
		return string(rune(n))
	})
}

func (r *xlsxReader) Columns() []string { return r.columns }

// Read returns the next row. A workbook leaves out cells at the end of a row that have
// nothing in them.
func (r *xlsxReader) Read() (catalog.Row, error) {
	cells, err := r.next()
	if err != nil {
		return catalog.Row{}, err
	}
	if r.read++; r.read > catalog.MaxSheetRows {
		return catalog.Row{}, tooManyRows()
	}
	cells = trimmed(cells, len(r.columns))
	if missing := len(r.columns) - len(cells); missing > 0 {
		cells = append(cells, slices.Repeat([]string{""}, missing)...)
	}
	return catalog.Row{Line: r.line, Cells: cells}, nil
}

func (r *xlsxReader) Close() error { return r.sheet.Close() }
