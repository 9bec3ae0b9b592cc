package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
)

// Files puts files into the catalogue, and the catalogue into files.
type Files struct {
	Products catalog.Store
	Imports  catalog.Imports
	Exports  catalog.Exports
	Sheets   catalog.Sheets
	Clock    clock.Clock
}

// ImportInput names an import, how far it was applied, and what became of products
// until there.
type ImportInput struct {
	ImportID string               `json:"import_id"`
	After    int64                `json:"after,omitempty"`
	Counts   catalog.ImportCounts `json:"counts,omitzero"`
}

// ImportStep is where an import stands after a step.
type ImportStep struct {
	State    catalog.ImportState  `json:"state"`
	Products int64                `json:"products"`
	Flawed   int64                `json:"flawed,omitempty"`
	After    int64                `json:"after,omitempty"`
	Counts   catalog.ImportCounts `json:"counts,omitzero"`
	// Over says that nothing is left to do.
	Over bool `json:"over,omitempty"`
}

// batch is how many products one step applies; stride how many of them are read at
// once, with their rows.
const (
	batch  = 250
	stride = 25
)

// maxTries is how often a product is merged again because somebody changed it.
const maxTries = 5

// ApplyImport puts the next products of a checked import into the catalogue. A product
// that carries this import already is only counted, so the step may be taken again.
func (f *Files) ApplyImport(ctx context.Context, in ImportInput) (ImportStep, error) {
	var step ImportStep
	err := beating(ctx, func(ctx context.Context) (err error) {
		step, err = f.applyBatch(ctx, in)
		return err
	})
	return f.unlessGone(ctx, in.ImportID, step, err)
}

// unlessGone returns what a step has done. An import that was removed meanwhile is over.
func (f *Files) unlessGone(ctx context.Context, importID string, step ImportStep, err error) (ImportStep, error) {
	if fault.Is(err, fault.NotFound) {
		if _, missing := f.Imports.Find(ctx, importID); fault.Is(missing, fault.NotFound) {
			return ImportStep{State: catalog.ImportCancelled, Over: true}, nil
		}
	}
	return step, forTemporal(err)
}

func importStepOf(i catalog.Import) ImportStep {
	return ImportStep{State: i.State, Products: i.Products, Flawed: i.Flawed, After: i.Applied, Counts: i.Counts, Over: i.Over()}
}

// change writes an import over whatever others wrote to it meanwhile.
func (f *Files) change(ctx context.Context, importID string, set func(*catalog.Import) error) (catalog.Import, error) {
	for {
		i, err := f.Imports.Find(ctx, importID)
		if err != nil {
			return i, err
		}
		if err := set(&i); err != nil {
			return i, err
		}
		saved, err := f.Imports.Save(ctx, i)
		if !fault.Is(err, fault.Stale) {
			return saved, err
		}
	}
}

func (f *Files) applyBatch(ctx context.Context, in ImportInput) (ImportStep, error) {
	i, err := f.change(ctx, in.ImportID, func(i *catalog.Import) error {
		if i.State == catalog.ImportChecked && !i.DryRun {
			i.State = catalog.ImportApplying
		}
		return nil
	})
	if err != nil || i.Over() {
		return importStepOf(i), err
	}
	a, err := f.applier(ctx, i)
	if err != nil {
		return ImportStep{}, err
	}
	a.after, a.counts = in.After, in.Counts
	if err := a.run(ctx); err != nil {
		return ImportStep{}, err
	}
	i, err = f.change(ctx, i.ID, a.note)
	return importStepOf(i), err
}

// applier applies one batch.
type applier struct {
	*Files
	i      catalog.Import
	merger catalog.Merger
	after  int64
	counts catalog.ImportCounts
	// last says that no product is left, failed that one was not written.
	last, failed bool
}

func (f *Files) applier(ctx context.Context, i catalog.Import) (*applier, error) {
	rules, err := catalog.RulesOf(ctx, f.Products)
	if err != nil {
		return nil, err
	}
	return &applier{Files: f, i: i, merger: f.merger(i, rules)}, nil
}

func (f *Files) merger(i catalog.Import, rules catalog.Rules) catalog.Merger {
	return catalog.Merger{Rules: rules, Columns: i.Columns, Now: f.Clock().UTC(), Since: i.CreatedAt}
}

// run goes through products until the batch is full, or there is a reason to go no
// further: what was done until then counts.
func (a *applier) run(ctx context.Context) error {
	for end := a.after + batch; a.after < end; {
		if now, err := a.Imports.Find(ctx, a.i.ID); err != nil || now.CancelledBy != "" {
			return err
		}
		entries, err := a.Imports.Entries(ctx, a.i, a.after, stride)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if stopping(ctx) {
				return nil
			}
			if err := a.settle(ctx, e); err != nil {
				return err
			}
			if a.failed && a.i.OnError == catalog.StopOnError {
				return nil
			}
		}
		if len(entries) < stride {
			a.last = true
			return nil
		}
	}
	return nil
}

// stopping reports whether the worker was told to stop: what is left is another's.
func stopping(ctx context.Context) bool {
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return true
	default:
		return ctx.Err() != nil
	}
}

// note writes how far the import has come, and how it ended. A try that was taken for
// dead and went on knows less than what is there.
func (a *applier) note(i *catalog.Import) error {
	if i.Over() || i.Applied > a.after {
		return nil
	}
	if a.after > i.Applied {
		i.ProgressAt = a.Clock().UTC()
	}
	i.Applied, i.Counts = a.after, a.counts
	switch {
	case a.failed && i.OnError == catalog.StopOnError:
		i.State = catalog.ImportStopped
	case a.last:
		i.State = catalog.ImportDone
	case i.CancelledBy != "":
		i.State = catalog.ImportCancelled
	}
	if i.Over() {
		i.EndedAt = a.Clock().UTC()
	}
	return nil
}

// settle applies a product that is ready, and counts any.
func (a *applier) settle(ctx context.Context, e catalog.ImportEntry) error {
	if e.Outcome == catalog.OutcomeReady {
		if err := a.apply(ctx, &e); err != nil {
			return err
		}
		crashpoint.Here("import.written")
		if err := a.Imports.Settle(ctx, e); err != nil {
			return err
		}
		crashpoint.Here("import.settled")
	}
	a.counts.Count(e.Outcome)
	a.failed = a.failed || e.Outcome == catalog.OutcomeFailed
	a.after = e.Number
	return nil
}

// apply writes a product as its rows say. Its outcome is a word on the entry; an error
// is for another try.
func (a *applier) apply(ctx context.Context, e *catalog.ImportEntry) error {
	for range maxTries {
		before, there, err := a.before(ctx, *e)
		switch {
		case err != nil:
			return err
		case !there && !e.New:
			fail(e, "the product is not there any more")
			return nil
		case there && e.New, before.LastImport == a.i.ID:
			// This import wrote it, and died before it could say so.
			e.Outcome = written(e.New)
			return nil
		}
		again, err := a.write(ctx, e, before)
		if err != nil || !again {
			return err
		}
	}
	fail(e, "others change the product all the time")
	return nil
}

// before returns the product that rows are put into.
func (a *applier) before(ctx context.Context, e catalog.ImportEntry) (p catalog.Product, there bool, err error) {
	p, err = a.Products.Find(ctx, e.ProductID)
	if fault.Is(err, fault.NotFound) {
		return newProduct(e.ProductID, a.Clock().UTC()), false, nil
	}
	return p, err == nil, err
}

func newProduct(productID string, now time.Time) catalog.Product {
	return catalog.Product{ID: productID, Status: catalog.Draft, CreatedAt: now, UpdatedAt: now}
}

func written(fresh bool) catalog.Outcome {
	if fresh {
		return catalog.OutcomeCreated
	}
	return catalog.OutcomeChanged
}

func fail(e *catalog.ImportEntry, message string) {
	e.Outcome, e.Flaws = catalog.OutcomeFailed, append(e.Flaws, catalog.RowFlaw{Line: e.Line, Message: message})
}

// write merges the rows into the product and writes it. again says that somebody was
// quicker.
func (a *applier) write(ctx context.Context, e *catalog.ImportEntry, before catalog.Product) (again bool, err error) {
	after, flaws := a.merger.Merge(e.Rows, before)
	if len(flaws) > 0 {
		e.Outcome, e.Flaws = catalog.OutcomeFailed, flaws
		return false, nil
	}
	if !e.New && catalog.Same(before, after) {
		e.Outcome = catalog.OutcomeUnchanged
		return false, nil
	}
	after.LastImport, after.UpdatedAt = a.i.ID, a.Clock().UTC()
	if e.New {
		_, err = a.Products.Create(ctx, after)
	} else {
		_, err = a.Products.Replace(ctx, after)
	}
	switch fault.CodeOf(err) {
	case fault.Stale:
		return true, nil
	case fault.Conflict, fault.Invalid:
		return false, a.refused(ctx, e, err)
	}
	if err == nil {
		e.Outcome = written(e.New)
	}
	return false, err
}

// refused says why a product was not written, unless another try of this very step
// has made it meanwhile.
func (a *applier) refused(ctx context.Context, e *catalog.ImportEntry, err error) error {
	if e.New {
		if _, there, err := a.before(ctx, *e); err != nil || there {
			e.Outcome = catalog.OutcomeCreated
			return err
		}
	}
	fail(e, saidTo(err))
	return nil
}

// saidTo is what a fault says to people.
func saidTo(err error) string {
	var f *fault.Fault
	if errors.As(err, &f) {
		return f.Message
	}
	return "could not be written"
}
