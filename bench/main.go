// Command bench measures the shopper's path on this machine and records what
// it found in bench/results. It prints the ratio that counts: whole checkouts
// beside a bare workflow that does as many steps, all empty.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/bedesten/bedesten/internal/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	full := flag.Bool("full", false, "measure three times as long")
	results := flag.String("results", "bench/results", "the folder of the records")
	telemetry := flag.Bool("telemetry", false, "measure with numbers collected and every request traced")
	flag.Parse()
	if err := run(ctx, *full, *telemetry, *results); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// size is how many checkouts each measurement takes.
type size struct {
	warm, single, many, clients int
}

func run(ctx context.Context, full, telemetry bool, results string) (err error) {
	n := size{warm: 48, single: 100, many: 400, clients: 16}
	if full {
		n.single, n.many = 300, 1200
	}
	fmt.Println("starting the rig …")
	options := lab.Options{Child: os.Stderr}
	if telemetry {
		var stop func()
		options, stop = watched(options)
		defer stop()
	}
	l, err := lab.Start(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	if err := errors.Join(l.StartWorker(ctx), l.StartAPI(ctx)); err != nil {
		return err
	}
	r, err := measure(ctx, l, n)
	if err != nil {
		return err
	}
	fmt.Print(r)
	return r.record(results)
}

// report is everything that was measured.
type report struct {
	single   latency
	checkout float64
	bare     float64
	rush     rush

	// bareCPU and checkoutCPU are the processor time of so many each.
	bareCPU, checkoutCPU cpu
	counted              int
}

func measure(ctx context.Context, l *lab.Lab, n size) (report, error) {
	var r report
	b, err := newBare(ctx, l)
	if err != nil {
		return r, err
	}
	defer b.stop()
	fmt.Println("warming up …")
	if _, err := checkouts(ctx, l, n.warm, n.clients); err != nil {
		return r, err
	}
	if _, err := b.run(ctx, n.warm, n.clients); err != nil {
		return r, err
	}
	fmt.Println("checkouts, 1 client …")
	times, err := checkouts(ctx, l, n.single, 1)
	if err != nil {
		return r, err
	}
	r.single = times.latency()
	// In turn, so that a machine whose speed drifts drifts for both.
	for round := range 2 {
		fmt.Printf("bare workflow and checkouts, %d clients, round %d …\n", n.clients, round+1)
		bare, err := b.run(ctx, n.many/2, n.clients)
		if err != nil {
			return r, err
		}
		whole, err := checkouts(ctx, l, n.many/2, n.clients)
		if err != nil {
			return r, err
		}
		r.bare += bare.rate() / 2
		r.checkout += whole.rate() / 2
		r.bareCPU, r.checkoutCPU, r.counted = r.bareCPU.plus(bare.cpu), r.checkoutCPU.plus(whole.cpu), r.counted+n.many/2
	}
	fmt.Println("200 buyers for 50 units …")
	r.rush, err = rushFor(ctx, l, 200, 50)
	return r, err
}

// String is what the terminal and the record show.
func (r report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\ncheckout p50 %.1f ms, p95 %.1f ms at 1 client (target: p50 under 60 ms)\n", ms(r.single.p50), ms(r.single.p95))
	fmt.Fprintf(&b, "checkout     %.1f/s at 16 clients (three times Vendure's 15/s: 45/s)\n", r.checkout)
	fmt.Fprintf(&b, "bare         %.1f/s at 16 clients\n", r.bare)
	fmt.Fprintf(&b, "ratio checkout/bare %.2f (target: at least 0.70)\n", r.checkout/r.bare)
	fmt.Fprintf(&b, "processor    a checkout takes %s\n", r.checkoutCPU.each(r.counted))
	fmt.Fprintf(&b, "             a bare workflow   %s\n", r.bareCPU.each(r.counted))
	fmt.Fprintf(&b, "rush         200 buyers for 50 units in %.1f s: %d placed, %d refused by 409, %d rejected after 202; ledger: %d committed, %d available\n",
		r.rush.took.Seconds(), r.rush.placed, r.rush.refused, r.rush.rejected, r.rush.level.Committed, r.rush.level.Available)
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// record appends the report to the day's file.
func (r report) record(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("making the records' folder: %w", err)
	}
	now := time.Now().UTC()
	file, err := os.OpenFile(filepath.Join(folder, now.Format("2006-01-02")+".md"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the record: %w", err)
	}
	_, err = fmt.Fprintf(file, "## %s, %s/%s, %d cores, %s\n\n```%s```\n\n", now.Format("15:04 MST"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), r)
	return errors.Join(err, file.Close())
}
