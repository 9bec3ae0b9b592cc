package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

func catalogViolations() []violation {
	return []violation{
		{"catalog.sku_is_its_own", "another product holds its key", func(t *testing.T, _ scene) string {
			id, sku := sold(t)
			change(t, "catalog_keys", "sku/"+sku, set("owner", "prd_nobody"))
			return id
		}},
		{"catalog.sku_is_its_own", "two of its variants have it", func(t *testing.T, _ scene) string {
			id, sku := sold(t)
			change(t, "products", id, set("variants", bson.A{bson.D{field("sku", sku)}, bson.D{field("sku", sku)}}))
			return id
		}},
		{"catalog.slug_is_its_own", "nobody holds the key", func(t *testing.T, _ scene) string {
			id, _ := sold(t)
			change(t, "products", id, set("slugs.en", "nobody-claimed-this"))
			return id
		}},
		{"catalog.slug_is_its_own", "its address was given up", func(t *testing.T, _ scene) string {
			id, _ := sold(t)
			var p struct {
				Slugs struct {
					TR string `bson:"tr"`
				} `bson:"slugs"`
			}
			require.NoError(t, rig.App.DB.Collection("products").FindOne(t.Context(), bson.D{field("_id", id)}).Decode(&p))
			change(t, "catalog_keys", "slug/"+p.Slugs.TR, set("old", true))
			return id
		}},
		{"catalog.category_is_there", "it stands on a shelf that was taken away", func(t *testing.T, _ scene) string {
			id, _ := sold(t)
			change(t, "products", id, set("categories", bson.A{"tüplü-televizyon"}))
			return id
		}},
		{"catalog.picture_is_there", "a picture was deleted under it", func(t *testing.T, _ scene) string {
			return shows(t, field("state", "deleting"), field("users", bson.D{}))
		}},
		{"catalog.picture_is_kept", "a picture does not know that it is shown", func(t *testing.T, _ scene) string {
			return shows(t, field("state", "ready"), field("users", bson.D{field("prd_nobody", true)}))
		}},
		{"catalog.tree_is_whole", "a category hangs below nothing", func(t *testing.T, _ scene) string {
			add(t, "catalog", "tree", field("nodes", bson.D{field("askıda", bson.D{field("parent", "yok")})}))
			return "askıda"
		}},
		{"catalog.tree_has_no_circle", "two categories are below each other", func(t *testing.T, _ scene) string {
			add(t, "catalog", "tree", field("nodes", bson.D{
				field("yumurta", bson.D{field("parent", "tavuk")}), field("tavuk", bson.D{field("parent", "yumurta")}),
			}))
			return "tavuk"
		}},
	}
}

// sold puts a product on sale and returns its id and SKU.
func sold(t *testing.T) (productID, sku string) {
	t.Helper()
	sku, err := rig.FreshSKU(t.Context(), 1)
	require.NoError(t, err)
	found, err := rig.App.Products.OfSKUs(t.Context(), []string{sku})
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0].ID, sku
}

// shows has a product show a picture of which there is a document with some fields.
func shows(t *testing.T, fields ...bson.E) string {
	t.Helper()
	id, _ := sold(t)
	change(t, "products", id, set("pictures", bson.A{bson.D{field("media", add(t, "media", "med_planted", fields...))}}))
	return id
}
