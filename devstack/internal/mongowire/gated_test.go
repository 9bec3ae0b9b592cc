package mongowire_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/devstack/internal/wiretest"
)

// increment is the command that adds 1 to a counter.
func increment() bson.D {
	return bson.D{
		{Key: "update", Value: "counters"},
		{Key: "updates", Value: bson.A{bson.D{
			{Key: "q", Value: bson.D{{Key: "_id", Value: "ziyaret"}}},
			{Key: "u", Value: bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: int64(1)}}}}},
		}}},
		{Key: "$db", Value: "shop"},
	}
}

// take lets 1,600 buyers each try to take one of 1,000 units. It returns how
// many were told that they have one, and how many the document says are left.
func take(t *testing.T, db *mongo.Database) (taken, left int64) {
	t.Helper()
	const units, buyers = 1000, 1600
	stock := db.Collection("stock")
	_, err := stock.InsertOne(t.Context(), bson.M{"_id": "istanbul/KILIM-01", "available": int64(units)})
	require.NoError(t, err)

	var n atomic.Int64
	var wg sync.WaitGroup
	for range buyers {
		wg.Go(func() {
			res, err := stock.UpdateOne(t.Context(),
				bson.M{"_id": "istanbul/KILIM-01", "available": bson.M{"$gte": int64(1)}},
				bson.M{"$inc": bson.M{"available": int64(-1)}})
			if err == nil {
				n.Add(res.ModifiedCount)
			}
		})
	}
	wg.Wait()

	var doc struct{ Available int64 }
	require.NoError(t, stock.FindOne(t.Context(), bson.M{"_id": "istanbul/KILIM-01"}).Decode(&doc))
	return n.Load(), doc.Available
}

func TestTakers_GetExactlyWhatThereIs(t *testing.T) {
	t.Parallel()

	taken, left := take(t, connect(t, setup(t).URI()))
	require.EqualValues(t, 1000, taken)
	require.Zero(t, left)
}

// The gate's own tests mean nothing if the server behind it needs no gate.
func TestTakers_AreSoldTheSameUnitTwiceWithoutTheGate(t *testing.T) {
	t.Parallel()

	taken, left := take(t, connect(t, setup(t).UngatedURI()))
	require.Greater(t, taken, 1000-left, "sold more than what left the stock")
}

func TestWrites_OfClientsThatHangUpCostNobodyElseAWrite(t *testing.T) {
	t.Parallel()
	s := setup(t)
	counters := connect(t, s.URI()).Collection("counters")
	_, err := counters.InsertOne(t.Context(), bson.M{"_id": "ziyaret", "n": int64(0)})
	require.NoError(t, err)

	const each = 150
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range each {
			c := dial(t, s)
			send(t, c, uint32(i), 0, increment())
			_ = c.Close()
		}
	})
	var acknowledged atomic.Int64
	for range 4 {
		wg.Go(func() {
			for range each {
				res, err := counters.UpdateByID(t.Context(), "ziyaret", bson.M{"$inc": bson.M{"n": int64(1)}})
				if err == nil {
					acknowledged.Add(res.ModifiedCount)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 4*each, acknowledged.Load())

	// What was sent before hanging up is carried out too, some of it later.
	require.Eventually(t, func() bool { return count(t, counters) == 5*each }, patience, 10*time.Millisecond)
}

func count(t *testing.T, counters *mongo.Collection) int64 {
	t.Helper()
	var doc struct{ N int64 }
	require.NoError(t, counters.FindOne(t.Context(), bson.M{"_id": "ziyaret"}).Decode(&doc))
	return doc.N
}

func TestWrites_FiftyPipelinedAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	s := setup(t)
	counters := connect(t, s.URI()).Collection("counters")
	_, err := counters.InsertOne(t.Context(), bson.M{"_id": "ziyaret", "n": int64(0)})
	require.NoError(t, err)

	const pipelined = 50
	c := dial(t, s)
	for id := range uint32(pipelined) {
		send(t, c, id, 0, increment())
	}
	for id := range uint32(pipelined) {
		got, doc, err := wiretest.Answer(c)
		require.NoError(t, err)
		require.Equal(t, id, got)
		require.EqualValues(t, 1, doc["ok"])
	}
	require.EqualValues(t, pipelined, count(t, counters))
}

func TestWrites_GoOnBesideAClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	s := setup(t)
	counters := connect(t, s.URI()).Collection("counters")
	fill(t, counters)

	// Each answer carries the whole document, 1 MB: they fill every buffer
	// between the gate and a client that never reads.
	deaf := dial(t, s)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for id := range uint32(60) {
			if m, err := wiretest.Request(id, 0, findAndIncrement()); err != nil || write(deaf, m) != nil {
				return
			}
		}
	}()

	requireStuck(t, counters)
	for range 20 {
		res, err := counters.UpdateByID(t.Context(), "ziyaret", bson.M{"$inc": bson.M{"m": int64(1)}})
		require.NoError(t, err)
		require.EqualValues(t, 1, res.ModifiedCount)
	}
	require.NoError(t, deaf.Close())
	<-sent
}

func write(c interface{ Write([]byte) (int, error) }, b []byte) error {
	_, err := c.Write(b)
	return err
}

func fill(t *testing.T, counters *mongo.Collection) {
	t.Helper()
	_, err := counters.InsertOne(t.Context(), bson.M{"_id": "ziyaret", "n": int64(0), "not": strings.Repeat("ş", 1<<19)})
	require.NoError(t, err)
}

func findAndIncrement() bson.D {
	return bson.D{
		{Key: "findAndModify", Value: "counters"},
		{Key: "query", Value: bson.D{{Key: "_id", Value: "ziyaret"}}},
		{Key: "update", Value: bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: int64(1)}}}}},
		{Key: "$db", Value: "shop"},
	}
}

// requireStuck waits until the deaf client's writes have begun and then come to
// a stop because nobody takes their answers.
func requireStuck(t *testing.T, counters *mongo.Collection) {
	t.Helper()
	last, since := int64(0), time.Now()
	require.Eventually(t, func() bool {
		n := count(t, counters)
		if n != last {
			last, since = n, time.Now()
		}
		return n > 0 && time.Since(since) > 500*time.Millisecond
	}, patience, 20*time.Millisecond)
	require.Less(t, last, int64(60), "all answers fitted into buffers: the test shows nothing")
}

func TestWrites_WithoutAnswerThenAReadOnTheSameConnection(t *testing.T) {
	t.Parallel()
	c := dial(t, setup(t))

	for i := range 20 {
		id := fmt.Sprintf("ord_%02d", i)
		send(t, c, 1, wiretest.MoreToCome, bson.D{
			{Key: "insert", Value: "orders"},
			{Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: id}}}},
			{Key: "$db", Value: "shop"},
		})
		send(t, c, 2, 0, bson.D{
			{Key: "find", Value: "orders"},
			{Key: "filter", Value: bson.D{{Key: "_id", Value: id}}},
			{Key: "$db", Value: "shop"},
		})
		answered, doc, err := wiretest.Answer(c)
		require.NoError(t, err)
		require.EqualValues(t, 2, answered, "the read's answer, not the write's")
		cursor, ok := doc["cursor"].(bson.D)
		require.True(t, ok, "answer: %v", doc)
		require.Len(t, cursor[0].Value, 1, "the write came before the read")
	}
}
