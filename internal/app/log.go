package app

import (
	"io"
	"log/slog"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/telemetry"
)

// Logger returns a logger at the named level, in the form of text for eyes or
// else of JSON; an unknown level is info. Its lines carry the ids of the request,
// the order and the workflow that they are about, and nothing personal.
func Logger(w io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: l}
	var h slog.Handler = slog.NewJSONHandler(w, options)
	if format == "text" {
		h = slog.NewTextHandler(w, options)
	}
	return slog.New(telemetry.LogHandler(h, api.RequestID, orderOf))
}
