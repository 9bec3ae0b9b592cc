package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"

	"github.com/bedesten/bedesten/devstack/internal/ports"
	"github.com/bedesten/bedesten/devstack/internal/stack"
)

// defaultData is the data folder when no flag names one.
const defaultData = ".dev/devstack"

// options are the command line's.
type options struct {
	stack          stack.Config
	level          slog.Level
	exitWithParent bool
}

// parse reads the command line. Usage and mistakes in flags are written to
// stderr by the flag package.
func parse(args []string, stderr io.Writer) (options, error) {
	name, rest := "all", args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, rest = args[0], args[1:]
	}
	parts, err := partsNamed(name)
	if err != nil {
		return options{}, err
	}

	opts := options{stack: stack.Config{Parts: parts, Ports: ports.Set{}}}
	fs := flag.NewFlagSet("devstack [all|temporal|mongo|redis]", flag.ContinueOnError)
	fs.SetOutput(stderr)
	ephemeral := fs.Bool("ephemeral", false, "forget all data at the end")
	fs.StringVar(&opts.stack.Data, "data", "", "data folder (default \""+defaultData+"\")")
	fs.StringVar(&opts.stack.Host, "host", "127.0.0.1", "IP address to listen on")
	fs.BoolVar(&opts.stack.FullSync, "full-sync", false, "survive a power cut too, at half the speed")
	fs.TextVar(&opts.level, "log-level", slog.LevelWarn, "debug, info, warn or error")
	fs.BoolVar(&opts.exitWithParent, "exit-with-parent", false, "stop when stdin is closed")
	given := portFlags(fs)
	if err := fs.Parse(rest); err != nil {
		return options{}, err
	}
	if fs.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return opts.finish(*ephemeral, given)
}

// portFlags defines a flag for each port.
func portFlags(fs *flag.FlagSet) map[string]*int {
	given := map[string]*int{}
	for _, name := range ports.Names {
		given[name] = fs.Int(name+"-port", 0, "port of "+name+" (default: a free one, kept with the data)")
	}
	return given
}

// finish checks what the flag package cannot.
func (o options) finish(ephemeral bool, given map[string]*int) (options, error) {
	if ephemeral && o.stack.Data != "" {
		return o, fmt.Errorf("--data and --ephemeral exclude each other")
	}
	if !ephemeral && o.stack.Data == "" {
		o.stack.Data = defaultData
	}
	if net.ParseIP(o.stack.Host) == nil {
		return o, fmt.Errorf("--host: %q is not an IP address", o.stack.Host)
	}
	for name, port := range given {
		if *port < 0 || *port > 65535 {
			return o, fmt.Errorf("--%s-port: %d is not a port", name, *port)
		}
		o.stack.Ports[name] = *port
	}
	return o, nil
}

func partsNamed(name string) ([]stack.Part, error) {
	if name == "all" {
		return stack.All, nil
	}
	for _, p := range stack.All {
		if string(p) == name {
			return []stack.Part{p}, nil
		}
	}
	return nil, fmt.Errorf("no such part: %q (all, temporal, mongo or redis)", name)
}
