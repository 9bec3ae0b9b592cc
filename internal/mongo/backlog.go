package mongo

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
)

var _ order.Stills = (*Backlog)(nil)

// Backlog reads what waits: cheap counts for whoever watches the shop. Each
// reading touches only rows that are not dealt with, which are few.
type Backlog struct{ db *mongo.Database }

// NewBacklog returns a reader of db.
func NewBacklog(db *mongo.Database) *Backlog { return &Backlog{db} }

// Attention returns what orders need a person for, those that have waited
// longest first, of at most limit orders. It reads nothing else of them.
func (b *Backlog) Attention(ctx context.Context, limit int) ([]*order.Attention, error) {
	cursor, err := b.db.Collection("orders").Find(ctx,
		bson.D{{Key: "state.attention.reason", Value: bson.D{{Key: "$exists", Value: true}}}},
		options.Find().SetSort(bson.D{{Key: "state.attention.since", Value: 1}}).SetLimit(int64(limit)).
			SetProjection(bson.D{{Key: "state.attention", Value: 1}}))
	rows, err := drain[struct {
		State struct {
			Attention *order.Attention `bson:"attention"`
		} `bson:"state"`
	}](ctx, cursor, err, "looking for orders that need a person")
	all := make([]*order.Attention, len(rows))
	for i := range rows {
		all[i] = rows[i].State.Attention
	}
	return all, err
}

// queues are the collections of what stands undelivered, with the field that
// says since when.
var queues = map[string]string{"payment_inbox": "received_at", "shipping_inbox": "received_at", "outbox": "_id"}

// Queues returns how much stands in each inbox and in the outbox, and since when
// the oldest does. The outbox is sorted by the age of its orders.
func (b *Backlog) Queues(ctx context.Context, seen func(name string, depth int64, oldest time.Time)) error {
	for name, by := range queues {
		depth, err := b.db.Collection(name).EstimatedDocumentCount(ctx)
		if err != nil {
			return unavailable(err, "counting %s", name)
		}
		var first struct {
			ReceivedAt time.Time `bson:"received_at"`
			At         time.Time `bson:"at"`
		}
		err = b.db.Collection(name).FindOne(ctx, bson.D{}, options.FindOne().SetSort(bson.D{{Key: by, Value: 1}})).Decode(&first)
		if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
			return unavailable(err, "looking for the oldest of %s", name)
		}
		oldest := first.ReceivedAt
		if by == "_id" {
			oldest = first.At
		}
		seen(name, depth, oldest)
	}
	return nil
}

// Pictures counts those whose sizes are not made yet, and says since when the oldest
// waits.
func (b *Backlog) Pictures(ctx context.Context) (count int64, oldest time.Time, err error) {
	rows, waiting := b.db.Collection("media"), bson.D{{Key: "state", Value: media.Uploaded}}
	if count, err = rows.CountDocuments(ctx, waiting); err != nil {
		return 0, oldest, unavailable(err, "counting pictures that wait")
	}
	var first media.Asset
	err = rows.FindOne(ctx, waiting, options.FindOne().SetSort(bson.D{{Key: "changed_at", Value: 1}})).Decode(&first)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return 0, oldest, unavailable(err, "looking for the picture that waits longest")
	}
	return count, first.ChangedAt, nil
}

// filesCounted is how many files of each kind are looked at: beyond so many the number
// says nothing new.
const filesCounted = 1000

// still is all that may stand still.
func (b *Backlog) still(ctx context.Context, limit int) ([]order.Still, error) {
	all, err := b.files(ctx)
	if err != nil {
		return nil, err
	}
	cursor, err := b.db.Collection("media").Find(ctx, bson.D{{Key: "state", Value: media.Uploaded}},
		options.Find().SetSort(bson.D{{Key: "changed_at", Value: 1}}).SetLimit(int64(limit)))
	pictures, err := drain[media.Asset](ctx, cursor, err, "looking for pictures that wait")
	for _, a := range pictures {
		all = append(all, order.Still{Kind: order.KindPicture, ID: a.ID, State: string(a.State), Since: a.ChangedAt})
	}
	if err != nil {
		return nil, err
	}
	copies, err := b.copies(ctx)
	return append(all, copies...), err
}

// copies are exports of what is known of somebody that are not ready: few. One whose
// owner has closed their account is wanted by nobody, and is not made.
func (b *Backlog) copies(ctx context.Context) ([]order.Still, error) {
	exports, err := NewExports(b.db, nil).Open(ctx, "", filesCounted)
	if err != nil || len(exports) == 0 {
		return nil, err
	}
	owners := make([]string, len(exports))
	for i, e := range exports {
		owners[i] = e.AccountID
	}
	cursor, err := b.db.Collection("accounts").Find(ctx, append(byIDs(owners), bson.E{Key: "closed", Value: bson.D{{Key: "$exists", Value: false}}}),
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	rows, err := drain[struct {
		ID string `bson:"_id"`
	}](ctx, cursor, err, "looking for who waits for an export")
	open := map[string]bool{}
	for _, row := range rows {
		open[row.ID] = true
	}
	var all []order.Still
	for _, e := range exports {
		if open[e.AccountID] {
			all = append(all, order.Still{Kind: order.KindCopy, ID: e.AccountID + "/" + e.ID, State: "asked", Since: e.AskedAt})
		}
	}
	return all, err
}

// files are imports that are not over and exports that are not ready: few. Which of
// them stands still longest only all of them tell.
func (b *Backlog) files(ctx context.Context) ([]order.Still, error) {
	imports, err := NewCatalogImports(b.db).Open(ctx, "", filesCounted)
	if err != nil {
		return nil, err
	}
	exports, err := NewCatalogExports(b.db).Open(ctx, "", filesCounted)
	all := make([]order.Still, 0, len(imports)+len(exports))
	for _, i := range imports {
		all = append(all, order.Still{Kind: order.KindImport, ID: i.ID, State: string(i.State), Since: i.StandsSince()})
	}
	for _, e := range exports {
		all = append(all, order.Still{Kind: order.KindExport, ID: e.ID, State: "asked", Since: e.AskedAt})
	}
	return all, err
}

// Files counts imports that are not over and exports that are not ready, and says since
// when the one has come no further that stands still longest.
func (b *Backlog) Files(ctx context.Context) (count int64, oldest time.Time, err error) {
	all, err := b.files(ctx)
	for n, f := range all {
		if n == 0 || f.Since.Before(oldest) {
			oldest = f.Since
		}
	}
	return int64(len(all)), oldest, err
}

// Still returns what has come no further since before, the oldest first.
func (b *Backlog) Still(ctx context.Context, before time.Time, limit int) ([]order.Still, error) {
	all, err := b.still(ctx, limit)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(s order.Still) bool { return !s.Since.Before(before) })
	slices.SortStableFunc(all, func(x, y order.Still) int { return x.Since.Compare(y.Since) })
	return all[:min(limit, len(all))], nil
}

// Parcels counts those that have not come to their end, by state.
func (b *Backlog) Parcels(ctx context.Context) (map[string]int64, error) {
	return b.states(ctx, "shipments", bson.D{{Key: "over", Value: false}})
}

// Mails counts those that nobody has taken yet, by state.
func (b *Backlog) Mails(ctx context.Context) (map[string]int64, error) {
	open := bson.A{notify.Wanted, notify.Sent, notify.Unsure, notify.Refused}
	return b.states(ctx, "mails", bson.D{{Key: "state", Value: bson.D{{Key: "$in", Value: open}}}})
}

func (b *Backlog) states(ctx context.Context, collection string, which bson.D) (map[string]int64, error) {
	cursor, err := b.db.Collection(collection).Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: which}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$state"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
	})
	rows, err := drain[struct {
		State string `bson:"_id"`
		N     int64  `bson:"n"`
	}](ctx, cursor, err, "counting "+collection)
	counts := map[string]int64{}
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, err
}
