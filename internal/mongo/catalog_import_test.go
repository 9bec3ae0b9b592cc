package mongo_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

// upload is an import of a time with a file of three chunks.
func upload(t *testing.T, s *mongo.CatalogImports, at time.Time) (catalog.Import, []byte) {
	t.Helper()
	content := bytes.Repeat([]byte("çay bardağı;"), 100_000)
	i, err := s.Begin(t.Context(), catalog.Import{ID: id.New(catalog.ImportPrefix, at), State: catalog.ImportUploaded, CreatedAt: at}, content)
	require.NoError(t, err)
	require.Equal(t, 3, i.Chunks)
	return i, content
}

func TestCatalogImports_KeepAFileOnce(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalogImports(mongotest.Database(t))
	i, content := upload(t, s, clock.System())
	again, err := s.Begin(t.Context(), catalog.Import{ID: i.ID}, []byte("başka"))
	require.NoError(t, err)
	require.Equal(t, i.Size, again.Size)
	kept, err := s.Content(t.Context(), again)
	require.NoError(t, err)
	require.Equal(t, content, kept)
}

func TestCatalogImports_AreWrittenOverTheRevisionThatWasRead(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalogImports(mongotest.Database(t))
	i, _ := upload(t, s, clock.System())
	i.State = catalog.ImportChecking
	saved, err := s.Save(t.Context(), i)
	require.NoError(t, err)
	require.Equal(t, int64(2), saved.Revision)
	_, err = s.Save(t.Context(), i)
	require.True(t, fault.Is(err, fault.Stale))
}

func TestCatalogImports_ReportWhatTheirOwnCheckFound(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalogImports(mongotest.Database(t))
	i, _ := upload(t, s, clock.System())
	i.Check = "chk_2"
	var entries []catalog.ImportEntry
	for n := range int64(1200) {
		e := catalog.ImportEntry{ImportID: i.ID, Check: "chk_2", Number: n + 1, Outcome: catalog.OutcomeReady, Rows: []catalog.Row{{Line: int(n) + 2, Cells: []string{"ince belli"}}}}
		if n%100 == 0 {
			e.Outcome = catalog.OutcomeFlawed
		}
		entries = append(entries, e)
	}
	require.NoError(t, s.Report(t.Context(), entries[:700]))
	require.NoError(t, s.Report(t.Context(), entries), "what is there already stays")
	require.NoError(t, s.Report(t.Context(), []catalog.ImportEntry{{ImportID: i.ID, Check: "chk_1", Number: 5}, {ImportID: i.ID, Check: "chk_3", Number: 5}}))
	all, err := s.Entries(t.Context(), i, -1, 5000)
	require.NoError(t, err)
	require.Equal(t, entries, all)
	some, err := s.Entries(t.Context(), i, 1000, 1)
	require.NoError(t, err)
	require.Equal(t, entries[1000:1001], some)
	flawed, err := s.Entries(t.Context(), i, 0, 5000, catalog.OutcomeFlawed)
	require.NoError(t, err)
	require.Len(t, flawed, 12)
	second, err := s.Entries(t.Context(), i, 201, 2, catalog.OutcomeFlawed)
	require.NoError(t, err)
	third, fourth := entries[300], entries[400]
	third.Rows, fourth.Rows = nil, nil
	require.Equal(t, []catalog.ImportEntry{third, fourth}, second)

	entries[2].Outcome, entries[2].ProductID = catalog.OutcomeCreated, "prd_3"
	require.NoError(t, s.Settle(t.Context(), entries[2]))
	settled, err := s.Entries(t.Context(), i, 2, 1)
	require.NoError(t, err)
	require.Equal(t, catalog.OutcomeCreated, settled[0].Outcome)
	require.Empty(t, settled[0].Rows, "they are not needed any more")
	created, err := s.Entries(t.Context(), i, -1, 5, catalog.OutcomeCreated)
	require.NoError(t, err)
	require.Equal(t, settled, created)
}

func TestCatalogImports_FindWhatWentWrongAmongManyOthers(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalogImports(mongotest.Database(t))
	i, _ := upload(t, s, clock.System())
	i.Check = "chk_1"
	var entries []catalog.ImportEntry
	for n := range int64(9) {
		entries = append(entries, catalog.ImportEntry{ImportID: i.ID, Check: "chk_1", Number: n, Outcome: catalog.OutcomeReady})
	}
	entries[7].Outcome = catalog.OutcomeFlawed
	require.NoError(t, s.Report(t.Context(), entries))
	settle := func(number int, o catalog.Outcome) {
		t.Helper()
		entries[number].Outcome = o
		require.NoError(t, s.Settle(t.Context(), entries[number]))
	}
	settle(3, catalog.OutcomeFailed)
	settle(5, catalog.OutcomeFailed)
	settle(5, catalog.OutcomeFailed)
	settle(4, catalog.OutcomeFailed)
	settle(4, catalog.OutcomeCreated) // a try that was cut off had failed
	numbers := func(after int64, limit int, outcomes ...catalog.Outcome) (numbers []int64) {
		t.Helper()
		found, err := s.Entries(t.Context(), i, after, limit, outcomes...)
		require.NoError(t, err)
		for _, e := range found {
			numbers = append(numbers, e.Number)
		}
		return numbers
	}
	require.Equal(t, []int64{3, 5}, numbers(-1, 10, catalog.OutcomeFailed))
	require.Equal(t, []int64{5}, numbers(3, 10, catalog.OutcomeFailed))
	require.Equal(t, []int64{3, 5, 7}, numbers(-1, 10, catalog.OutcomeFailed, catalog.OutcomeFlawed))
	require.Equal(t, []int64{3, 5}, numbers(-1, 2, catalog.OutcomeFlawed, catalog.OutcomeFailed))
	require.Equal(t, []int64{4, 5, 7}, numbers(3, 10, catalog.OutcomeCreated, catalog.OutcomeFailed, catalog.OutcomeFlawed))
	require.Empty(t, numbers(-1, 10, catalog.OutcomeUnchanged))
}

func TestCatalogImports_AreListedTheNewestFirstAndRemovedWithAllThatIsTheirs(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s, now := mongo.NewCatalogImports(db), clock.System()
	old, _ := upload(t, s, now.Add(-time.Hour))
	young, content := upload(t, s, now)
	old.Check, young.Check = "chk_1", "chk_1"
	require.NoError(t, s.Report(t.Context(), []catalog.ImportEntry{{ImportID: old.ID, Check: "chk_1", Number: 1}, {ImportID: young.ID, Check: "chk_1", Number: 1}}))
	page, err := s.List(t.Context(), "", 1)
	require.NoError(t, err)
	require.Equal(t, young.ID, page.Items[0].ID)
	page, err = s.List(t.Context(), page.Next, 1)
	require.NoError(t, err)
	require.Equal(t, old.ID, page.Items[0].ID)
	require.Empty(t, page.Next)

	removed, err := s.Sweep(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	_, err = s.Find(t.Context(), old.ID)
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = s.Content(t.Context(), old)
	require.True(t, fault.Is(err, fault.NotFound))
	gone, err := s.Entries(t.Context(), old, -1, 10)
	require.NoError(t, err)
	require.Empty(t, gone)
	kept, err := s.Content(t.Context(), young)
	require.NoError(t, err)
	require.Equal(t, content, kept)
}

func TestCatalogExports_CountTheFileThatWasReadyFirst(t *testing.T) {
	t.Parallel()
	s, now := mongo.NewCatalogExports(mongotest.Database(t)), clock.System()
	e, err := s.Ask(t.Context(), catalog.Export{ID: id.New(catalog.ExportPrefix, now), AskedAt: now})
	require.NoError(t, err)
	first, second := e, e
	first.File, second.File = "fil_1", "fil_2"
	for _, try := range []catalog.Export{first, second} {
		require.NoError(t, s.Put(t.Context(), try, 0, []byte(try.File)))
		try.ReadyAt, try.Chunks, try.Size = now, 1, 5
		ready, err := s.Ready(t.Context(), try)
		require.NoError(t, err)
		require.Equal(t, "fil_1", ready.File)
	}
	part, err := s.Chunk(t.Context(), first, 0)
	require.NoError(t, err)
	require.Equal(t, "fil_1", string(part))
	removed, err := s.Sweep(t.Context(), now.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
}

func TestCatalog_SaysWhomSlugsLeadTo(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	p := create(t, s, product(1, "Tahin", "TAHIN-1"))
	_, err := s.Replace(t.Context(), withSlug(p, "tahin"))
	require.NoError(t, err)
	owners, err := s.SlugOwners(t.Context(), []string{"urun-1", "tahin", "yok"})
	require.NoError(t, err)
	require.False(t, owners["tahin"].Old)
	require.Equal(t, catalog.SlugOwner{ProductID: p.ID, Old: true}, owners["urun-1"])
	require.NotContains(t, owners, "yok")
}
