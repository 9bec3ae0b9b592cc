package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Options reads how Redis is reached: host:port, or a redis:// or rediss://
// URL, which may hold a user and a password. An error never repeats it.
func Options(addr string) (*redis.Options, error) {
	if strings.HasPrefix(addr, "redis://") || strings.HasPrefix(addr, "rediss://") {
		options, err := redis.ParseURL(addr)
		if err != nil {
			// Its words may hold the password.
			return nil, errors.New("this redis:// or rediss:// URL cannot be read")
		}
		options.ContextTimeoutEnabled = true
		return options, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || port == "" {
		return nil, errors.New("this is neither host:port nor a redis:// or rediss:// URL")
	}
	// Without it a call would outlast the deadline that it was given.
	return &redis.Options{Addr: addr, ContextTimeoutEnabled: true}, nil
}

// LogTo sends what the client would write to the standard error to log. The
// client has one logger for the whole process.
func LogTo(log *slog.Logger) { redis.SetLogger(logger{log}) }

type logger struct{ log *slog.Logger }

// Printf logs a warning: the client says something only when a call failed.
func (l logger) Printf(ctx context.Context, format string, args ...any) {
	l.log.WarnContext(ctx, "Redis client: "+fmt.Sprintf(format, args...))
}
