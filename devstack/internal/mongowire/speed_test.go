package mongowire_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// documents is the size of the collection in which documents are looked for.
const documents = 100_000

// limit is what one operation by _id may take at most among them, half of the
// time. It takes about a fifth of that; a scan takes 200 times as long.
const limit = 5 * time.Millisecond

func TestByID_IsQuickAmongManyDocuments(t *testing.T) {
	t.Parallel()
	orders := connect(t, setup(t).URI()).Collection("orders")
	insertOrders(t, orders)

	t.Run("conditional update", func(t *testing.T) {
		requireQuick(t, func(i int) {
			res, err := orders.UpdateOne(t.Context(),
				bson.D{{Key: "_id", Value: orderID(i)}, {Key: "rev", Value: bson.D{{Key: "$lt", Value: int64(1)}}}},
				bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: "placed"}}}, {Key: "$inc", Value: bson.D{{Key: "rev", Value: int64(1)}}}})
			require.NoError(t, err)
			require.EqualValues(t, 1, res.ModifiedCount)
		})
	})
	t.Run("find", func(t *testing.T) {
		requireQuick(t, func(i int) {
			require.NoError(t, orders.FindOne(t.Context(), bson.D{{Key: "_id", Value: orderID(i)}}).Err())
		})
	})
	t.Run("find several", func(t *testing.T) {
		requireQuick(t, func(i int) {
			ids := bson.A{orderID(i), orderID(i + 1), "ord_none", orderID(i + 2)}
			requireFound(t, orders, 3, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, options.Find())
		})
	})
	t.Run("prefix", func(t *testing.T) {
		requireQuick(t, func(i int) {
			from := orderID(i)[:len(orderID(i))-1]
			requireFound(t, orders, 10, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: from + "~"}}}}, options.Find())
		})
	})
	t.Run("page after a cursor", func(t *testing.T) {
		requireQuick(t, func(i int) {
			filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: orderID(i)}}}, {Key: "rev", Value: bson.D{{Key: "$gte", Value: int64(0)}}}}
			requireFound(t, orders, 20, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(20))
		})
	})
	t.Run("page before a cursor", func(t *testing.T) {
		requireQuick(t, func(i int) {
			filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: orderID(i + 50)}}}}
			requireFound(t, orders, 20, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(20))
		})
	})
}

func orderID(i int) string { return fmt.Sprintf("ord_%06d", i) }

func insertOrders(t *testing.T, orders *mongo.Collection) {
	t.Helper()
	const batch = 1000
	for first := 0; first < documents; first += batch {
		docs := make([]any, batch)
		for i := range docs {
			docs[i] = bson.D{
				{Key: "_id", Value: orderID(first + i)},
				{Key: "rev", Value: int64(0)},
				{Key: "status", Value: "pending"},
				{Key: "city", Value: "İzmir"},
			}
		}
		_, err := orders.InsertMany(t.Context(), docs, options.InsertMany().SetOrdered(false))
		require.NoError(t, err)
	}
}

func requireFound(t *testing.T, orders *mongo.Collection, n int, filter bson.D, opts *options.FindOptionsBuilder) {
	t.Helper()
	cursor, err := orders.Find(t.Context(), filter, opts)
	require.NoError(t, err)
	var found []bson.D
	require.NoError(t, cursor.All(t.Context(), &found))
	require.Len(t, found, n)
}

// requireQuick does something with orders all over the collection. The quickest
// tenth is held against the limit: a busy machine slows many of them, and a
// scan, a hundred times as slow, would slow each.
func requireQuick(t *testing.T, do func(i int)) {
	t.Helper()
	const times = 101
	took := make([]time.Duration, times)
	for n := range took {
		began := time.Now()
		do((n*7919 + 100) % (documents - 100))
		took[n] = time.Since(began)
	}
	slices.Sort(took)
	t.Logf("quickest tenth %s, median %s, slowest %s", took[times/10], took[times/2], took[times-1])
	require.Less(t, took[times/10], limit)
}
