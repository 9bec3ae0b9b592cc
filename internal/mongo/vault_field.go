package mongo

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/seal"
)

// sealedField is a part of a document that only its subject's key opens.
type sealedField struct {
	Subject string `bson:"subject"`
	Data    []byte `bson:"data"`
}

// sealedFields are all of a document's, by the names that they had in plain.
type sealedFields map[string]sealedField

// place is where a sealed field stands. Moved elsewhere it does not open.
type place struct{ collection, field, id string }

// about is what the field is bound to. No part of it holds a bar.
func (p place) about(subject string) string {
	return strings.Join([]string{p.collection, p.field, p.id, subject}, "|")
}

// sealField seals a value for its place with the owner's key, which is made
// where there is none yet.
func sealField[T any](ctx context.Context, v *Vault, at place, of owner, value T) (sealedField, error) {
	key, err := v.keyFor(ctx, of)
	if err != nil {
		return sealedField{}, err
	}
	plain, err := bson.Marshal(value)
	if err != nil {
		return sealedField{}, fault.Wrap(err, fault.Internal, "the %s of %s cannot be written", at.field, at.id)
	}
	return sealedField{Subject: of.Subject, Data: seal.Seal(key, at.about(of.Subject), plain)}, nil
}

// openField returns what was sealed, or that it was erased: its subject's key
// was destroyed.
func openField[T any](ctx context.Context, v *Vault, at place, f sealedField) (value T, erased bool, err error) {
	key, state, err := v.keyOf(ctx, f.Subject)
	if err != nil || state == destroyed {
		return value, state == destroyed, err
	}
	plain, err := seal.Open(key, at.about(f.Subject), f.Data)
	if err != nil {
		return value, false, fault.Wrap(err, fault.Internal, "the %s of %s does not open", at.field, at.id)
	}
	if bson.Unmarshal(plain, &value) != nil { // what it says may hold what is personal
		return value, false, fault.New(fault.Internal, "the %s of %s opens and cannot be read", at.field, at.id)
	}
	return value, false, nil
}
