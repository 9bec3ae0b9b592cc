package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
)

// whole is many orders that go all the way.
type whole struct {
	orders, hands int
	// delivered is when the carrier had brought the last one, total when the last
	// one was completed.
	delivered, total time.Duration
	each             latency
	processes        []used
	deaths           int
}

// used is what a process took for all of it.
type used struct {
	name string
	usage
}

// allTheWay takes n orders from the checkout to completed, with api and worker as
// processes of their own. So many hands each take one order after the other
// from the basket to the shopper's door.
func allTheWay(ctx context.Context, n, hands int) (w whole, err error) {
	bin, err := os.MkdirTemp("", "bedesten-bench-")
	if err != nil {
		return w, fmt.Errorf("making a folder for the programs: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(bin)) }()
	l, err := lab.Start(ctx, lab.Options{Child: os.Stderr})
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	// What a busy machine has them warn of is in the figures.
	l.Config.LogLevel = "error"
	for _, name := range []string{"api", "worker"} {
		if err := lab.GoBuild(ctx, ".", "./cmd/"+name, filepath.Join(bin, name)); err != nil {
			return w, err
		}
	}
	if err := l.StartAPIProcess(ctx, os.Stderr, filepath.Join(bin, "api")); err != nil {
		return w, err
	}
	if err := l.StartWorkerProcess(ctx, os.Stderr, filepath.Join(bin, "worker")); err != nil {
		return w, err
	}
	w.orders, w.hands = n, hands
	return w, w.run(ctx, l)
}

func (w *whole) run(ctx context.Context, l *lab.Lab) error {
	skus := make([]string, articles)
	for i := range skus {
		var err error
		if skus[i], err = l.FreshSKU(ctx, int64(w.orders)); err != nil {
			return err
		}
	}
	shoppers, err := baskets(ctx, l, w.orders, skus)
	if err != nil {
		return err
	}
	before, err := w.used(l)
	if err != nil {
		return err
	}
	began := time.Now()
	t, err := repeated(ctx, w.orders, w.hands, func(ctx context.Context, i int) error { return through(ctx, l, shoppers[i]) })
	if err != nil {
		return err
	}
	w.delivered, w.each = t.total, t.latency()
	if _, err := repeated(ctx, w.orders, w.hands, func(ctx context.Context, i int) error {
		_, err := shoppers[i].Await(ctx, order.Completed)
		return err
	}); err != nil {
		return err
	}
	w.total = time.Since(began)
	if w.processes, err = w.used(l); err != nil {
		return err
	}
	for i := range w.processes {
		w.processes[i].cpu -= before[i].cpu
	}
	w.deaths = l.API.Deaths() + l.Worker.Deaths()
	return nil
}

func (w *whole) used(l *lab.Lab) ([]used, error) {
	var all []used
	for _, p := range []struct {
		name string
		pid  int
	}{
		{"devstack: Temporal, MongoDB's wire, Redis's", l.Devstack.Pid()}, {"api", l.API.Pid()}, {"worker", l.Worker.Pid()},
		{"simulators, shoppers, warehouse", os.Getpid()},
	} {
		u, err := usageOf(p.pid)
		if err != nil {
			return nil, err
		}
		all = append(all, used{p.name, u})
	}
	return all, nil
}

// String renders the table.
func (w whole) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %d orders to completed, %d at a time\n\n", w.orders, w.hands)
	p := order.Scaled()
	fmt.Fprintf(&b, "%.2f orders a second: all delivered after %.1f s (p50 of one %.1f s, p95 %.1f s), all completed after %.1f s. ",
		float64(w.orders)/w.total.Seconds(), w.delivered.Seconds(), w.each.p50.Seconds(), w.each.p95.Seconds(), w.total.Seconds())
	fmt.Fprintf(&b, "The scaled policy's own waits are in it: %s before the label, %s of return window. ", p.LabelAfter, p.ReturnWindow)
	fmt.Fprintf(&b, "Processes that died: %d.\n\n", w.deaths)
	b.WriteString("| process | CPU | CPU an order | of one core | memory at the end | at most |\n|---|---|---|---|---|---|\n")
	var sum time.Duration
	for _, u := range w.processes {
		sum += u.cpu
		fmt.Fprintf(&b, "| %s | %.1f s | %.0f ms | %.0f %% | %d MB | %d MB |\n", u.name, u.cpu.Seconds(), ms(u.cpu)/float64(w.orders),
			100*u.cpu.Seconds()/w.total.Seconds(), u.resident>>20, u.peak>>20)
	}
	fmt.Fprintf(&b, "| all | %.1f s | %.0f ms | %.0f %% | | |\n", sum.Seconds(), ms(sum)/float64(w.orders), 100*sum.Seconds()/w.total.Seconds())
	return b.String()
}
