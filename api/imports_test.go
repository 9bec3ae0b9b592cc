package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/catalog/sheet"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/workflows"
)

// desk runs the workflows of files at once, over the rig's stores. A closed one takes
// what is asked for and does not begin.
type desk struct {
	db     *mongodriver.Database
	closed bool
}

func (d *desk) run(workflow, input any) error {
	if d.closed {
		return nil
	}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(&activities.Files{
		Products: mongo.NewCatalog(d.db, clock.System), Imports: mongo.NewCatalogImports(d.db), Exports: mongo.NewCatalogExports(d.db), Sheets: sheet.Sheets{}, Clock: clock.System,
	})
	env.ExecuteWorkflow(workflow, input)
	return env.GetWorkflowError() //nolint:wrapcheck // the test's own
}

func (d *desk) Import(_ context.Context, importID string) error {
	return d.run(workflows.Import, workflows.ImportInput{ImportID: importID, Policy: order.Scaled()})
}

func (d *desk) Export(_ context.Context, exportID string) error {
	return d.run(workflows.Catalogue, workflows.CatalogueInput{ExportID: exportID, Policy: order.Scaled()})
}

const (
	asCSV  = "text/csv; charset=utf-8"
	asXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// scarves are a product of two variants, and one whose price nobody can read.
const scarves = "product;sku;status;title_tr;categories;tax_percent;option_name.boy.tr;option.boy;price.try\n" +
	"ipek-sal;SAL-S;active;İpek Şal;shirts;10;Boy;s|Küçük;899,90\n" +
	"ipek-sal;SAL-L;;;;10;;l|Büyük;999,90\n" +
	"yun-atki;ATKI;active;Yün Atkı;shirts;10;;;pahalı\n"

func TestImports_ApplyWhatIsRightAndNameWhatIsNot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	a := r.do(t, as("POST", "/v1/staff/imports?on_error=skip", scarves, "Idempotency-Key", firstKey, "Content-Type", asCSV))
	require.Equal(t, http.StatusAccepted, a.StatusCode, "%s", a.raw)
	path := a.Header.Get("Location")
	require.Equal(t, "/v1/staff/imports/"+a.json["id"].(string), path)
	again := r.do(t, as("POST", "/v1/staff/imports?on_error=skip", scarves, "Idempotency-Key", firstKey, "Content-Type", asCSV))
	require.Equal(t, a.json["id"], again.json["id"], "the same key is the same import")
	requireProblem(t, r.do(t, as("POST", "/v1/staff/imports", scarves, "Idempotency-Key", firstKey, "Content-Type", asCSV)), 422, "idempotency_key_reused")

	shown := r.do(t, as("GET", path, ""))
	require.Equal(t, "done", shown.json["state"], "%s", shown.raw)
	require.Equal(t, true, shown.json["over"])
	require.Equal(t, map[string]any{"created": 1.0, "changed": 0.0, "unchanged": 0.0, "failed": 0.0}, shown.json["counts"])
	product := r.do(t, call{method: "GET", path: "/v1/products/ipek-sal"})
	require.Equal(t, http.StatusOK, product.StatusCode, "%s", product.raw)
	requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products/yun-atki"}), 404, "not_found")

	first := r.do(t, as("GET", path+"/report?limit=1", ""))
	require.Equal(t, "created", first.json["items"].([]any)[0].(map[string]any)["outcome"])
	second := r.do(t, as("GET", path+"/report?limit=1&cursor="+first.json["next_cursor"].(string), ""))
	require.NotContains(t, second.json, "next_cursor")
	flawed := second.json["items"].([]any)[0].(map[string]any)
	require.Equal(t, "flawed", flawed["outcome"])
	require.Equal(t, []any{map[string]any{"line": 4.0, "column": "price.try", "message": "bir sayı değil: 1499,90 ya da 1499.90 yazın"}}, flawed["flaws"])
	english := r.do(t, as("GET", path+"/report?outcome=flawed", "").with("Accept-Language", "en"))
	require.Contains(t, english.raw, "is not a number: write 1499,90 or 1499.90")
	require.Len(t, r.do(t, as("GET", path+"/report?outcome=flawed", "")).json["items"], 1)
	table := r.do(t, as("GET", path+"/report.csv", ""))
	require.Equal(t, asCSV, table.Header.Get("Content-Type"))
	require.Contains(t, table.raw, "4,4,yun-atki,,flawed,price.try,\"bir sayı değil: 1499,90")

	require.Len(t, r.do(t, as("GET", "/v1/staff/imports", "")).json["items"], 1)
	requireProblem(t, r.do(t, as("POST", path+"/cancel", "")), 409, "conflict")
	entries := r.do(t, r.staff(t, identity.Administrator, "pwd", "otp").as("GET", "/v1/staff/audit-log?what=create-import&phase=done", ""))
	require.Contains(t, entries.raw, a.json["id"])
}

func TestImports_AreRefusedWithTheHeadingThatIsWrong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	a := r.do(t, as("POST", "/v1/staff/imports", "product,sku,renk\nipek-sal,SAL-S,mavi\n", "Idempotency-Key", firstKey, "Content-Type", asCSV))
	path := a.Header.Get("Location")
	require.Equal(t, "rejected", r.do(t, as("GET", path, "")).json["state"])
	report := r.do(t, as("GET", path+"/report", ""))
	require.Len(t, report.json["items"], 1, "%s", report.raw)
	heading := report.json["items"].([]any)[0].(map[string]any)
	require.Equal(t, 0.0, heading["number"])
	require.Equal(t, "renk", heading["flaws"].([]any)[0].(map[string]any)["column"])
}

func TestImports_TakeFilesOfTwoTypesOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	for kind, status := range map[string]int{"application/json": 415, "": 415, "text/html": 415} {
		requireProblem(t, r.do(t, as("POST", "/v1/staff/imports", scarves, "Idempotency-Key", freshKey(), "Content-Type", kind)), status, "unsupported_media_type")
	}
	requireProblem(t, r.do(t, as("POST", "/v1/staff/imports", "", "Idempotency-Key", freshKey(), "Content-Type", asCSV)), 400, "malformed")
	large := strings.Repeat("x", catalog.MaxSheetBytes+1)
	requireProblem(t, r.do(t, as("POST", "/v1/staff/imports", large, "Idempotency-Key", freshKey(), "Content-Type", asCSV)), 413, "too_large")
	for _, path := range []string{"/v1/staff/imports/yok", "/v1/staff/imports/imp_01k3v8m4w0f3q2x9y6z7a1b2c3/report", "/v1/staff/catalogue-exports/yok"} {
		requireProblem(t, r.do(t, as("GET", path, "")), 404, "not_found")
	}
}

func TestImports_CanBeCancelledBeforeAnythingIsApplied(t *testing.T) {
	t.Parallel()
	files := &desk{closed: true}
	r := newRig(t, func(d *api.Deps) { d.FileRuns = files })
	files.db = r.db
	as := r.merchandiser(t)
	a := r.do(t, as("POST", "/v1/staff/imports?on_error=skip", scarves, "Idempotency-Key", firstKey, "Content-Type", asCSV))
	require.Equal(t, "uploaded", a.json["state"])
	files.closed = false
	cancelled := r.do(t, as("POST", a.Header.Get("Location")+"/cancel", ""))
	require.Equal(t, http.StatusAccepted, cancelled.StatusCode, "%s", cancelled.raw)
	require.Equal(t, "cancelled", r.do(t, as("GET", a.Header.Get("Location"), "")).json["state"])
	_, err := r.deps.Products.Find(t.Context(), "ipek-sal")
	require.True(t, fault.Is(err, fault.NotFound))
}

func TestCatalogueExports_ComeBackAsImportsThatChangeNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	for format, kind := range map[string]string{"csv": asCSV, "xlsx": asXLSX} {
		a := r.do(t, as("POST", "/v1/staff/catalogue-exports", fmt.Sprintf(`{"format":%q}`, format), "Idempotency-Key", freshKey()))
		require.Equal(t, http.StatusAccepted, a.StatusCode, "%s", a.raw)
		shown := r.do(t, as("GET", a.Header.Get("Location"), ""))
		require.Equal(t, true, shown.json["ready"])
		file := r.do(t, as("GET", a.Header.Get("Location")+"/file", ""))
		require.Equal(t, http.StatusOK, file.StatusCode)
		require.Contains(t, file.Header.Get("Content-Disposition"), "."+format)
		i := r.do(t, as("POST", "/v1/staff/imports", file.raw, "Idempotency-Key", freshKey(), "Content-Type", kind))
		done := r.do(t, as("GET", i.Header.Get("Location"), ""))
		require.Equal(t, "done", done.json["state"], "%s", done.raw)
		require.InDelta(t, len(r.products), done.json["counts"].(map[string]any)["unchanged"], 0, "%s", done.raw)
	}
}
