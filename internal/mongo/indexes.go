package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// notImplemented is the server's code for a kind of index that it lacks.
const notImplemented = 238

// index is one index of a collection, under the server's own name for it.
type index struct {
	collection string
	keys       bson.D
}

func ascending(fields ...string) bson.D {
	keys := bson.D{}
	for _, f := range fields {
		keys = append(keys, bson.E{Key: f, Value: 1})
	}
	return keys
}

// indexes are all indexes beside those on _id. Uniqueness is no business of
// theirs: a key that must be unique is the _id of a document.
var indexes = []index{
	// The sweeper's walks over open orders.
	{"orders", ascending("state.open", "_id")},
	// A customer's orders, and those of a guest's address.
	{"orders", ascending("customer_id", "_id")},
	{"orders", ascending("email_key")},
	// The operators' worklist.
	{"orders", ascending("state.attention.since")},
	// The relay of stock entries and the delivery of webhooks look at few rows.
	{"stock", ascending("dirty")},
	{"payment_inbox", ascending("received_at")},
	{"shipping_inbox", ascending("received_at")},
	{"shipments", ascending("over", "_id")},
	// Mails that are not taken yet are counted by state.
	{"mails", ascending("state")},
	{"idempotency", ascending("keep_until")},
	{"carts", ascending("updated_at")},
	// What is forgotten with a customer.
	{"carts", ascending("customer_id")},
	{"passkeys", ascending("owner")},
	{"exports", ascending("account_id")},
	{"exports", ascending("asked_at")},
	{"export_chunks", ascending("export_id")},
	{"tickets", ascending("account_id")},
	// The walk over data keys when a master key is rotated.
	{"person_keys", ascending("master")},
	// What staff narrow products by.
	{"products", ascending("categories", "_id")},
	{"products", ascending("last_price_at")},
	// Who has which sessions; whom an address is given up for; what is old.
	{"sessions", ascending("account_id", "_id")},
	{"sessions", ascending("rotated_at")},
	{"consents", ascending("account_id", "_id")},
	{"accounts", ascending("role", "handle")},
	{"accounts", ascending("erasure.due")},
	{"letters", ascending("at")},
	// Keys whose legal term has ended.
	{"person_keys", ascending("keep_until")},
	{"account_emails", ascending("owner")},
	{"tickets", ascending("created_at")},
	{"passkey_challenges", ascending("created_at")},
	// The sweeper's looks at pictures, and staff's lists of them.
	{"media", ascending("state", "_id")},
	{"media", ascending("state", "changed_at")},
	{"media", ascending("state", "unused_since")},
	// What staff did, by who and by what it was about.
	{"audit_log", ascending("who", "_id")},
	{"audit_log", ascending("who_id", "_id")},
	{"audit_log", ascending("target", "_id")},
}

// Migrate makes every index that is not there yet, one by one. A kind of index
// that the server does not know is logged and left out: without it the product
// is slower, never wrong.
func Migrate(ctx context.Context, db *mongo.Database, log *slog.Logger) error {
	for _, ix := range indexes {
		_, err := db.Collection(ix.collection).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: ix.keys})
		if err == nil {
			continue
		}
		var refused mongo.CommandError
		if errors.As(err, &refused) && refused.Code == notImplemented {
			log.WarnContext(ctx, "the store has no such index", "collection", ix.collection, "keys", fmt.Sprint(ix.keys), "reason", refused.Message)
			continue
		}
		return unavailable(err, "making an index of %s", ix.collection)
	}
	return nil
}
