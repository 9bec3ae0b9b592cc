package mongo_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
)

// shelf is a store of orders with one pending order in it.
type shelf struct {
	*mongo.Orders
	t  *testing.T
	db *driver.Database
}

const orderID = "ord_1"

func newShelf(t *testing.T) *shelf {
	t.Helper()
	db := mongotest.Database(t)
	s := &shelf{mongo.NewOrders(db, mongotest.Vault(t, db)), t, db}
	created, err := s.Create(t.Context(), pending(orderID))
	require.NoError(t, err)
	require.True(t, created)
	return s
}

func pending(orderID string) order.Order {
	return order.Order{
		ID: orderID, Number: "7KXM-92QD", CartID: "crt_1", CustomerID: "guest", Language: "tr", AcceptedAt: opening, Policy: order.Production(),
		Contact: order.Contact{Name: "Işıl Özgür", Email: "isil.ozgur@example.com", Address: order.Address{Province: "İstanbul", Country: "TR"}},
		State:   order.Projection{Status: order.Pending, Open: true, UpdatedAt: opening},
	}
}

// state is a projection that a run could write.
func state(status order.Status, rev int64) order.Projection {
	return order.Projection{Status: status, Rev: rev, Open: true, UpdatedAt: opening.Add(time.Duration(rev) * time.Second)}
}

func (s *shelf) save(run string, p order.Projection) order.Projection {
	s.t.Helper()
	return s.write(order.Save{OrderID: orderID, Run: run, State: p})
}

func (s *shelf) write(save order.Save) order.Projection {
	s.t.Helper()
	there, err := s.Save(s.t.Context(), save)
	require.NoError(s.t, err)
	found, err := s.Find(s.t.Context(), save.OrderID)
	require.NoError(s.t, err)
	require.Equal(s.t, found.State.Rev, there.Rev, "what is told is what is there")
	require.Equal(s.t, found.State.Run, there.Run)
	return there
}

func TestOrders_CreateLeavesAnOrderThatIsThereAsItIs(t *testing.T) {
	t.Parallel()

	s := newShelf(t)
	other := pending(orderID)
	other.Number = "YENI-9999"
	created, err := s.Create(t.Context(), other)
	require.NoError(t, err)
	require.False(t, created)
	found, err := s.Find(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, "7KXM-92QD", found.Number)
	require.Equal(t, "Işıl Özgür", found.Contact.Name)
	require.Equal(t, order.Production(), found.Policy)
	_, err = s.Find(t.Context(), "ord_yok")
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestOrders_SaveGoesForwardOnly(t *testing.T) {
	t.Parallel()

	s := newShelf(t)
	require.Equal(t, order.Reserved, s.save("run-1", state(order.Reserved, 1)).Status)
	require.Equal(t, order.Placed, s.save("run-1", state(order.Placed, 3)).Status)
	for _, rev := range []int64{3, 2, 1} {
		require.Equal(t, order.Placed, s.save("run-1", state(order.Reserved, rev)).Status, "rev %d is old", rev)
	}
	require.Equal(t, order.Cancelling, s.save("run-1", state(order.Cancelling, 4)).Status)
	found, err := s.Find(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, "isil.ozgur@example.com", found.Contact.Email, "a projection touches nothing above it")
}

func TestOrders_ANewRunTakesOverAndThePastRunCannotWriteAnyMore(t *testing.T) {
	t.Parallel()

	s := newShelf(t)
	s.save("run-1", state(order.Reserved, 1))
	s.save("run-1", state(order.Authorized, 2))

	stranger := s.save("run-2", state(order.Reserved, 9))
	require.Equal(t, "run-1", stranger.Run, "a run that does not know the state may not write")
	require.Equal(t, order.Authorized, stranger.Status)

	over := order.Save{OrderID: orderID, Run: "run-2", Over: "run-1", State: state(order.Authorized, 3)}
	require.Equal(t, "run-2", s.write(over).Run)
	require.Equal(t, "run-2", s.write(over).Run, "said twice")
	require.Equal(t, order.Placed, s.save("run-2", state(order.Placed, 4)).Status)

	for _, late := range []order.Save{
		{OrderID: orderID, Run: "run-1", State: state(order.Cancelling, 99)},
		{OrderID: orderID, Run: "run-1", Over: "run-2", State: state(order.Cancelling, 99)},
	} {
		late.Entries = []order.Entry{{ID: "late", At: opening, Kind: order.EntryCancelling}}
		late.Events = []order.Event{{Kind: order.EventCancelled, OpID: "late"}}
		there := s.write(late)
		require.Equal(t, "run-2", there.Run)
		require.Equal(t, order.Placed, there.Status)
	}
	story, err := s.Timeline(t.Context(), orderID)
	require.NoError(t, err)
	require.Empty(t, story, "nor does it tell stories")
	notices, err := s.Outbox(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, notices)
}

func TestOrders_ACancelOutlivesTheRunThatWasReset(t *testing.T) {
	t.Parallel()

	s := newShelf(t)
	want := &order.CancelWanted{By: "customer", Command: "cancel-1", At: opening}
	p := state(order.PaymentUnknown, 1)
	p.CancelWanted = want
	require.Equal(t, want, s.save("run-1", p).CancelWanted)
	reset := s.write(order.Save{OrderID: orderID, Run: "run-2", Over: "run-1", State: state(order.PaymentUnknown, 2)})
	require.Equal(t, want, reset.CancelWanted, "the new run knows nothing of it and is told")
	require.Equal(t, want, s.save("run-2", state(order.PaymentUnknown, 3)).CancelWanted, "and told again")
	found, err := s.Find(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, want, found.CancelAsked)
}

func TestOrders_SaveOfAnUnknownOrderIsNotFound(t *testing.T) {
	t.Parallel()

	s := newShelf(t)
	_, err := s.Save(t.Context(), order.Save{OrderID: "ord_yok", Run: "run-1", State: state(order.Reserved, 1)})
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestOrders_TimelineIsToldInOrderOnceAndInChunks(t *testing.T) {
	t.Parallel()

	s := newShelf(t)
	const many = 1_200
	entries := make([]order.Entry, many)
	for i := range entries {
		entries[i] = order.Entry{
			ID: fmt.Sprintf("returned-%d", i), At: opening.Add(time.Duration(i/3) * time.Second), Seq: int64(i), Kind: order.EntryFact,
			Status: order.AwaitingCustomer, Detail: "payment_intent.requires_action", Ref: "ord_1-attempt-checkout",
		}
	}
	for rev := int64(1); rev <= 3; rev++ {
		s.write(order.Save{OrderID: orderID, Run: "run-1", State: state(order.AwaitingCustomer, (rev+1)/2), Entries: entries[(rev-1)/2*600 : (rev+1)/2*600]})
	}
	story, err := s.Timeline(t.Context(), orderID)
	require.NoError(t, err)
	require.Len(t, story, many)
	for i, e := range story {
		require.Equal(t, entries[i].ID, e.ID)
		require.True(t, entries[i].At.Equal(e.At))
	}
	var chunks []bson.Raw
	require.NoError(t, mongo.NewRaw(s.db).All(t.Context(), "timelines", &chunks))
	require.Len(t, chunks, 3)
	for _, chunk := range chunks {
		require.Less(t, len(chunk), 256<<10)
	}
	other, err := s.Timeline(t.Context(), "ord_10")
	require.NoError(t, err)
	require.Empty(t, other)
}

func TestOrders_AnEventIsInTheOutboxOnceAndToldOnce(t *testing.T) {
	t.Parallel()

	ctx, s := t.Context(), newShelf(t)
	placed := order.Save{OrderID: orderID, Run: "run-1", State: state(order.Placed, 1), Events: []order.Event{{Kind: order.EventPlaced, OpID: "ord_1-stock-checkout"}}}
	for range 3 {
		s.write(placed)
	}
	notices, err := s.Outbox(ctx, 10)
	require.NoError(t, err)
	require.Len(t, notices, 1)
	require.Equal(t, "ord_1:order.placed:ord_1-stock-checkout", notices[0].ID)
	for range 2 {
		require.NoError(t, s.Told(ctx, notices[0]))
	}
	notices, err = s.Outbox(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, notices)
	var told []order.Notice
	require.NoError(t, mongo.NewRaw(s.db).All(ctx, "outbox_told", &told))
	require.Len(t, told, 1)
}

func TestOrders_RememberTheFirstCancelThatARunCouldNotBeAskedFor(t *testing.T) {
	t.Parallel()

	ctx, db := t.Context(), mongotest.Database(t)
	s := mongo.NewOrders(db, mongotest.Vault(t, db))
	_, err := s.Create(ctx, pending("ord_a"))
	require.NoError(t, err)
	first := order.CancelWanted{By: "customer", Command: "cmd_1", At: opening}
	require.NoError(t, s.WantCancel(ctx, "ord_a", first))
	require.NoError(t, s.WantCancel(ctx, "ord_a", order.CancelWanted{By: "operator", Command: "cmd_2", At: opening}))
	o, err := s.Find(ctx, "ord_a")
	require.NoError(t, err)
	require.Equal(t, &first, o.CancelAsked)

	over := pending("ord_b")
	over.State.Open = false
	_, err = s.Create(ctx, over)
	require.NoError(t, err)
	require.NoError(t, s.WantCancel(ctx, "ord_b", first))
	o, err = s.Find(ctx, "ord_b")
	require.NoError(t, err)
	require.Nil(t, o.CancelAsked, "an order that is over wants nothing")
}

func TestOrders_AreWalkedByIdAllOfThemOrOnlyTheOpenOnes(t *testing.T) {
	t.Parallel()

	ctx, db := t.Context(), mongotest.Database(t)
	s := mongo.NewOrders(db, mongotest.Vault(t, db))
	put := func(id string, status order.Status, open bool) {
		o := pending(id)
		o.State = order.Projection{Status: status, Open: open, UpdatedAt: opening}
		_, err := s.Create(ctx, o)
		require.NoError(t, err)
	}
	put("ord_c", order.Expired, true)
	put("ord_a", order.PaymentUnknown, true)
	put("ord_b", order.Expired, false)
	put("ord_d", order.Placed, true)

	for _, tt := range []struct {
		name  string
		walk  func(context.Context, string, int) ([]order.Order, error)
		after string
		limit int
		want  []string
	}{
		{"all, the first", s.After, "", 2, []string{"ord_a", "ord_b"}},
		{"all, the next", s.After, "ord_b", 2, []string{"ord_c", "ord_d"}},
		{"all, behind the last", s.After, "ord_d", 2, []string{}},
		{"open, the first", s.Open, "", 2, []string{"ord_a", "ord_c"}},
		{"open, the next: over but not closed is open too", s.Open, "ord_a", 9, []string{"ord_c", "ord_d"}},
	} {
		got, err := tt.walk(ctx, tt.after, tt.limit)
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.want, ids(got), tt.name)
	}
}

func ids(orders []order.Order) []string {
	list := make([]string, len(orders))
	for i, o := range orders {
		list[i] = o.ID
	}
	return list
}
