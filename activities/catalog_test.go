package activities_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/catalog/sheet"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

// filer is the steps of files over real stores.
type filer struct {
	t     *testing.T
	db    *mongodriver.Database
	store *mongo.Catalog
	files *activities.Files
}

func newFiler(t *testing.T) *filer {
	t.Helper()
	db := mongotest.Database(t)
	f := &filer{t: t, db: db, store: mongo.NewCatalog(db, clock.System)}
	_, err := f.store.SaveBook(t.Context(), catalog.NewBook("TRY"))
	require.NoError(t, err)
	_, err = f.store.SaveCategory(t.Context(), catalog.Category{
		ID: "ev", Name: catalog.Text{TR: "Ev"}, Slugs: catalog.Text{TR: "ev"},
		Attributes: []catalog.Declaration{{Key: "renk", Name: catalog.Text{TR: "Renk"}, Type: catalog.TextAttribute}},
	})
	require.NoError(t, err)
	f.files = &activities.Files{
		Products: f.store, Imports: mongo.NewCatalogImports(db), Exports: mongo.NewCatalogExports(db), Sheets: sheet.Sheets{}, Clock: clock.System,
	}
	return f
}

// begin uploads a file.
func (f *filer) begin(content string, set ...func(*catalog.Import)) catalog.Import {
	f.t.Helper()
	now := clock.System()
	i := catalog.Import{
		ID: id.New(catalog.ImportPrefix, now), Format: catalog.CSV, OnError: catalog.StopOnError, State: catalog.ImportUploaded, By: "zeynep-3", CreatedAt: now,
	}
	for _, s := range set {
		s(&i)
	}
	i, err := f.files.Imports.Begin(f.t.Context(), i, []byte(content))
	require.NoError(f.t, err)
	return i
}

func skipping(i *catalog.Import) { i.OnError = catalog.SkipOnError }

// step runs a step of an import.
func (f *filer) step(do func(context.Context, activities.ImportInput) (activities.ImportStep, error), in activities.ImportInput) (activities.ImportStep, error) {
	f.t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.SetTestTimeout(3 * time.Minute)
	env.RegisterActivity(do)
	value, err := env.ExecuteActivity(do, in)
	if err != nil {
		return activities.ImportStep{}, err //nolint:wrapcheck // the step's own
	}
	var step activities.ImportStep
	require.NoError(f.t, value.Get(&step))
	return step, nil
}

// run goes on from a step to the end, as the workflow does.
func (f *filer) run(i catalog.Import) activities.ImportStep {
	f.t.Helper()
	step, err := f.step(f.files.CheckImport, activities.ImportInput{ImportID: i.ID})
	require.NoError(f.t, err)
	return f.apply(i, step)
}

func (f *filer) apply(i catalog.Import, step activities.ImportStep) activities.ImportStep {
	f.t.Helper()
	for !step.Over {
		var err error
		step, err = f.step(f.files.ApplyImport, activities.ImportInput{ImportID: i.ID, After: step.After, Counts: step.Counts})
		require.NoError(f.t, err)
	}
	return step
}

// report returns the entries of an import with an outcome, or all.
func (f *filer) report(i catalog.Import, outcomes ...catalog.Outcome) []catalog.ImportEntry {
	f.t.Helper()
	i, err := f.files.Imports.Find(f.t.Context(), i.ID)
	require.NoError(f.t, err)
	entries, err := f.files.Imports.Entries(f.t.Context(), i, -1, 100_000, outcomes...)
	require.NoError(f.t, err)
	return entries
}

func (f *filer) find(key string) catalog.Product {
	f.t.Helper()
	p, err := f.store.Find(f.t.Context(), key)
	require.NoError(f.t, err)
	return p
}

// glasses is a file of so many products with so many variants; wrong changes rows by
// their lines.
func glasses(products, variants int, wrong map[int]string) string {
	var b strings.Builder
	b.WriteString("product;sku;title_tr;status;categories;tax_percent;option_name.boy.tr;option.boy;price.try\r\n")
	line := 1
	for p := range products {
		for v := range variants {
			line++
			if row, there := wrong[line]; there {
				b.WriteString(row + "\r\n")
				continue
			}
			said := ";;;"
			if v == 0 {
				said = fmt.Sprintf("Çay bardağı %d;active;ev;", p)
			}
			fmt.Fprintf(&b, "bardak-%d;BARDAK-%d-%d;%s20;%s;b%d|Boy %d;1.%03d,90\r\n", p, p, v, said, map[bool]string{true: "Boy"}[v == 0], v, v, v)
		}
	}
	return b.String()
}

func TestImport_OfFiftyThousandRowsNamesExactlyTheWrongOnes(t *testing.T) {
	t.Parallel()
	f := newFiler(t)
	wrong := map[int]string{
		25_002: "bardak-250;BARDAK-250-0;Çay bardağı 250;active;ev;18;Boy;b0|Boy 0;1.000,90",
		25_050: "bardak-250;BARDAK-250-48;;;;20;;b48|Boy 48;pahalı",
		30_007: "bardak-300;BARDAK-250-7;;;;20;;b5|Boy 5;1.005,90",
		40_404: "bardak-404;BARDAK-404-2",
		41_000: ";BARDAK-X;;;;20;;;1",
	}
	file := glasses(500, 100, wrong)
	i := f.begin(file)
	step := f.run(i)
	require.Equal(t, catalog.ImportRejected, step.State)
	require.Equal(t, int64(502), step.Products, "a row without a product parts its product in two")
	lines := map[int]string{}
	for _, e := range f.report(i, catalog.OutcomeFlawed) {
		for _, flaw := range e.Flaws {
			lines[flaw.Line] += flaw.Column + ";"
		}
	}
	require.Equal(t, map[int]string{
		25_002: "tax_percent;", 25_050: "price.try;", 30_007: "sku;", 40_404: ";", 41_000: "product;", 40_902: "product;", 41_001: "product;",
	}, lines)
	page, err := f.store.List(t.Context(), catalog.StaffQuery{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, page.Items, "nothing was applied")

	if testing.Short() {
		return // fifty thousand SKUs are claimed one by one
	}
	i = f.begin(file, skipping)
	step = f.run(i)
	require.Equal(t, catalog.ImportDone, step.State)
	require.Equal(t, int64(6), step.Flawed)
	require.Equal(t, catalog.ImportCounts{Created: 496}, step.Counts)
	require.Len(t, f.report(i, catalog.OutcomeCreated), 496)
	require.Len(t, f.find("bardak-499").Variants, 100)
	for _, out := range []string{"bardak-250", "bardak-300", "bardak-404", "bardak-409"} {
		_, err := f.store.Find(t.Context(), out)
		require.True(t, fault.Is(err, fault.NotFound), out)
	}
	saved, err := f.files.Imports.Find(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, catalog.ImportCounts{Created: 496}, saved.Expected)
	require.Equal(t, int64(50_000), saved.Rows)
}

func TestImport_OfADryRunAppliesNothing(t *testing.T) {
	t.Parallel()
	f := newFiler(t)
	i := f.begin(glasses(3, 2, nil), func(i *catalog.Import) { i.DryRun = true })
	step := f.run(i)
	require.Equal(t, catalog.ImportChecked, step.State)
	require.Len(t, f.report(i, catalog.OutcomeReady), 3)
	_, err := f.store.Find(t.Context(), "bardak-0")
	require.True(t, fault.Is(err, fault.NotFound))
}

// dying is a store that does what it is asked, and whose answer is lost.
type dying struct {
	catalog.Imports
	settled int
}

func (d *dying) Settle(ctx context.Context, e catalog.ImportEntry) error {
	if d.settled--; d.settled < 0 {
		return errors.New("the worker died before it could write this down")
	}
	return d.Imports.Settle(ctx, e) //nolint:wrapcheck // the store's own
}

func TestImport_ThatDiedBetweenAProductAndItsEntryWritesItOnce(t *testing.T) {
	t.Parallel()
	f := newFiler(t)
	old := catalog.Product{
		ID: id.New(id.Product, time.Now()), Status: catalog.Draft, Slugs: catalog.Text{TR: "bardak-2"}, Title: catalog.Text{TR: "Eski bardak"}, Categories: []string{"ev"},
		Variants: []catalog.Variant{{ID: "var_1", SKU: "BARDAK-2-0", TaxPercent: 20, Prices: []catalog.Price{{List: "try", Amount: money.Of(100, "TRY")}}}},
	}
	_, err := f.store.Create(t.Context(), old)
	require.NoError(t, err)
	i := f.begin(glasses(4, 1, nil))
	checked, err := f.step(f.files.CheckImport, activities.ImportInput{ImportID: i.ID})
	require.NoError(t, err)
	real := f.files.Imports
	for n := range 3 {
		f.files.Imports = &dying{Imports: real, settled: n}
		_, err = f.step(f.files.ApplyImport, activities.ImportInput{ImportID: i.ID})
		require.Error(t, err)
		f.files.Imports = real
	}
	require.Equal(t, int64(2), f.find("bardak-2").Revision)

	// Somebody works on what is in before the import goes on.
	p := f.find("bardak-3")
	p.Brand = "Paşabahçe"
	_, err = f.store.Replace(t.Context(), p)
	require.NoError(t, err)
	step := f.apply(i, checked)
	require.Equal(t, catalog.ImportDone, step.State)
	require.Equal(t, catalog.ImportCounts{Created: 3, Changed: 1}, step.Counts)
	require.Equal(t, "Paşabahçe", f.find("bardak-3").Brand)
	require.Equal(t, int64(2), f.find("bardak-3").Revision, "it was not written again")
	require.Equal(t, int64(1), f.find("bardak-0").Revision)
	require.Equal(t, int64(2), f.find("bardak-2").Revision)
	again := f.run(f.begin(glasses(4, 1, nil)))
	require.Equal(t, catalog.ImportCounts{Unchanged: 4}, again.Counts, "the same file again")
}

func TestImport_StopsWhereAProductCannotBeWritten(t *testing.T) {
	t.Parallel()
	for state, set := range map[catalog.ImportState]func(*catalog.Import){
		catalog.ImportStopped: func(*catalog.Import) {}, catalog.ImportDone: skipping,
	} {
		f := newFiler(t)
		i := f.begin(glasses(3, 1, nil), set)
		checked, err := f.step(f.files.CheckImport, activities.ImportInput{ImportID: i.ID})
		require.NoError(t, err)
		_, err = f.store.Create(t.Context(), catalog.Product{
			ID: "prd_x", Status: catalog.Draft, Slugs: catalog.Text{TR: "baska"}, Title: catalog.Text{TR: "Başka"}, Variants: []catalog.Variant{{ID: "var_x", SKU: "BARDAK-1-0", TaxPercent: 20}},
		})
		require.NoError(t, err)
		step := f.apply(i, checked)
		require.Equal(t, state, step.State)
		failed := f.report(i, catalog.OutcomeFailed)
		require.Len(t, failed, 1)
		require.Equal(t, "bardak-1", failed[0].Key)
		require.Contains(t, failed[0].Flaws[0].Message, "BARDAK-1-0")
		_, err = f.store.Find(t.Context(), "bardak-2")
		require.Equal(t, state == catalog.ImportStopped, fault.Is(err, fault.NotFound))
	}
}

func TestImport_SaysWhenItLastCameFurther(t *testing.T) {
	t.Parallel()
	f := newFiler(t)
	i := f.begin(glasses(4, 1, nil))
	at := i.CreatedAt.UTC().Truncate(time.Millisecond)
	f.files.Clock = func() time.Time { return at }
	since := func() time.Time {
		t.Helper()
		now, err := f.files.Imports.Find(t.Context(), i.ID)
		require.NoError(t, err)
		return now.StandsSince().UTC()
	}
	real := f.files.Imports
	made := since()

	at = made.Add(time.Hour)
	f.files.Imports = &faceless{Imports: real}
	_, err := f.step(f.files.CheckImport, activities.ImportInput{ImportID: i.ID})
	require.Error(t, err)
	require.Equal(t, made, since(), "a check that failed came no further")
	f.files.Imports = real
	checked, err := f.step(f.files.CheckImport, activities.ImportInput{ImportID: i.ID})
	require.NoError(t, err)
	require.Equal(t, at, since())

	last := at
	at = made.Add(2 * time.Hour)
	f.files.Imports = &dying{Imports: real, settled: 1}
	_, err = f.step(f.files.ApplyImport, activities.ImportInput{ImportID: i.ID})
	require.Error(t, err)
	require.Equal(t, last, since(), "nor did a batch that failed")
	f.files.Imports = real
	require.Equal(t, catalog.ImportDone, f.apply(i, checked).State)
	require.Equal(t, at, since())
}

// faceless has no file.
type faceless struct{ catalog.Imports }

// Content cannot be read.
func (faceless) Content(context.Context, catalog.Import) ([]byte, error) {
	return nil, fault.New(fault.Unavailable, "the file cannot be read")
}

func TestImport_IsCancelledBetweenProducts(t *testing.T) {
	t.Parallel()
	f := newFiler(t)
	i := f.begin(glasses(3, 1, nil))
	checked, err := f.step(f.files.CheckImport, activities.ImportInput{ImportID: i.ID})
	require.NoError(t, err)
	i, err = f.files.Imports.Find(t.Context(), i.ID)
	require.NoError(t, err)
	i.CancelledBy = "zeynep-3"
	_, err = f.files.Imports.Save(t.Context(), i)
	require.NoError(t, err)
	require.Equal(t, catalog.ImportCancelled, f.apply(i, checked).State)
	require.Len(t, f.report(i, catalog.OutcomeReady), 3, "and the report says that none is in")
}

func TestImport_MergesAgainWithWhatSomebodyChangedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFiler(t)
	require.Equal(t, catalog.ImportDone, f.run(f.begin(glasses(1, 2, nil))).State)
	i := f.begin("product,sku,price.try\nbardak-0,BARDAK-0-1,5\n")
	checked, err := f.step(f.files.CheckImport, activities.ImportInput{ImportID: i.ID})
	require.NoError(t, err)
	p := f.find("bardak-0")
	p.Title.TR = "İnce belli bardak"
	_, err = f.store.Replace(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, catalog.ImportCounts{Changed: 1}, f.apply(i, checked).Counts)
	p = f.find("bardak-0")
	require.Equal(t, "İnce belli bardak", p.Title.TR)
	require.Equal(t, money.Of(500, "TRY"), p.Variants[1].Prices[0].Amount)
	require.Equal(t, i.ID, p.LastImport)
}

func TestImport_RefusesFilesThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	f := newFiler(t)
	for name, tt := range map[string]struct {
		format  catalog.Format
		content string
		said    string
	}{
		"columns that there are not": {catalog.CSV, "product,sku,renk\nbardak,B,kırmızı\n", "heading"},
		"10,000 columns":             {catalog.CSV, strings.Repeat("a,", 10_000) + "\n", "more than 300 columns"},
		"no rows":                    {catalog.CSV, "product,sku\n", "no rows"},
		"a quote amid a cell":        {catalog.CSV, "product,sku\nbardak,B\nbardak,\"C\"D\n", "from line 3 on"},
		"no workbook":                {catalog.XLSX, "product,sku\n", "no XLSX workbook"},
	} {
		i := f.begin(tt.content, skipping, func(i *catalog.Import) { i.Format = tt.format })
		require.Equal(t, catalog.ImportRejected, f.run(i).State, name)
		i, err := f.files.Imports.Find(t.Context(), i.ID)
		require.NoError(t, err)
		require.Contains(t, i.Wrong, tt.said, name)
	}
	i := f.begin("product,sku,title_tr,tax_percent\nbardak,B,a\x00b,20\nfincan,F,\xff\xfe,20\n\xff,X,X,20\n", skipping)
	require.Equal(t, catalog.ImportCounts{}, f.run(i).Counts)
	flawed := f.report(i, catalog.OutcomeFlawed)
	require.Len(t, flawed, 3)
	require.Equal(t, "is no product of the shop, and cannot be the slug of a new one", flawed[2].Flaws[0].Message)
}

func TestExport_ComesBackAndChangesNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a whole file goes out and comes back: make test does it")
	}
	f := newFiler(t)
	require.Equal(t, catalog.ImportDone, f.run(f.begin(glasses(120, 3, nil))).State)
	for _, format := range catalog.Formats {
		e, err := f.files.Exports.Ask(t.Context(), catalog.Export{ID: id.New(catalog.ExportPrefix, time.Now()), Format: format, AskedAt: clock.System()})
		require.NoError(t, err)
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivity(f.files.WriteCatalogue)
		for range 2 {
			value, err := env.ExecuteActivity(f.files.WriteCatalogue, activities.FileInput{ExportID: e.ID})
			require.NoError(t, err)
			var result activities.FileResult
			require.NoError(t, value.Get(&result))
			require.Equal(t, int64(120), result.Products)
			require.Equal(t, int64(360), result.Rows)
		}
		e, err = f.files.Exports.Find(t.Context(), e.ID)
		require.NoError(t, err)
		var content bytes.Buffer
		for n := range e.Chunks {
			part, err := f.files.Exports.Chunk(t.Context(), e, n)
			require.NoError(t, err)
			content.Write(part)
		}
		require.Equal(t, e.Size, int64(content.Len()))
		i := f.begin(content.String(), func(i *catalog.Import) { i.Format = format })
		require.Equal(t, catalog.ImportCounts{Unchanged: 120}, f.run(i).Counts, format)
	}
}
