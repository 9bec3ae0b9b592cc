package mongo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

func TestCatalog_RewritesProductsOfTheOlderForm(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	size := func(sku, value string, price int64) bson.M {
		return bson.M{
			"id": "var_" + sku, "sku": sku, "price": bson.M{"amount": price, "currency": "TRY"}, "tax_percent": int64(10), "weight_grams": int64(250), "barcode": "",
			"options": bson.A{bson.M{"key": "size", "name": bson.M{"tr": "Beden", "en": "Size"}, "value": bson.M{"tr": value, "en": value}}},
		}
	}
	_, err := db.Collection("products").InsertOne(t.Context(), bson.M{
		"_id": "prd_1", "slug": "keten-gomlek", "title": bson.M{"tr": "Keten Gömlek", "en": "Linen Shirt"}, "brand": "Sarar", "category": "mens-shirts",
		"variants": bson.A{size("GOMLEK-M", "M", 119_990), size("GOMLEK-L", "L", 129_990)}, "created_at": time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	_, err = db.Collection("catalog_keys").InsertOne(t.Context(), bson.M{"_id": "slug/keten-gomlek", "owner": "prd_1"})
	require.NoError(t, err)
	s := mongo.NewCatalog(db, clock.System)
	for _, want := range []int{1, 0} {
		upgraded, err := s.Upgrade(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, upgraded)
	}
	p, err := s.Find(t.Context(), "keten-gomlek")
	require.NoError(t, err)
	require.NoError(t, p.Check())
	offers := p.Offers(catalog.NewBook("TRY"), catalog.Buyer{Currency: "TRY"}, time.Now())
	require.Len(t, offers, 2)
	require.Equal(t, "Keten Gömlek — L", offers[1].Name("tr"))
	require.Equal(t, money.Of(129_990, "TRY"), offers[1].Price)
	products, err := s.OfSKUs(t.Context(), []string{"GOMLEK-M"})
	require.NoError(t, err)
	require.Len(t, products, 1)
}
