package bedesten_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/bedesten/bedesten"

var (
	kernel = []string{
		"internal/fault", "internal/money", "internal/id", "internal/clock", "internal/page", "internal/crashpoint", "internal/machine", "internal/secret",
	}
	nouns = []string{
		"internal/catalog", "internal/cart", "internal/pricing", "internal/order", "internal/stock", "internal/payment", "internal/idempotency",
	}
	adapters = []string{"internal/mongo", "internal/redis", "internal/payment/stripe"}
)

// allowed lists, for each package of the product, the packages of ours that it
// may import beside the kernel. A trailing /... allows everything below.
// ARCHITECTURE.md says why.
var allowed = map[string][]string{
	"cmd/api":         {"internal/app", "internal/config"},
	"cmd/worker":      {"internal/app", "internal/config"},
	"cmd/bedesten":    {"internal/app", "internal/config", "internal/lab", "internal/audit", "internal/order"},
	"internal/app":    join(nouns, adapters, []string{"api", "worker", "activities", "workflows", "internal/config", "internal/quote", "internal/audit"}),
	"internal/lab":    join(nouns, []string{"internal/app", "internal/config", "simulators/...", "seeds"}),
	"internal/config": nouns,
	"seeds":           nouns,
	"worker":          join(nouns, []string{"workflows", "activities"}),
	"api":             join(nouns, []string{"workflows", "internal/quote", "web"}),
	"workflows":       join(nouns, []string{"activities", "internal/quote"}),
	"activities":      join(nouns, []string{"internal/quote"}),
	"internal/quote":  nouns,
	"internal/audit":  nouns,
	"internal/mongo":  nouns,
	"internal/redis":  nouns,

	"internal/payment/stripe":      {"internal/payment"},
	"internal/payment/paymenttest": {"internal/payment"},
	"internal/mongo/mongotest":     {},
	"internal/tools/...":           {},
	"docs/gen":                     nouns,
	"simulators/...":               {"simulators/..."},
	"bench":                        {"internal/lab", "workflows", "internal/order", "internal/stock"},
}

func join(lists ...[]string) []string { return slices.Concat(lists...) }

// TestArchitecture_EveryImportFollowsTheRules reads the sources itself instead
// of asking "go list": the test cache notices files that a test opens.
func TestArchitecture_EveryImportFollowsTheRules(t *testing.T) {
	t.Parallel()

	for pkg, imports := range packages(t, ".") {
		for _, dep := range imports {
			require.True(t, mayImport(pkg, dep), "%s must not import %s", pkg, dep)
		}
	}
}

func TestArchitecture_RefusesAPlantedImport(t *testing.T) {
	t.Parallel()

	require.False(t, mayImport("internal/order", "internal/payment"), "a noun never imports another noun")
	require.False(t, mayImport("api", "internal/mongo"))
	require.False(t, mayImport("activities", "workflows"))
	require.False(t, mayImport("cmd/api", "internal/lab"))
	require.False(t, mayImport("simulators/stripe", "internal/money"))
	require.True(t, mayImport("worker", "workflows"))

	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "internal", "order"), 0o755))
	planted := "package order\n\nimport _ \"" + module + "/internal/stock\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "internal", "order", "planted.go"), []byte(planted), 0o600))
	found := packages(t, dir)
	require.Equal(t, []string{"internal/stock"}, found["internal/order"])
}

func mayImport(pkg, dep string) bool {
	if slices.Contains(kernel, pkg) || strings.HasPrefix(pkg, "simulators/") && slices.Contains(kernel, dep) {
		return slices.Contains(kernel, dep) && !strings.HasPrefix(pkg, "simulators/")
	}
	if slices.Contains(kernel, dep) {
		return true
	}
	if slices.Contains(nouns, pkg) {
		return false
	}
	for name, deps := range allowed {
		if !matches(name, pkg) {
			continue
		}
		for _, d := range deps {
			if matches(d, dep) {
				return true
			}
		}
	}
	return false
}

func matches(pattern, pkg string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == prefix || strings.HasPrefix(pkg, prefix+"/")
	}
	return pattern == pkg
}

// packages returns, for each package below root, which of our packages its
// non-test files import. e2e and devstack have rules of their own: e2e holds
// only tests, devstack is another module.
func packages(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "devstack" || name == "testdata" || name == "bin" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, imp := range file.Imports {
			dep := strings.Trim(imp.Path.Value, `"`)
			if ours, ok := strings.CutPrefix(dep, module+"/"); ok {
				found[filepath.ToSlash(rel)] = append(found[filepath.ToSlash(rel)], ours)
			}
		}
		return nil
	})
	require.NoError(t, err)
	return found
}
