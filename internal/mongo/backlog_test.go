package mongo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
)

func TestBacklog_FindsWhatStandsStillBesideOrdersTheOldestFirst(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	imports, exports, pictures := mongo.NewCatalogImports(db), mongo.NewCatalogExports(db), mongo.NewMedia(db)
	vault := mongotest.Vault(t, db)
	accounts, copies := mongo.NewAccounts(db, vault, func(kind, value string) string { return kind + "/" + value }), mongo.NewExports(db, vault)
	old := night.Add(-time.Hour)
	begin := func(state catalog.ImportState, progress time.Time) string {
		t.Helper()
		i, err := imports.Begin(t.Context(), catalog.Import{ID: id.New(catalog.ImportPrefix, old), State: state, CreatedAt: old, ProgressAt: progress}, nil)
		require.NoError(t, err)
		return i.ID
	}
	stands, slow := begin(catalog.ImportUploaded, time.Time{}), begin(catalog.ImportApplying, night.Add(-30*time.Minute))
	begin(catalog.ImportDone, old)
	begin(catalog.ImportApplying, night.Add(-time.Minute))
	for name, ready := range map[string]string{"cex_1": "", "cex_2": "fil_1"} {
		_, err := exports.Ask(t.Context(), catalog.Export{ID: name, AskedAt: night.Add(-40 * time.Minute), File: ready})
		require.NoError(t, err)
	}
	a := media.New(media.Disk, media.Facts{ContentType: "image/png", Bytes: 10}, "ayse", night.Add(-20*time.Minute))
	a.State = media.Uploaded
	require.NoError(t, pictures.Create(t.Context(), a))
	never := media.New(media.Disk, media.Facts{ContentType: "image/png", Bytes: 10}, "ayse", old)
	require.NoError(t, pictures.Create(t.Context(), never))

	for name, closed := range map[string]time.Time{"usr_1": {}, "usr_2": old} {
		owner := identity.Account{ID: name, Personal: identity.Person{Email: name + "@example.com"}, Rev: 1, CreatedAt: old, Closed: closed}
		require.NoError(t, accounts.Create(t.Context(), owner))
		require.NoError(t, copies.Ask(t.Context(), identity.Export{ID: "exp_of_" + name, AccountID: name, AskedAt: night.Add(-15 * time.Minute)}))
	}
	ready := identity.Export{ID: "exp_ready", AccountID: "usr_1", AskedAt: old}
	require.NoError(t, copies.Ask(t.Context(), ready))
	_, err := copies.Keep(t.Context(), ready, nil, old)
	require.NoError(t, err)

	found, err := mongo.NewBacklog(db).Still(t.Context(), night.Add(-10*time.Minute), 10)
	require.NoError(t, err)
	var ids []string
	for _, s := range found {
		ids = append(ids, s.Kind+" "+s.ID)
		require.Contains(t, s.Next(), s.ID)
	}
	require.Equal(t, []string{"import " + stands, "export cex_1", "import " + slow, "picture " + a.ID, "privacy_export usr_1/exp_of_usr_1"}, ids)
	require.Equal(t, order.StillCatalogue, found[0].Reason())
	require.Equal(t, order.StillPicture, found[3].Reason())
	require.Equal(t, order.StillPrivacy, found[4].Reason())
	count, oldest, err := mongo.NewBacklog(db).Files(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(4), count)
	require.Equal(t, old, oldest.UTC())
	found, err = mongo.NewBacklog(db).Still(t.Context(), night.Add(-10*time.Minute), 1)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, stands, found[0].ID)
}
