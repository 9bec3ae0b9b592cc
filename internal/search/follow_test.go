package search_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/page"
	"github.com/bedesten/bedesten/internal/search"
)

// silence is a way for hints on which nothing is ever said.
type silence struct{}

func (silence) Listen(ctx context.Context, _ func(string)) error {
	<-ctx.Done()
	return nil
}

// spoken is a way for hints by hand.
type spoken chan string

func (s spoken) Listen(ctx context.Context, heard func(string)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case id := <-s:
			heard(id)
		}
	}
}

// stall is a shop's database, with a market that sells in lira.
type stall struct {
	*mongo.Catalog
	sales  *mongo.Sales
	source search.Source
}

func newStall(t testing.TB, hints catalog.Hints) *stall {
	t.Helper()
	db := mongotest.Database(t)
	s := &stall{Catalog: mongo.NewCatalog(db, clock.System), sales: mongo.NewSales(db)}
	s.source = search.Source{Products: s.Catalog, Changes: s.Catalog, Said: s.Catalog, Sales: s.sales, Hints: hints, Shop: s.Identity}
	_, err := s.SaveBook(t.Context(), catalog.NewBook("TRY"))
	require.NoError(t, err)
	return s
}

// sell writes a product with a slug of its own.
func (s *stall) sell(t testing.TB, id, title string) catalog.Product {
	t.Helper()
	p := product(id, title).Product
	p.Slugs, p.Revision = catalog.Text{TR: id}, 0
	p, err := s.Create(t.Context(), p)
	require.NoError(t, err)
	return p
}

func (s *stall) follower(every time.Duration) (*shop, *search.Follower) {
	at := &shop{Index: search.New(clock.System)}
	return at, search.NewFollower(at.Index, s.source, slog.New(slog.DiscardHandler)).Every(every)
}

// run follows until the test ends.
func run(t testing.TB, f *search.Follower) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
}

func (s *shop) eventually(t testing.TB, text string, want ...string) {
	t.Helper()
	require.Eventually(t, func() bool {
		found, err := s.Search(t.Context(), catalog.Search{Text: text, Buyer: shopper})
		return err == nil && fmt.Sprint(idsOf(found)) == fmt.Sprint(want)
	}, 10*time.Second, 5*time.Millisecond, text)
}

func TestFollower_BuildsFromTheStoreAndFollowsWithoutHints(t *testing.T) {
	t.Parallel()

	s := newStall(t, silence{})
	kilim := s.sell(t, "kilim", "Uşak Kilimi")
	require.NoError(t, s.sales.SaveDay(t.Context(), clock.System().Format(time.DateOnly), map[string]int64{"hali": 3, "kilim": 9}))
	at, f := s.follower(20 * time.Millisecond)
	run(t, f)
	at.eventually(t, "kilim", "kilim")

	s.sell(t, "hali", "Isparta Halısı")
	at.eventually(t, "halı", "hali")
	kilim.Title.TR = "Uşak Dokuması"
	_, err := s.Replace(t.Context(), kilim)
	require.NoError(t, err)
	at.eventually(t, "kilim")
	at.eventually(t, "dokuma", "kilim")
	require.WithinDuration(t, time.Now(), at.Standing().Watermark, 5*time.Second)

	_, err = s.SaveMerchandising(t.Context(), catalog.Merchandising{Pins: []catalog.Pinned{{Text: "uşak", Products: []string{"hali"}}}})
	require.NoError(t, err)
	at.eventually(t, "uşak", "hali", "kilim")
}

func TestFollower_AHintNeedsNoLook(t *testing.T) {
	t.Parallel()

	hints := make(spoken)
	s := newStall(t, hints)
	at, f := s.follower(time.Hour)
	run(t, f)
	at.eventually(t, "kilim")
	s.sell(t, "kilim", "Uşak Kilimi")
	hints <- "kilim"
	at.eventually(t, "kilim", "kilim")
	_, err := s.SaveMerchandising(t.Context(), catalog.Merchandising{Synonyms: []catalog.SynonymSet{{Words: []string{"kilim", "yaygı"}}}})
	require.NoError(t, err)
	hints <- ""
	at.eventually(t, "yaygı", "kilim")
}

// late announces changes whose writes come later, as a slow writer's do.
type late struct {
	catalog.Changes
	mu    sync.Mutex
	ahead []catalog.Change
}

func (l *late) Since(ctx context.Context, id string, limit int) ([]catalog.Change, error) {
	changes, err := l.Changes.Since(ctx, id, limit)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.ahead {
		if c.ID > id {
			changes = append(changes, c)
		}
	}
	return changes, err
}

func TestFollower_LooksAgainAtAWriteThatWasAnnouncedAndNotMadeYet(t *testing.T) {
	t.Parallel()

	s := newStall(t, silence{})
	kilim := s.sell(t, "kilim", "Uşak Kilimi")
	now := clock.System()
	s.source.Changes = &late{Changes: nothing{}, ahead: []catalog.Change{{ID: fmt.Sprintf("%015d/kilim/2", now.UnixMilli()), ProductID: "kilim", Revision: 2, At: now}}}
	at, f := s.follower(time.Hour)
	require.NoError(t, f.Build(t.Context()))
	require.NoError(t, f.Catch(t.Context()))
	require.Equal(t, []string{"kilim"}, at.text(t, "kilim"))
	kilim.Title.TR = "Uşak Dokuması"
	_, err := s.Replace(t.Context(), kilim)
	require.NoError(t, err)
	require.NoError(t, f.Catch(t.Context()), "the same announcement leads to the write now")
	require.Equal(t, []string{"kilim"}, at.text(t, "dokuma"))
}

type nothing struct{ catalog.Changes }

func (nothing) Since(context.Context, string, int) ([]catalog.Change, error) { return nil, nil }

func TestFollower_RacingWritersAndFollowersAgree(t *testing.T) {
	t.Parallel()

	s := newStall(t, silence{})
	first, f := s.follower(10 * time.Millisecond)
	run(t, f)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 8 {
				p := s.sell(t, fmt.Sprintf("p%d-%d", w, i), "Kilim")
				p.Title.TR = "Halı"
				if _, err := s.Replace(t.Context(), p); err != nil {
					t.Error(err)
				}
			}
		})
	}
	second, f := s.follower(10 * time.Millisecond) // begins in the middle
	run(t, f)
	writers.Wait()
	for _, at := range []*shop{first, second} {
		require.Eventually(t, func() bool {
			found, err := at.Search(t.Context(), catalog.Search{Text: "halı", Buyer: shopper})
			return err == nil && found.Total == 32
		}, 20*time.Second, 10*time.Millisecond)
		at.eventually(t, "kilim")
	}
	last := catalog.Search{Text: "halı", Limit: 100}
	require.Equal(t, first.ids(t, last), second.ids(t, last))
}

func TestFollower_CatchesUpAfterTheStoreWasAway(t *testing.T) {
	t.Parallel()

	s := newStall(t, silence{})
	at, f := s.follower(time.Hour)
	require.NoError(t, f.Build(t.Context()))
	watermark := at.Standing().Watermark
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, f.Catch(gone))
	require.Equal(t, watermark, at.Standing().Watermark, "a look that failed has seen nothing")
	s.sell(t, "kilim", "Uşak Kilimi")
	require.NoError(t, f.Catch(t.Context()))
	require.Equal(t, []string{"kilim"}, at.text(t, "kilim"))
	require.True(t, at.Standing().Watermark.After(watermark))
}

func TestFollower_BeginsFromItsSnapshotAndReadsOnlyWhatHasChangedSince(t *testing.T) {
	t.Parallel()

	s := newStall(t, silence{})
	path := filepath.Join(t.TempDir(), "arama")
	kilim := s.sell(t, "kilim", "Uşak Kilimi")
	s.sell(t, "hali", "Isparta Halısı")
	yes := false
	kilim.Attributes = []catalog.Attribute{{Key: "nfc", Boolean: &yes}}
	kilim, err := s.Replace(t.Context(), kilim)
	require.NoError(t, err)
	_, f := s.follower(time.Hour)
	require.NoError(t, f.Keeping(path).Build(t.Context()))
	s.sell(t, "cezve", "Bakır Cezve")
	require.NoError(t, f.Catch(t.Context()))
	require.NoError(t, f.Close())
	kilim.Title.TR = "Uşak Dokuması"
	_, err = s.Replace(t.Context(), kilim)
	require.NoError(t, err)

	// Whoever begins from the snapshot asks for nothing but changes.
	s.source.Products = unlisted{s.Catalog}
	torn, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = torn.WriteString("\x20\x00\x00\x00yarım kalan")
	require.NoError(t, err)
	require.NoError(t, torn.Close())
	for range 2 {
		at, f := s.follower(time.Hour)
		require.NoError(t, f.Keeping(path).Build(t.Context()))
		require.Equal(t, []string{"kilim"}, at.text(t, "dokuma"))
		require.Equal(t, []string{"cezve"}, at.text(t, "cezve"))
		require.Equal(t, []string{"hali"}, at.text(t, "halı"))
		require.Equal(t, []string{"kilim"}, at.ids(t, catalog.Search{Filter: catalog.Filter{Attributes: []catalog.AttributeFilter{{Key: "nfc", Boolean: &yes}}}}), "no is not the same as nothing")
		require.NoError(t, f.Close())
	}
}

func TestFollower_BuildsAnewWhereItsSnapshotCannotBeRead(t *testing.T) {
	t.Parallel()

	s := newStall(t, silence{})
	s.sell(t, "kilim", "Uşak Kilimi")
	path := filepath.Join(t.TempDir(), "arama")
	require.NoError(t, os.WriteFile(path, []byte("bu bir dizin değil"), 0o600))
	at, f := s.follower(time.Hour)
	require.NoError(t, f.Keeping(path).Build(t.Context()))
	require.Equal(t, []string{"kilim"}, at.text(t, "kilim"))
	require.NoError(t, f.Close())

	at, f = s.follower(time.Hour)
	require.NoError(t, f.Keeping(filepath.Join(t.TempDir(), "yok", "arama")).Build(t.Context()), "without a place for it there is none")
	require.Equal(t, []string{"kilim"}, at.text(t, "kilim"))
}

// A developer resets a database, or two shops share a disk: a file of products that
// are not there must not be believed.
func TestFollower_ReadsNoSnapshotOfAnotherDatabase(t *testing.T) {
	t.Parallel()

	theirs := newStall(t, silence{})
	theirs.sell(t, "kilim", "Uşak Kilimi")
	path := filepath.Join(t.TempDir(), "arama")
	_, f := theirs.follower(time.Hour)
	require.NoError(t, f.Keeping(path).Build(t.Context()))
	require.NoError(t, f.Close())

	ours := newStall(t, silence{})
	ours.sell(t, "cezve", "Bakır Cezve")
	for range 2 {
		at, f := ours.follower(time.Hour)
		require.NoError(t, f.Keeping(path).Build(t.Context()))
		require.Equal(t, []string{"cezve"}, at.text(t, "cezve"))
		require.Empty(t, at.text(t, "kilim"))
		require.NoError(t, f.Close())
	}
}

// unlisted are products that cannot be walked through.
type unlisted struct{ search.Products }

func (unlisted) List(context.Context, catalog.StaffQuery) (page.Page[catalog.Product], error) {
	return page.Page[catalog.Product]{}, errors.New("nobody may read everything")
}
