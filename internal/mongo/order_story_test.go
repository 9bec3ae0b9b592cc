package mongo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
)

func TestOrders_MarkEachWriteOfAnOrder(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	store := mongo.NewOrders(db, mongotest.Vault(t, db))
	for _, id := range []string{"ord_a", "ord_b", "ord_c"} {
		_, err := store.Create(t.Context(), order.Order{ID: id, State: order.Projection{Status: order.Pending, Open: true}})
		require.NoError(t, err)
	}
	before, err := store.Revisions(t.Context(), []string{"ord_a", "ord_b", "ord_yok"})
	require.NoError(t, err)
	require.Len(t, before, 2)
	write := func(run, over string, rev int64) map[string]string {
		_, err := store.Save(t.Context(), order.Save{OrderID: "ord_a", Run: run, Over: over, State: order.Projection{Status: order.Reserved, Rev: rev}})
		require.NoError(t, err)
		after, err := store.Revisions(t.Context(), []string{"ord_a", "ord_b"})
		require.NoError(t, err)
		return after
	}
	first := write("run-1", "", 1)
	require.NotEqual(t, before["ord_a"], first["ord_a"])
	require.Equal(t, before["ord_b"], first["ord_b"])
	require.NotEqual(t, first["ord_a"], write("run-1", "", 2)["ord_a"])
}

func TestOrders_TellALineOnceThatAResetRunWroteAgain(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	store := mongo.NewOrders(db, mongotest.Vault(t, db))
	_, err := store.Create(t.Context(), order.Order{ID: "ord_a", State: order.Projection{Status: order.Pending, Open: true}})
	require.NoError(t, err)
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	line := func(id string, seq int64, after time.Duration) order.Entry {
		return order.Entry{ID: id, Seq: seq, At: at.Add(after), Kind: order.EntryParcel}
	}
	for rev, entries := range [][]order.Entry{
		{line("b", 12, 0), line("a", 11, 0), line("d", 40, time.Second)},
		{line("c", 499, time.Second), line("d", 510, 2*time.Second)},
	} {
		_, err := store.Save(t.Context(), order.Save{OrderID: "ord_a", Run: "run-1", State: order.Projection{Status: order.Processing, Rev: int64(rev + 1)}, Entries: entries})
		require.NoError(t, err)
	}
	story, err := store.Timeline(t.Context(), "ord_a")
	require.NoError(t, err)
	ids := []string{}
	for _, e := range story {
		ids = append(ids, e.ID)
	}
	require.Equal(t, []string{"a", "b", "c", "d"}, ids)
	require.Equal(t, at.Add(2*time.Second), story[3].At)
}

func TestOrders_WriteALineThatOneSaveTellsTwiceOnce(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	store := mongo.NewOrders(db, mongotest.Vault(t, db))
	_, err := store.Create(t.Context(), order.Order{ID: "ord_a", State: order.Projection{Status: order.Pending, Open: true}})
	require.NoError(t, err)
	at := time.Date(2026, 11, 26, 8, 45, 0, 0, time.UTC)
	// Between two saves a reason went, came back and went again.
	cleared := func(seq int64) order.Entry {
		return order.Entry{ID: "label_unknown-7-attention_cleared", Seq: seq, At: at.Add(time.Duration(seq) * time.Second), Kind: order.EntryAttentionCleared}
	}
	_, err = store.Save(t.Context(), order.Save{
		OrderID: "ord_a", Run: "run-1", State: order.Projection{Status: order.Processing, Rev: 1},
		Entries: []order.Entry{cleared(70), {ID: "set", Seq: 71, At: at.Add(71 * time.Second), Kind: order.EntryAttention}, cleared(72)},
	})
	require.NoError(t, err)
	story, err := store.Timeline(t.Context(), "ord_a")
	require.NoError(t, err)
	require.Len(t, story, 2)
	require.Equal(t, order.EntryAttentionCleared, story[1].Kind, "the last word counts")
	require.EqualValues(t, 72, story[1].Seq)
}
