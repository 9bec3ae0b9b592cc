// Command bedesten is the developers' and operators' tool: it runs the whole
// shop on one machine, tells its story, migrates, audits, and says what is
// reachable and what to do about what is not.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/lmittmann/tint"
)

// cli is every command with its flags.
type cli struct {
	Dev         devCmd         `cmd:"" help:"Run the whole shop: devstack, simulators, API and worker. Ctrl-C stops all."`
	Demo        demoCmd        `cmd:"" help:"Tell the stories of several orders, compare them with the golden ones, and audit."`
	Migrate     migrateCmd     `cmd:"" help:"Make indexes, search attributes and schedules. Safe to repeat."`
	Seed        seedCmd        `cmd:"" help:"Load the demo catalogue. Safe to repeat."`
	Audit       auditCmd       `cmd:"" help:"Recompute every invariant of orders, money and stock. Ends 1 when something is found."`
	Attention   attentionCmd   `cmd:"" help:"List the orders that need a person, and files, pictures and copies of data that stand still: why, since when, whose they are, what to do."`
	Story       storyCmd       `cmd:"" help:"Tell the story of one order: where it stands, payments, parcels, and who did what."`
	Repair      repairCmd      `cmd:"" help:"Have an order that needs a person do the step that fails once more, or acknowledge it."`
	Acknowledge acknowledgeCmd `cmd:"" help:"Say that an order which needed a person needs nobody any more."`
	Record      recordCmd      `cmd:"" help:"Record the workflow histories that are missing in workflows/testdata."`
	RunWorker   runWorkerCmd   `cmd:"" hidden:"" help:"Serve workflows and activities; for demo and record."`
	Staff       staffCmd       `cmd:"" help:"Make, list and reset the accounts of staff; the first administrator comes in so."`
	Doctor      doctorCmd      `cmd:"" help:"Say what is reachable, what is not, and what to do."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c,
		kong.Name("bedesten"), kong.Description("Every order is one durable workflow."), kong.Vars{"roles": roles()},
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(io.Writer(os.Stdout), (*io.Writer)(nil)),
	)
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "bedesten:", err)
		os.Exit(1)
	}
}

// quiet is the log of commands whose output is for people: warnings only.
func quiet() *slog.Logger {
	return slog.New(tint.NewTextHandler(os.Stderr, &tint.Options{
		Level: slog.LevelWarn, TimeFormat: time.TimeOnly, NoColor: !terminal(os.Stderr),
	}))
}

// terminal reports whether a person reads f as it is written.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
