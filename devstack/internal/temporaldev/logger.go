package temporaldev

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

var _ log.Logger = (*logger)(nil)

// logger passes the server's log on, except for what is no news: while the
// server starts and while it stops, its services miss each other, and each says
// so many times. What was said during a start is told when the start failed.
type logger struct {
	out *slog.Logger

	mu    sync.Mutex
	phase phase
	held  []func()
}

type phase int

const (
	starting phase = iota
	running
	stopping
)

// unwanted begins a warning of each start: Nexus, which is not used here, needs
// a port of its own.
const unwanted = "HTTP API port has not been set"

func (l *logger) write(level slog.Level, msg string, tags []tag.Tag) {
	ctx := context.Background()
	if !l.out.Enabled(ctx, level) || strings.HasPrefix(msg, unwanted) {
		return
	}
	attrs := make([]slog.Attr, len(tags))
	for i, t := range tags {
		attrs[i] = slog.Any(t.Key(), t.Value())
	}
	l.pass(func() { l.out.LogAttrs(ctx, level, msg, attrs...) })
}

// pass writes a line, keeps it or drops it. Who asked for more than warnings
// gets everything.
func (l *logger) pass(line func()) {
	l.mu.Lock()
	defer l.mu.Unlock()

	switch {
	case l.phase == running || l.out.Enabled(context.Background(), slog.LevelInfo):
		line()
	case l.phase == starting:
		l.held = append(l.held, line)
	}
}

// enter begins a phase. What was held is forgotten.
func (l *logger) enter(p phase) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase, l.held = p, nil
}

// tell writes what was held: the start failed, and it may say why.
func (l *logger) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.held {
		line()
	}
	l.held = nil
}

func (l *logger) Debug(msg string, tags ...tag.Tag) { l.write(slog.LevelDebug, msg, tags) }
func (l *logger) Info(msg string, tags ...tag.Tag)  { l.write(slog.LevelInfo, msg, tags) }
func (l *logger) Warn(msg string, tags ...tag.Tag)  { l.write(slog.LevelWarn, msg, tags) }
func (l *logger) Error(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// DPanic logs what would be a panic in the server's own tests.
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic logs and panics, as the server expects.
func (l *logger) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	l.tell()
	panic(fmt.Sprintf("temporal: %s", msg))
}

// Fatal logs and ends the process, as the server expects.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	l.tell()
	os.Exit(1)
}
