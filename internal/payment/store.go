package payment

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Change is one conditional write to an attempt's row. It happens only if
// every op in Expect stands as it says there (an op with no states must not be
// there yet) and the attempt is in one of From, where From is given.
type Change struct {
	AttemptID string
	From      []State
	Expect    map[string][]OpState
	Ops       map[string]Op
	State     State
	// Command, when given, is the command whose ops are in force from now on.
	Command string
	// Picture, when given, is written over the row's provider fields.
	Picture *Picture
}

// Store keeps payment attempts. All of its writes are safe to repeat.
type Store interface {
	// Create inserts an attempt; one that is there already stays as it is.
	Create(ctx context.Context, a Attempt) error

	// Find returns the attempt, or a NotFound fault.
	Find(ctx context.Context, attemptID string) (Attempt, error)

	// OfOrder returns the attempts of an order in the order of their making.
	OfOrder(ctx context.Context, orderID string) ([]Attempt, error)

	// Apply does the change and returns the row as it stands afterwards.
	// Applied is false when an op stood otherwise: somebody else was there
	// first, and the row says what came of it.
	Apply(ctx context.Context, c Change) (row Attempt, applied bool, err error)
}

// Inbox keeps webhooks from their arrival until the order was told.
type Inbox interface {
	// Put stores the event as undelivered. It reports false for one that was
	// stored before, delivered or not.
	Put(ctx context.Context, provider string, e Event, receivedAt time.Time) (fresh bool, err error)

	// File stores an event that brings nothing new, as delivered.
	File(ctx context.Context, provider string, e Event, receivedAt time.Time) error

	// Waiting returns undelivered events, oldest first.
	Waiting(ctx context.Context, limit int) ([]Letter, error)

	// Delivered moves the event to the archive.
	Delivered(ctx context.Context, l Letter) error
}

// Letter is a stored webhook.
type Letter struct {
	ID         string    `bson:"_id"`
	Provider   string    `bson:"provider"`
	EventID    string    `bson:"event_id"`
	Type       string    `bson:"type"`
	Ref        string    `bson:"ref"`
	OrderID    string    `bson:"order_id"`
	Claims     Standing  `bson:"claims"`
	At         time.Time `bson:"at"`
	ReceivedAt time.Time `bson:"received_at"`
}

// Event returns what the letter says.
func (l Letter) Event() Event {
	return Event{ID: l.EventID, Type: l.Type, Ref: l.Ref, OrderID: l.OrderID, Claims: l.Claims, At: l.At}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
