package mongo_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

func TestMigrate_MakesEveryIndexAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	var log bytes.Buffer
	for range 2 {
		require.NoError(t, mongo.Migrate(t.Context(), db, slog.New(slog.NewTextHandler(&log, nil))))
	}
	require.Empty(t, log.String(), "every one of them is known to the server")
	for collection, least := range map[string]int{"orders": 4, "stock": 1, "payment_inbox": 1, "idempotency": 1, "products": 2, "sessions": 2, "audit_log": 3, "consents": 1} {
		cursor, err := db.Collection(collection).Indexes().List(t.Context())
		require.NoError(t, err)
		var found []bson.M
		require.NoError(t, cursor.All(t.Context(), &found))
		require.Len(t, found, least+1, "%s: these and the one on _id", collection)
	}
}
