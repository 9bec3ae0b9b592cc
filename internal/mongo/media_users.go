package mongo

import (
	"context"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

// userField is where a user stands in a picture's document.
func userField(user string) (string, error) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	if user == "" || strings.Trim(user, letters) != "" {
		return "", fault.New(fault.Internal, "%q cannot be the user of a picture", user)
	}
	return "users." + user, nil
}

// Claim makes user a user of each asset. Those that it had not used before are
// released again where one cannot be claimed; who dies in between leaves pictures
// that are kept for longer than needed, and none that is missing.
func (s *Media) Claim(ctx context.Context, ids []string, user string) error {
	field, err := userField(user)
	if err != nil {
		return err
	}
	var fresh []string
	for _, assetID := range ids {
		isFresh, err := s.claim(ctx, assetID, user, field)
		if err != nil {
			if undo := s.Release(context.WithoutCancel(ctx), fresh, user, clock.System()); undo != nil {
				return undo
			}
			return err
		}
		if isFresh {
			fresh = append(fresh, assetID)
		}
	}
	return nil
}

// claim reports whether the asset was not the user's before.
func (s *Media) claim(ctx context.Context, assetID, user, field string) (bool, error) {
	for {
		filter := append(inStates(assetID, media.Uploaded, media.Ready), bson.E{Key: field, Value: bson.D{{Key: "$exists", Value: false}}})
		res, err := s.rows.UpdateOne(ctx, filter, bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: true}}}})
		if err != nil {
			return false, unavailable(err, "claiming picture %s", assetID)
		}
		if res.MatchedCount == 1 {
			return true, nil
		}
		a, err := s.Find(ctx, assetID)
		if fault.Is(err, fault.NotFound) {
			return false, media.Unknown(assetID)
		}
		if err != nil {
			return false, err
		}
		if err := a.Claimable(); err != nil || a.Users[user] {
			return false, err
		}
		// It came into a state that can be claimed since the update looked.
	}
}

// Release ends the use of each asset.
func (s *Media) Release(ctx context.Context, ids []string, user string, now time.Time) error {
	field, err := userField(user)
	if err != nil {
		return err
	}
	for _, assetID := range ids {
		if err := s.release(ctx, assetID, user, field, now); err != nil {
			return err
		}
	}
	return nil
}

// release takes the user out, and dates the picture as unused where it was the last
// one: which of the two it is stands in the filter.
func (s *Media) release(ctx context.Context, assetID, user, field string, now time.Time) error {
	alone := bson.D{{Key: user, Value: true}}
	byID := bson.E{Key: "_id", Value: assetID}
	for {
		for _, step := range []struct{ filter, update bson.D }{
			{
				bson.D{byID, {Key: "users", Value: bson.D{{Key: "$eq", Value: alone}}}},
				bson.D{{Key: "$set", Value: bson.D{{Key: "users", Value: bson.D{}}, {Key: "unused_since", Value: now}}}},
			},
			{
				bson.D{byID, {Key: field, Value: true}, {Key: "users", Value: bson.D{{Key: "$ne", Value: alone}}}},
				bson.D{{Key: "$unset", Value: bson.D{{Key: field, Value: ""}}}},
			},
		} {
			res, err := s.rows.UpdateOne(ctx, step.filter, step.update)
			if err != nil {
				return unavailable(err, "releasing picture %s", assetID)
			}
			if res.MatchedCount == 1 {
				return nil
			}
		}
		a, err := s.Find(ctx, assetID)
		if fault.Is(err, fault.NotFound) || err == nil && !a.Users[user] {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
