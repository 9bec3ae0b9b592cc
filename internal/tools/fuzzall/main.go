// Command fuzzall runs every fuzz target of the module for a given time, some of them
// side by side.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
)

func main() {
	fuzztime := flag.String("fuzztime", "60s", "how long each target runs")
	lanes := flag.Int("lanes", runtime.NumCPU(), "how many targets run at once, each with one worker")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, job{dir: ".", fuzztime: *fuzztime, lanes: *lanes, out: os.Stdout})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzzall:", err)
		os.Exit(1)
	}
}
