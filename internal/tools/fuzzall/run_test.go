package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// module writes a module whose targets are sound, broken and sound again, in this order.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module pazar.example/terazi\n\ngo 1.24\n",
		"terazi/terazi_test.go": `package terazi

import "testing"

func TestTart(*testing.T) {}

func FuzzAgirlik(f *testing.F) { f.Fuzz(func(*testing.T, string) {}) }

func FuzzBozuk(f *testing.F) {
	f.Add("kırık kefe")
	f.Fuzz(func(t *testing.T, s string) { t.Fatal("terazi tartmıyor: " + s) })
}
`,
		"urun/urun_test.go": `package urun

import "testing"

func FuzzCesit(f *testing.F) { f.Fuzz(func(*testing.T, string) {}) }
`,
		"bos/bos.go": "package bos\n",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

func TestFuzzall_StopsAtTheFirstTargetThatFailsAndPrintsItWhole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), job{dir: module(t), fuzztime: "10x", lanes: 1, out: &out})
	require.ErrorContains(t, err, "pazar.example/terazi/terazi.FuzzBozuk")
	require.Contains(t, out.String(), "fuzzing 3 targets for 10x each, 1 at a time")
	require.Contains(t, out.String(), "1 of 3: pazar.example/terazi/terazi.FuzzAgirlik\n")
	require.Contains(t, out.String(), "2 of 3: pazar.example/terazi/terazi.FuzzBozuk\n")
	require.Contains(t, out.String(), "terazi tartmıyor: kırık kefe")
	require.NotContains(t, out.String(), "FuzzCesit", "it was not begun")
}

func TestFuzzall_EndsWhatRunsBesideATargetThatFails(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	began := time.Now()
	err := run(t.Context(), job{dir: module(t), fuzztime: "10m", lanes: 8, out: &out})
	require.ErrorContains(t, err, "FuzzBozuk")
	require.Contains(t, out.String(), "3 at a time", "there are no more than that")
	require.Contains(t, out.String(), "1 of 3: pazar.example/terazi/terazi.FuzzBozuk\n")
	require.NotContains(t, out.String(), "2 of 3")
	require.Less(t, time.Since(began), 5*time.Minute, "the others had ten to go")
}

func TestFuzzall_RunsEveryTargetForItsWholeTime(t *testing.T) {
	t.Parallel()
	dir := module(t)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "terazi")))
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), job{dir: dir, fuzztime: "1500ms", lanes: 2, out: &out}))
	require.Contains(t, out.String(), "1 of 1: pazar.example/terazi/urun.FuzzCesit\n")
	require.Contains(t, out.String(), "now fuzzing with 1 workers")
	require.Regexp(t, `elapsed: [2-9]s`, out.String())
}
