package order

import (
	"context"
	"time"
)

// Save is one write of the projection with what goes with it. Run is the
// Temporal run that writes: a run that was replaced by a reset may not.
type Save struct {
	OrderID string
	Run     string
	// Over is the run whose state this one has taken over, if any.
	Over string
	// Owned says that the caller has just seen that Run may write.
	Owned   bool
	State   Projection
	Entries []Entry
	Events  []Event
}

// MayWrite reports whether a document that run wrote last is Run's to write.
func (s Save) MayWrite(run string) bool { return run == "" || run == s.Run || run == s.Over }

// Store keeps orders. Its writes are safe to repeat.
type Store interface {
	// Create inserts a new order. One that is there already stays as it is:
	// created is then false, and no error.
	Create(ctx context.Context, o Order) (created bool, err error)

	// Find returns the order, or a NotFound fault. It reads the primary.
	Find(ctx context.Context, orderID string) (Order, error)

	// OfCustomer returns at most limit orders of a customer, the newest first, from
	// behind the id before.
	OfCustomer(ctx context.Context, customerID, before string, limit int) ([]Order, error)

	// OfEmail returns at most limit orders that were made with a mail address, by its
	// key, the newest first, whether as a guest or not.
	OfEmail(ctx context.Context, emailKey string, limit int) ([]Order, error)

	// ClaimGuests makes the guest orders with a mail address, by its key, a
	// customer's, and returns how many there were.
	ClaimGuests(ctx context.Context, emailKey, customerID string) (int, error)

	// ForgetEmails takes EmailKey off orders, so that no mail address leads to them.
	ForgetEmails(ctx context.Context, orderIDs []string) error

	// Save writes the projection if the document is Run's, or Over's, or
	// nobody's yet, and State.Rev is newer than what is there. It returns the
	// projection as it stands afterwards: another run's, if Run has to take that
	// state over first or was replaced. A CancelWanted is kept beside the
	// projection and returned from then on, whatever run writes: it outlives a
	// reset, which forgets a cancel request.
	Save(ctx context.Context, s Save) (Projection, error)

	// WantCancel notes on an open order's document that a cancel was asked for,
	// for a run that cannot be reached now. The first one stays.
	WantCancel(ctx context.Context, orderID string, want CancelWanted) error

	// Timeline returns the order's story, oldest first.
	Timeline(ctx context.Context, orderID string) ([]Entry, error)

	// After returns at most limit orders that follow the given id, oldest first:
	// ids grow with time.
	After(ctx context.Context, after string, limit int) ([]Order, error)

	// Open is After for orders that are not over.
	Open(ctx context.Context, after string, limit int) ([]Order, error)

	// Outbox returns events that nobody was told of yet, oldest first.
	Outbox(ctx context.Context, limit int) ([]Notice, error)

	// Told moves an event from the outbox to its archive.
	Told(ctx context.Context, n Notice) error
}

// Notice is an event in the outbox. Its id is <order>:<event>:<op id>.
type Notice struct {
	ID      string    `bson:"_id"`
	OrderID string    `bson:"order_id"`
	Kind    string    `bson:"kind"`
	OpID    string    `bson:"op_id"`
	At      time.Time `bson:"at"`
}

// RunState is what Temporal knows of an order's workflow.
type RunState string

// States of a run.
const (
	RunRunning RunState = "running"
	RunMissing RunState = "missing"
	RunClosed  RunState = "closed"
)

// Fact is news about an order from outside: a webhook, a return from the
// bank's page, something that the sweeper saw. It is a hint to look, never
// the truth itself.
type Fact struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	AttemptID string `json:"attempt_id,omitempty"`
	By        string `json:"by,omitempty"`
	// Reason is what an acknowledgement is about.
	Reason Reason `json:"reason,omitempty"`
	// ShipmentID and State are what a parcel tells of itself; Wants says that it
	// is packed and asks for its share.
	ShipmentID string `json:"shipment_id,omitempty"`
	State      string `json:"state,omitempty"`
	Wants      bool   `json:"wants,omitempty"`
	LeftUnpaid bool   `json:"left_unpaid,omitempty"`
	TooLate    bool   `json:"too_late,omitempty"`
	// Trouble is a reason that the parcel has come to, Calm one that has gone.
	Trouble Reason `json:"trouble,omitempty"`
	Calm    Reason `json:"calm,omitempty"`
	Code    string `json:"code,omitempty"`
}

// Kinds of facts.
const (
	FactWebhook      = "webhook"
	FactCancelWanted = "cancel_wanted"
	FactRunLost      = "run_lost"
	// FactAcknowledged is an operator's word that an order, whose run may be
	// over, needs nobody any more.
	FactAcknowledged = "acknowledged"
	// FactShipment is what a parcel tells of itself: unlike other facts it is the
	// truth, since the parcel's workflow owns it.
	FactShipment = "shipment"
	// FactMail: the mail provider has told something of one of the order's mails.
	FactMail = "mail"
)

// Runs reaches the workflows of orders. The worker package implements it.
type Runs interface {
	// Describe reports whether the order's workflow runs.
	Describe(ctx context.Context, orderID string) (RunState, error)

	// Lost returns the ids of orders of which a run ended otherwise than by its
	// own word since the given time: terminated, failed, timed out or reset.
	Lost(ctx context.Context, since time.Time) ([]string, error)

	// Start starts a run of an order that was accepted and has none yet. A run
	// that is there already is no error.
	Start(ctx context.Context, o Order) error

	// Tell hands a fact to the order. An order whose run is over is started
	// again from its document; one that has completed well only when revive is
	// true, else the answer is fault.Conflict and nobody was told.
	Tell(ctx context.Context, o Order, f Fact, revive bool) error
}

// Claims are second keys: a document whose _id is the key, claimed once.
type Claims interface {
	// Claim takes a key for owner. It returns the owner that holds the key,
	// which is another one if it was taken before.
	Claim(ctx context.Context, key, owner string) (string, error)

	// ClaimAll takes several keys for owner in one call and returns who holds
	// each of them afterwards. A caller that got only some decides what to keep.
	ClaimAll(ctx context.Context, owner string, keys ...string) (map[string]string, error)

	// Owner returns who holds the key, or a NotFound fault.
	Owner(ctx context.Context, key string) (string, error)

	// Release gives up the key if owner holds it.
	Release(ctx context.Context, key, owner string) error
}

// CartKey is the claim of a checkout on its cart.
func CartKey(cartID string) string { return "cart/" + cartID }

// NumberKey is the claim of an order on its number.
func NumberKey(number string) string { return "number/" + number }

// Cursors remember how far a walk has come.
type Cursors interface {
	// Cursor returns the position of the walk, empty when it has none.
	Cursor(ctx context.Context, walk string) (string, error)

	// SetCursor moves it.
	SetCursor(ctx context.Context, walk, position string) error
}
