package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

var _ media.Store = (*Media)(nil)

// Media keeps one document for each picture, with its users in it: that nobody
// uses a picture and that it is given up are one condition and one update. A
// picture that came through the API is found by its bytes too: media_contents has
// a document whose _id is their hash.
type Media struct {
	rows     *mongo.Collection
	contents *mongo.Collection
}

// NewMedia returns the store on db.
func NewMedia(db *mongo.Database) *Media {
	return &Media{rows: db.Collection("media"), contents: db.Collection("media_contents")}
}

// Create writes a new asset.
func (s *Media) Create(ctx context.Context, a media.Asset) error {
	_, err := s.rows.InsertOne(ctx, a)
	switch {
	case mongo.IsDuplicateKeyError(err):
		return fault.New(fault.Conflict, "picture %s is there already", a.ID)
	case err != nil:
		return unavailable(err, "writing picture %s", a.ID)
	}
	return nil
}

// Find returns the asset.
func (s *Media) Find(ctx context.Context, assetID string) (media.Asset, error) {
	var a media.Asset
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: assetID}}).Decode(&a)
	return a, found(err, "picture", assetID)
}

// Many returns those of the assets that there are.
func (s *Media) Many(ctx context.Context, ids []string) ([]media.Asset, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cursor, err := s.rows.Find(ctx, byIDs(ids))
	return drain[media.Asset](ctx, cursor, err, "reading pictures")
}

// List returns a page of assets.
func (s *Media) List(ctx context.Context, search media.Search) ([]media.Asset, error) {
	filter := bson.D{}
	if search.Before != "" {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$lt", Value: search.Before}}})
	}
	if search.State != "" {
		filter = append(filter, bson.E{Key: "state", Value: search.State})
	}
	cursor, err := s.rows.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(int64(search.Limit)))
	return drain[media.Asset](ctx, cursor, err, "listing pictures")
}

// move changes an asset that is in one of the states, and returns it as it is
// then, moved or not.
func (s *Media) move(ctx context.Context, assetID string, set bson.D, from ...media.State) (media.Asset, error) {
	_, err := s.rows.UpdateOne(ctx, inStates(assetID, from...), bson.D{{Key: "$set", Value: set}})
	if err != nil {
		return media.Asset{}, unavailable(err, "moving picture %s", assetID)
	}
	return s.Find(ctx, assetID)
}

func inStates(assetID string, states ...media.State) bson.D {
	return bson.D{{Key: "_id", Value: assetID}, {Key: "state", Value: bson.D{{Key: "$in", Value: states}}}}
}

func toState(state media.State, now time.Time, also ...bson.E) bson.D {
	return append(bson.D{{Key: "state", Value: state}, {Key: "changed_at", Value: now}}, also...)
}

// Arrive moves an asset to uploaded.
func (s *Media) Arrive(ctx context.Context, assetID string, now time.Time) (media.Asset, error) {
	a, err := s.move(ctx, assetID, toState(media.Uploaded, now), media.AwaitingUpload)
	if err == nil && (a.State == media.Deleting || a.State == media.Deleted) {
		err = a.Claimable()
	}
	return a, err
}

// Finish moves an uploaded asset to ready.
func (s *Media) Finish(ctx context.Context, assetID string, facts media.Facts, made map[string]media.Rendition, now time.Time) (media.Asset, error) {
	return s.move(ctx, assetID, toState(media.Ready, now,
		bson.E{Key: "content_type", Value: facts.ContentType}, bson.E{Key: "bytes", Value: facts.Bytes},
		bson.E{Key: "width", Value: facts.Width}, bson.E{Key: "height", Value: facts.Height},
		bson.E{Key: "sha256", Value: facts.SHA256}, bson.E{Key: "renditions", Value: made}), media.Uploaded)
}

// Refuse moves an uploaded asset to refused.
func (s *Media) Refuse(ctx context.Context, assetID string, why media.Reason, now time.Time) (media.Asset, error) {
	return s.move(ctx, assetID, toState(media.Refused, now, bson.E{Key: "reason", Value: why}), media.Uploaded)
}

// Share finds the asset of the same bytes, or creates fresh.
func (s *Media) Share(ctx context.Context, fresh media.Asset, now time.Time) (media.Asset, error) {
	for {
		taken, there, err := s.take(ctx, fresh)
		if err != nil || taken {
			return fresh, err
		}
		kept, err := s.keep(ctx, there, now)
		if err == nil {
			return kept, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return media.Asset{}, err
		}
		// Its asset was refused, is deleted or was never written: another one is needed.
		res, err := s.contents.UpdateOne(ctx, bson.D{{Key: "_id", Value: fresh.SHA256}, {Key: "asset_id", Value: there}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "asset_id", Value: fresh.ID}}}})
		if err != nil {
			return media.Asset{}, unavailable(err, "writing what picture %s holds", fresh.ID)
		}
		if res.MatchedCount == 1 {
			return fresh, s.Create(ctx, fresh)
		}
	}
}

// take claims the bytes of fresh and creates it, or returns who has them.
func (s *Media) take(ctx context.Context, fresh media.Asset) (taken bool, there string, err error) {
	_, err = s.contents.InsertOne(ctx, bson.D{{Key: "_id", Value: fresh.SHA256}, {Key: "asset_id", Value: fresh.ID}})
	if err == nil {
		return true, "", s.Create(ctx, fresh)
	}
	if !mongo.IsDuplicateKeyError(err) {
		return false, "", unavailable(err, "writing what picture %s holds", fresh.ID)
	}
	var row struct {
		AssetID string `bson:"asset_id"`
	}
	err = s.contents.FindOne(ctx, bson.D{{Key: "_id", Value: fresh.SHA256}}).Decode(&row)
	if err := found(err, "content", fresh.SHA256); err != nil && !fault.Is(err, fault.NotFound) {
		return false, "", err
	}
	return false, row.AssetID, nil
}

// keep has an asset count as unused from now on, unless it is given up.
func (s *Media) keep(ctx context.Context, assetID string, now time.Time) (media.Asset, error) {
	res, err := s.rows.UpdateOne(ctx, inStates(assetID, media.AwaitingUpload, media.Uploaded, media.Ready),
		bson.D{{Key: "$set", Value: bson.D{{Key: "unused_since", Value: now}}}})
	if err != nil {
		return media.Asset{}, unavailable(err, "moving picture %s", assetID)
	}
	if res.MatchedCount == 0 {
		return media.Asset{}, fault.New(fault.NotFound, "no such picture: %s", assetID)
	}
	return s.Find(ctx, assetID)
}

// Delete moves an asset that nobody uses to deleting.
func (s *Media) Delete(ctx context.Context, assetID string, now time.Time) (media.Asset, error) {
	if _, err := s.giveUp(ctx, unused(inStates(assetID, media.AwaitingUpload, media.Ready, media.Refused)), now); err != nil {
		return media.Asset{}, err
	}
	a, err := s.Find(ctx, assetID)
	switch {
	case err != nil, a.State == media.Deleting, a.State == media.Deleted:
		return a, err
	case len(a.Users) > 0:
		return a, fault.New(fault.Conflict, "picture %s is used: take it off first where it is shown", assetID).With("used_by", sortedKeys(a.Users))
	}
	return a, fault.New(fault.Conflict, "picture %s is being looked at: try again in a moment", assetID)
}

// unused adds to a filter that nobody uses the picture.
func unused(filter bson.D) bson.D {
	return append(slices.Clone(filter), bson.E{Key: "users", Value: bson.D{{Key: "$eq", Value: bson.D{}}}})
}

// giveUp is the one update by which a picture stops to be claimable.
func (s *Media) giveUp(ctx context.Context, filter bson.D, now time.Time) (bool, error) {
	res, err := s.rows.UpdateOne(ctx, filter, bson.D{{Key: "$set", Value: toState(media.Deleting, now)}})
	if err != nil {
		return false, unavailable(err, "giving up pictures")
	}
	return res.MatchedCount == 1, nil
}

// Retire gives up what nobody uses and what came to nothing.
func (s *Media) Retire(ctx context.Context, unusedBefore, staleBefore, now time.Time, limit int) (int, error) {
	retired := 0
	for _, which := range []bson.D{
		{{Key: "state", Value: media.Ready}, {Key: "unused_since", Value: bson.D{{Key: "$lt", Value: unusedBefore}}}},
		{{Key: "state", Value: media.AwaitingUpload}, {Key: "changed_at", Value: bson.D{{Key: "$lt", Value: staleBefore}}}},
		{{Key: "state", Value: media.Refused}, {Key: "changed_at", Value: bson.D{{Key: "$lt", Value: staleBefore}}}},
	} {
		ids, err := s.ids(ctx, unused(which), limit)
		if err != nil {
			return retired, err
		}
		for _, assetID := range ids {
			// Looked at once more, in the same update: it may have found a user.
			given, err := s.giveUp(ctx, unused(append(bson.D{{Key: "_id", Value: assetID}}, which...)), now)
			if err != nil {
				return retired, err
			}
			if given {
				retired++
			}
		}
	}
	return retired, nil
}

func (s *Media) ids(ctx context.Context, filter bson.D, limit int) ([]string, error) {
	cursor, err := s.rows.Find(ctx, filter, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	rows, err := drain[struct {
		ID string `bson:"_id"`
	}](ctx, cursor, err, "looking for pictures that nobody uses")
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, err
}

// Waiting returns assets that came into the state before the time.
func (s *Media) Waiting(ctx context.Context, state media.State, before time.Time, after string, limit int) ([]media.Asset, error) {
	return s.some(ctx, bson.D{{Key: "state", Value: state}, {Key: "changed_at", Value: bson.D{{Key: "$lt", Value: before}}}}, after, limit)
}

// Originals returns ready assets whose original may go.
func (s *Media) Originals(ctx context.Context, before time.Time, after string, limit int) ([]media.Asset, error) {
	return s.some(ctx, bson.D{
		{Key: "state", Value: media.Ready}, {Key: "bare", Value: false}, {Key: "ticket_until", Value: bson.D{{Key: "$lt", Value: before}}},
	}, after, limit)
}

func (s *Media) some(ctx context.Context, filter bson.D, after string, limit int) ([]media.Asset, error) {
	cursor, err := s.rows.Find(ctx, append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}),
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return drain[media.Asset](ctx, cursor, err, "looking for pictures that wait")
}

// Bare notes that an asset's original is gone.
func (s *Media) Bare(ctx context.Context, assetID string) error {
	_, err := s.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: assetID}}, bson.D{{Key: "$set", Value: bson.D{{Key: "bare", Value: true}}}})
	if err != nil {
		return unavailable(err, "moving picture %s", assetID)
	}
	return nil
}

// Gone moves a deleting asset to deleted, and gives up its bytes' key.
func (s *Media) Gone(ctx context.Context, assetID string, now time.Time) error {
	a, err := s.move(ctx, assetID, toState(media.Deleted, now, bson.E{Key: "renditions", Value: bson.D{}}), media.Deleting)
	if err != nil || a.SHA256 == "" {
		return err
	}
	if _, err := s.contents.DeleteOne(ctx, bson.D{{Key: "_id", Value: a.SHA256}, {Key: "asset_id", Value: a.ID}}); err != nil {
		return unavailable(err, "forgetting what picture %s held", assetID)
	}
	return nil
}

// Forget removes the rows of assets that were deleted before the time.
func (s *Media) Forget(ctx context.Context, before time.Time) (int, error) {
	res, err := s.rows.DeleteMany(ctx, bson.D{{Key: "state", Value: media.Deleted}, {Key: "changed_at", Value: bson.D{{Key: "$lt", Value: before}}}})
	if err != nil {
		return 0, unavailable(err, "forgetting deleted pictures")
	}
	return int(res.DeletedCount), nil
}
