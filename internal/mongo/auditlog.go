package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/auditlog"
)

var _ auditlog.Store = (*AuditLog)(nil)

// AuditLog keeps what staff did. It inserts and reads, and does nothing else.
type AuditLog struct{ rows *mongo.Collection }

// NewAuditLog returns the store on db.
func NewAuditLog(db *mongo.Database) *AuditLog { return &AuditLog{rows: db.Collection("audit_log")} }

// Append writes an entry.
func (s *AuditLog) Append(ctx context.Context, e auditlog.Entry) error {
	if _, err := s.rows.InsertOne(ctx, e); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "writing the audit log")
	}
	return nil
}

// Find returns entries, the newest first.
func (s *AuditLog) Find(ctx context.Context, search auditlog.Search) ([]auditlog.Entry, error) {
	filter := bson.D{}
	for _, by := range []bson.E{
		{Key: "who", Value: search.Who}, {Key: "who_id", Value: search.WhoID}, {Key: "what", Value: search.What}, {Key: "phase", Value: string(search.Phase)},
	} {
		if by.Value != "" {
			filter = append(filter, by)
		}
	}
	if search.Target != "" {
		filter = append(filter, aboutTarget(search.Target, search.Named))
	}
	if search.Before != "" {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$lt", Value: search.Before}}})
	}
	between := bson.D{}
	if !search.From.IsZero() {
		between = append(between, bson.E{Key: "$gte", Value: search.From})
	}
	if !search.Until.IsZero() {
		between = append(between, bson.E{Key: "$lt", Value: search.Until})
	}
	if len(between) > 0 {
		filter = append(filter, bson.E{Key: "at", Value: between})
	}
	cursor, err := s.rows.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(int64(search.Limit)))
	return drain[auditlog.Entry](ctx, cursor, err, "searching the audit log")
}

// aboutTarget matches a target by either of its names, and what belongs to it: '.' is the
// byte behind the dash.
func aboutTarget(target, named string) bson.E {
	names := bson.A{target}
	if named != "" {
		names = append(names, named)
	}
	return bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: "target", Value: bson.D{{Key: "$in", Value: names}}}},
		bson.D{{Key: "target", Value: bson.D{{Key: "$gte", Value: target + "-"}, {Key: "$lt", Value: target + "."}}}},
	}}
}
