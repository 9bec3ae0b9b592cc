// Package idempotency remembers requests that must take effect once. A record
// is inserted after authentication, parsing and validation, and before any
// effect; it names the result before there is one, so that a request which was
// cut off is resumed under the same id.
package idempotency

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// How long records are kept.
const (
	KeepMoney = 30 * 24 * time.Hour
	KeepOther = 24 * time.Hour
)

// MaxKeyLength is the longest Idempotency-Key that is taken.
const MaxKeyLength = 255

// Record is one remembered request. Status is the HTTP status of the first
// answer; 0 means that the request was never answered.
type Record struct {
	ID        string    `bson:"_id"`
	BodyHash  string    `bson:"body_hash"`
	ResultID  string    `bson:"result_id"`
	Status    int       `bson:"status"`
	CreatedAt time.Time `bson:"created_at"`
	KeepUntil time.Time `bson:"keep_until"`
}

// Store keeps records.
type Store interface {
	// Begin inserts rec. Where its id is known already it returns the record
	// that is there and false; one of another body is a KeyReused fault, and one
	// past its KeepUntil is replaced as if it were not there.
	Begin(ctx context.Context, rec Record) (there Record, fresh bool, err error)

	// Finish notes the status of the first answer; later ones change nothing.
	Finish(ctx context.Context, id string, status int) error

	// Sweep removes records whose time is over and returns how many.
	Sweep(ctx context.Context, now time.Time) (int, error)
}

// ID returns the id of a record: who asks, by which route, under which key.
func ID(principal, route, key string) string {
	sum := sha256.New()
	for _, part := range []string{principal, route, key} {
		// A hash of each part first: no two different triples become one text.
		inner := sha256.Sum256([]byte(part))
		sum.Write(inner[:])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// CheckKey returns a KeyMissing fault for no key and an Invalid one for a key
// that is too long or not visible ASCII.
func CheckKey(key string) error {
	if key == "" {
		return fault.New(fault.KeyMissing, "this request needs an Idempotency-Key header: a fresh random value for each thing wanted, the same one when asking again")
	}
	if len(key) > MaxKeyLength {
		return fault.New(fault.Invalid, "the Idempotency-Key is longer than %d characters", MaxKeyLength)
	}
	for i := range len(key) {
		if key[i] < 0x21 || key[i] > 0x7e {
			return fault.New(fault.Invalid, "the Idempotency-Key may hold visible ASCII characters only")
		}
	}
	return nil
}

// BodyHash returns a hash of what a JSON body says: the order of fields and
// the spaces between them make no difference. What is not JSON is Malformed.
func BodyHash(body []byte) (string, error) {
	canonical := []byte{}
	if len(bytes.TrimSpace(body)) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil {
			return "", fault.Wrap(err, fault.Malformed, "the body is not JSON")
		}
		var err error
		if canonical, err = json.Marshal(value); err != nil {
			return "", fault.Wrap(err, fault.Malformed, "the body is not JSON")
		}
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}
