package activities

import (
	"bytes"
	"context"
	"errors"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
)

// FileInput names a file of the catalogue.
type FileInput struct {
	ExportID string `json:"export_id"`
}

// FileResult is what an operator sees of a file.
type FileResult struct {
	Products int64 `json:"products"`
	Rows     int64 `json:"rows"`
	Bytes    int64 `json:"bytes"`
}

// filePrefix is that of what names the chunks of one try.
const filePrefix = "fil"

// filePart is how many bytes of a file are kept together.
const filePart = 512 << 10

// WriteCatalogue writes the whole catalogue into a file, in chunks. A file that is
// there stays.
func (f *Files) WriteCatalogue(ctx context.Context, in FileInput) (FileResult, error) {
	var result FileResult
	err := beating(ctx, func(ctx context.Context) error {
		e, err := f.Exports.Find(ctx, in.ExportID)
		if err == nil && e.ReadyAt.IsZero() {
			e.File = id.New(filePrefix, f.Clock())
			e, err = f.export(ctx, e)
		}
		result = FileResult{Products: e.Products, Rows: e.Rows, Bytes: e.Size}
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return FileResult{}, nil
	}
	return result, forTemporal(err)
}

// export goes through the catalogue twice: which columns there are is known at its end.
func (f *Files) export(ctx context.Context, e catalog.Export) (catalog.Export, error) {
	book, err := f.Products.Book(ctx)
	if err != nil {
		return e, err
	}
	at, used := f.Clock().UTC(), map[string]bool{}
	rows := func(p catalog.Product) []map[string]string { return catalog.RowsOf(p, book, at) }
	err = f.everyProduct(ctx, func(p catalog.Product) error {
		for _, row := range rows(p) {
			for column := range row {
				used[column] = true
			}
		}
		return nil
	})
	if err != nil {
		return e, err
	}
	out := &chunks{ctx: ctx, store: f.Exports, e: e, columns: catalog.SheetColumns(used), used: used}
	w, err := f.Sheets.Create(e.Format, out, out.columns)
	if err != nil {
		return e, err
	}
	err = f.everyProduct(ctx, func(p catalog.Product) error { return out.product(w, rows(p)) })
	if err = errors.Join(err, w.Close()); err == nil {
		err = out.flush(0)
	}
	if err != nil {
		return e, err
	}
	out.e.ReadyAt = at
	return f.Exports.Ready(ctx, out.e)
}

// everyProduct goes through the whole catalogue.
func (f *Files) everyProduct(ctx context.Context, visit func(catalog.Product) error) error {
	q := catalog.StaffQuery{Limit: exportStep}
	for {
		page, err := f.Products.List(ctx, q)
		if err != nil {
			return err
		}
		for _, p := range page.Items {
			if err := visit(p); err != nil {
				return err
			}
		}
		if stopping(ctx) {
			return fault.New(fault.Unavailable, "the worker stops: another begins anew")
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}

// chunks keeps what is written in parts.
type chunks struct {
	ctx   context.Context //nolint:containedctx // io.Writer has no room for it
	store catalog.Exports
	e     catalog.Export
	held  bytes.Buffer
	// columns are those of the file, used those that any product had when they were
	// counted.
	columns []string
	used    map[string]bool
}

func (c *chunks) Write(p []byte) (int, error) {
	c.held.Write(p)
	return len(p), c.flush(filePart)
}

// flush keeps whole parts while more than so many bytes are held back.
func (c *chunks) flush(keep int) error {
	for c.held.Len() > keep {
		part := c.held.Next(filePart)
		if err := c.store.Put(c.ctx, c.e, c.e.Chunks, part); err != nil {
			return err
		}
		c.e.Chunks++
		c.e.Size += int64(len(part))
	}
	return nil
}

// product writes a product's rows. One that got a column since they were counted has
// the file written anew.
func (c *chunks) product(w catalog.SheetWriter, rows []map[string]string) error {
	c.e.Products++
	for _, row := range rows {
		cells := make([]string, len(c.columns))
		for i, column := range c.columns {
			cells[i] = row[column]
		}
		for column := range row {
			if !c.used[column] {
				return fault.New(fault.Unavailable, "the catalogue got the column %s meanwhile", column)
			}
		}
		if err := w.Write(cells); err != nil {
			return err
		}
		c.e.Rows++
	}
	return nil
}
