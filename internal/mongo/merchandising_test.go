package mongo_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

func TestMerchandising_IsWrittenOverTheRevisionThatWasReadAndAnnounced(t *testing.T) {
	t.Parallel()

	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	empty, err := s.Merchandising(t.Context())
	require.NoError(t, err)
	require.Zero(t, empty.Revision)

	empty.Synonyms = []catalog.SynonymSet{{Language: "tr", Words: []string{"kilim", "yaygı"}}}
	first, err := s.SaveMerchandising(t.Context(), empty)
	require.NoError(t, err)
	require.Equal(t, int64(1), first.Revision)
	_, err = s.SaveMerchandising(t.Context(), empty)
	require.Equal(t, fault.Stale, fault.CodeOf(err))

	first.Boosts = []catalog.Boosted{{Brand: "Uşak", Percent: 20}}
	_, err = s.SaveMerchandising(t.Context(), first)
	require.NoError(t, err)
	read, err := s.Merchandising(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(2), read.Revision)
	require.Equal(t, first.Boosts, read.Boosts)
	changes, err := s.Since(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, changes, 3, "the refused write was announced too: a look for nothing")

	read.Boosts[0].Percent = 0
	_, err = s.SaveMerchandising(t.Context(), read)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestSales_AddUpTheDaysAndReplaceEach(t *testing.T) {
	t.Parallel()

	s := mongo.NewSales(mongotest.Database(t))
	sold := func(since string) map[string]int64 {
		units, err := s.Sold(t.Context(), since)
		require.NoError(t, err)
		return units
	}
	require.Empty(t, sold("2026-11-01"))
	many := map[string]int64{}
	for i := range 12_000 {
		many["prd_"+strconv.Itoa(i)] = int64(i + 1)
	}
	require.NoError(t, s.SaveDay(t.Context(), "2026-11-02", many))
	require.Equal(t, many, sold("2026-11-02"))
	require.NoError(t, s.SaveDay(t.Context(), "2026-11-01", map[string]int64{"prd_kilim": 1}))
	require.NoError(t, s.SaveDay(t.Context(), "2026-11-03", map[string]int64{"prd_kilim": 2}))
	require.NoError(t, s.SaveDay(t.Context(), "2026-11-02", map[string]int64{"prd_kilim": 4}))
	require.Equal(t, map[string]int64{"prd_kilim": 6}, sold("2026-11-02"), "a day that was worked out again leaves nothing of before")
	require.Equal(t, map[string]int64{"prd_kilim": 7}, sold("2026-11-01"))
	require.NoError(t, s.SaveDay(t.Context(), "2026-11-02", nil))
	removed, err := s.Sweep(t.Context(), time.Date(2026, 11, 3, 23, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	require.Equal(t, map[string]int64{"prd_kilim": 2}, sold(""))
}

func TestSearchMisses_AddUpOverDaysAndAreRemoved(t *testing.T) {
	t.Parallel()

	s := mongo.NewSearchMisses(mongotest.Database(t))
	day := func(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }
	var tally catalog.MissTally
	for _, n := range []int{1, 2, 2, 3} {
		tally.Note("Uçan  HALI", "tr", day(n))
	}
	tally.Note("flying carpet", "en", day(3))
	require.NoError(t, s.Add(t.Context(), tally.Take()))
	tally.Note("uçan halı", "tr", day(3))
	require.NoError(t, s.Add(t.Context(), tally.Take()))

	misses, err := s.Since(t.Context(), "2026-11-02", 10)
	require.NoError(t, err)
	require.Equal(t, []catalog.Miss{
		{Day: "2026-11-03", Language: "tr", Text: "ucan hali", Count: 4, Last: day(3)}, {Day: "2026-11-03", Language: "en", Text: "flying carpet", Count: 1, Last: day(3)},
	}, misses)
	removed, err := s.Sweep(t.Context(), day(3))
	require.NoError(t, err)
	require.Equal(t, 2, removed)
	misses, err = s.Since(t.Context(), "2026-11-01", 1)
	require.NoError(t, err)
	require.Equal(t, int64(2), misses[0].Count)
	require.Len(t, misses, 1)
}
