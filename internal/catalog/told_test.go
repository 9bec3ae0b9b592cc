package catalog_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

// ear hears what is told.
type ear []string

func (e *ear) Changed(_ context.Context, ids ...string) { *e = append(*e, ids...) }

func (e *ear) taken() []string {
	heard := *e
	*e = nil
	return heard
}

func TestTold_TellsOfEachWriteThatWasMadeAndOfNoOther(t *testing.T) {
	t.Parallel()

	var heard ear
	store := mongo.NewCatalog(mongotest.Database(t), clock.System)
	told, said := catalog.Told{Store: store, Notifier: &heard}, catalog.ToldMerchandisers{Merchandisers: store, Notifier: &heard}
	book, err := told.SaveBook(t.Context(), catalog.NewBook("TRY"))
	require.NoError(t, err)
	require.Equal(t, []string{""}, heard.taken())
	_, err = told.SaveBook(t.Context(), catalog.NewBook("TRY"))
	require.Error(t, err)
	require.Empty(t, heard.taken(), "that was not written")
	require.Equal(t, int64(1), book.Revision)

	kilim := catalog.Product{
		ID: "prd_kilim", Status: catalog.Active, Title: catalog.Text{TR: "Kilim"}, Slugs: catalog.Text{TR: "kilim"}, CreatedAt: time.Now(),
		Variants: []catalog.Variant{{ID: "v", SKU: "KILIM-1", TaxPercent: 10, WeightGrams: 900, Prices: []catalog.Price{{List: "try", Amount: money.Of(90_000, "TRY")}}}},
	}
	hali := kilim
	hali.ID, hali.Slugs.TR, hali.Variants = "prd_hali", "hali", []catalog.Variant{kilim.Variants[0]}
	hali.Variants[0].SKU = "HALI-1"
	made, err := told.Create(t.Context(), kilim)
	require.NoError(t, err)
	_, err = told.Replace(t.Context(), made)
	require.NoError(t, err)
	_, err = told.Replace(t.Context(), made)
	require.Error(t, err)
	require.NoError(t, told.Import(t.Context(), []catalog.Product{hali}))
	require.Equal(t, []string{"prd_kilim", "prd_kilim", "prd_hali"}, heard.taken())

	shelf, err := told.SaveCategory(t.Context(), catalog.Category{ID: "dokuma", Name: catalog.Text{TR: "Dokuma"}, Slugs: catalog.Text{TR: "dokuma"}})
	require.NoError(t, err)
	tree, err := catalog.Tree{}.Place("dokuma", catalog.Node{})
	require.NoError(t, err)
	_, err = told.SaveTree(t.Context(), tree)
	require.NoError(t, err)
	require.NoError(t, told.RemoveCategory(t.Context(), "dokuma", shelf.Revision))
	_, err = said.SaveMerchandising(t.Context(), catalog.Merchandising{})
	require.NoError(t, err)
	require.Equal(t, []string{"", "", "", ""}, heard.taken())
}
