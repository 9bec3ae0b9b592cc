package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
)

// orderRow is an order as it is kept.
type orderRow struct {
	order.Order `bson:",inline"`
	Sealed      sealedFields `bson:"sealed,omitempty"`
}

// What is sealed of an order or a cart.
const (
	contactField = "contact"
	invoiceField = "invoice"
)

func orderPlace(orderID, field string) place { return place{"orders", field, orderID} }

// legalTerm is how long the law has invoices kept, in years: Turkish Commercial
// Code, article 82.
const legalTerm = 10

// invoiceOwner is what an order's invoice is sealed for: nothing else is, so that it
// outlives its shopper's data for as long as the law demands, and no longer.
func invoiceOwner(o order.Order) owner {
	return owner{Subject: order.InvoiceSubject(o.ID), KeepUntil: o.AcceptedAt.AddDate(legalTerm, 0, 0)}
}

// sealOrder returns the row in which nothing personal is readable.
func (s *Orders) sealOrder(ctx context.Context, o order.Order) (orderRow, error) {
	row := orderRow{Order: o, Sealed: sealedFields{}}
	row.Contact, row.Invoice = order.Contact{}, nil
	if s.vault == nil && (!o.Contact.IsZero() || o.Invoice != nil) {
		return row, fault.New(fault.Internal, "order %s cannot be sealed by a store without a vault", o.ID)
	}
	var err error
	if !o.Contact.IsZero() {
		if row.Sealed[contactField], err = sealField(ctx, s.vault, orderPlace(o.ID, contactField), ownerOf(o.CustomerID, o.ID), o.Contact); err != nil {
			return row, err
		}
	}
	if o.Invoice != nil {
		row.Sealed[invoiceField], err = sealField(ctx, s.vault, orderPlace(o.ID, invoiceField), invoiceOwner(o), *o.Invoice)
	}
	return row, err
}

// openOrder reads what is sealed. Rows of before contacts were sealed have it plain.
func (s *Orders) openOrder(ctx context.Context, row orderRow) (o order.Order, err error) {
	o = row.Order
	if s.vault == nil {
		o.Contact, o.Invoice = order.Contact{}, nil
		return o, nil
	}
	if sealed, there := row.Sealed[contactField]; there {
		if o.Contact, o.Erased, err = openField[order.Contact](ctx, s.vault, orderPlace(o.ID, contactField), sealed); err != nil {
			return o, err
		}
	}
	sealed, there := row.Sealed[invoiceField]
	if !there {
		return o, nil
	}
	invoice, gone, err := openField[order.Invoice](ctx, s.vault, orderPlace(o.ID, invoiceField), sealed)
	if err == nil && !gone {
		o.Invoice = &invoice
	}
	return o, err
}

// Closed returns the same store for those who need no contact: its Find leaves
// it closed, and asks for no key.
func (s *Orders) Closed() *Orders {
	closed := *s
	closed.vault = nil
	return &closed
}

// Create inserts a new order.
func (s *Orders) Create(ctx context.Context, o order.Order) (bool, error) {
	row, err := s.sealOrder(ctx, o)
	if err != nil {
		return false, err
	}
	_, err = s.orders.InsertOne(ctx, row)
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	if err != nil {
		return false, unavailable(err, "writing order %s", o.ID)
	}
	return true, nil
}

// Find returns the order with its contact, unless that was erased.
func (s *Orders) Find(ctx context.Context, orderID string) (order.Order, error) {
	var row orderRow
	err := s.orders.FindOne(ctx, bson.D{{Key: "_id", Value: orderID}}).Decode(&row)
	if err := found(err, "order", orderID); err != nil {
		return order.Order{}, err
	}
	return s.openOrder(ctx, row)
}

// After returns orders by id, without their contacts as every list.
func (s *Orders) After(ctx context.Context, after string, limit int) ([]order.Order, error) {
	return s.walk(ctx, following(after), limit)
}

// Open returns orders that are not over, by id.
func (s *Orders) Open(ctx context.Context, after string, limit int) ([]order.Order, error) {
	return s.walk(ctx, append(following(after), bson.E{Key: "state.open", Value: true}), limit)
}

// NeedPerson returns orders that need a person, those that have waited longest
// first.
func (s *Orders) NeedPerson(ctx context.Context, limit int) ([]order.Order, error) {
	cursor, err := s.orders.Find(ctx, bson.D{{Key: "state.attention.reason", Value: bson.D{{Key: "$exists", Value: true}}}},
		listed(limit).SetSort(bson.D{{Key: "state.attention.since", Value: 1}}))
	return drain[order.Order](ctx, cursor, err, "looking for orders that need a person")
}

func (s *Orders) walk(ctx context.Context, filter bson.D, limit int) ([]order.Order, error) {
	cursor, err := s.orders.Find(ctx, filter, listed(limit).SetSort(bson.D{{Key: "_id", Value: 1}}))
	return drain[order.Order](ctx, cursor, err, "walking through orders")
}

func following(after string) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}}
}

// listed reads a list of orders without anything that is personal.
func listed(limit int) *options.FindOptionsBuilder {
	return options.Find().SetLimit(int64(limit)).SetProjection(bson.D{{Key: contactField, Value: 0}, {Key: invoiceField, Value: 0}, {Key: "sealed", Value: 0}})
}

// sealOrders names the walk of SealOld in the cursors.
const sealOrders = "seal/orders"

// late is for how long an older process may still write an order in plain whose
// id SealOld has passed.
const late = 24 * time.Hour

// SealOld seals contacts that were stored before they were, and returns how
// many. It may be interrupted, goes on where it was, and is cheap to repeat.
func (s *Orders) SealOld(ctx context.Context, cursors order.Cursors) (int, error) {
	after, err := cursors.Cursor(ctx, sealOrders)
	if err != nil {
		return 0, err
	}
	sealed, young := 0, s.vault.now().Add(-late)
	for {
		cursor, err := s.orders.Find(ctx, following(after), options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(sealStep).
			SetProjection(bson.D{{Key: "customer_id", Value: 1}, {Key: contactField, Value: 1}, {Key: "accepted_at", Value: 1}}))
		rows, err := drain[orderRow](ctx, cursor, err, "looking for orders that are not sealed")
		if err != nil || len(rows) == 0 {
			return sealed, err
		}
		settled := ""
		for _, row := range rows {
			after = row.ID
			if row.AcceptedAt.Before(young) {
				settled = row.ID
			}
			done, err := s.sealRow(ctx, row)
			if err != nil {
				return sealed, err
			}
			sealed += done
		}
		if settled != "" {
			if err := cursors.SetCursor(ctx, sealOrders, settled); err != nil {
				return sealed, err
			}
		}
	}
}

func (s *Orders) sealRow(ctx context.Context, row orderRow) (int, error) {
	if row.Contact.IsZero() {
		return 0, nil
	}
	row, err := s.sealOrder(ctx, row.Order)
	if err != nil {
		return 0, err
	}
	res, err := s.orders.UpdateOne(ctx, append(bson.D{{Key: "_id", Value: row.ID}}, stillPlain...), swapped(row.Sealed))
	if err != nil {
		return 0, unavailable(err, "sealing order %s", row.ID)
	}
	return int(res.ModifiedCount), nil
}
