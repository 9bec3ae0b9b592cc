package redis_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	store "github.com/bedesten/bedesten/internal/redis"
)

// wire is a way to Redis that can be cut.
type wire struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func wired(t *testing.T, to string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: listener, to: to}
	t.Cleanup(func() {
		w.set(true)
		require.NoError(t, listener.Close())
	})
	go w.serve()
	return w
}

func (w *wire) serve() {
	for {
		in, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		out, err := net.Dial("tcp", w.to)
		if w.cut || err != nil {
			_ = in.Close()
			w.mu.Unlock()
			continue
		}
		w.conns = append(w.conns, in, out)
		w.mu.Unlock()
		go pass(in, out)
		go pass(out, in)
	}
}

// pass ends when either side is closed.
func pass(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_, _ = from.Close(), to.Close()
}

// set cuts the wire, or mends it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for _, c := range w.conns {
			_ = c.Close()
		}
		w.conns = nil
	}
}

func (w *wire) client(t *testing.T) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: w.listener.Addr().String(), ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// counted counts what the cache asks the store for, and can hold an answer back.
type counted struct {
	catalog.Store
	finds atomic.Int64
	held  atomic.Pointer[chan struct{}]
	read  chan struct{}
	// heldWrite holds back that a product was written.
	heldWrite atomic.Pointer[chan struct{}]
	// slow makes answers late by up to so many milliseconds.
	slow atomic.Int64
}

func (c *counted) Find(ctx context.Context, idOrSlug string) (catalog.Product, error) {
	c.finds.Add(1)
	p, err := c.Store.Find(ctx, idOrSlug)
	c.lag()
	if hold := c.held.Load(); hold != nil {
		c.read <- struct{}{}
		<-*hold
	}
	return p, err
}

// Replace writes, and can hold the answer back as Find does.
func (c *counted) Replace(ctx context.Context, p catalog.Product) (catalog.Product, error) {
	written, err := c.Store.Replace(ctx, p)
	if hold := c.heldWrite.Load(); hold != nil {
		c.read <- struct{}{}
		<-*hold
	}
	return written, err
}

func (c *counted) Book(ctx context.Context) (catalog.Book, error) {
	defer c.lag()
	return c.Store.Book(ctx)
}

func (c *counted) Shelves(ctx context.Context) (catalog.Shelves, error) {
	defer c.lag()
	return c.Store.Shelves(ctx)
}

func (c *counted) Collections(ctx context.Context) ([]catalog.Collection, error) {
	defer c.lag()
	return c.Store.Collections(ctx)
}

func (c *counted) lag() {
	if most := c.slow.Load(); most > 0 {
		<-time.After(time.Duration(rand.Int64N(most)) * time.Millisecond)
	}
}

// process is a catalogue as one process sees it.
type process struct {
	*store.Catalog
	counted *counted
	wire    *wire
	// readings counts what the cache was asked for.
	readings *atomic.Int64
	// direct is a way to Redis that is never cut.
	direct *redis.Client
}

func processes(t *testing.T, n int, change ...func(*store.Catalog)) []process {
	t.Helper()
	plain := mongo.NewCatalog(mongotest.Database(t), clock.System)
	direct := server(t)
	address := direct.Options().Addr
	all := make([]process, n)
	for i := range all {
		w := wired(t, address)
		c := &counted{Store: plain, read: make(chan struct{}, 10)}
		all[i] = process{store.NewCatalog(c, plain, w.client(t), slog.New(slog.DiscardHandler)), c, w, new(atomic.Int64), direct}
		for _, changes := range change {
			changes(all[i].Catalog)
		}
		all[i].Observe(func(string, string) { all[i].readings.Add(1) })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			all[i].Follow(ctx)
		}()
		t.Cleanup(func() {
			cancel()
			<-ended
		})
	}
	return all
}

func lokum(n int) catalog.Product {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	return catalog.Product{
		ID: id.Fixed(id.Product, at, fmt.Sprint("lokum", n)), Status: catalog.Active, Slugs: catalog.Text{TR: fmt.Sprintf("lokum-%d", n)}, Title: catalog.Text{TR: "Güllü Lokum"},
		CreatedAt: at, UpdatedAt: at,
		Variants: []catalog.Variant{{ID: fmt.Sprint("var_", n), SKU: fmt.Sprintf("LOKUM-%d", n), TaxPercent: 1, Prices: []catalog.Price{{List: "try", Amount: money.Of(10_000, "TRY")}}}},
	}
}

// warm reads until the answer comes from a copy.
func warm(t *testing.T, p process, idOrSlug string) {
	t.Helper()
	require.Eventually(t, func() bool {
		before := p.counted.finds.Load()
		_, err := p.Find(t.Context(), idOrSlug)
		return err == nil && p.counted.finds.Load() == before
	}, 10*time.Second, time.Millisecond)
}

func TestCatalog_ReadsFromCopiesWhatNobodyChanged(t *testing.T) {
	t.Parallel()
	p := processes(t, 2)
	made, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	for _, key := range []string{made.ID, "lokum-1"} {
		warm(t, p[1], key)
		found, err := p[1].Find(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, made, found)
	}
	for range 2 {
		of, err := p[1].OfSKUs(t.Context(), []string{"LOKUM-1", "YOK"})
		require.NoError(t, err)
		require.Equal(t, []catalog.Product{made}, of)
	}
	many, err := p[1].Many(t.Context(), []string{"prd_yok", made.ID})
	require.NoError(t, err)
	require.Equal(t, []catalog.Product{made}, many)
	_, err = p[1].Find(t.Context(), "prd_01k3v8m4w00000000000009999")
	require.True(t, fault.Is(err, fault.NotFound))
}

func TestCatalog_ListsShareAProductThatStayedTheSame(t *testing.T) {
	t.Parallel()
	p := processes(t, 1)[0]
	made, err := p.Create(t.Context(), lokum(1))
	require.NoError(t, err)
	warm(t, p, made.ID)
	variant := func() *catalog.Variant {
		listed, err := p.Many(t.Context(), []string{made.ID})
		require.NoError(t, err)
		return &listed[0].Variants[0]
	}
	require.Same(t, variant(), variant())
	found, err := p.Find(t.Context(), made.ID)
	require.NoError(t, err)
	require.NotSame(t, variant(), &found.Variants[0])
	before := variant()
	_, err = p.Replace(t.Context(), made)
	require.NoError(t, err)
	require.NotSame(t, before, variant())
}

func TestCatalog_AWriteIsSeenByEveryProcessOnceItIsAcknowledged(t *testing.T) {
	t.Parallel()
	p := processes(t, 2)
	made, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	warm(t, p[1], made.ID)
	for range 20 {
		made.Variants[0].Prices[0].Amount.Minor++
		made, err = p[0].Replace(t.Context(), made)
		require.NoError(t, err)
		found, err := p[1].Find(t.Context(), made.ID)
		require.NoError(t, err)
		require.Equal(t, made, found)
		listed, err := p[1].Many(t.Context(), []string{made.ID})
		require.NoError(t, err)
		require.Equal(t, []catalog.Product{made}, listed)
		quoted, err := p[1].OfSKUs(t.Context(), []string{"LOKUM-1"})
		require.NoError(t, err)
		require.Equal(t, []catalog.Product{made}, quoted)
	}
	book, err := p[0].SaveBook(t.Context(), catalog.NewBook("TRY"))
	require.NoError(t, err)
	for range 5 {
		_, err = p[1].Book(t.Context())
		require.NoError(t, err)
		book, err = p[0].SaveBook(t.Context(), book)
		require.NoError(t, err)
		seen, err := p[1].Book(t.Context())
		require.NoError(t, err)
		require.Equal(t, book.Revision, seen.Revision)
	}
	category, err := p[0].SaveCategory(t.Context(), catalog.Category{ID: "lokum", Slugs: catalog.Text{TR: "lokum"}, Name: catalog.Text{TR: "Lokum"}})
	require.NoError(t, err)
	shelves, err := p[1].Shelves(t.Context())
	require.NoError(t, err)
	require.Equal(t, category.Name, shelves.Categories["lokum"].Name)
	require.NoError(t, p[0].RemoveCategory(t.Context(), "lokum", category.Revision))
	shelves, err = p[1].Shelves(t.Context())
	require.NoError(t, err)
	require.Empty(t, shelves.Categories)
}

func TestCatalog_ASlowLoaderCannotPutAnOlderProductOverANewerOne(t *testing.T) {
	t.Parallel()
	p := processes(t, 2)
	made, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	warm(t, p[1], made.ID)
	// The copy is gone, as when Redis ran out of memory: a loader must read anew.
	flush(t, p[0])
	hold := make(chan struct{})
	p[1].counted.held.Store(&hold)
	loaded := make(chan catalog.Product, 1)
	go func() {
		old, err := p[1].Find(context.WithoutCancel(t.Context()), made.ID)
		if err != nil {
			t.Error(err)
		}
		loaded <- old
	}()
	<-p[1].counted.read // it has read the old one, and not kept it yet
	p[1].counted.held.Store(nil)
	made.Brand = "Hacı Bekir"
	made, err = p[0].Replace(t.Context(), made)
	require.NoError(t, err)
	flush(t, p[0]) // even the new copy is gone
	close(hold)
	require.Equal(t, made.Revision-1, (<-loaded).Revision, "it asked before the write")
	for range 3 {
		found, err := p[1].Find(t.Context(), made.ID)
		require.NoError(t, err)
		require.Equal(t, "Hacı Bekir", found.Brand)
	}
}

func TestCatalog_WhoComesAfterAWriteGetsNothingThatWasReadBefore(t *testing.T) {
	t.Parallel()
	p := processes(t, 2)
	made, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	warm(t, p[1], made.ID)
	flush(t, p[0])
	hold := make(chan struct{})
	p[1].counted.held.Store(&hold)
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := p[1].Find(context.WithoutCancel(t.Context()), made.ID); err != nil {
			t.Error(err)
		}
	})
	<-p[1].counted.read // it has read the old one
	p[1].counted.held.Store(nil)
	made.Brand = "Hacı Bekir"
	_, err = p[0].Replace(t.Context(), made)
	require.NoError(t, err)
	flush(t, p[0]) // even the new copy is gone: readers wait for a loader
	const readers = 20
	before := p[1].readings.Load()
	for range readers {
		all.Go(func() {
			found, err := p[1].Find(context.WithoutCancel(t.Context()), made.ID)
			if err != nil || found.Brand != "Hacı Bekir" {
				t.Errorf("brand %q was read after the write had been acknowledged: %v", found.Brand, err)
			}
		})
	}
	require.Eventually(t, func() bool { return p[1].readings.Load() == before+readers }, 10*time.Second, time.Millisecond)
	close(hold)
	all.Wait()
}

func TestCatalog_ASlowWriterCannotPutItsProductWhereALaterOneWasEvicted(t *testing.T) {
	t.Parallel()
	p := processes(t, 2)
	made, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	warm(t, p[1], made.ID)
	hold := make(chan struct{})
	p[0].counted.heldWrite.Store(&hold)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := p[0].Replace(context.WithoutCancel(t.Context()), made); err != nil {
			t.Error(err)
		}
	}()
	<-p[0].counted.read // the store has it, the cache has not
	later, err := p[1].Store.Find(t.Context(), made.ID)
	require.NoError(t, err)
	later.Brand = "Hacı Bekir"
	later, err = p[1].Replace(t.Context(), later)
	require.NoError(t, err)
	flush(t, p[0])
	close(hold)
	<-ended
	found, err := p[1].Find(t.Context(), made.ID)
	require.NoError(t, err)
	require.Equal(t, later, found)
}

func TestCatalog_WhoSharesALoadingMayChangeWhatTheyGot(t *testing.T) {
	t.Parallel()
	p := processes(t, 1)
	made, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	warm(t, p[0], made.ID)
	flush(t, p[0])
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			found, err := p[0].Find(context.WithoutCancel(t.Context()), made.ID)
			if err != nil || found.Variants[0].SKU != "LOKUM-1" {
				t.Errorf("SKU %q was read, %v", found.Variants[0].SKU, err)
				return
			}
			found.Variants[0].SKU = fmt.Sprint("BENIM-", n)
		})
	}
	all.Wait()
}

func flush(t *testing.T, p process) {
	t.Helper()
	keys, err := p.direct.Keys(t.Context(), "cat:*").Result()
	require.NoError(t, err)
	for _, key := range keys {
		if len(key) < 5 || key[len(key)-5:] != ":fill" {
			require.NoError(t, p.direct.Del(t.Context(), key).Err())
		}
	}
}

func TestCatalog_ManyReadersOfACopyThatIsGoneAskTheStoreOnce(t *testing.T) {
	t.Parallel()
	p := processes(t, 2, (*store.Catalog).Unhurried)
	made, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	warm(t, p[0], made.ID)
	warm(t, p[1], made.ID)
	flush(t, p[0])
	before := p[0].counted.finds.Load() + p[1].counted.finds.Load()
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			if _, err := p[n%2].Find(context.WithoutCancel(t.Context()), made.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, p[0].counted.finds.Load()+p[1].counted.finds.Load()-before, int64(2), "one loader, and at most one that saw it neither coming nor come")
}

func TestCatalog_GoesOnWithoutRedisAndBelievesNoCopyOfBefore(t *testing.T) {
	t.Parallel()
	p := processes(t, 2)
	made, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	warm(t, p[1], made.ID)

	p[0].wire.set(true) // the writer alone has lost Redis: the reader still has it
	made.Brand = "Hacı Bekir"
	made, err = p[0].Replace(t.Context(), made)
	require.NoError(t, err)
	found, err := p[1].Find(t.Context(), made.ID)
	require.NoError(t, err)
	require.Equal(t, "Hacı Bekir", found.Brand, "the copy that the writer could not reach is of an epoch that is over")

	p[1].wire.set(true)
	found, err = p[1].Find(t.Context(), made.ID)
	require.NoError(t, err)
	require.Equal(t, "Hacı Bekir", found.Brand, "without Redis it comes from the store")
	p[0].wire.set(false)
	p[1].wire.set(false)
	warm(t, p[1], made.ID)
}

func TestCatalog_WritersThatMissRedisTogetherBeginOneEpoch(t *testing.T) {
	t.Parallel()
	p := processes(t, 1)
	const writers = 12
	var made [writers]catalog.Product
	for n := range made {
		one, err := p[0].Create(t.Context(), lokum(n))
		require.NoError(t, err)
		made[n] = one
	}
	source := p[0].counted.Store.(catalog.Epochs)
	before, err := source.Epoch(t.Context())
	require.NoError(t, err)
	p[0].wire.set(true)
	var all sync.WaitGroup
	for _, one := range made {
		all.Go(func() {
			if _, err := p[0].Replace(context.WithoutCancel(t.Context()), one); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	after, err := source.Epoch(t.Context())
	require.NoError(t, err)
	require.Greater(t, after, before)
	require.LessOrEqual(t, after-before, int64(2), "one, and one for those whose write came after it")
}
