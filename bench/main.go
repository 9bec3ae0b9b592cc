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
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var o options
	flag.BoolVar(&o.full, "full", false, "measure three times as long, and take orders all the way")
	flag.StringVar(&o.only, "only", "", "measure one thing: path, one, whole, signin or catalogue")
	flag.IntVar(&o.accounts, "accounts", 100_000, "among how many accounts people sign in with -full")
	flag.IntVar(&o.orders, "orders", 500, "how many orders go all the way with -full")
	flag.IntVar(&o.hands, "hands", 8, "how many of them at a time")
	flag.StringVar(&o.products, "products", "1000,10000,100000", "of how many products catalogues are measured")
	flag.BoolVar(&o.telemetry, "telemetry", false, "measure the shopper's path with numbers collected and every request traced")
	flag.StringVar(&o.results, "results", "bench/results", "the folder of the records")
	flag.Parse()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are what the command line asks for.
type options struct {
	full, telemetry bool
	only, results   string
	products        string
	orders, hands   int
	accounts        int
}

// shelves are the sizes of the catalogues that are measured.
func (o options) shelves() []int {
	var sizes []int
	for _, one := range strings.Split(o.products, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(one)); err == nil && n > 0 {
			sizes = append(sizes, n)
		}
	}
	return sizes
}

// wants reports whether a thing is to be measured.
func (o options) wants(thing string) bool {
	if o.only != "" {
		return o.only == thing
	}
	return o.full || thing == "path"
}

func run(ctx context.Context, o options) error {
	n := size{warm: 32, single: 60, many: 240, clients: 16}
	if o.full {
		n.single, n.many = 180, 720
	}
	r := report{machine: machine()}
	fmt.Println(r.machine)
	for _, fulfils := range []bool{true, false} {
		if !o.wants("path") {
			break
		}
		fmt.Printf("the shopper's path, fulfilment served: %t\n", fulfils)
		s, err := measure(ctx, n, fulfils, o.telemetry)
		if err != nil {
			return err
		}
		fmt.Print(s)
		r.sides = append(r.sides, s)
	}
	if err := r.allTheWay(ctx, o); err != nil {
		return err
	}
	return r.record(o.results)
}

// allTheWay takes orders to completed: many of them, and one that is counted.
func (r *report) allTheWay(ctx context.Context, o options) error {
	var parts []fmt.Stringer
	if o.wants("whole") {
		fmt.Printf("%d orders to completed …\n", o.orders)
		w, err := allTheWay(ctx, o.orders, o.hands)
		if err != nil {
			return err
		}
		parts = append(parts, w)
	}
	if o.wants("one") {
		fmt.Println("one order, counted …")
		counted, err := oneOrder(ctx)
		if err != nil {
			return err
		}
		parts = append(parts, counted)
	}
	if o.wants("signin") {
		fmt.Printf("signing in among %d accounts …\n", o.accounts)
		s, err := measureEntries(ctx, o.accounts)
		if err != nil {
			return err
		}
		parts = append(parts, s)
	}
	if o.wants("catalogue") {
		var all growth
		for _, n := range o.shelves() {
			fmt.Printf("a catalogue of %d products …\n", n)
			s, err := measureShelf(ctx, n)
			if err != nil {
				return err
			}
			parts, all = append(parts, s), append(all, s)
		}
		parts = append(parts, all)
		if err := all.draw(o.results); err != nil {
			return err
		}
	}
	for _, p := range parts {
		r.more += "\n" + p.String()
	}
	fmt.Print(r.more)
	return nil
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
	fmt.Fprintf(&b, "## %s, %s\n", now.Format("15:04 MST"), r.machine)
	if len(r.sides) > 0 {
		b.WriteString("\n```\n")
		for _, s := range r.sides {
			b.WriteString(s.String())
		}
		b.WriteString("```\n")
	}
	b.WriteString(r.more + "\n")
	_, err = file.WriteString(b.String())
	return errors.Join(err, file.Close())
}
