package mongo

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/seal"
)

// sealStep is how many documents a walk reads at once.
const sealStep = 200

// stillPlain selects documents whose contact nobody has sealed yet.
var stillPlain = bson.D{
	{Key: contactField + ".name", Value: bson.D{{Key: "$exists", Value: true}}},
	{Key: "sealed." + contactField, Value: bson.D{{Key: "$exists", Value: false}}},
}

// swapped puts what is sealed in the place of what was plain.
func swapped(sealed sealedFields) bson.D {
	return bson.D{
		{Key: "$set", Value: bson.D{{Key: "sealed", Value: sealed}}},
		{Key: "$unset", Value: bson.D{{Key: contactField, Value: ""}}},
	}
}

// Rewrap wraps every data key under the first master key that is under another
// of the ring's, and returns how many. What was sealed with them stays as it is.
// It refuses to begin where a key is under a master key that is not in the ring.
func (v *Vault) Rewrap(ctx context.Context) (int, error) {
	if err := v.check(ctx); err != nil {
		return 0, err
	}
	old := v.ring.IDs()[1:]
	if len(old) == 0 {
		return 0, nil
	}
	done := 0
	for {
		cursor, err := v.rows.Find(ctx, bson.D{{Key: "master", Value: bson.D{{Key: "$in", Value: old}}}}, options.Find().SetLimit(sealStep))
		rows, err := drain[keyRow](ctx, cursor, err, "looking for keys under an old master key")
		if err != nil || len(rows) == 0 {
			return done, err
		}
		for _, row := range rows {
			if err := v.rewrap(ctx, row); err != nil {
				return done, err
			}
			done++
		}
	}
}

// rewrap leaves a row alone that was changed meanwhile.
func (v *Vault) rewrap(ctx context.Context, row keyRow) error {
	wrapped, err := v.ring.Rewrap(row.ID, seal.Sealed{KeyID: row.Master, Bytes: row.Wrapped})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "the key of %s does not open with BEDESTEN_DATA_KEYS", row.ID)
	}
	_, err = v.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: row.ID}, {Key: "master", Value: row.Master}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "master", Value: wrapped.KeyID}, {Key: "wrapped", Value: wrapped.Bytes}}}})
	if err != nil {
		return unavailable(err, "wrapping the key of %s anew", row.ID)
	}
	return nil
}

// check looks whether a master key is missing that some data key needs.
func (v *Vault) check(ctx context.Context) error {
	absent, err := v.MissingMasters(ctx)
	if err != nil || len(absent) == 0 {
		return err
	}
	return fault.New(fault.Internal, "personal data is sealed under master keys that are missing: %s. Put them back into BEDESTEN_DATA_KEYS, behind the first",
		strings.Join(absent, ", "))
}

// MissingMasters returns the ids of master keys that data keys are under and the
// ring lacks: whatever those seal cannot be read.
func (v *Vault) MissingMasters(ctx context.Context) ([]string, error) {
	var absent []string
	for {
		known := append(v.ring.IDs(), absent...)
		cursor, err := v.rows.Find(ctx, bson.D{{Key: "master", Value: bson.D{{Key: "$exists", Value: true}, {Key: "$nin", Value: known}}}},
			options.Find().SetLimit(1))
		rows, err := drain[keyRow](ctx, cursor, err, "looking for keys under a master key that is missing")
		if err != nil || len(rows) == 0 {
			return absent, err
		}
		absent = append(absent, rows[0].Master)
	}
}
