package sheet

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

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
