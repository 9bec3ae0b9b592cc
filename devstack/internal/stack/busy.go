package stack

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/bedesten/bedesten/devstack/internal/ports"
)

// portsOf names the ports that a part listens on; the first ones on the host
// that was asked for, Temporal's inner ones on 127.0.0.1.
var portsOf = map[Part]struct{ outer, inner []string }{
	Mongo: {outer: []string{"mongo"}},
	Redis: {outer: []string{"redis"}},
	Temporal: {
		outer: []string{"temporal", "ui", "frontend-membership"},
		inner: []string{"history", "matching", "worker", "history-membership", "matching-membership", "worker-membership"},
	},
}

// checkPorts tells about every busy port before anything is started.
func (c Config) checkPorts(chosen ports.Set) error {
	var errs []error
	for _, p := range c.Parts {
		for _, name := range portsOf[p].outer {
			errs = append(errs, checkPort(c.Host, name, chosen[name]))
		}
		for _, name := range portsOf[p].inner {
			errs = append(errs, checkPort("127.0.0.1", name, chosen[name]))
		}
	}
	return errors.Join(errs...)
}

func checkPort(host, name string, port int) error {
	err := ports.Check(host, port)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %d of %s is busy: stop what listens there, or choose another one with --%s-port", port, name, name)
	}
	return fmt.Errorf("port %d (--%s-port): %w", port, name, err)
}
