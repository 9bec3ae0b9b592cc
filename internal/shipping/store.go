package shipping

import (
	"context"
	"time"
)

// Store keeps shipments. All of its writes are safe to repeat.
type Store interface {
	// Create inserts shipments; those that are there already stay as they are.
	Create(ctx context.Context, shipments []Shipment) error

	// Find returns the shipment, or a NotFound fault.
	Find(ctx context.Context, shipmentID string) (Shipment, error)

	// OfOrder returns the shipments of an order by their ids.
	OfOrder(ctx context.Context, orderID string) ([]Shipment, error)

	// These returns the shipments of the ids, those that are there.
	These(ctx context.Context, shipmentIDs []string) ([]Shipment, error)

	// ByRef returns the shipment that a carrier knows by ref or, when ref is
	// empty, by tracking code; or a NotFound fault.
	ByRef(ctx context.Context, carrier, ref, trackingCode string) (Shipment, error)

	// Apply does the change and returns the row as it stands afterwards.
	// Applied is false when state or an op stood otherwise: somebody else was
	// there first, and the row says what came of it.
	Apply(ctx context.Context, c Change) (row Shipment, applied bool, err error)

	// Open returns at most limit shipments that are not over and follow the given
	// id.
	Open(ctx context.Context, after string, limit int) ([]Shipment, error)
}

// Inbox keeps carriers' webhooks from their arrival until the parcel was told.
type Inbox interface {
	// Put stores the event as undelivered. It reports false for one that was
	// stored before, delivered or not.
	Put(ctx context.Context, carrier string, e Event, receivedAt time.Time) (fresh bool, err error)

	// Waiting returns undelivered events, oldest first.
	Waiting(ctx context.Context, limit int) ([]Letter, error)

	// Delivered moves the event to the archive, with what became of it.
	Delivered(ctx context.Context, l Letter, result string) error
}

// Letter is a stored webhook.
type Letter struct {
	ID           string    `bson:"_id"`
	Carrier      string    `bson:"carrier"`
	EventID      string    `bson:"event_id"`
	Type         string    `bson:"type"`
	Ref          string    `bson:"ref"`
	TrackingCode string    `bson:"tracking_code"`
	At           time.Time `bson:"at"`
	ReceivedAt   time.Time `bson:"received_at"`
	// Result is what became of it: told, or unknown_parcel.
	Result string `bson:"result,omitempty"`
}

// Results of a letter.
const (
	LetterTold    = "told"
	LetterUnknown = "unknown_parcel"
)

// Fact is news for a shipment: a hint to look, or a word of the order.
type Fact struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
}

// Kinds of facts.
const (
	// FactCarrier: the carrier has told something; read the shipment again.
	FactCarrier = "carrier"
	// FactCaptured: the share is captured.
	FactCaptured = "captured"
	// FactNotCaptured: it could not be captured; the parcel stays here.
	FactNotCaptured = "not_captured"
	// FactMend: an operator has repaired what stopped the parcel; ID names the
	// repair.
	FactMend = "mend"
	// FactCancel: the order is being cancelled.
	FactCancel = "cancel"
	// FactHeard: the order has written down the shipment's last word, which is ID.
	FactHeard = "heard"
)

// Runs reaches the workflows of shipments. The worker package implements it.
type Runs interface {
	// TellShipment hands a fact to a shipment. One whose run is over is a
	// NotFound fault.
	TellShipment(ctx context.Context, shipmentID string, f Fact) error

	// LostShipments returns the ids of shipments of which a run ended otherwise
	// than by its own word since the given time.
	LostShipments(ctx context.Context, since time.Time) ([]string, error)

	// ReviveShipment starts the workflow of a shipment whose last run was lost, or
	// that never had one: number is its order's, policy the order's as JSON. It reports false
	// for one that runs.
	ReviveShipment(ctx context.Context, s Shipment, number string, policy any) (revived bool, err error)
}
