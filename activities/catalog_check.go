package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
)

// checkPrefix is that of a check's id.
const checkPrefix = "chk"

// Bounds of what is looked at together, and of what one product may bring.
const (
	checkProducts = 200
	checkBytes    = 4 << 20
	maxFlaws      = 100
)

// CheckImport reads the whole file, holds every product of it against what is there,
// and writes down what it found: nothing is applied before. A check that is cut off
// begins anew under another id.
func (f *Files) CheckImport(ctx context.Context, in ImportInput) (ImportStep, error) {
	var step ImportStep
	err := beating(ctx, func(ctx context.Context) error {
		i, err := f.check(ctx, in.ImportID)
		step = importStepOf(i)
		return err
	})
	return f.unlessGone(ctx, in.ImportID, step, err)
}

// errOver ends a check that nobody wants any more.
var errOver = errors.New("the import was cancelled, or is checked by another")

func (f *Files) check(ctx context.Context, importID string) (catalog.Import, error) {
	check := id.New(checkPrefix, f.Clock())
	i, err := f.change(ctx, importID, func(i *catalog.Import) error {
		if i.State == catalog.ImportUploaded || i.State == catalog.ImportChecking {
			*i = begun(*i, check)
		}
		return nil
	})
	if err != nil || i.Check != check {
		return i, err
	}
	c := &checker{Files: f, i: i, numbers: map[string]int64{}, skus: map[string]int{}, slugs: map[string]int{}}
	err = c.run(ctx)
	if errors.Is(err, errOver) {
		return f.change(ctx, importID, c.giveUp)
	}
	if err != nil {
		return i, err
	}
	crashpoint.Here("import.checked")
	return f.change(ctx, importID, c.end)
}

// begun is an import whose check begins.
func begun(i catalog.Import, check string) catalog.Import {
	i.State, i.Check, i.Columns, i.Wrong = catalog.ImportChecking, check, nil, ""
	i.Rows, i.Products, i.Flawed, i.Expected = 0, 0, 0, catalog.ImportCounts{}
	return i
}

// checker is one check on its way.
type checker struct {
	*Files
	i      catalog.Import
	rules  catalog.Rules
	merger catalog.Merger
	// pending are products that were read and not judged yet, with bytes in their rows;
	// size of them are the last one's.
	pending     []*catalog.ImportEntry
	bytes, size int
	// numbers are the products of the file by their ids, skus and slugs the lines where
	// it has them.
	numbers     map[string]int64
	skus, slugs map[string]int
	wrong       string
	rows        int64
	products    int64
	flawed      int64
	expected    catalog.ImportCounts
}

// run reads the file. What makes it unreadable is no error: it is refused.
func (c *checker) run(ctx context.Context) error {
	var err error
	if c.rules, err = catalog.RulesOf(ctx, c.Products); err != nil {
		return err
	}
	content, err := c.Imports.Content(ctx, c.i)
	if err != nil {
		return err
	}
	r, err := c.Sheets.Open(ctx, c.i.Format, content)
	if err == nil {
		c.i.Columns = r.Columns()
		c.merger = c.Files.merger(c.i, c.rules)
		err = errors.Join(c.read(ctx, r), r.Close())
	}
	if fault.Is(err, fault.Invalid) {
		c.wrong, err = saidTo(err), nil
	}
	return err
}

func (c *checker) read(ctx context.Context, r catalog.SheetReader) error {
	if flaws := c.rules.CheckColumns(c.i.Columns); len(flaws) > 0 {
		c.i.Columns, c.wrong = nil, "the heading is wrong: see the report"
		return c.Imports.Report(ctx, []catalog.ImportEntry{{
			ImportID: c.i.ID, Check: c.i.Check, Line: flaws[0].Line, LastLine: flaws[0].Line, Outcome: catalog.OutcomeFlawed, Flaws: flaws,
		}})
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if lost := c.look(ctx); lost != nil {
				return lost
			}
			return err
		}
		if err := c.take(ctx, row); err != nil {
			return err
		}
	}
	if c.products == 0 {
		c.wrong = "the file has no rows"
	}
	return c.look(ctx)
}

// take puts a row to those of its product.
func (c *checker) take(ctx context.Context, row catalog.Row) error {
	key := c.merger.Product(row)
	c.rows++
	if n := len(c.pending); n > 0 && c.pending[n-1].Key == key {
		c.add(c.pending[n-1], row)
		return nil
	}
	if len(c.pending) >= checkProducts || c.bytes > checkBytes {
		if err := c.look(ctx); err != nil {
			return err
		}
	}
	c.products++
	e := &catalog.ImportEntry{ImportID: c.i.ID, Check: c.i.Check, Number: c.products, Key: key, Line: row.Line}
	c.pending, c.size = append(c.pending, e), 0
	c.add(e, row)
	return nil
}

// add keeps a row. Of a product that is too large none is.
func (c *checker) add(e *catalog.ImportEntry, row catalog.Row) {
	e.LastLine = row.Line
	if len(e.Flaws) > 0 {
		return
	}
	c.bytes, c.size = c.bytes+weigh(row), c.size+weigh(row)
	if len(e.Rows) >= catalog.MaxVariants || c.size > checkBytes {
		flaw(e, row.Line, "", "the product has too many rows, or they hold too much: its texts may stand in the first row only")
		e.Rows = nil
		return
	}
	e.Rows = append(e.Rows, row)
}

func weigh(row catalog.Row) int {
	n := 0
	for _, cell := range row.Cells {
		n += len(cell)
	}
	return n
}

// flaw notes what is wrong with a product, up to what anybody reads.
func flaw(e *catalog.ImportEntry, line int, column, format string, args ...any) {
	e.Outcome = catalog.OutcomeFlawed
	if len(e.Flaws) < maxFlaws {
		e.Flaws = append(e.Flaws, catalog.RowFlaw{Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
	}
}

// look judges the products that are pending, and writes down what there is to say.
func (c *checker) look(ctx context.Context) error {
	if stopping(ctx) {
		return fault.New(fault.Unavailable, "the worker stops: another goes on")
	}
	if err := c.judge(ctx, c.pending); err != nil {
		return err
	}
	entries := make([]catalog.ImportEntry, len(c.pending))
	for n, e := range c.pending {
		if e.Outcome == catalog.OutcomeFlawed {
			c.flawed++
			e.Rows, e.Expected = nil, ""
		} else {
			c.expected.Count(e.Expected)
		}
		entries[n] = *e
	}
	if err := c.Imports.Report(ctx, entries); err != nil {
		return err
	}
	c.pending, c.bytes = nil, 0
	_, err := c.change(ctx, c.i.ID, c.note)
	return err
}

// note writes how far the check has come, unless nobody wants to know.
func (c *checker) note(i *catalog.Import) error {
	if i.Check != c.i.Check || i.State != catalog.ImportChecking || i.CancelledBy != "" {
		return errOver
	}
	i.Rows, i.Products, i.Flawed, i.Expected = c.rows, c.products, c.flawed, c.expected
	if i.Rows > i.Furthest {
		i.Furthest, i.ProgressAt = i.Rows, c.Clock().UTC()
	}
	return nil
}

// giveUp ends an import that was cancelled while it was checked.
func (c *checker) giveUp(i *catalog.Import) error {
	if i.Check == c.i.Check && i.State == catalog.ImportChecking && i.CancelledBy != "" {
		i.State, i.EndedAt = catalog.ImportCancelled, c.Clock().UTC()
	}
	return nil
}

// end writes what the check has found.
func (c *checker) end(i *catalog.Import) error {
	if i.Check != c.i.Check || i.State != catalog.ImportChecking {
		return fault.New(fault.Unavailable, "another check of the import went on")
	}
	i.Rows, i.Products, i.Flawed, i.Expected, i.Columns = c.rows, c.products, c.flawed, c.expected, c.i.Columns
	i.CheckedAt = c.Clock().UTC()
	i.ProgressAt = i.CheckedAt
	i.State, i.Wrong = catalog.ImportChecked, c.wrong
	switch {
	case c.wrong != "", c.flawed > 0 && i.OnError == catalog.StopOnError:
		i.State = catalog.ImportRejected
	}
	if i.Over() {
		i.EndedAt = i.CheckedAt
	}
	return nil
}

// slugsOf are those that a product wants, each once.
func slugsOf(p catalog.Product) []string {
	slugs := slices.DeleteFunc([]string{p.Slugs.TR, p.Slugs.EN}, func(s string) bool { return s == "" })
	return slices.Compact(slugs)
}
