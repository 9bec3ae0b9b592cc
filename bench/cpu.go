package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpu is the processor time that the measured work took: of devstack, where
// Temporal and the stores run, and of this process, where api, worker, the
// simulator and the clients do.
type cpu struct{ stack, own time.Duration }

// clockTick is Linux's unit of /proc/<pid>/stat.
const clockTick = 10 * time.Millisecond

// cpuOf reads the processor time used so far by this process and by pid.
func cpuOf(pid int) (cpu, error) {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return cpu{}, fmt.Errorf("reading this process's time: %w", err)
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return cpu{}, fmt.Errorf("reading devstack's time: %w", err)
	}
	// The name in parentheses may hold spaces: fields are counted behind it, and
	// utime and stime are the 12th and 13th there.
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	ticks := int64(0)
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return cpu{}, fmt.Errorf("reading devstack's time: %w", err)
		}
		ticks += n
	}
	return cpu{stack: time.Duration(ticks) * clockTick, own: time.Duration(own.Utime.Nano() + own.Stime.Nano())}, nil
}

func (c cpu) since(before cpu) cpu { return cpu{c.stack - before.stack, c.own - before.own} }

func (c cpu) plus(o cpu) cpu { return cpu{c.stack + o.stack, c.own + o.own} }

// each renders the time of one of n.
func (c cpu) each(n int) string {
	return fmt.Sprintf("%.1f ms of devstack, %.1f ms of api, worker, simulator and clients", ms(c.stack)/float64(n), ms(c.own)/float64(n))
}
