package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
)

var _ cart.Store = (*Carts)(nil)

// Carts keeps one document for each cart. A write replaces it where its rev is
// still the one that was read. Contacts are sealed with the key of the customer,
// or of a guest's cart.
type Carts struct {
	vault *Vault
	rows  *mongo.Collection
}

// NewCarts returns the store on db, whose contacts vault opens.
func NewCarts(db *mongo.Database, vault *Vault) *Carts {
	return &Carts{vault: vault, rows: db.Collection("carts")}
}

// cartRow is a cart as it is kept. One that is swept is nobody's any more and
// goes once its key is gone.
type cartRow struct {
	cart.Cart `bson:",inline"`
	Sealed    sealedFields `bson:"sealed,omitempty"`
	Swept     bool         `bson:"swept,omitempty"`
}

func cartPlace(cartID, field string) place { return place{"carts", field, cartID} }

// Create inserts a new cart.
func (s *Carts) Create(ctx context.Context, c cart.Cart) error {
	row, err := s.sealCart(ctx, c)
	if err != nil {
		return err
	}
	if _, err := s.rows.InsertOne(ctx, row); err != nil {
		return unavailable(err, "writing cart %s", c.ID)
	}
	return nil
}

// Find returns the cart with its contact, unless that was erased.
func (s *Carts) Find(ctx context.Context, cartID string) (cart.Cart, error) {
	var row cartRow
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: cartID}}).Decode(&row)
	if row.Swept {
		err = mongo.ErrNoDocuments
	}
	if err := found(err, "cart", cartID); err != nil {
		return cart.Cart{}, err
	}
	return s.openCart(ctx, row)
}

// Save replaces the cart where nobody wrote it since it was read.
func (s *Carts) Save(ctx context.Context, c cart.Cart) (cart.Cart, error) {
	filter := bson.D{{Key: "_id", Value: c.ID}, {Key: "rev", Value: c.Rev}}
	c.Rev++
	row, err := s.sealCart(ctx, c)
	if err != nil {
		return cart.Cart{}, err
	}
	res, err := s.rows.ReplaceOne(ctx, filter, row)
	if err != nil {
		return cart.Cart{}, unavailable(err, "writing cart %s", c.ID)
	}
	if res.MatchedCount == 0 {
		return cart.Cart{}, fault.New(fault.Conflict, "the cart was changed by another request")
	}
	return c, nil
}

// sealCart returns the row in which nothing personal is readable.
func (s *Carts) sealCart(ctx context.Context, c cart.Cart) (cartRow, error) {
	row, of := cartRow{Cart: c, Sealed: sealedFields{}}, ownerOf(c.CustomerID, c.ID)
	row.Contact, row.Invoice = nil, nil
	var err error
	if c.Contact != nil {
		if row.Sealed[contactField], err = sealField(ctx, s.vault, cartPlace(c.ID, contactField), of, *c.Contact); err != nil {
			return row, err
		}
	}
	if c.Invoice != nil {
		row.Sealed[invoiceField], err = sealField(ctx, s.vault, cartPlace(c.ID, invoiceField), of, *c.Invoice)
	}
	return row, err
}

// openCart reads what is sealed. Rows of before contacts were sealed have it plain.
func (s *Carts) openCart(ctx context.Context, row cartRow) (cart.Cart, error) {
	c := row.Cart
	if sealed, there := row.Sealed[contactField]; there {
		contact, erased, err := openField[cart.Contact](ctx, s.vault, cartPlace(c.ID, contactField), sealed)
		if c.Erased = erased; erased || err != nil {
			return c, err
		}
		c.Contact = &contact
	}
	if sealed, there := row.Sealed[invoiceField]; there {
		invoice, erased, err := openField[cart.Invoice](ctx, s.vault, cartPlace(c.ID, invoiceField), sealed)
		if c.Erased = erased; erased || err != nil {
			return c, err
		}
		c.Invoice = &invoice
	}
	return c, nil
}

// Sweep removes carts that nobody has touched since before, and their keys with
// them. A cart is marked first: whoever has read it cannot write it any more, so
// that none loses its key and lives.
func (s *Carts) Sweep(ctx context.Context, before time.Time) (int, error) {
	_, err := s.rows.UpdateMany(ctx,
		bson.D{{Key: "updated_at", Value: bson.D{{Key: "$lt", Value: before}}}, {Key: "swept", Value: bson.D{{Key: "$ne", Value: true}}}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "swept", Value: true}}}, {Key: "$inc", Value: bson.D{{Key: "rev", Value: int64(1)}}}})
	if err != nil {
		return 0, unavailable(err, "marking old carts")
	}
	gone := 0
	for {
		cursor, err := s.rows.Find(ctx, bson.D{{Key: "updated_at", Value: bson.D{{Key: "$lt", Value: before}}}, {Key: "swept", Value: true}},
			options.Find().SetLimit(sealStep).SetProjection(bson.D{{Key: "_id", Value: 1}}))
		rows, err := drain[struct {
			ID string `bson:"_id"`
		}](ctx, cursor, err, "looking for old carts")
		if err != nil || len(rows) == 0 {
			return gone, err
		}
		ids := make([]string, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		if err := s.vault.forget(ctx, ids); err != nil {
			return gone, err
		}
		if _, err := s.rows.DeleteMany(ctx, byIDs(ids)); err != nil {
			return gone, unavailable(err, "removing old carts")
		}
		gone += len(ids)
	}
}

// Forget removes carts, and those of a customer, with the keys of guests' ones.
func (s *Carts) Forget(ctx context.Context, customerID string, cartIDs []string) error {
	gone := slices.Clone(cartIDs)
	if customerID != "" { // as every guest's cart has it
		cursor, err := s.rows.Find(ctx, bson.D{{Key: "customer_id", Value: customerID}}, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
		rows, err := drain[struct {
			ID string `bson:"_id"`
		}](ctx, cursor, err, "looking for the carts of a customer")
		if err != nil {
			return err
		}
		for _, row := range rows {
			gone = append(gone, row.ID)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if err := s.vault.forget(ctx, gone); err != nil {
		return err
	}
	if _, err := s.rows.DeleteMany(ctx, byIDs(gone)); err != nil {
		return unavailable(err, "removing the carts of %s", customerID)
	}
	return nil
}

// SealOld seals contacts that were stored before they were, and returns how
// many. A cart that changes meanwhile is sealed by who changes it.
func (s *Carts) SealOld(ctx context.Context) (int, error) {
	sealed, after := 0, ""
	for {
		cursor, err := s.rows.Find(ctx, append(following(after), stillPlain...), options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(sealStep))
		rows, err := drain[cartRow](ctx, cursor, err, "looking for carts that are not sealed")
		if err != nil || len(rows) == 0 {
			return sealed, err
		}
		for _, plain := range rows {
			after = plain.ID
			row, err := s.sealCart(ctx, plain.Cart)
			if err != nil {
				return sealed, err
			}
			filter := append(bson.D{{Key: "_id", Value: row.ID}, {Key: "rev", Value: row.Rev}}, stillPlain...)
			res, err := s.rows.UpdateOne(ctx, filter, swapped(row.Sealed))
			if err != nil {
				return sealed, unavailable(err, "sealing cart %s", row.ID)
			}
			sealed += int(res.ModifiedCount)
		}
	}
}
