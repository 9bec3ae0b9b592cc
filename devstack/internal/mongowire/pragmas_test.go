package mongowire_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/devstack/internal/sqlitetest"
)

func TestPragmas_AreInForceOnEveryConnection(t *testing.T) {
	t.Parallel()

	for _, synchronous := range []string{"off", "normal", "full"} {
		t.Run(synchronous, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			orders := connect(t, start(t, dir, synchronous).URI()).Collection("orders")
			_, err := orders.InsertOne(t.Context(), bson.M{"_id": "ord_1"})
			require.NoError(t, err)

			seen := sqlitetest.Seen(dir)
			require.NotEmpty(t, seen)
			for _, p := range seen {
				require.Equal(t, sqlitetest.Pragmas{Journal: "wal", Synchronous: synchronous}, p)
			}
		})
	}
}
