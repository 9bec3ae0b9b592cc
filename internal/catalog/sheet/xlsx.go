package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// Limits of what a workbook unpacks to. Above the second one a part is read from a
// file beside, not from memory (excelize, lib.go ReadZipReader).
const (
	maxUnpacked = 256 << 20
	maxInMemory = 16 << 20
	maxParts    = 1000
)

type xlsxReader struct {
	book    *excelize.File
	rows    *excelize.Rows
	columns []string
	line    int
	read    int
}

// openXLSX measures the workbook before anything of it is unpacked: a size that an
// archive states is one that it cannot exceed (archive/zip, checksumReader).
func openXLSX(content []byte) (*xlsxReader, error) {
	if err := measure(content); err != nil {
		return nil, err
	}
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxInMemory, RawCellValue: true,
	})
	if err != nil {
		return nil, noWorkbook(err)
	}
	r := &xlsxReader{book: book}
	if err := r.begin(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func noWorkbook(err error) error {
	return fault.Wrap(err, fault.Invalid, "the file is no XLSX workbook, or is protected by a password")
}

// measure refuses a workbook that is too large, and one whose sheets are not whole:
// excelize takes a sheet for ended where its XML breaks off (rows.go Next), and half a
// file would be imported as if it were all.
func measure(content []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return noWorkbook(err)
	}
	if len(archive.File) > maxParts {
		return fault.New(fault.Invalid, "the workbook has too many parts")
	}
	var unpacked uint64
	for _, part := range archive.File {
		if unpacked += part.UncompressedSize64; part.UncompressedSize64 > maxUnpacked || unpacked > maxUnpacked {
			return fault.New(fault.Invalid, "the workbook unpacks to more than %d MB", maxUnpacked>>20)
		}
	}
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, "\\", "/"))
		if strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml") {
			if err := wellFormed(part); err != nil {
				return fault.Wrap(err, fault.Invalid, "a sheet of the workbook is damaged")
			}
		}
	}
	return nil
}

func wellFormed(part *zip.File) error {
	opened, err := part.Open()
	if err != nil {
		return fmt.Errorf("opening %s: %w", part.Name, err)
	}
	d := xml.NewDecoder(opened)
	for err == nil {
		_, err = d.Token()
	}
	if !errors.Is(err, io.EOF) {
		return errors.Join(fmt.Errorf("reading %s: %w", part.Name, err), opened.Close())
	}
	if err := opened.Close(); err != nil {
		return fmt.Errorf("closing %s: %w", part.Name, err)
	}
	return nil
}

// begin opens the first sheet and reads its heading.
func (r *xlsxReader) begin() error {
	names := r.book.GetSheetList()
	if len(names) == 0 {
		return fault.New(fault.Invalid, "the workbook has no sheet")
	}
	rows, err := r.book.Rows(names[0])
	if err != nil {
		return noWorkbook(err)
	}
	r.rows = rows
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

// next returns the next row that is not empty.
func (r *xlsxReader) next() ([]string, error) {
	for r.rows.Next() {
		r.line++
		if r.line > excelize.TotalRows {
			break
		}
		cells, err := r.rows.Columns()
		if err != nil {
			return nil, noWorkbook(err)
		}
		if !empty(cells) {
			return cells, nil
		}
	}
	if err := r.rows.Error(); err != nil {
		return nil, noWorkbook(err)
	}
	return nil, io.EOF
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

// Close removes what was unpacked beside.
func (r *xlsxReader) Close() error {
	var errs []error
	if r.rows != nil {
		errs = append(errs, r.rows.Close())
	}
	if err := errors.Join(append(errs, r.book.Close())...); err != nil {
		return fmt.Errorf("closing a workbook: %w", err)
	}
	return nil
}

// sheetName is what the one sheet of a file is called.
const sheetName = "Katalog"

type xlsxWriter struct {
	to     io.Writer
	book   *excelize.File
	stream *excelize.StreamWriter
	line   int
}

func createXLSX(to io.Writer, columns []string) (*xlsxWriter, error) {
	w := &xlsxWriter{to: to, book: excelize.NewFile()}
	if err := w.book.SetSheetName(w.book.GetSheetName(0), sheetName); err != nil {
		return nil, errors.Join(fmt.Errorf("naming a sheet: %w", err), w.book.Close())
	}
	stream, err := w.book.NewStreamWriter(sheetName)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("beginning a sheet: %w", err), w.book.Close())
	}
	w.stream = stream
	return w, w.Write(columns)
}

// Write adds a row of texts: a text calculates nothing, and no barcode loses a zero.
func (w *xlsxWriter) Write(cells []string) error {
	w.line++
	row := make([]any, len(cells))
	for i, cell := range cells {
		if cell != "" {
			row[i] = cell
		}
	}
	at, err := excelize.CoordinatesToCellName(1, w.line)
	if err == nil {
		err = w.stream.SetRow(at, row)
	}
	if err != nil {
		return fmt.Errorf("writing row %d of a sheet: %w", w.line, err)
	}
	return nil
}

func (w *xlsxWriter) Close() error {
	err := w.stream.Flush()
	if err == nil {
		_, err = w.book.WriteTo(w.to)
	}
	if err := errors.Join(err, w.book.Close()); err != nil {
		return fmt.Errorf("ending a workbook: %w", err)
	}
	return nil
}
