package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
)

var _ cart.Store = (*Carts)(nil)

// Carts keeps one document for each cart. A write replaces it where its rev is
// still the one that was read.
type Carts struct{ rows *mongo.Collection }

// NewCarts returns the store on db.
func NewCarts(db *mongo.Database) *Carts { return &Carts{rows: db.Collection("carts")} }

// Create inserts a new cart.
func (s *Carts) Create(ctx context.Context, c cart.Cart) error {
	if _, err := s.rows.InsertOne(ctx, c); err != nil {
		return unavailable(err, "writing cart %s", c.ID)
	}
	return nil
}

// Find returns the cart.
func (s *Carts) Find(ctx context.Context, cartID string) (cart.Cart, error) {
	var c cart.Cart
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: cartID}}).Decode(&c)
	return c, found(err, "cart", cartID)
}

// Save replaces the cart where nobody wrote it since it was read.
func (s *Carts) Save(ctx context.Context, c cart.Cart) (cart.Cart, error) {
	filter := bson.D{{Key: "_id", Value: c.ID}, {Key: "rev", Value: c.Rev}}
	c.Rev++
	res, err := s.rows.ReplaceOne(ctx, filter, c)
	if err != nil {
		return cart.Cart{}, unavailable(err, "writing cart %s", c.ID)
	}
	if res.MatchedCount == 0 {
		return cart.Cart{}, fault.New(fault.Conflict, "the cart was changed by another request")
	}
	return c, nil
}

// Sweep removes carts that nobody has touched since before.
func (s *Carts) Sweep(ctx context.Context, before time.Time) (int, error) {
	res, err := s.rows.DeleteMany(ctx, bson.D{{Key: "updated_at", Value: bson.D{{Key: "$lt", Value: before}}}})
	if err != nil {
		return 0, unavailable(err, "removing old carts")
	}
	return int(res.DeletedCount), nil
}
