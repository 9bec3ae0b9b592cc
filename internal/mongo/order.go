package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
)

var _ order.Store = (*Orders)(nil)

// Orders keeps the orders, their timelines in chunks, and the outbox. Contacts
// are sealed with the key of the customer, or of a guest's order.
type Orders struct {
	// vault is nil where contacts stay closed.
	vault     *Vault
	orders    *mongo.Collection
	timelines *mongo.Collection
	outbox    *mongo.Collection
	told      *mongo.Collection
}

// NewOrders returns the store on db, whose contacts vault opens.
func NewOrders(db *mongo.Database, vault *Vault) *Orders {
	return &Orders{
		vault:  vault,
		orders: db.Collection("orders"), timelines: db.Collection("timelines"),
		outbox: db.Collection("outbox"), told: db.Collection("outbox_told"),
	}
}

// Save writes the entries and the events, and the projection last: a run that
// is lost in between is begun again from the older projection and writes the
// same lines again, under the same ids. A run that may not write the document
// writes none of it.
func (s *Orders) Save(ctx context.Context, save order.Save) (order.Projection, error) {
	if len(save.Entries)+len(save.Events) > 0 && !save.Owned {
		there, err := s.there(ctx, save.OrderID)
		if err != nil || !save.MayWrite(there.State.Run) || there.PastRuns[save.Run] {
			return there.projection(), err
		}
	}
	if err := s.writeEntries(ctx, save); err != nil {
		return order.Projection{}, err
	}
	if err := s.writeEvents(ctx, save); err != nil {
		return order.Projection{}, err
	}
	return s.project(ctx, save)
}

func (s *Orders) there(ctx context.Context, orderID string) (written, error) {
	var there written
	err := s.orders.FindOne(ctx, bson.D{{Key: "_id", Value: orderID}}).Decode(&there)
	return there, found(err, "order", orderID)
}

// written is what a save finds in the document.
type written struct {
	State    order.Projection    `bson:"state"`
	PastRuns map[string]bool     `bson:"past_runs"`
	Wanted   *order.CancelWanted `bson:"cancel_wanted"`
}

func (w written) projection() order.Projection {
	if w.State.CancelWanted == nil {
		w.State.CancelWanted = w.Wanted
	}
	return w.State
}

// project lets the run that owns the document, or takes it over from the run
// whose state it knows, write. Everybody else is shown what is there.
func (s *Orders) project(ctx context.Context, save order.Save) (order.Projection, error) {
	fields, err := stateFields(save.State, save.Run)
	if err != nil {
		return order.Projection{}, err
	}
	mine := bson.A{"", save.Run}
	if save.Over != "" {
		mine = append(mine, save.Over)
		fields = append(fields, bson.E{Key: "past_runs." + save.Over, Value: true})
	}
	var there written
	err = s.orders.FindOneAndUpdate(ctx, bson.D{
		{Key: "_id", Value: save.OrderID},
		{Key: "state.run", Value: bson.D{{Key: "$in", Value: mine}}},
		{Key: "state.rev", Value: bson.D{{Key: "$lt", Value: save.State.Rev}}},
		{Key: "past_runs." + save.Run, Value: bson.D{{Key: "$exists", Value: false}}},
	}, bson.D{{Key: "$set", Value: fields}}, options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&there)
	if err == nil {
		return there.projection(), nil
	}
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return order.Projection{}, unavailable(err, "writing the state of order %s", save.OrderID)
	}
	there, err = s.there(ctx, save.OrderID)
	return there.projection(), err
}

// stateFields are the projection's fields as updates of their own.
func stateFields(state order.Projection, run string) (bson.D, error) {
	state.Run = run
	raw, err := bson.Marshal(state)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the order's state cannot be written")
	}
	var fields bson.D
	if err := bson.Unmarshal(raw, &fields); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the order's state cannot be written")
	}
	for i := range fields {
		fields[i].Key = "state." + fields[i].Key
	}
	if state.CancelWanted != nil {
		fields = append(fields, bson.E{Key: "cancel_wanted", Value: *state.CancelWanted})
	}
	return fields, nil
}

// WantCancel writes the wish beside the projection, where a save of the run
// does not reach it.
func (s *Orders) WantCancel(ctx context.Context, orderID string, want order.CancelWanted) error {
	_, err := s.orders.UpdateOne(ctx,
		bson.D{
			{Key: "_id", Value: orderID},
			{Key: "state.open", Value: true},
			{Key: "cancel_wanted", Value: bson.D{{Key: "$exists", Value: false}}},
		},
		bson.D{{Key: "$set", Value: bson.D{{Key: "cancel_wanted", Value: want}}}})
	if err != nil {
		return unavailable(err, "noting the cancel of order %s", orderID)
	}
	return nil
}

// entriesPerChunk keeps a chunk of the timeline far below 256 KB.
const entriesPerChunk = 500

// lastWords leaves of entries with the same id the last one: a reason for a person
// may go, come back and go again between two saves, and one update sets a field
// once.
func lastWords(entries []order.Entry) []order.Entry {
	at := map[string]int{}
	var kept []order.Entry
	for _, e := range entries {
		if i, there := at[e.ID]; there {
			kept[i] = e
			continue
		}
		at[e.ID] = len(kept)
		kept = append(kept, e)
	}
	return kept
}

func (s *Orders) writeEntries(ctx context.Context, save order.Save) error {
	chunks := map[int64]bson.D{}
	for _, e := range lastWords(save.Entries) {
		n := e.Seq / entriesPerChunk
		chunks[n] = append(chunks[n], bson.E{Key: "entries." + e.ID, Value: e})
	}
	for n, set := range chunks {
		_, err := s.timelines.UpdateOne(ctx,
			bson.D{{Key: "_id", Value: fmt.Sprintf("%s/%d", save.OrderID, n)}},
			bson.D{{Key: "$set", Value: set}}, options.UpdateOne().SetUpsert(true))
		if err != nil {
			return unavailable(err, "writing the timeline of order %s", save.OrderID)
		}
	}
	return nil
}

func (s *Orders) writeEvents(ctx context.Context, save order.Save) error {
	for _, e := range save.Events {
		n := order.Notice{
			ID: save.OrderID + ":" + e.Kind + ":" + e.OpID, OrderID: save.OrderID,
			Kind: e.Kind, OpID: e.OpID, At: save.State.UpdatedAt,
		}
		if _, err := s.outbox.InsertOne(ctx, n); err != nil && !mongo.IsDuplicateKeyError(err) {
			return unavailable(err, "writing the outbox of order %s", save.OrderID)
		}
	}
	return nil
}

// Timeline returns the order's story. A line that a reset run wrote again may
// stand in two chunks: the later one is told.
func (s *Orders) Timeline(ctx context.Context, orderID string) ([]order.Entry, error) {
	cursor, err := s.timelines.Find(ctx, byPrefix(orderID+"/"))
	chunks, err := drain[struct {
		Entries map[string]order.Entry `bson:"entries"`
	}](ctx, cursor, err, "reading a timeline")
	if err != nil {
		return nil, err
	}
	lines := map[string]order.Entry{}
	for _, chunk := range chunks {
		for id, e := range chunk.Entries {
			if there, twice := lines[id]; !twice || there.At.Before(e.At) {
				lines[id] = e
			}
		}
	}
	entries := make([]order.Entry, 0, len(lines))
	for _, e := range lines {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b order.Entry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	return entries, nil
}

// Outbox returns events that nobody was told of yet.
func (s *Orders) Outbox(ctx context.Context, limit int) ([]order.Notice, error) {
	cursor, err := s.outbox.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return drain[order.Notice](ctx, cursor, err, "reading the outbox")
}

// Told moves an event to the archive: there first, then away from here.
func (s *Orders) Told(ctx context.Context, n order.Notice) error {
	if _, err := s.told.InsertOne(ctx, n); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "archiving event %s", n.ID)
	}
	if _, err := s.outbox.DeleteOne(ctx, bson.D{{Key: "_id", Value: n.ID}}); err != nil {
		return unavailable(err, "clearing event %s", n.ID)
	}
	return nil
}
