// Command ferretpatch makes the copy of FerretDB that devstack is built from.
//
// It copies the module from the module cache into a folder and applies the
// edits of edits.go:
//
//	go run ./ferretpatch .ferretdb/src
//
// It imports the standard library alone: devstack's go.mod replaces FerretDB
// with the folder that this program has yet to make, and the go command asks for
// that folder only when a package of FerretDB is imported.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// The module that is patched, and the hash that go.sum would hold for it. A
// replaced module is not checked by the go command, so it is checked here.
const (
	module = "github.com/FerretDB/FerretDB@v1.24.0"
	sum    = "h1:7WJmezL48Bj9bYWnhT/bEJgX5gjT5s7LFdHTqkN25rA="
)

// stampName is the file in the copy that says what the copy was made from.
const stampName = ".patched"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ferretpatch FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "ferretpatch:", err)
		os.Exit(1)
	}
}

// run makes the copy in dst unless the one that is there is up to date.
func run(dst string) error {
	want := stamp(edits)
	have, err := os.ReadFile(filepath.Join(dst, stampName))
	if err == nil && string(have) == want {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the stamp of the copy: %w", err)
	}

	src, err := download()
	if err != nil {
		return err
	}
	return build(src, dst, edits)
}

// build copies src beside dst, edits the copy and only then puts it in dst's
// place, so that an interrupted run leaves no half-made copy behind.
func build(src, dst string, edits []edit) error {
	half := dst + ".half"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("removing an unfinished copy: %w", err)
	}
	if err := copyModule(src, half); err != nil {
		return fmt.Errorf("copying %s: %w", module, err)
	}
	for _, e := range edits {
		if err := e.apply(half); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(half, stampName), []byte(stamp(edits)), 0o644); err != nil {
		return fmt.Errorf("writing the stamp: %w", err)
	}
	if err := os.RemoveAll(dst); err != nil {
		return fmt.Errorf("removing the old copy: %w", err)
	}
	if err := os.Rename(half, dst); err != nil {
		return fmt.Errorf("putting the new copy in place: %w", err)
	}
	return nil
}

// stamp returns a hash of everything that the copy depends on.
func stamp(edits []edit) string {
	h := sha256.New()
	fmt.Fprintln(h, module, sum)
	for _, e := range edits {
		fmt.Fprintf(h, "%q %q %q %d\n", e.file, e.old, e.new, e.times)
	}
	return hex.EncodeToString(h.Sum(nil)) + "\n"
}

// download returns the module's folder in the module cache. It runs outside of
// any module, so that the replacement in devstack's go.mod is not asked for.
func download() (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Dir = os.TempDir()
	// The hash is compared below: the checksum database need not be reachable.
	cmd.Env = append(os.Environ(), "GONOSUMDB=github.com/FerretDB/*", "GOWORK=off", "GOFLAGS=")
	out, runErr := cmd.Output()

	var got struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out, &got); err != nil {
		return "", fmt.Errorf("go mod download %s: %w", module, errors.Join(runErr, err))
	}
	if got.Error != "" {
		return "", fmt.Errorf("go mod download %s: %s", module, got.Error)
	}
	if got.Sum != sum {
		return "", fmt.Errorf("%s has the hash %s, want %s", module, got.Sum, sum)
	}
	return got.Dir, nil
}
