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
		"internal/outcome", "internal/rate", "internal/seal",
	}
	nouns = []string{
		"internal/catalog", "internal/cart", "internal/pricing", "internal/order", "internal/stock", "internal/payment", "internal/idempotency",
		"internal/shipping", "internal/notify", "internal/identity", "internal/auditlog", "internal/terms", "internal/media",
	}
	adapters = []string{
		"internal/mongo", "internal/redis", "internal/search", "internal/payment/stripe", "internal/shipping/easypost", "internal/shipping/own",
		"internal/notify/sendgrid", "internal/notify/smtp", "internal/notify/webhook", "internal/notify/templates",
		"internal/telemetry", "internal/codec", "internal/identity/argon", "internal/identity/token", "internal/identity/otp",
		"internal/identity/passkey", "internal/media/imaging", "internal/media/disk", "internal/media/s3", "internal/media/cloudinary", "internal/catalog/sheet",
	}
)

// allowed lists, for each package of the product, the packages of ours that it
// may import beside the kernel. A trailing /... allows everything below.
// ARCHITECTURE.md says why.
var allowed = map[string][]string{
	"cmd/api":         {"internal/app", "internal/config"},
	"cmd/worker":      {"internal/app", "internal/config"},
	"cmd/bedesten":    {"internal/app", "internal/config", "internal/lab", "internal/identity", "internal/order", "internal/shipping"},
	"internal/app":    join(nouns, adapters, []string{"api", "worker", "activities", "workflows", "internal/config", "internal/quote", "internal/audit"}),
	"internal/lab":    join(nouns, []string{"internal/app", "internal/config", "simulators/...", "seeds"}),
	"internal/config": nouns,
	"seeds":           nouns,
	"worker":          join(nouns, []string{"workflows", "activities"}),
	"api":             join(nouns, []string{"workflows", "internal/quote"}),
	"workflows":       join(nouns, []string{"activities", "internal/quote"}),
	"activities":      join(nouns, []string{"internal/quote"}),
	"internal/quote":  nouns,
	"internal/audit":  nouns,
	"internal/mongo":  nouns,
	"internal/redis":  nouns,
	"internal/search": {"internal/catalog"},

	"internal/telemetry": nouns,
	"internal/codec":     {},

	"internal/payment/stripe":        {"internal/payment"},
	"internal/payment/paymenttest":   {"internal/payment"},
	"internal/shipping/easypost":     {"internal/shipping"},
	"internal/shipping/own":          {"internal/shipping"},
	"internal/shipping/shippingtest": {"internal/shipping"},
	"internal/notify/sendgrid":       {"internal/notify"},
	"internal/notify/smtp":           {"internal/notify"},
	"internal/notify/webhook":        {"internal/notify"},
	"internal/notify/templates":      {"internal/notify"},
	"internal/identity/argon":        {"internal/identity"},
	"internal/identity/token":        {"internal/identity"},
	"internal/identity/otp":          {"internal/identity"},
	"internal/identity/passkey":      {"internal/identity"},
	"internal/catalog/sheet":         {"internal/catalog"},
	"internal/notify/notifytest":     {"internal/notify"},
	"internal/media/imaging":         {"internal/media"},
	"internal/media/disk":            {"internal/media"},
	"internal/media/s3":              {"internal/media"},
	"internal/media/cloudinary":      {"internal/media"},
	"internal/media/mediatest":       {"internal/media"},
	"internal/mongo/mongotest":       {"internal/mongo"},
	"internal/redis/redistest":       {},
	"internal/tools/...":             {},
	"internal/machine/machinetest":   {},
	"docs/gen":                       nouns,
	"simulators/...":                 {"simulators/..."},
	"bench":                          {"internal/lab", "internal/config", "simulators/...", "workflows", "internal/order", "internal/stock", "internal/shipping", "internal/app", "internal/clock", "internal/mongo", "internal/redis", "internal/search"},
}

// outside lists, for each package, the modules of others that it may import,
// as prefixes of import paths. What is not listed imports the standard library
// only: the kernel, the nouns, quote, audit, seeds, simulators but one, and tools.
// ARCHITECTURE.md shows the same tables, and a test compares them.
var outside = map[string][]string{
	"internal/id":               {"github.com/oklog/ulid"},
	"internal/config":           {"github.com/caarlos0/env"},
	"internal/identity":         {"golang.org/x/net/idna"},
	"internal/identity/argon":   {"github.com/alexedwards/argon2id"},
	"internal/identity/token":   {"github.com/golang-jwt/jwt"},
	"internal/identity/otp":     {"github.com/pquerna/otp"},
	"internal/identity/passkey": {"github.com/go-webauthn/webauthn", "golang.org/x/net/publicsuffix"},
	"internal/catalog/sheet":    {"github.com/xuri/excelize"},
	"internal/payment/stripe":   {"github.com/stripe/stripe-go"},
	"internal/mongo":            {"go.mongodb.org/mongo-driver", "golang.org/x/text"},
	"internal/redis":            {"github.com/redis/go-redis", "github.com/go-redis/redis_rate", "github.com/sony/gobreaker", "github.com/hashicorp/golang-lru"},
	"internal/search":           {"github.com/blevesearch/snowballstem", "golang.org/x/text"},
	"activities":                {"go.temporal.io/sdk/activity", "go.temporal.io/sdk/temporal"},
	"workflows":                 {"go.temporal.io/api/enums", "go.temporal.io/sdk"},
	"worker":                    {"go.temporal.io/api", "go.temporal.io/sdk"},
	"api":                       {"github.com/gin-gonic/gin", "github.com/danielgtaylor/huma", "go.temporal.io/api/serviceerror", "go.temporal.io/sdk", "golang.org/x/text", "golang.org/x/time/rate"},
	"internal/app":              {"go.mongodb.org/mongo-driver", "github.com/redis/go-redis", "go.temporal.io/sdk"},
	"internal/lab":              {"go.temporal.io/api"},
	"cmd/api":                   {"github.com/caarlos0/env"},
	"cmd/worker":                {"github.com/caarlos0/env"},
	"cmd/bedesten":              {"github.com/caarlos0/env", "github.com/alecthomas/kong", "github.com/lmittmann/tint", "go.temporal.io/api"},
	"bench":                     {"go.temporal.io/api", "go.temporal.io/sdk", "golang.org/x/sync", "go.opentelemetry.io/proto/otlp", "google.golang.org/protobuf", "github.com/gin-gonic/gin", "github.com/redis/go-redis"},
	"internal/tools/fuzzall":    {"golang.org/x/sync"},

	"internal/telemetry": {
		"github.com/prometheus/client_golang", "go.opentelemetry.io/otel", "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
		"go.temporal.io/sdk", "go.mongodb.org/mongo-driver", "github.com/redis/go-redis",
	},

	// It makes sizes as the provider does, as WebP.
	"simulators/cloudinary": {"github.com/gen2brain/webp", "golang.org/x/image"},

	"internal/codec": {"go.temporal.io/api", "go.temporal.io/sdk/converter", "go.temporal.io/sdk/temporal", "google.golang.org/protobuf/proto"},

	"internal/shipping/easypost":     {"github.com/EasyPost/easypost-go"},
	"internal/notify/sendgrid":       {"github.com/sendgrid/sendgrid-go", "github.com/sendgrid/rest"},
	"internal/notify/smtp":           {"github.com/wneessen/go-mail"},
	"internal/media/imaging":         {"github.com/disintegration/imaging", "github.com/gen2brain/webp", "golang.org/x/image/webp"},
	"internal/media/s3":              {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
	"internal/media/cloudinary":      {"github.com/cloudinary/cloudinary-go"},
	"internal/media/mediatest":       {"github.com/stretchr/testify/require"},
	"internal/shipping/shippingtest": {"github.com/stretchr/testify/require"},
	"internal/notify/notifytest":     {"github.com/stretchr/testify/require"},

	"internal/payment/paymenttest": {"github.com/stretchr/testify/require"},
	"internal/machine/machinetest": {"github.com/stretchr/testify/require"},
	"internal/mongo/mongotest":     {"github.com/stretchr/testify/require", "go.mongodb.org/mongo-driver"},
	"internal/redis/redistest":     {"github.com/stretchr/testify/require", "github.com/redis/go-redis"},
}

// worldly are the packages of the standard library that reach beyond the
// process. The kernel and the nouns know rules, workflows must replay and
// activities reach the world through a noun's interface: none of them has them.
var (
	worldly   = []string{"database/...", "net", "net/http/...", "net/smtp", "os/...", "plugin", "syscall"}
	secluded  = join(kernel, nouns, []string{"internal/quote", "internal/audit", "workflows", "activities", "worker"})
	inSpiteOf = map[string][]string{
		"internal/payment":    {"net/http"},      // the header of a webhook
		"internal/shipping":   {"net/http"},      // the same
		"internal/notify":     {"net/http"},      // the same
		"internal/crashpoint": {"os", "syscall"}, // it kills the process, in tests
	}
)

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

	for _, tt := range []struct {
		pkg, dep string
		may      bool
	}{
		{"internal/order", module + "/internal/payment", false}, // a noun never imports another noun
		{"api", module + "/internal/mongo", false},
		{"activities", module + "/workflows", false},
		{"cmd/api", module + "/internal/lab", false},
		{"simulators/stripe", module + "/internal/money", false},
		{"worker", module + "/workflows", true},

		{"internal/money", "github.com/oklog/ulid/v2", false},
		{"internal/id", "github.com/oklog/ulid/v2", true},
		{"internal/order", "github.com/gin-gonic/gin", false},
		{"internal/cart", "github.com/danielgtaylor/huma/v2", false},
		{"internal/stock", "go.mongodb.org/mongo-driver/v2/bson", false},
		{"internal/catalog", "github.com/redis/go-redis/v9", false},
		{"internal/pricing", "go.temporal.io/sdk/workflow", false},
		{"internal/payment", "github.com/stripe/stripe-go/v76", false},
		{"internal/payment/stripe", "github.com/stripe/stripe-go/v76/webhook", true},
		{"internal/payment/stripe", "go.mongodb.org/mongo-driver/v2/mongo", false},
		{"internal/mongo", "github.com/redis/go-redis/v9", false},
		{"internal/redis", "go.mongodb.org/mongo-driver/v2/mongo", false},
		{"workflows", "go.mongodb.org/mongo-driver/v2/mongo", false},
		{"workflows", "github.com/gin-gonic/gin", false},
		{"workflows", "net/http", false},
		{"workflows", "os", false},
		{"activities", "go.temporal.io/sdk/client", false},
		{"activities", "database/sql", false},
		{"api", "go.mongodb.org/mongo-driver/v2/bson", false},
		{"api", "github.com/stripe/stripe-go/v76", false},
		{"api", "net/http", true},
		{"cmd/worker", "go.mongodb.org/mongo-driver/v2/mongo", false},
		{"simulators/stripe", "github.com/stripe/stripe-go/v76", false},
		{"internal/payment", "net/http", true},
		{"internal/order", "net/http", false},
		{"internal/id", "github.com/oklog/ulidlike", false},
	} {
		planted := "package planted\n\nimport _ \"" + tt.dep + "\"\n"
		imports, err := importsOf("planted.go", planted)
		require.NoError(t, err)
		require.Equal(t, []string{tt.dep}, imports)
		require.Equal(t, tt.may, mayImport(tt.pkg, imports[0]), "%s -> %s", tt.pkg, tt.dep)
	}
}

func TestArchitecture_ReadsEveryFileBelowARoot(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "internal", "order"), 0o755))
	planted := "package order\n\nimport _ \"" + module + "/internal/stock\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "internal", "order", "planted.go"), []byte(planted), 0o600))
	require.Equal(t, map[string][]string{"internal/order": {module + "/internal/stock"}}, packages(t, dir))
}

// TestArchitecture_TheDocumentShowsTheSameTables holds ARCHITECTURE.md to the
// tables above.
func TestArchitecture_TheDocumentShowsTheSameTables(t *testing.T) {
	t.Parallel()

	require.Equal(t, outside, shownTable(t, "| package | may import from outside |", nil))
	words := map[string][]string{"kernel": kernel, "nouns": nouns, "adapters": adapters}
	require.Equal(t, sorted(words), sorted(shownTable(t, "| word | packages |", nil)))
	require.Equal(t, sorted(allowed), sorted(shownTable(t, "| package | may import of ours |", words)))
}

// shownTable reads the table below a head in ARCHITECTURE.md. Its rows are
// "| `package` `package` | `module`, word, `module` |"; words stand for lists, and
// "nothing" for none.
func shownTable(t *testing.T, head string, words map[string][]string) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile("ARCHITECTURE.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(raw), head+"\n|---|---|\n")
	require.True(t, found, head)
	table, _, _ = strings.Cut(table, "\n\n")
	shown := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		require.Len(t, cells, 4, line)
		for _, pkg := range strings.Fields(cells[1]) {
			shown[strings.Trim(pkg, "`")] = shownList(t, cells[2], words)
		}
	}
	return shown
}

func shownList(t *testing.T, cell string, words map[string][]string) []string {
	t.Helper()
	list := []string{}
	for item := range strings.SplitSeq(strings.TrimSpace(cell), ", ") {
		quoted := strings.Trim(item, "`")
		if quoted != item {
			list = append(list, quoted)
			continue
		}
		of, known := words[item]
		require.True(t, known || item == "nothing", "%q stands for no list", item)
		list = append(list, of...)
	}
	return list
}

func sorted(lists map[string][]string) map[string][]string {
	all := map[string][]string{}
	for name, list := range lists {
		all[name] = append([]string{}, list...)
		slices.Sort(all[name])
	}
	return all
}

// mayImport reports whether pkg, a folder of ours, may import dep, an import
// path: one of ours, of the standard library, or of somebody else.
func mayImport(pkg, dep string) bool {
	if ours, ok := strings.CutPrefix(dep, module+"/"); ok {
		return mayImportOurs(pkg, ours)
	}
	if host, _, _ := strings.Cut(dep, "/"); !strings.Contains(host, ".") {
		return !slices.Contains(secluded, pkg) || slices.Contains(inSpiteOf[pkg], dep) ||
			!slices.ContainsFunc(worldly, func(w string) bool { return matches(w, dep) })
	}
	return slices.ContainsFunc(outside[pkg], func(prefix string) bool { return matches(prefix+"/...", dep) })
}

func mayImportOurs(pkg, dep string) bool {
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

// packages returns, for each package below root, what its non-test files
// import. e2e and devstack have rules of their own: e2e holds only tests,
// devstack is another module.
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
		imports, err := importsOf(path, nil)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		found[pkg] = append(found[pkg], imports...)
		return nil
	})
	require.NoError(t, err)
	return found
}

// importsOf returns what a source imports: the given text, or the file when
// there is none.
func importsOf(path string, src any) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	imports := make([]string, len(file.Imports))
	for i, imp := range file.Imports {
		imports[i] = strings.Trim(imp.Path.Value, `"`)
	}
	return imports, nil
}
