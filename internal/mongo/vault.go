package mongo

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/seal"
)

// Vault keeps a data key for each subject, wrapped by a master key: a person
// ("usr_…"), a guest's order or cart ("ord_…", "crt_…"), or a part of one with a
// legal term of its own ("ord_…/invoice"). Stores seal what is personal with it.
//
// Keys that were used are remembered in memory for a short time, so that an
// order costs one insert here and its hot path no read. Another process may open
// what it has in memory for as long after a key was destroyed.
type Vault struct {
	rows  *mongo.Collection
	ring  *seal.Keyring
	cache *keyCache
	now   clock.Clock
}

// NewVault returns the vault on db. ring holds the master keys.
func NewVault(db *mongo.Database, ring *seal.Keyring, now clock.Clock) *Vault {
	return &Vault{rows: db.Collection("person_keys"), ring: ring, cache: newKeyCache(now), now: now}
}

// keyRow is a data key as it is kept, or, once it was destroyed, the word that
// it was: a tombstone has no key in it and is never filled again.
type keyRow struct {
	ID      string `bson:"_id"`
	Master  string `bson:"master,omitempty"`
	Wrapped []byte `bson:"wrapped,omitempty"`

	CreatedAt time.Time `bson:"created_at"`
	// KeepUntil, where the law sets a term, is before when it is not destroyed.
	KeepUntil   time.Time `bson:"keep_until,omitempty"`
	DestroyedAt time.Time `bson:"destroyed_at,omitempty"`
}

// owner is whose data key something is sealed with. KeepUntil counts when the
// key is made.
type owner struct {
	Subject   string
	KeepUntil time.Time
}

// ownerOf is the customer where there is an account, else what a guest made.
func ownerOf(customerID, guests string) owner {
	if account(customerID) {
		return owner{Subject: customerID}
	}
	return owner{Subject: guests}
}

// account reports whether a subject is a customer's account: its key is most
// likely there already, a guest's most likely not.
func account(subject string) bool { return strings.HasPrefix(subject, "usr_") }

// keyFor returns the owner's key and makes it where there is none. A subject
// whose key was destroyed has none again.
func (v *Vault) keyFor(ctx context.Context, of owner) (seal.DataKey, error) {
	key, state := v.cache.get(of.Subject)
	if state == unknown && account(of.Subject) {
		var err error
		if key, state, err = v.read(ctx, of.Subject); err != nil {
			return key, err
		}
	}
	switch state {
	case known:
		return key, nil
	case destroyed:
		return key, erased(of.Subject)
	}
	return v.create(ctx, of)
}

// create inserts a fresh key; of two that are made at once the first one stands.
func (v *Vault) create(ctx context.Context, of owner) (seal.DataKey, error) {
	key, wrapped, err := v.ring.NewKey(of.Subject)
	if err != nil {
		return key, fault.Wrap(err, fault.Internal, "a key for %s cannot be made", of.Subject)
	}
	_, err = v.rows.InsertOne(ctx, keyRow{
		ID: of.Subject, Master: wrapped.KeyID, Wrapped: wrapped.Bytes, CreatedAt: v.now(), KeepUntil: of.KeepUntil,
	})
	if err == nil {
		v.cache.put(of.Subject, key)
		return key, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return key, unavailable(err, "keeping the key of %s", of.Subject)
	}
	key, state, err := v.read(ctx, of.Subject)
	switch {
	case err != nil:
		return key, err
	case state == destroyed:
		return key, erased(of.Subject)
	case state == unknown:
		return key, fault.New(fault.Unavailable, "the key of %s was removed while it was looked for", of.Subject)
	}
	return key, nil
}

// keyOf returns the subject's key, known or destroyed.
func (v *Vault) keyOf(ctx context.Context, subject string) (seal.DataKey, keyState, error) {
	if key, state := v.cache.get(subject); state != unknown {
		return key, state, nil
	}
	key, state, err := v.read(ctx, subject)
	if err == nil && state == unknown {
		err = fault.New(fault.Internal, "the key of %s is neither there nor destroyed: restore person_keys from the backup that the data is from", subject)
	}
	return key, state, err
}

// read asks the store. A key that is not there is unknown.
func (v *Vault) read(ctx context.Context, subject string) (seal.DataKey, keyState, error) {
	var row keyRow
	err := v.rows.FindOne(ctx, bson.D{{Key: "_id", Value: subject}}).Decode(&row)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return seal.DataKey{}, unknown, nil
	}
	if err != nil {
		return seal.DataKey{}, unknown, unavailable(err, "reading the key of %s", subject)
	}
	if !row.DestroyedAt.IsZero() {
		v.cache.bury(subject)
		return seal.DataKey{}, destroyed, nil
	}
	key, err := v.ring.Unwrap(subject, seal.Sealed{KeyID: row.Master, Bytes: row.Wrapped})
	if err != nil {
		return key, unknown, fault.Wrap(err, fault.Internal, "the key of %s does not open with BEDESTEN_DATA_KEYS", subject)
	}
	v.cache.put(subject, key)
	return key, known, nil
}

func erased(subject string) error {
	return fault.New(fault.Conflict, "the personal data of %s was erased: nothing more is kept under that name", subject)
}

// Destroy makes everything that was sealed for the subject unreadable for good.
// It is safe to repeat, and refused before the end of a legal term.
func (v *Vault) Destroy(ctx context.Context, subject string) error {
	return v.destroy(ctx, subject, bson.E{Key: "keep_until", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gt", Value: v.now()}}}}})
}

// Drop is Destroy whatever term was set.
func (v *Vault) Drop(ctx context.Context, subject string) error { return v.destroy(ctx, subject) }

func (v *Vault) destroy(ctx context.Context, subject string, where ...bson.E) error {
	now := v.now()
	filter := append(bson.D{{Key: "_id", Value: subject}, {Key: "destroyed_at", Value: bson.D{{Key: "$exists", Value: false}}}}, where...)
	_, err := v.rows.UpdateOne(ctx, filter,
		append(entombed(now), bson.E{Key: "$setOnInsert", Value: bson.D{{Key: "created_at", Value: now}}}), options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) {
		err = v.stays(ctx, subject)
	} else if err != nil {
		err = unavailable(err, "destroying the key of %s", subject)
	}
	if err == nil {
		v.cache.bury(subject)
	}
	return err
}

// entombed is the change that takes a key away for good.
func entombed(now time.Time) bson.D {
	return bson.D{
		{Key: "$set", Value: bson.D{{Key: "destroyed_at", Value: now}}},
		{Key: "$unset", Value: bson.D{{Key: "wrapped", Value: ""}, {Key: "master", Value: ""}}},
	}
}

// Expire destroys the keys whose legal term has ended. Those that are in memory
// open for as long as after Destroy.
func (v *Vault) Expire(ctx context.Context, now time.Time) (int, error) {
	res, err := v.rows.UpdateMany(ctx, bson.D{
		{Key: "keep_until", Value: bson.D{{Key: "$gt", Value: time.Time{}}, {Key: "$lt", Value: now}}},
		{Key: "destroyed_at", Value: bson.D{{Key: "$exists", Value: false}}},
	}, entombed(now))
	if err != nil {
		return 0, unavailable(err, "destroying keys whose term has ended")
	}
	return int(res.ModifiedCount), nil
}

// stays tells why Destroy met a row that it did not change; nil where it was
// destroyed before.
func (v *Vault) stays(ctx context.Context, subject string) error {
	var row keyRow
	if err := v.rows.FindOne(ctx, bson.D{{Key: "_id", Value: subject}}).Decode(&row); err != nil {
		return unavailable(err, "reading the key of %s", subject)
	}
	switch {
	case !row.DestroyedAt.IsZero():
		return nil
	case row.KeepUntil.After(v.now()):
		return fault.New(fault.Conflict, "the law has %s kept until %s", subject, row.KeepUntil.UTC().Format(time.DateOnly))
	}
	return fault.New(fault.Unavailable, "the key of %s was made while it was being destroyed: try again", subject)
}

// forget removes the keys of subjects that nothing is sealed for any more and
// whose names are never used again, without a tombstone.
func (v *Vault) forget(ctx context.Context, subjects []string) error {
	for _, subject := range subjects {
		v.cache.bury(subject)
	}
	if _, err := v.rows.DeleteMany(ctx, byIDs(subjects)); err != nil {
		return unavailable(err, "removing keys of what was swept")
	}
	return nil
}
