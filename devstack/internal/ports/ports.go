// Package ports chooses the ports of a stack once and keeps them with its data.
package ports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/bedesten/bedesten/devstack/internal/flock"
)

// Set holds every port of a stack by name. The names are the keys of the file
// in which it is kept, and with "-port" the flags that set them.
type Set map[string]int

// Names are the ports of a stack: the four that clients use, then Temporal's
// services and the ports by which they find each other.
var Names = []string{
	"temporal", "ui", "mongo", "redis",
	"history", "matching", "worker",
	"frontend-membership", "history-membership", "matching-membership", "worker-membership",
}

// fileName is where a data folder keeps its ports.
const fileName = "ports.json"

// Free ports are taken from here: below the range from which Linux takes the
// local ports of outgoing connections (32768 and up), which could otherwise sit
// on a port of a part that is down for a moment.
const lowest, highest = 17000, 32000

// attempts is how many blocks of ports are tried before giving up.
const attempts = 200

// Keep returns the ports of the data folder dir, and chooses them when it has
// none. Ports in given win over the kept ones and are kept from then on, unless
// check refuses the choice. It may be called by several processes at once.
func Keep(dir string, given Set, check func(Set) error) (res Set, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	l, err := flock.Wait(filepath.Join(dir, fileName+".lock"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Unlock()) }()

	file := filepath.Join(dir, fileName)
	kept, err := read(file)
	if err != nil {
		return nil, err
	}
	all, err := complete(merge(kept, given))
	if err != nil {
		return nil, err
	}
	if err := check(all); err != nil {
		return nil, err
	}
	return all, write(file, all)
}

// Choose returns the given ports and free ones for the rest.
func Choose(given Set) (Set, error) { return complete(given) }

// complete fills what is missing in s with free ports.
func complete(s Set) (Set, error) {
	missing := 0
	for _, name := range Names {
		if s[name] == 0 {
			missing++
		}
	}
	if missing == 0 {
		return s, nil
	}
	free, err := freeBlock(missing)
	if err != nil {
		return nil, err
	}
	all := merge(s, nil)
	for _, name := range Names {
		if all[name] == 0 {
			all[name], free = free[0], free[1:]
		}
	}
	return all, nil
}

// freeBlock returns n ports in a row that nobody listens on. Two stacks that
// choose at the same moment get the same ports only if they begin at the same
// block.
func freeBlock(n int) ([]int, error) {
	size := len(Names)
	for range attempts {
		first := lowest + size*rand.IntN((highest-lowest)/size)
		block := make([]int, n)
		for i := range block {
			block[i] = first + i
		}
		if allFree(block) {
			return block, nil
		}
	}
	return nil, fmt.Errorf("no %d free ports in a row between %d and %d", n, lowest, highest)
}

func allFree(ports []int) bool {
	for _, p := range ports {
		if Check("127.0.0.1", p) != nil {
			return false
		}
	}
	return true
}

// Check returns an error if nothing can listen on a port.
func Check(host string, port int) error {
	ln, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return ln.Close()
}

func merge(base, over Set) Set {
	res := Set{}
	for name, port := range base {
		res[name] = port
	}
	for name, port := range over {
		if port != 0 {
			res[name] = port
		}
	}
	return res
}

func read(file string) (Set, error) {
	body, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Set{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the kept ports: %w", err)
	}
	var s Set
	if err := json.Unmarshal(body, &s); err != nil {
		return nil, fmt.Errorf("reading the kept ports in %s: %w", file, err)
	}
	return s, nil
}

// write replaces the file as a whole: a kill leaves the old one or the new one.
func write(file string, s Set) error {
	body, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the ports: %w", err)
	}
	if err := os.WriteFile(file+".new", append(body, '\n'), 0o644); err != nil {
		return fmt.Errorf("keeping the ports: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("keeping the ports: %w", err)
	}
	return nil
}
