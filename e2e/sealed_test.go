package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"google.golang.org/protobuf/proto"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/order"
)

// residents are words of lab.Address, as folded makes them.
var residents = []string{"işil", "özgür", "isil.ozgur", "5321234567", "532 123 45 67", "inönü", "beyoğlu"}

// folded writes a text in small letters, and each of the four Turkish i's alike.
func folded(text string) string {
	return strings.ToLower(strings.NewReplacer("I", "i", "İ", "i", "ı", "i").Replace(text))
}

// readable returns every text of a document, the bytes of binaries too.
func readable(t *testing.T, doc bson.Raw) []string {
	t.Helper()
	var texts []string
	elements, err := doc.Elements()
	require.NoError(t, err)
	for _, e := range elements {
		texts = append(texts, e.Key())
		switch v := e.Value(); v.Type {
		case bson.TypeString:
			texts = append(texts, v.StringValue())
		case bson.TypeBinary:
			_, data := v.Binary()
			texts = append(texts, string(data))
		case bson.TypeEmbeddedDocument:
			texts = append(texts, readable(t, v.Document())...)
		case bson.TypeArray:
			texts = append(texts, readable(t, bson.Raw(v.Array()))...)
		}
	}
	return texts
}

// personalIn returns what the whole database tells of the rig's shoppers, as
// "collection: text", and how many documents were read.
func personalIn(t *testing.T, l *lab.Lab) (found []string, read int) {
	t.Helper()
	names, err := l.App.DB.ListCollectionNames(t.Context(), bson.D{})
	require.NoError(t, err)
	for _, name := range names {
		if name == "terms" {
			continue // the shop's own texts, in which "kişilere" holds a name
		}
		var docs []bson.Raw
		require.NoError(t, mongo.NewRaw(l.App.DB).All(t.Context(), name, &docs))
		read += len(docs)
		for _, doc := range docs {
			for _, text := range readable(t, doc) {
				small := folded(text)
				for _, word := range residents {
					if strings.Contains(small, word) || text == "34437" {
						found = append(found, name+": "+text)
						break
					}
				}
			}
		}
	}
	return found, read
}

func TestStores_TellNothingOfAShopperFromTheCartToTheDoorAndForgetThemWhenAsked(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p := placed(t)
	_, err := l.Warehouse().Send(t.Context(), p.OrderID, 1)
	require.NoError(t, err)
	await(t, p, order.Completed)

	found, read := personalIn(t, l)
	require.Empty(t, found)
	require.Greater(t, read, 30, "a product, the order and all that came of it")
	planted := l.App.DB.Collection("planted")
	_, err = planted.InsertOne(t.Context(), bson.D{{Key: "_id", Value: "a"}, {Key: "notes", Value: bson.A{bson.D{{Key: "to", Value: "Sayın IŞIL / Işıl Hanım"}}}}})
	require.NoError(t, err)
	found, _ = personalIn(t, l)
	require.Equal(t, []string{"planted: Sayın IŞIL / Işıl Hanım"}, found, "the test would see it")
	require.NoError(t, planted.Drop(t.Context()))

	told, err := l.History(t.Context(), p.OrderID)
	require.NoError(t, err)
	raw, err := proto.Marshal(told)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"order_id":"`+p.OrderID, "it is decrypted")
	for _, word := range residents {
		require.NotContains(t, folded(string(raw)), word)
	}
	stored, err := l.StoredHistory(t.Context(), "order/"+p.OrderID, "")
	require.NoError(t, err)
	raw, err = proto.Marshal(stored)
	require.NoError(t, err)
	require.NotContains(t, string(raw), `"order_id"`, "Temporal cannot read it")

	shown, err := p.Shop.Call(t.Context(), http.MethodGet, "/v1/orders/"+p.OrderID, map[string]string{"X-Order-Secret": p.OrderSecret}, nil)
	require.NoError(t, err)
	require.Contains(t, string(shown.Raw), "Işıl")
	require.NoError(t, l.App.Vault.Destroy(t.Context(), p.OrderID))
	shown, err = p.Shop.Call(t.Context(), http.MethodGet, "/v1/orders/"+p.OrderID, map[string]string{"X-Order-Secret": p.OrderSecret}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, shown.Status, string(shown.Raw))
	require.NotContains(t, said(t, shown), "contact")
	require.Equal(t, p.Number, said(t, shown)["number"])
}
