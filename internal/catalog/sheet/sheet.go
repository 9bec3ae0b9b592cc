// Package sheet reads and writes the catalogue's files: CSV as RFC 4180 has it, and
// XLSX. What comes in is anybody's: it is measured before it is unpacked, nothing in
// it is ever calculated, and what goes out calculates nothing either.
package sheet

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

var _ catalog.Sheets = Sheets{}

// Sheets is ready to use as a zero value.
type Sheets struct{}

// Open begins to read a file.
func (Sheets) Open(ctx context.Context, format catalog.Format, content []byte) (catalog.SheetReader, error) {
	if len(content) > catalog.MaxSheetBytes {
		return nil, fault.New(fault.Invalid, "the file is larger than %d bytes", catalog.MaxSheetBytes)
	}
	if format == catalog.XLSX {
		return openXLSX(ctx, content)
	}
	return openCSV(ctx, content)
}

// Create begins to write a file.
func (Sheets) Create(format catalog.Format, to io.Writer, columns []string) (catalog.SheetWriter, error) {
	if format == catalog.XLSX {
		return createXLSX(to, columns)
	}
	return createCSV(to, columns)
}

// heading returns the names of columns; empty ones at its end, which spreadsheets
// leave behind, are none.
func heading(cells []string) ([]string, error) {
	columns := make([]string, len(cells))
	for i, cell := range cells {
		columns[i] = strings.TrimSpace(cell)
	}
	for len(columns) > 0 && columns[len(columns)-1] == "" {
		columns = columns[:len(columns)-1]
	}
	if len(columns) == 0 {
		return nil, fault.New(fault.Invalid, "the file has no heading: its first row names the columns")
	}
	if len(columns) > catalog.MaxSheetColumns {
		return nil, tooManyColumns()
	}
	return columns, nil
}

// trimmed leaves out empty cells behind the heading's last column.
func trimmed(cells []string, width int) []string {
	for len(cells) > width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

func empty(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return cell != "" })
}

// tooManyRows ends a file that goes on for too long.
func tooManyRows() error {
	return fault.New(fault.Invalid, "the file has more than %d rows: divide it", catalog.MaxSheetRows)
}

// tooManyColumns ends a file that is too wide.
func tooManyColumns() error {
	return fault.New(fault.Invalid, "the file has more than %d columns", catalog.MaxSheetColumns)
}
