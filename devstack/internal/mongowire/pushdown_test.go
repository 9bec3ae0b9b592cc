package mongowire_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

var seed = flag.Uint64("seed", rand.Uint64(), "seed of the random queries")

// words are ids that are near each other, with everything that JSON, SQL and
// byte order have an opinion on.
var words = []string{
	"", "a", "aa", "ab", "b", "A", "Z", "z", "ayva", "çay", "Çay", "ı", "İ", "şal", "Zonguldak", "ıhlamur",
	"ord_1", "ord_1/0", "ord_1/1", "ord_10", "ord_2", "istanbul/KILIM-01", "istanbul/KILIM-01|op|reserve",
	`"`, `a"b`, `\`, `a\b`, "a'b", "<b>", "a&b", "\u2028", "\t", "a\nb", "😀", "\U0010ffff", "\uffff", "1", "10", "2", "null", "true",
	"{}", `{"a":1}`, "[1]", "%", "_", "?", "a\x00b", "a\x00", "0123456789abcdef01234567",
}

// oids are ids of MongoDB's own kind, one of them with a text that is a word.
var oids = func() []bson.ObjectID {
	res := make([]bson.ObjectID, 12)
	for i := range res {
		res[i] = bson.ObjectID{0: 0x65, 5: byte(i * 7), 11: byte(i)}
	}
	return res
}()

// others are ids that no condition on strings may let through, though their
// text in the database may lie in its range.
var others = []any{
	int32(1), int64(2), int64(1 << 40), int32(-3), 2.5, 0.5, true, false, bson.Null{},
	bson.DateTime(1700000000000), bson.DateTime(0), bson.D{{Key: "a", Value: int32(1)}}, bson.D{{Key: "ord", Value: "1"}},
	bson.Binary{Data: []byte("ayva")}, bson.Timestamp{T: 5, I: 1},
}

func anyID(r *rand.Rand) any {
	switch n := r.IntN(10); {
	case n < 7:
		return words[r.IntN(len(words))]
	case n < 9:
		return oids[r.IntN(len(oids))]
	default:
		return others[r.IntN(len(others))]
	}
}

// condition returns a random condition on _id.
func condition(r *rand.Rand) any {
	if r.IntN(4) == 0 {
		return anyID(r)
	}
	expr := bson.D{}
	for range 1 + r.IntN(2) {
		op := []string{"$gt", "$gte", "$lt", "$lte", "$eq", "$in", "$ne", "$nin", "$exists"}[r.IntN(9)]
		if hasKey(expr, op) {
			continue
		}
		expr = append(expr, bson.E{Key: op, Value: operand(r, op)})
	}
	return expr
}

func operand(r *rand.Rand, op string) any {
	switch op {
	case "$exists":
		return r.IntN(4) > 0
	case "$in", "$nin":
		list := bson.A{}
		for range r.IntN(6) {
			list = append(list, anyID(r))
		}
		return list
	case "$gt", "$gte", "$lt", "$lte":
		return words[r.IntN(len(words))]
	}
	return anyID(r)
}

// query is a random filter with a random sort, skip and limit.
type query struct {
	filter bson.D
	sort   bson.D
	skip   int64
	limit  int64
}

func randomQuery(r *rand.Rand) query {
	q := query{filter: bson.D{{Key: "_id", Value: condition(r)}}}
	if r.IntN(3) == 0 {
		q.filter = append(q.filter, bson.E{Key: "n", Value: bson.D{{Key: "$lt", Value: int32(r.IntN(100))}}})
	}
	if r.IntN(6) == 0 {
		q.filter = append(q.filter, bson.E{Key: "a.b", Value: int32(r.IntN(3))})
	}
	r.Shuffle(len(q.filter), func(i, j int) { q.filter[i], q.filter[j] = q.filter[j], q.filter[i] })

	q.sort = []bson.D{nil, {{Key: "_id", Value: 1}}, {{Key: "_id", Value: -1}}, {{Key: "n", Value: 1}, {Key: "_id", Value: -1}}}[r.IntN(4)]
	// Without an order any documents are a right answer to a limit.
	if q.sort != nil {
		q.skip, q.limit = int64(r.IntN(3)), int64(r.IntN(8))
	}
	return q
}

func hasKey(d bson.D, key string) bool {
	for _, e := range d {
		if e.Key == key {
			return true
		}
	}
	return false
}

// TestPushdown_ChangesNoAnswer asks each question twice: as it is, and inside
// of an $and, where nothing of it reaches SQLite and FerretDB's own filter and
// sort go through every document.
func TestPushdown_ChangesNoAnswer(t *testing.T) {
	t.Parallel()
	docs := connect(t, setup(t).URI()).Collection("docs")
	insertMixed(t, docs)

	queries := 5000
	if testing.Short() {
		queries = 500
	}
	t.Logf("repeat with -seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 0))
	answered := 0
	for range queries {
		q := randomQuery(r)
		want := ask(t, docs, bson.D{{Key: "$and", Value: bson.A{q.filter}}}, q)
		got := ask(t, docs, q.filter, q)
		if q.sort == nil {
			require.ElementsMatch(t, want, got, "%+v", q)
		} else {
			require.Equal(t, want, got, "%+v", q)
		}
		if len(want) > 0 {
			answered++
		}

		if q.limit == 0 && q.skip == 0 && r.IntN(4) == 0 {
			n, err := docs.CountDocuments(t.Context(), q.filter)
			require.NoError(t, err)
			require.Len(t, want, int(n), "%+v", q)
		}
	}
	require.Greater(t, answered, queries/4, "most questions had no answer: the test shows little")
}

func insertMixed(t *testing.T, docs *mongo.Collection) {
	t.Helper()
	ids := append([]any{}, others...)
	for _, w := range words[:len(words)-1] { // the last one is the text of an ObjectID
		ids = append(ids, w)
	}
	for _, o := range oids {
		ids = append(ids, o)
	}
	for i, id := range ids {
		_, err := docs.InsertOne(t.Context(), bson.D{
			{Key: "_id", Value: id},
			{Key: "n", Value: int32(i * 37 % 100)},
			{Key: "a", Value: bson.D{{Key: "b", Value: int32(i % 3)}}},
		})
		require.NoError(t, err, "%v", id)
	}
}

// ask returns the ids of the documents that answer a query, as text.
func ask(t *testing.T, docs *mongo.Collection, filter bson.D, q query) []string {
	t.Helper()
	opts := options.Find().SetSkip(q.skip).SetLimit(q.limit).SetBatchSize(7)
	if q.sort != nil {
		opts.SetSort(q.sort)
	}
	cursor, err := docs.Find(t.Context(), filter, opts)
	require.NoError(t, err, "%+v", filter)
	var found []struct {
		ID any `bson:"_id"`
	}
	require.NoError(t, cursor.All(t.Context(), &found), "%+v", filter)

	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = fmt.Sprintf("%T %q", f.ID, fmt.Sprint(f.ID))
	}
	return ids
}

// A filter may be missing altogether.
func TestPushdown_TakesNoFilter(t *testing.T) {
	t.Parallel()
	docs := connect(t, setup(t).URI()).Collection("docs")
	_, err := docs.InsertOne(t.Context(), bson.M{"_id": "ord_1"})
	require.NoError(t, err)

	n, err := docs.EstimatedDocumentCount(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, n)

	cursor, err := docs.Aggregate(t.Context(), mongo.Pipeline{{{Key: "$limit", Value: 5}}})
	require.NoError(t, err)
	var found []bson.M
	require.NoError(t, cursor.All(t.Context(), &found))
	require.Len(t, found, 1)
}
