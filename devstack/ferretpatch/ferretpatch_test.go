package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// tinyModule makes a tiny module and returns its folder.
func tinyModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range map[string]string{
		"go.mod":            "module example.com/çarşı\n",
		"shop/shop.go":      "package shop\n\nconst column = \"old\"\n",
		"shop/shop_test.go": "package shop\n",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(body), 0o444)) // as in the module cache
	}
	return dir
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(parts...))
	require.NoError(t, err)
	return string(body)
}

func TestBuild_CopiesAndEdits(t *testing.T) {
	t.Parallel()
	dst := filepath.Join(t.TempDir(), "with a space", "src")
	changes := []edit{
		{why: "another column", file: "shop/shop.go", old: `"old"`, new: `"new"`, times: 1},
		{why: "one more file", file: "shop/more.go", new: "package shop\n"},
	}

	require.NoError(t, build(tinyModule(t), dst, changes))
	require.Equal(t, "package shop\n\nconst column = \"new\"\n", read(t, dst, "shop", "shop.go"))
	require.Equal(t, "package shop\n", read(t, dst, "shop", "more.go"))
	require.Equal(t, stamp(changes), read(t, dst, stampName))
	require.NoFileExists(t, filepath.Join(dst, "shop", "shop_test.go"))

	// A second run, with other edits, starts from the module again.
	require.NoError(t, build(tinyModule(t), dst, changes[:1]))
	require.NoFileExists(t, filepath.Join(dst, "shop", "more.go"))
}

func TestBuild_FailsUnlessEveryTextIsThereAsOftenAsExpected(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name string
		edit edit
		want string
	}{
		{"not at all", edit{file: "shop/shop.go", old: "gone", times: 1}, "holds the text to replace 0 times, want 1"},
		{"less often", edit{file: "shop/shop.go", old: "old", times: 2}, "holds the text to replace 1 times, want 2"},
		{"more often", edit{file: "shop/shop.go", old: "s", times: 1}, "holds the text to replace 2 times, want 1"},
		{"no such file", edit{file: "shop/none.go", old: "old", times: 1}, "reading shop/none.go"},
		{"a file in the way", edit{file: "shop/shop.go", new: "package shop"}, "is there already"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dst := filepath.Join(t.TempDir(), "src")
			tt.edit.why = "why it is edited"

			err := build(tinyModule(t), dst, []edit{tt.edit})
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "why it is edited")
			require.NoDirExists(t, dst, "a copy that is half edited must not be built from")
		})
	}
}

func TestRun_DoesNothingWhenTheCopyIsUpToDate(t *testing.T) {
	t.Parallel()
	dst := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dst, stampName), []byte(stamp(edits)), 0o644))

	require.NoError(t, run(dst))
	require.NoFileExists(t, filepath.Join(dst, "go.mod"))
}

func TestRun_MakesTheCopyThatDevstackIsBuiltFrom(t *testing.T) {
	t.Parallel()
	dst := filepath.Join(t.TempDir(), "src")

	require.NoError(t, run(dst))
	require.Contains(t, read(t, dst, "internal", "backends", "sqlite", "metadata", "metadata.go"), "IDTextColumn")
	require.Equal(t, read(t, "..", ".ferretdb", "src", stampName), read(t, dst, stampName), "run build.sh: the copy is out of date")
}

func TestStamp_ChangesWithEveryEdit(t *testing.T) {
	t.Parallel()
	one := edit{file: "a.go", old: "x", new: "y", times: 1}
	other := one
	other.new = "z"

	require.NotEqual(t, stamp([]edit{one}), stamp([]edit{other}))
	require.NotEqual(t, stamp([]edit{one}), stamp([]edit{one, one}))
}
