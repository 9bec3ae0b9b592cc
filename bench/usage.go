package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used so far.
type usage struct {
	cpu time.Duration
	// resident is its memory now, peak the most it ever had, in bytes.
	resident, peak int64
}

// clockTick is Linux's unit of /proc/<pid>/stat.
const clockTick = 10 * time.Millisecond

// usageOf reads what pid has used.
func usageOf(pid int) (usage, error) {
	var u usage
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, fmt.Errorf("reading a process's time: %w", err)
	}
	// The name in parentheses may hold spaces: fields are counted behind it, and
	// utime and stime are the 12th and 13th there (man7.org, proc_pid_stat(5)).
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return u, fmt.Errorf("reading a process's time: %w", err)
		}
		u.cpu += time.Duration(n) * clockTick
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, fmt.Errorf("reading a process's memory: %w", err)
	}
	u.resident, u.peak = kilobytes(string(status), "VmRSS:"), kilobytes(string(status), "VmHWM:")
	return u, nil
}

// kilobytes reads a line of /proc/<pid>/status, in bytes.
func kilobytes(status, name string) int64 {
	_, rest, _ := strings.Cut(status, name)
	line, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(line), " kB"), 10, 64)
	return n << 10
}

// cpu is the processor time that the measured work took: of devstack, where
// Temporal and the stores run, and of this process, where api, worker, the
// simulators and the clients do.
type cpu struct{ stack, own time.Duration }

// cpuOf reads the processor time used so far by this process and by pid.
func cpuOf(pid int) (cpu, error) {
	stack, err := usageOf(pid)
	if err != nil {
		return cpu{}, err
	}
	own, err := usageOf(os.Getpid())
	return cpu{stack: stack.cpu, own: own.cpu}, err
}

func (c cpu) since(before cpu) cpu { return cpu{c.stack - before.stack, c.own - before.own} }

func (c cpu) plus(o cpu) cpu { return cpu{c.stack + o.stack, c.own + o.own} }

// each renders the time of one of n.
func (c cpu) each(n int) string {
	return fmt.Sprintf("%.1f ms of devstack, %.1f ms of api, worker, simulators and clients", ms(c.stack)/float64(n), ms(c.own)/float64(n))
}

// A rig is at rest when it uses less than a sixth of a core for a second: its
// sweeps and polls go on for ever.
const (
	restLook  = time.Second
	restUsage = restLook / 6
	restLimit = 2 * time.Minute
)

// rest waits until what a measurement has begun is done, so that the next one
// does not pay for it, and returns what was used until then.
func rest(ctx context.Context, pid int) (cpu, error) {
	limit := time.Now().Add(restLimit)
	for {
		before, err := cpuOf(pid)
		if err != nil {
			return before, err
		}
		select {
		case <-ctx.Done():
			return before, fmt.Errorf("waiting for the rig to rest: %w", ctx.Err())
		case <-time.After(restLook):
		}
		now, err := cpuOf(pid)
		if used := now.since(before); err != nil || used.stack+used.own < restUsage || time.Now().After(limit) {
			return now, err
		}
	}
}
