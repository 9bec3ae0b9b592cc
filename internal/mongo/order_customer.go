package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/order"
)

// OfCustomer returns the orders of a customer, the newest first, without their
// contacts as every list.
func (s *Orders) OfCustomer(ctx context.Context, customerID, before string, limit int) ([]order.Order, error) {
	filter := bson.D{{Key: "customer_id", Value: customerID}}
	if before != "" {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$lt", Value: before}}})
	}
	cursor, err := s.orders.Find(ctx, filter, listed(limit).SetSort(bson.D{{Key: "_id", Value: -1}}))
	return drain[order.Order](ctx, cursor, err, "reading the orders of a customer")
}

// OfEmail returns the orders of a mail address, the newest first, without their
// contacts as every list.
func (s *Orders) OfEmail(ctx context.Context, emailKey string, limit int) ([]order.Order, error) {
	cursor, err := s.orders.Find(ctx, bson.D{{Key: "email_key", Value: emailKey}}, listed(limit).SetSort(bson.D{{Key: "_id", Value: -1}}))
	return drain[order.Order](ctx, cursor, err, "reading the orders of a mail address")
}

// ClaimGuests gives a customer the orders that were made as a guest with an address
// that is theirs.
func (s *Orders) ClaimGuests(ctx context.Context, emailKey, customerID string) (int, error) {
	res, err := s.orders.UpdateMany(ctx,
		bson.D{{Key: "email_key", Value: emailKey}, {Key: "customer_id", Value: order.Guest}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "customer_id", Value: customerID}}}})
	if err != nil {
		return 0, unavailable(err, "giving a customer the orders of a guest")
	}
	return int(res.ModifiedCount), nil
}

// ForgetEmails takes the key of the mail address off orders.
func (s *Orders) ForgetEmails(ctx context.Context, orderIDs []string) error {
	if len(orderIDs) == 0 {
		return nil
	}
	if _, err := s.orders.UpdateMany(ctx, byIDs(orderIDs), bson.D{{Key: "$unset", Value: bson.D{{Key: "email_key", Value: ""}}}}); err != nil {
		return unavailable(err, "forgetting whose address orders were made with")
	}
	return nil
}
