// Package page holds the cursor pagination that every list of the API shares.
package page

import (
	"encoding/base64"
	"encoding/json"

	"github.com/bedesten/bedesten/internal/fault"
)

// Limits of a page.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// Page is one page of a list. Next is empty on the last one.
type Page[T any] struct {
	Items []T
	Next  string
}

// Encode makes an opaque cursor of the position after the last item.
func Encode(position any) (string, error) {
	raw, err := json.Marshal(position)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "the next page cannot be named")
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// Decode reads a cursor made by Encode into position. A cursor that was not
// made by us is Invalid.
func Decode(cursor string, position any) error {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "the cursor is not one of ours: leave it out to start again")
	}
	if err := json.Unmarshal(raw, position); err != nil {
		return fault.Wrap(err, fault.Invalid, "the cursor is not one of ours: leave it out to start again")
	}
	return nil
}
