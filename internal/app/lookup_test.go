package app

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/seal"
)

// withKey is an app on db whose look-up key is made of one byte.
func withKey(t *testing.T, db *mongodriver.Database, key byte) *App {
	t.Helper()
	l, err := seal.NewLookup(bytes.Repeat([]byte{key}, seal.KeyBytes))
	require.NoError(t, err)
	return &App{DB: db, Lookup: l, Accounts: mongo.NewAccounts(db, mongotest.Vault(t, db), l.Key)}
}

func TestDoctor_BlamesNoKeyForAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	cfg := config.Config{
		MongoURL: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1", MongoDatabase: "bedesten",
		LookupKey: base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("l"), seal.KeyBytes)),
	}
	found := ExamineOne(t.Context(), cfg, "Look-up key")
	require.Error(t, found.Err)
	require.Equal(t, "start MongoDB, or correct BEDESTEN_MONGO_URL", found.Remedy)
}

func TestMigrate_RemembersTheLookUpKeyAndStopsAtAnother(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	mine, other := withKey(t, db, 'l'), withKey(t, db, 'm')
	require.NoError(t, mine.markLookup(t.Context()))
	require.NoError(t, mine.markLookup(t.Context()))
	require.ErrorContains(t, other.markLookup(t.Context()), "BEDESTEN_LOOKUP_KEY is not the one that this shop was begun with")
}

func TestMigrate_RemembersNoKeyThatAnOlderShopsAccountsAreNotKeptUnder(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	mine, other := withKey(t, db, 'l'), withKey(t, db, 'm')
	require.NoError(t, mine.Accounts.Create(t.Context(), identity.Account{
		ID: "usr_01k3v8m4w0f3q2x9y6z7a1b2c3", Personal: identity.Person{Email: "çiğdem@dukkan.example", Name: "Çiğdem Işık"}, Rev: 1,
	}))
	require.ErrorContains(t, other.markLookup(t.Context()), "BEDESTEN_LOOKUP_KEY is not the one")
	n, err := db.Collection("settings").CountDocuments(t.Context(), bson.D{})
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, mine.markLookup(t.Context()))
}
