package mongo

import (
	"context"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/order"
)

var _ order.Stories = (*Orders)(nil)

// Revisions reads which run wrote each order last and how often: a reset begins to
// count anew, under another run.
func (s *Orders) Revisions(ctx context.Context, orderIDs []string) (map[string]string, error) {
	cursor, err := s.orders.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: orderIDs}}}},
		options.Find().SetProjection(bson.D{{Key: "state.rev", Value: 1}, {Key: "state.run", Value: 1}}))
	rows, err := drain[struct {
		ID    string `bson:"_id"`
		State struct {
			Rev int64  `bson:"rev"`
			Run string `bson:"run"`
		} `bson:"state"`
	}](ctx, cursor, err, "looking for news of orders")
	if err != nil {
		return nil, err
	}
	marks := make(map[string]string, len(rows))
	for _, row := range rows {
		marks[row.ID] = row.State.Run + "/" + strconv.FormatInt(row.State.Rev, 10)
	}
	return marks, nil
}
