package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
)

// note is what a shop that dev runs on this machine left for the operators'
// commands: how its servers are reached. It is private to the user, since it
// holds the shop's keys, and locked as long as the shop runs.
type note struct {
	api  string // where the API listens, host:port
	vars map[string]string
}

// noteFolder is where notes are; their names are dev-<address of the API>.env.
func noteFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place to note the shop's addresses: %w", err)
	}
	return filepath.Join(cache, "bedesten"), nil
}

// announce notes the shop's addresses. The returned function takes the note back.
func announce(cfg config.Config) (func() error, error) {
	folder, err := noteFolder()
	if err != nil {
		return nil, err
	}
	noting := func(err error) error { return fmt.Errorf("noting the shop's addresses: %w", err) }
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, noting(err)
	}
	// Locked before it has its name: nobody takes it for one that was left behind.
	file, err := os.CreateTemp(folder, "new-*")
	if err != nil {
		return nil, noting(err)
	}
	path := filepath.Join(folder, "dev-"+cfg.APIAddr+".env")
	_, err = file.WriteString(strings.Join(lab.Environment(cfg), "\n") + "\n")
	err = errors.Join(err, syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return nil, errors.Join(noting(err), os.Remove(file.Name()), file.Close())
	}
	return func() error { return errors.Join(os.Remove(path), file.Close()) }, nil
}

// notes returns those of the shops that run, and removes what others left.
func notes() ([]note, error) {
	folder, err := noteFolder()
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(folder, "dev-*.env"))
	if err != nil {
		return nil, fmt.Errorf("looking for shops that run here: %w", err)
	}
	var all []note
	for _, path := range paths {
		n, runs, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("reading the addresses of a shop that runs here: %w", err)
		}
		if runs {
			all = append(all, n)
		}
	}
	return all, nil
}

// read returns the note at path, unless the lock on it ended with its shop.
func read(path string) (n note, runs bool, err error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return note{}, false, nil // its shop has just ended
	}
	if err != nil {
		return note{}, false, err
	}
	defer file.Close()
	if syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
			return note{}, false, err
		}
		return note{}, false, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return note{}, false, nil
	}
	n.vars = map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		if name, value, ok := strings.Cut(line, "="); ok {
			n.vars[name] = value
		}
	}
	n.api = n.vars["BEDESTEN_API_ADDR"]
	return n, true, err
}

// port is what a shop is chosen by.
func (n note) port() string {
	_, port, _ := net.SplitHostPort(n.api)
	return port
}

// choose returns the shop with that port or address, or, where none is wanted,
// the one that there is.
func choose(all []note, wanted string) (note, error) {
	var named, ports []string
	for _, n := range all {
		if wanted == n.port() || wanted == n.api || wanted == "" && len(all) == 1 {
			return n, nil
		}
		named, ports = append(named, "http://"+n.api), append(ports, n.port())
	}
	switch {
	case len(all) == 0 && wanted != "":
		return note{}, fmt.Errorf("no shop runs here, also none at %s: open it with `bedesten dev --api-addr 127.0.0.1:<port>`", wanted)
	case wanted != "":
		return note{}, fmt.Errorf("no shop runs here at %s; there is %s", wanted, strings.Join(named, ", "))
	}
	return note{}, fmt.Errorf("several shops run here: %s. Choose one by its port, --shop %s or BEDESTEN_SHOP=%s",
		strings.Join(named, ", "), ports[0], ports[0])
}
