// Command bench measures the shopper's path on this machine and records what
// it found in bench/results. It prints the ratio that counts: whole checkouts
// beside a bare workflow that does as many steps, all empty; with parcels and
// mails served on the same cores, and without. With -full it also takes orders
// all the way and counts what one costs.
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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	full := flag.Bool("full", false, "measure three times as long, and take orders all the way")
	orders := flag.Int("orders", 500, "how many orders go all the way with -full")
	hands := flag.Int("hands", 24, "how many of them at a time")
	results := flag.String("results", "bench/results", "the folder of the records")
	telemetry := flag.Bool("telemetry", false, "measure the shopper's path with numbers collected and every request traced")
	flag.Parse()
	if err := run(ctx, *full, *telemetry, *orders, *hands, *results); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, full, telemetry bool, orders, hands int, results string) error {
	n := size{warm: 32, single: 60, many: 240, clients: 16}
	if full {
		n.single, n.many = 180, 720
	}
	r := report{machine: machine()}
	for _, fulfils := range []bool{true, false} {
		fmt.Printf("the shopper's path, fulfilment served: %t\n", fulfils)
		s, err := measure(ctx, n, fulfils, telemetry)
		if err != nil {
			return err
		}
		fmt.Print(s)
		r.sides = append(r.sides, s)
	}
	if full {
		fmt.Println("one order, counted …")
		o, err := oneOrder(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("%d orders to completed …\n", orders)
		w, err := allTheWay(ctx, orders, hands)
		if err != nil {
			return err
		}
		r.more = "\n" + w.String() + "\n" + o.String()
		fmt.Print(r.more)
	}
	return r.record(results)
}

// report is everything that was measured.
type report struct {
	machine string
	sides   []side
	more    string
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// machine names what was measured on, and how busy it was with other things.
func machine() string {
	model, load := "", ""
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, rest, _ := strings.Cut(string(raw), "model name")
		line, _, _ := strings.Cut(rest, "\n")
		model = ", " + strings.TrimLeft(line, "\t :")
	}
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load before " + strings.Join(strings.Fields(string(raw))[:3], " ")
	}
	return fmt.Sprintf("%s/%s, %d cores%s, %s%s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), model, runtime.Version(), load)
}

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
	var b strings.Builder
	fmt.Fprintf(&b, "## %s, %s\n\n```\n", now.Format("15:04 MST"), r.machine)
	for _, s := range r.sides {
		b.WriteString(s.String())
	}
	fmt.Fprintf(&b, "```\n%s\n", r.more)
	_, err = file.WriteString(b.String())
	return errors.Join(err, file.Close())
}
