//go:build crashpoints

package crashpoint

import (
	"os"
	"strings"
	"syscall"
)

// Variables that arm crash points. BEDESTEN_CRASHPOINT names the points, with
// commas between them. BEDESTEN_CRASHPOINT_ONCE begins the name of a file for each
// of them, which ends with the point's name and is made before the process dies;
// a process that finds it goes on: each point kills once.
const (
	envName = "BEDESTEN_CRASHPOINT"
	envOnce = "BEDESTEN_CRASHPOINT_ONCE"
)

// Here kills this process with SIGKILL when the point called name is armed.
func Here(name string) {
	if !armed(name) {
		return
	}
	if once := os.Getenv(envOnce); once != "" {
		f, err := os.OpenFile(once+name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		if err := f.Close(); err != nil {
			panic(err)
		}
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		panic(err)
	}
	select {}
}

func armed(name string) bool {
	for _, want := range strings.Split(os.Getenv(envName), ",") {
		if want == name {
			return true
		}
	}
	return false
}
