package api_test

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/identity"
)

// exported returns the exports that were asked for since it was last called.
func (e *erasures) exported() []identity.Export {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.exports
	e.exports = nil
	return taken
}

func TestExport_IsFetchedByItsOwnerAloneForSevenDays(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	r := newRig(t, func(d *api.Deps) {
		d.Clock = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	ayse, mehmet := r.register(t, ayseEmail), r.register(t, "mehmet@example.com")
	requireProblem(t, r.do(t, ayse.as("POST", "/v1/account/export", `{}`)), 422, "invalid")
	a := r.do(t, ayse.as("POST", "/v1/account/export", `{"password":"`+aysePassword+`"}`))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	asked := r.told.exported()
	require.Len(t, asked, 1)
	require.Equal(t, ayse.id, asked[0].AccountID)
	require.Equal(t, a.json["id"], asked[0].ID)

	path := "/v1/account/exports/" + asked[0].ID
	requireProblem(t, r.do(t, ayse.as("GET", path, "")), 404, "not_found")
	content := bytes.Repeat([]byte("hakkınızda bildiğimiz "), 400_000)
	_, err := r.deps.Exports.Keep(t.Context(), asked[0], content, time.Now())
	require.NoError(t, err)
	a = r.do(t, ayse.as("GET", path, ""))
	require.Equal(t, http.StatusOK, a.StatusCode)
	require.Equal(t, string(content), a.raw, "all of its chunks")
	require.Equal(t, "application/zip", a.Header.Get("Content-Type"))
	require.Contains(t, a.Header.Get("Content-Disposition"), "attachment; filename=")
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	requireProblem(t, r.do(t, mehmet.as("GET", path, "")), 404, "not_found")
	requireProblem(t, r.do(t, call{method: "GET", path: path}), 401, "unauthenticated")

	later.Store(int64(identity.ExportLife + time.Minute))
	back := signedInOf(r.login(t, ayseEmail, aysePassword, ""), ayseEmail, aysePassword)
	requireProblem(t, r.do(t, back.as("GET", path, "")), 404, "not_found")
}

func TestExport_IsMadeByStaffForWhoAsksOtherwiseAndNotShownToThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ayse, boss := r.register(t, ayseEmail), r.staff(t, identity.Administrator, identity.ByPasskey)
	a := r.do(t, boss.as("POST", "/v1/staff/customers/"+ayse.id+"/export", ""))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	asked := r.told.exported()
	require.Len(t, asked, 1)
	require.Equal(t, "administrator-1", asked[0].By)
	_, err := r.deps.Exports.Keep(t.Context(), asked[0], []byte("PK"), time.Now())
	require.NoError(t, err)
	requireProblem(t, r.do(t, boss.as("GET", "/v1/account/exports/"+asked[0].ID, "")), 404, "not_found")
	found, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "export-customer", Target: ayse.id, Phase: auditlog.Done, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Contains(t, found[0].After, asked[0].ID)
}
