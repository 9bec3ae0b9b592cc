package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/order"
)

var _ order.Alerts = (*Alerts)(nil)

// Alerts keeps one document for each reason that somebody was told of, with how
// far each way has come inside. What came of an order's reasons is the order's.
type Alerts struct{ rows, orders *mongo.Collection }

// NewAlerts returns the store on db.
func NewAlerts(db *mongo.Database) *Alerts {
	return &Alerts{rows: db.Collection("alerts"), orders: db.Collection("orders")}
}

// alertRow is an alert as it is kept.
type alertRow struct {
	ID          string `bson:"_id"`
	order.Alert `bson:",inline"`
	CreatedAt   time.Time           `bson:"created_at"`
	Ways        map[string]alertWay `bson:"ways,omitempty"`
}

// alertWay is how far one way has come. Until is when a go that was not finished
// is given up.
type alertWay struct {
	Claim  string    `bson:"claim"`
	Until  time.Time `bson:"until"`
	Tries  int       `bson:"tries"`
	ToldAt time.Time `bson:"told_at,omitempty"`
}

// Standing reads no more of the index than the orders that need a person: those
// that need none have no time there.
func (s *Alerts) Standing(ctx context.Context, limit int) ([]order.Order, error) {
	cursor, err := s.orders.Find(ctx,
		bson.D{{Key: "state.attention.since", Value: bson.D{{Key: "$gt", Value: time.Unix(0, 0)}}}},
		options.Find().SetSort(bson.D{{Key: "state.attention.since", Value: 1}}).SetLimit(int64(limit)).
			SetProjection(bson.D{{Key: "number", Value: 1}, {Key: "state.attention", Value: 1}}))
	return drain[order.Order](ctx, cursor, err, "looking for orders that need a person")
}

// Told reads the alerts' rows.
func (s *Alerts) Told(ctx context.Context, way string, now time.Time, ids []string) (map[string]bool, error) {
	rows, err := s.read(ctx, byIDs(ids), way)
	told := map[string]bool{}
	for _, r := range rows {
		if w, tried := r.Ways[way]; tried && (!w.ToldAt.IsZero() || w.Until.After(now)) {
			told[r.ID] = true
		}
	}
	return told, err
}

// Claim inserts the rows that are not there, and takes those that are free by
// one conditional update of each.
func (s *Alerts) Claim(ctx context.Context, t order.AlertTry, alerts []order.Alert) (map[string]int, error) {
	ids, rows := make([]string, len(alerts)), make([]any, len(alerts))
	for i, a := range alerts {
		ids[i], rows[i] = a.ID(), alertRow{ID: a.ID(), Alert: a, CreatedAt: t.At}
	}
	if _, err := s.rows.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false)); err != nil && !mongo.IsDuplicateKeyError(err) {
		return nil, unavailable(err, "writing %d alerts ahead", len(rows))
	}
	way := "ways." + t.Way
	_, err := s.rows.UpdateMany(ctx, append(byIDs(ids),
		bson.E{Key: way + ".told_at", Value: bson.D{{Key: "$exists", Value: false}}},
		bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: way + ".until", Value: bson.D{{Key: "$exists", Value: false}}}},
			bson.D{{Key: way + ".until", Value: bson.D{{Key: "$lte", Value: t.At}}}},
		}},
	), bson.D{
		{Key: "$set", Value: bson.D{{Key: way + ".claim", Value: t.Claim}, {Key: way + ".until", Value: t.Until}}},
		{Key: "$inc", Value: bson.D{{Key: way + ".tries", Value: 1}}},
	})
	if err != nil {
		return nil, unavailable(err, "claiming %d alerts", len(rows))
	}
	mine, err := s.read(ctx, claimed(t, ids), t.Way)
	tries := make(map[string]int, len(mine))
	for _, r := range mine {
		tries[r.ID] = r.Ways[t.Way].Tries
	}
	return tries, err
}

// Done writes the time of the try, if it still has the rows.
func (s *Alerts) Done(ctx context.Context, t order.AlertTry, ids []string) error {
	return s.set(ctx, t, ids, "told_at", t.At)
}

// GiveUp lets the rows go, if the try still has them.
func (s *Alerts) GiveUp(ctx context.Context, t order.AlertTry, ids []string, next time.Time) error {
	return s.set(ctx, t, ids, "until", next)
}

func (s *Alerts) set(ctx context.Context, t order.AlertTry, ids []string, field string, at time.Time) error {
	_, err := s.rows.UpdateMany(ctx, claimed(t, ids), bson.D{{Key: "$set", Value: bson.D{{Key: "ways." + t.Way + "." + field, Value: at}}}})
	if err != nil {
		return unavailable(err, "writing what came of %d alerts", len(ids))
	}
	return nil
}

func (s *Alerts) read(ctx context.Context, which bson.D, way string) ([]alertRow, error) {
	cursor, err := s.rows.Find(ctx, which, options.Find().SetProjection(bson.D{{Key: "ways." + way, Value: 1}}))
	return drain[alertRow](ctx, cursor, err, "reading alerts")
}

func byIDs(ids []string) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}
}

// claimed are the rows that the try has.
func claimed(t order.AlertTry, ids []string) bson.D {
	return append(byIDs(ids), bson.E{Key: "ways." + t.Way + ".claim", Value: t.Claim})
}
