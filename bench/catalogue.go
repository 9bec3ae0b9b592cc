package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/mongo"
	redisstore "github.com/bedesten/bedesten/internal/redis"
	"github.com/bedesten/bedesten/internal/search"
)

// shelf is what reading a catalogue of so many products costs.
type shelf struct {
	products int
	// Bare handlers answer with the bytes of a page, or of a list, from the same Redis
	// and do nothing else.
	barePage, page, bareList, list, found, alone reads
	// heap is what the index holds; built how long it took to make from the store, and
	// restored from its snapshot.
	heap                    uint64
	filled, built, restored time.Duration
}

// reads are many reads of one kind.
type reads struct {
	what     string
	bytes    int
	rate     float64
	p50, p99 time.Duration
}

// String tells one kind of reads in a line.
func (r reads) String() string {
	return fmt.Sprintf("%-44s %6.0f a second, p50 %5.2f ms, p99 %6.2f ms, %6.1f KB", r.what, r.rate, ms(r.p50), ms(r.p99), float64(r.bytes)/1024)
}

// readers is how many read at a time.
const readers = 8

// measureShelf measures a catalogue of n products.
func measureShelf(ctx context.Context, n int) (s shelf, err error) {
	s.products = n
	address, stop, err := startRedis(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	l, err := lab.Start(ctx, lab.Options{Change: func(c *config.Config) { c.RedisAddr = address }})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	began := time.Now()
	if _, err := lab.Seed(ctx, l.App); err != nil { // for its categories
		return s, err
	}
	ids, err := l.FillShelves(ctx, n, 200, func(done int) { fmt.Printf("\r%d of %d products", done, n) })
	if err != nil {
		return s, err
	}
	fmt.Println()
	s.filled = time.Since(began)
	if err := s.start(ctx, l.App); err != nil {
		return s, err
	}
	if err := errors.Join(l.StartAPI(ctx), l.AwaitAPI(ctx)); err != nil {
		return s, err
	}
	return s, s.read(ctx, l.Config.PublicURL, address, ids)
}

// start builds an index as a process does that starts cold: from the store, then from
// the snapshot that this has left.
func (s *shelf) start(ctx context.Context, a *app.App) error {
	folder, err := os.MkdirTemp("", "bedesten-bench")
	if err != nil {
		return fmt.Errorf("making a place for the snapshot: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // the system clears it too
	store := mongo.NewCatalog(a.DB, clock.System)
	source := search.Source{
		Products: store, Changes: store, Said: store, Sales: mongo.NewSales(a.DB), Hints: redisstore.NewCatalogHints(a.Redis, a.Log), Shop: store.Identity,
	}
	for _, took := range []*time.Duration{&s.built, &s.restored} {
		before, index := heap(), search.New(clock.System)
		f := search.NewFollower(index, source, a.Log).Keeping(filepath.Join(folder, "index"))
		began := time.Now()
		if err := errors.Join(f.Build(ctx), f.Close()); err != nil {
			return err
		}
		*took = time.Since(began)
		s.heap = heap() - before
		runtime.KeepAlive(index)
	}
	fmt.Printf("index: from the store %.1f s, from a snapshot %.1f s, %d MB\n", s.built.Seconds(), s.restored.Seconds(), s.heap>>20)
	return nil
}

// heap is what is in use once nothing is left to collect.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (s *shelf) read(ctx context.Context, url, redisAddr string, ids []string) error {
	hot := ids[:min(100, len(ids))]
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: readers * 2}}
	page := func(i int) string { return url + "/v1/products/" + hot[i%len(hot)] }
	var err error
	if s.page, err = readMany(ctx, client, "a product's page", readers, 20_000, page); err != nil {
		return err
	}
	if s.barePage, err = readBare(ctx, client, redisAddr, page(0)); err != nil {
		return err
	}
	categories := []string{"smartphones", "groceries", "home", "women", "kitchen-accessories"}
	list := func(i int) string { return url + "/v1/products?facets=true&category=" + categories[i%len(categories)] }
	if s.list, err = readMany(ctx, client, "a category with its facets, warm", readers, 20_000, list); err != nil {
		return err
	}
	if s.bareList, err = readBare(ctx, client, redisAddr, list(0)); err != nil {
		return err
	}
	words := []string{"telefon", "gomlek", "kirmizi", "saat", "parfum", "bardak", "ayakkabi", "canta"}
	fresh := func(from int) func(int) string {
		return func(i int) string {
			return fmt.Sprintf("%s/v1/products?facets=true&q=%s&price_min=%d", url, words[i%len(words)], from+i)
		}
	}
	if s.found, err = readMany(ctx, client, "a search with its facets, never asked before", readers, 2_000, fresh(1)); err != nil {
		return err
	}
	s.alone, err = readMany(ctx, client, "the same, one at a time", 1, 1_000, fresh(10_000))
	return err
}

// readBare measures a handler that does nothing but fetch the bytes of an address.
func readBare(ctx context.Context, client *http.Client, redisAddr, of string) (reads, error) {
	body, err := get(ctx, client, of)
	if err != nil {
		return reads{}, err
	}
	store := redis.NewClient(&redis.Options{Addr: redisAddr})
	defer func() { _ = store.Close() }() // the measurement is over
	if err := store.Set(ctx, "bench:bare", body, 0).Err(); err != nil {
		return reads{}, fmt.Errorf("keeping the bytes of the bare handler: %w", err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/bare", func(c *gin.Context) {
		kept, err := store.Get(c.Request.Context(), "bench:bare").Bytes()
		if err != nil {
			c.Status(http.StatusServiceUnavailable)
			return
		}
		c.Data(http.StatusOK, "application/json", kept)
	})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return reads{}, fmt.Errorf("listening for the bare handler: %w", err)
	}
	server := &http.Server{Handler: engine, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	r, err := readMany(ctx, client, "a bare handler with the same bytes", readers, 20_000, func(int) string { return "http://" + listener.Addr().String() + "/bare" })
	err = errors.Join(err, server.Close())
	if over := <-served; !errors.Is(over, http.ErrServerClosed) {
		err = errors.Join(err, over)
	}
	return r, err
}

// readMany reads addresses, n times after a tenth to warm up, so many at a time.
func readMany(ctx context.Context, client *http.Client, what string, readers, n int, address func(int) string) (reads, error) {
	r := reads{what: what}
	read := func(ctx context.Context, i int) error {
		body, err := get(ctx, client, address(i))
		if i == 0 {
			r.bytes = len(body)
		}
		return err
	}
	if _, err := repeated(ctx, n/10, readers, read); err != nil {
		return r, err
	}
	t, err := repeated(ctx, n, readers, func(ctx context.Context, i int) error { return read(ctx, i+n/10) })
	if err != nil {
		return r, err
	}
	sorted := slices.Sorted(slices.Values(t.each))
	r.rate, r.p50, r.p99 = t.rate(), sorted[len(sorted)/2], sorted[len(sorted)*99/100]
	fmt.Println(r)
	return r, nil
}

func get(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", address, err)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", address, err)
	}
	defer func() { _ = res.Body.Close() }() // it was read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", address, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("reading %s: %s: %s", address, res.Status, body)
	}
	return body, nil
}

// startRedis starts Redis itself, which keeps nothing, on a free port.
func startRedis(ctx context.Context) (address string, stop func() error, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("looking for a port for Redis: %w", err)
	}
	address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", nil, fmt.Errorf("looking for a port for Redis: %w", err)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", nil, fmt.Errorf("looking for a port for Redis: %w", err)
	}
	cmd := exec.CommandContext(ctx, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxmemory-policy", "allkeys-lru", "--maxmemory", "512mb")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, fmt.Errorf("starting Redis: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("starting Redis (on Debian: apt-get install redis-server): %w", err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, out) }() // it may say more
			return address, func() error { return endRedis(cmd) }, nil
		}
	}
	return "", nil, errors.Join(errors.New("redis-server ended before it was ready"), cmd.Wait())
}

func endRedis(cmd *exec.Cmd) error {
	if err := cmd.Process.Kill(); err != nil {
		return fmt.Errorf("ending Redis: %w", err)
	}
	_ = cmd.Wait() // it was killed
	return nil
}

// String tells what was measured.
func (s shelf) String() string {
	return fmt.Sprintf("### A catalogue of %d products, %d readers\n\n```\n%s\n%s\n%s\n%s\n%s\n%s\n```\n\n"+
		"The page is %.2f of its bare handler, the list %.2f. The index holds %d MB; a process that starts cold has it after %.1f s from the store, %.1f s from its snapshot. "+
		"The products were put in within %.0f s.\n",
		s.products, readers, s.barePage, s.page, s.bareList, s.list, s.found, s.alone, s.page.rate/s.barePage.rate, s.list.rate/s.bareList.rate,
		s.heap>>20, s.built.Seconds(), s.restored.Seconds(), s.filled.Seconds())
}
