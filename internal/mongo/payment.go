package mongo

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/payment"
)

var (
	_ payment.Store = (*Attempts)(nil)
	_ payment.Inbox = (*PaymentInbox)(nil)
)

// Attempts keeps one document for each payment attempt, its ops inside as a
// map by id.
type Attempts struct{ rows *mongo.Collection }

// NewAttempts returns the store on db.
func NewAttempts(db *mongo.Database) *Attempts {
	return &Attempts{rows: db.Collection("payment_attempts")}
}

// Create inserts an attempt.
func (s *Attempts) Create(ctx context.Context, a payment.Attempt) error {
	if _, err := s.rows.InsertOne(ctx, a); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "writing payment attempt %s", a.ID)
	}
	return nil
}

// Find returns the attempt.
func (s *Attempts) Find(ctx context.Context, attemptID string) (payment.Attempt, error) {
	var a payment.Attempt
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: attemptID}}).Decode(&a)
	return a, found(err, "payment attempt", attemptID)
}

// OfOrder returns the attempts of an order.
func (s *Attempts) OfOrder(ctx context.Context, orderID string) ([]payment.Attempt, error) {
	cursor, err := s.rows.Find(ctx, byPrefix(orderID+"-"))
	attempts, err := drain[payment.Attempt](ctx, cursor, err, "reading payment attempts")
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(attempts, func(a, b payment.Attempt) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return attempts, nil
}

// Apply does one conditional change of the row.
func (s *Attempts) Apply(ctx context.Context, c payment.Change) (payment.Attempt, bool, error) {
	filter := bson.D{{Key: "_id", Value: c.AttemptID}}
	for _, op := range sortedKeys(c.Expect) {
		filter = append(filter, opCondition(op, c.Expect[op]))
	}
	if len(c.From) > 0 {
		filter = append(filter, bson.E{Key: "state", Value: bson.D{{Key: "$in", Value: c.From}}})
	}
	set := bson.D{}
	for _, op := range sortedKeys(c.Ops) {
		set = append(set, bson.E{Key: "ops." + op, Value: c.Ops[op]})
	}
	if c.State != "" {
		set = append(set, bson.E{Key: "state", Value: c.State})
	}
	if c.Command != "" {
		set = append(set, bson.E{Key: "command", Value: c.Command})
	}
	if c.Picture != nil {
		set = append(set, pictureFields(*c.Picture)...)
	}
	var row payment.Attempt
	err := s.rows.FindOneAndUpdate(ctx, filter, bson.D{{Key: "$set", Value: set}},
		options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&row)
	if err == nil {
		return row, true, nil
	}
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return payment.Attempt{}, false, unavailable(err, "changing payment attempt %s", c.AttemptID)
	}
	row, err = s.Find(ctx, c.AttemptID)
	return row, false, err
}

func opCondition(op string, states []payment.OpState) bson.E {
	if len(states) == 0 {
		return bson.E{Key: "ops." + op, Value: bson.D{{Key: "$exists", Value: false}}}
	}
	return bson.E{Key: "ops." + op + ".state", Value: bson.D{{Key: "$in", Value: states}}}
}

func pictureFields(p payment.Picture) bson.D {
	return bson.D{
		{Key: "ref", Value: p.Ref},
		{Key: "redirect_url", Value: p.RedirectURL},
		{Key: "decline_code", Value: p.DeclineCode},
		{Key: "decline_hint", Value: string(p.DeclineHint)},
		{Key: "capture_before", Value: p.CaptureBefore},
		{Key: "held", Value: p.Held},
		{Key: "captured", Value: p.Captured},
		{Key: "refunded", Value: p.Refunded},
		{Key: "dispute", Value: p.Dispute},
	}
}

// PaymentInbox keeps webhooks of payment providers. Undelivered ones have a
// nearly empty collection of their own.
type PaymentInbox struct {
	waiting *mongo.Collection
	archive *mongo.Collection
}

// NewPaymentInbox returns the inbox on db.
func NewPaymentInbox(db *mongo.Database) *PaymentInbox {
	return &PaymentInbox{waiting: db.Collection("payment_inbox"), archive: db.Collection("payment_inbox_archive")}
}

// Put stores an event that is not known yet.
func (s *PaymentInbox) Put(ctx context.Context, provider string, e payment.Event, receivedAt time.Time) (bool, error) {
	letter := letterOf(provider, e, receivedAt)
	err := s.archive.FindOne(ctx, bson.D{{Key: "_id", Value: letter.ID}}).Err()
	if err == nil {
		return false, nil
	}
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return false, unavailable(err, "looking for event %s", e.ID)
	}
	_, err = s.waiting.InsertOne(ctx, letter)
	switch {
	case mongo.IsDuplicateKeyError(err):
		return false, nil
	case err != nil:
		return false, unavailable(err, "storing event %s", e.ID)
	}
	return true, nil
}

// File stores an event as delivered.
func (s *PaymentInbox) File(ctx context.Context, provider string, e payment.Event, receivedAt time.Time) error {
	_, err := s.archive.InsertOne(ctx, letterOf(provider, e, receivedAt))
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "filing event %s", e.ID)
	}
	return nil
}

func letterOf(provider string, e payment.Event, receivedAt time.Time) payment.Letter {
	return payment.Letter{
		ID: provider + ":" + e.ID, Provider: provider, EventID: e.ID, Type: e.Type,
		Ref: e.Ref, OrderID: e.OrderID, Claims: e.Claims, At: e.At, ReceivedAt: receivedAt,
	}
}

// Waiting returns undelivered events.
func (s *PaymentInbox) Waiting(ctx context.Context, limit int) ([]payment.Letter, error) {
	cursor, err := s.waiting.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "received_at", Value: 1}}).SetLimit(int64(limit)))
	return drain[payment.Letter](ctx, cursor, err, "reading undelivered events")
}

// Delivered moves an event to the archive: there first, then away from here.
func (s *PaymentInbox) Delivered(ctx context.Context, l payment.Letter) error {
	if _, err := s.archive.InsertOne(ctx, l); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "archiving event %s", l.EventID)
	}
	if _, err := s.waiting.DeleteOne(ctx, bson.D{{Key: "_id", Value: l.ID}}); err != nil {
		return unavailable(err, "clearing event %s", l.EventID)
	}
	return nil
}
