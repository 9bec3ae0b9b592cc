package mongo_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/stock"
)

func product(n int, title string, skus ...string) catalog.Product {
	at := time.Date(2026, 3, 1, 9, n, 0, 0, time.UTC)
	slug := fmt.Sprintf("urun-%d", n)
	p := catalog.Product{
		ID: fmt.Sprintf("prd_%02d", n), Status: catalog.Active, Slugs: catalog.Text{TR: slug, EN: slug + "-en"}, Categories: []string{"market"}, Brand: "Koska",
		Title: catalog.Text{TR: title, EN: title}, CreatedAt: at, UpdatedAt: at,
	}
	if len(skus) > 1 {
		p.Options = []catalog.Option{{Key: "pack", Name: catalog.Text{TR: "Paket"}}}
	}
	for i, sku := range skus {
		v := catalog.Variant{
			ID: fmt.Sprintf("var_%02d%d", n, i), SKU: sku, TaxPercent: 1, WeightGrams: 500,
			Prices: []catalog.Price{{List: "try", Amount: money.Of(int64(1000*n+90), "TRY")}},
		}
		if len(skus) > 1 {
			key := fmt.Sprint("p", i)
			v.Choices = map[string]string{"pack": key}
			p.Options[0].Values = append(p.Options[0].Values, catalog.Value{Key: key, Name: catalog.Text{TR: fmt.Sprint(i+1, "'lü")}})
		}
		p.Variants = append(p.Variants, v)
	}
	return p
}

func create(t testing.TB, s *mongo.Catalog, p catalog.Product) catalog.Product {
	t.Helper()
	made, err := s.Create(t.Context(), p)
	require.NoError(t, err)
	return made
}

func TestCatalog_KeepsAProductAsAWhole(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	p := product(1, "Tahin Helvası", "HELVA-250", "HELVA-500")
	weight, vegan := 250.5, true
	p.Attributes = []catalog.Attribute{
		{Key: "net", Number: &weight}, {Key: "vegan", Boolean: &vegan}, {Key: "kind", Choices: []string{"cocoa"}}, {Key: "story", Text: &catalog.Text{TR: "Susamdan"}},
	}
	p.Variants[0].Prices = append(p.Variants[0].Prices, catalog.Price{List: "try", Amount: money.Of(900, "TRY"), CompareAt: money.Of(1000, "TRY"), From: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)})
	p = create(t, s, p)
	require.Equal(t, int64(1), p.Revision)
	for _, key := range []string{p.ID, p.Slugs.TR, p.Slugs.EN} {
		found, err := s.Find(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, inUTC(p), inUTC(found))
	}
	_, err := s.Find(t.Context(), "yok")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = s.Create(t.Context(), p)
	require.True(t, fault.Is(err, fault.Conflict), "it is there already")
}

// inUTC writes times as they were given: the driver reads them in local time.
func inUTC(p catalog.Product) catalog.Product {
	p.CreatedAt, p.UpdatedAt = p.CreatedAt.UTC(), p.UpdatedAt.UTC()
	for i := range p.Variants {
		for k := range p.Variants[i].Prices {
			price := &p.Variants[i].Prices[k]
			price.From = price.From.UTC()
		}
	}
	for _, list := range []*[]string{&p.Tags, &p.Related, &p.Categories} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	return p
}

func TestCatalog_AnOldSlugLeadsToItsProductUntilAnotherTakesIt(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	p := create(t, s, product(1, "Tahin Helvası", "HELVA-250", "HELVA-500"))
	p.Slugs.TR = "helva"
	p.Variants, p.Options[0].Values = p.Variants[1:], p.Options[0].Values[1:]
	p, err := s.Replace(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, int64(2), p.Revision)
	old, err := s.Find(t.Context(), "urun-1")
	require.NoError(t, err)
	require.Equal(t, "helva", old.Slugs.TR)
	products, err := s.OfSKUs(t.Context(), []string{"HELVA-250", "HELVA-500", "YOK"})
	require.NoError(t, err)
	require.Len(t, products, 1, "a SKU that was given up leads nowhere")

	other := product(2, "Yaz Helvası", "HELVA-250")
	other.Slugs.TR = "urun-1"
	create(t, s, other)
	found, err := s.Find(t.Context(), "urun-1")
	require.NoError(t, err)
	require.Equal(t, other.ID, found.ID)

	p.Slugs.TR = "urun-1"
	_, err = s.Replace(t.Context(), p)
	require.True(t, fault.Is(err, fault.Conflict), "it is the other's by now")
	p.Slugs.TR = "helva-1"
	p, err = s.Replace(t.Context(), p)
	require.NoError(t, err)
	p.Slugs.TR = "helva"
	_, err = s.Replace(t.Context(), p)
	require.NoError(t, err, "one's own old slug can be taken back")
}

func TestCatalog_GivesASlugAndASKUToOneProductOnly(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	create(t, s, product(1, "Lokum", "LOKUM-1"))

	sameSKU := product(2, "Güllü Lokum", "GULLU", "LOKUM-1")
	_, err := s.Create(t.Context(), sameSKU)
	require.True(t, fault.Is(err, fault.Conflict))
	_, err = s.Find(t.Context(), sameSKU.ID)
	require.True(t, fault.Is(err, fault.NotFound), "it was not written")
	sameSlug := product(3, "Fıstıklı Lokum", "LOKUM-3")
	sameSlug.Slugs.EN = "urun-1"
	_, err = s.Create(t.Context(), sameSlug)
	require.True(t, fault.Is(err, fault.Conflict))
	create(t, s, product(4, "Yaz Lokumu", "GULLU", "LOKUM-3"))
	require.True(t, fault.Is(s.Import(t.Context(), []catalog.Product{product(5, "A", "X"), product(6, "B", "X")}), fault.Conflict))
}

func TestCatalog_TakesKeysThatAWriteLeftBehindWhenItDied(t *testing.T) {
	t.Parallel()
	db, now := mongotest.Database(t), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	s := mongo.NewCatalog(db, func() time.Time { return now })
	leaveKey(t, db, "sku/LOKUM-1", "prd_dead", 1, now)
	_, err := s.Create(t.Context(), product(1, "Lokum", "LOKUM-1"))
	require.True(t, fault.Is(err, fault.Conflict), "it may be coming yet")
	now = now.Add(2 * time.Minute)
	create(t, s, product(1, "Lokum", "LOKUM-1"))

	leaveKey(t, db, "slug/lokum", "prd_01", 2, now)
	_, err = s.Create(t.Context(), withSlug(product(2, "Lokum", "LOKUM-2"), "lokum"))
	require.True(t, fault.Is(err, fault.Conflict), "a change of the other may be coming yet")
	now = now.Add(2 * time.Minute)
	create(t, s, withSlug(product(2, "Lokum", "LOKUM-2"), "lokum"))
}

func withSlug(p catalog.Product, slug string) catalog.Product {
	p.Slugs.TR = slug
	return p
}

// leaveKey is what a process leaves that dies between its claim and its write.
func leaveKey(t *testing.T, db *mongodriver.Database, name, owner string, revision int64, at time.Time) {
	t.Helper()
	_, err := db.Collection("catalog_keys").InsertOne(t.Context(), map[string]any{"_id": name, "owner": owner, "rev": revision, "old": false, "at": at})
	require.NoError(t, err)
}

func TestCatalog_RefusesAWriteOverWhatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	read := create(t, s, product(1, "Lokum", "LOKUM-1"))
	mine, theirs := read, withSlug(read, "gul-lokumu")
	mine.Brand = "Hacı Bekir"
	_, err := s.Replace(t.Context(), mine)
	require.NoError(t, err)
	_, err = s.Replace(t.Context(), theirs)
	require.True(t, fault.Is(err, fault.Stale))
	_, err = s.Find(t.Context(), "gul-lokumu")
	require.True(t, fault.Is(err, fault.NotFound), "what the lost write claimed is free")
	create(t, s, withSlug(product(2, "Gül Lokumu", "GUL"), "gul-lokumu"))
}

// Two writes over one revision may want the same key. One of them is refused for
// another key of its own, and must not take away what the other goes on to write.
func TestCatalog_LeavesAKeyToTheWriteThatReliesOnItToo(t *testing.T) {
	t.Parallel()
	db, now := mongotest.Database(t), time.Now().UTC()
	s := mongo.NewCatalog(db, clock.System)
	create(t, s, withSlug(product(2, "Gül Lokumu", "GUL"), "gul-lokumu"))
	read := create(t, s, product(1, "Lokum", "LOKUM-1"))
	leaveKey(t, db, "sku/LOKUM-2", read.ID, read.Revision+1, now)

	refused := withSlug(read, "gul-lokumu")
	refused.Variants = slices.Clone(read.Variants)
	refused.Variants[0].SKU = "LOKUM-2"
	_, err := s.Replace(t.Context(), refused)
	require.True(t, fault.Is(err, fault.Conflict))
	keys := db.Collection("catalog_keys")
	held, err := keys.CountDocuments(t.Context(), bson.M{"_id": "sku/LOKUM-2", "owner": read.ID})
	require.NoError(t, err)
	require.Equal(t, int64(1), held, "the other write is under way")

	refused.Slugs = read.Slugs
	_, err = s.Replace(t.Context(), refused)
	require.NoError(t, err)
	held, err = keys.CountDocuments(t.Context(), bson.M{"_id": "sku/LOKUM-2", "by": bson.M{"$exists": true}})
	require.NoError(t, err)
	require.Zero(t, held, "none of the two may take it back alone")
}

func TestCatalog_ARefusedWriteLeavesOldAddressesToThoseWhomTheyLeadTo(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	create(t, s, withSlug(product(1, "Kahve", "KAHVE"), "kahve"))
	moved := create(t, s, withSlug(product(2, "Lokum", "LOKUM-2"), "lokum"))
	moved, err := s.Replace(t.Context(), withSlug(moved, "gul-lokumu"))
	require.NoError(t, err)

	refused := withSlug(product(3, "Kilim", "KILIM"), "lokum")
	refused.Slugs.EN = "kahve"
	_, err = s.Create(t.Context(), refused)
	require.True(t, fault.Is(err, fault.Conflict))
	requireLeads(t, s, "lokum", moved.ID)

	again := withSlug(moved, "lokum")
	again.Slugs.EN = "kahve"
	_, err = s.Replace(t.Context(), again)
	require.True(t, fault.Is(err, fault.Conflict))
	requireLeads(t, s, "lokum", moved.ID)

	twice := withSlug(product(2, "Lokum", "LOKUM-9"), "baska")
	_, err = s.Create(t.Context(), twice)
	require.True(t, fault.Is(err, fault.Conflict), "there is a product with its id")
	create(t, s, withSlug(product(4, "Başka", "LOKUM-9"), "baska"))
}

func requireLeads(t *testing.T, s *mongo.Catalog, slug, productID string) {
	t.Helper()
	found, err := s.Find(t.Context(), slug)
	require.NoError(t, err)
	require.Equal(t, productID, found.ID)
}

// Units are booked by their SKU: whoever had it would see them sold as something else.
func TestCatalog_KeepsASKUForWhoHadItUntilNoUnitIsLeft(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s, ledger := mongo.NewCatalog(db, clock.System), mongo.NewStock(db)
	line := stock.Line{Location: stock.DefaultLocation, SKU: "KOLTUK-1.5", Quantity: 3}
	sofa := create(t, s, product(1, "Koltuk", "KOLTUK-1.5"))
	require.NoError(t, ledger.Receive(t.Context(), stock.Op{ID: "geldi", At: time.Now()}, line))
	renamed := sofa
	renamed.Variants = slices.Clone(sofa.Variants)
	renamed.Variants[0].SKU = "KOLTUK-2"
	renamed, err := s.Replace(t.Context(), renamed)
	require.NoError(t, err)
	held, err := s.OfSKUs(t.Context(), []string{"KOLTUK-1.5"})
	require.NoError(t, err)
	require.Empty(t, held, "nobody sells it now")

	_, err = s.Create(t.Context(), product(2, "Kilim", "KOLTUK-1.5"))
	require.True(t, fault.Is(err, fault.Conflict), "its three units are sofas")
	create(t, s, product(3, "Halı", "KOLTUK-1X5"))

	back := renamed
	back.Variants = slices.Clone(sofa.Variants)
	back, err = s.Replace(t.Context(), back)
	require.NoError(t, err, "who had it takes it again")
	back.Variants = slices.Clone(renamed.Variants)
	_, err = s.Replace(t.Context(), back)
	require.NoError(t, err)
	line.Quantity = -3
	require.NoError(t, ledger.Adjust(t.Context(), stock.Op{ID: "bitti", At: time.Now()}, line))
	create(t, s, product(2, "Kilim", "KOLTUK-1.5"))
}

// A shop that is seeded again may have exchanged SKUs meanwhile.
func TestCatalog_ImportsAgainWhateverKeysItsProductsHaveNow(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	seeds := []catalog.Product{product(1, "Fincan", "FINCAN"), product(2, "Tabak", "TABAK")}
	require.NoError(t, s.Import(t.Context(), seeds))
	cup, err := s.Find(t.Context(), "prd_01")
	require.NoError(t, err)
	cup.Variants[0].SKU = "FINCAN-YENI"
	_, err = s.Replace(t.Context(), cup)
	require.NoError(t, err)
	plate, err := s.Find(t.Context(), "prd_02")
	require.NoError(t, err)
	plate.Variants[0].SKU = "FINCAN"
	_, err = s.Replace(t.Context(), plate)
	require.NoError(t, err)
	require.NoError(t, s.Import(t.Context(), append(seeds, product(3, "Kaşık", "KASIK"))))
	create(t, s, product(4, "Çatal", "TABAK"))
}

func TestCatalog_FreesAtOnceWhatARefusedWriteClaimed(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	create(t, s, product(1, "Lokum", "LOKUM-1"))
	refused := withSlug(product(2, "Gül Lokumu", "GUL"), "urun-1")
	_, err := s.Create(t.Context(), refused)
	require.True(t, fault.Is(err, fault.Conflict))
	create(t, s, withSlug(product(3, "Gül Lokumu", "GUL"), "gul-lokumu"))
}

// Eight merchandisers rename one product at once, over and over: each write is
// over what its writer read, and in the end exactly the keys are held that the
// product has.
func TestCatalog_RacingWritersLoseNoChangeAndLeaveNoKey(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewCatalog(db, clock.System)
	create(t, s, product(1, "Lokum", "LOKUM-1"))
	var won atomic.Int64
	var all sync.WaitGroup
	for writer := range 8 {
		all.Go(func() {
			for round := range 10 {
				p, err := s.Find(context.WithoutCancel(t.Context()), "prd_01")
				if err != nil {
					t.Error(err)
					return
				}
				p.Slugs.TR = fmt.Sprintf("lokum-%d", (writer+round)%5)
				p.Variants[0].SKU = fmt.Sprintf("LOKUM-%d", (writer*round)%7)
				switch _, err := s.Replace(context.WithoutCancel(t.Context()), p); {
				case err == nil:
					won.Add(1)
				case !fault.Is(err, fault.Stale) && !fault.Is(err, fault.Conflict):
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	p, err := s.Find(t.Context(), "prd_01")
	require.NoError(t, err)
	require.Equal(t, 1+won.Load(), p.Revision)
	for n := range 7 {
		sku := fmt.Sprintf("LOKUM-%d", n)
		held, err := s.OfSKUs(t.Context(), []string{sku})
		require.NoError(t, err)
		if p.Variants[0].SKU == sku {
			require.Len(t, held, 1)
		}
	}
	for n := range 7 {
		if sku := fmt.Sprintf("LOKUM-%d", n); sku != p.Variants[0].SKU {
			create(t, s, product(10+n, "Başka Lokum", sku))
		}
	}
}

func TestCatalog_ImportsWhatIsNotThereYet(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	kept := create(t, s, product(1, "Pişmaniye", "PISMANIYE"))
	for range 2 {
		require.NoError(t, s.Import(t.Context(), []catalog.Product{product(1, "Başka", "PISMANIYE"), product(2, "Cezerye", "CEZERYE")}))
	}
	found, err := s.Find(t.Context(), kept.ID)
	require.NoError(t, err)
	require.Equal(t, "Pişmaniye", found.Title.TR)
	page, err := s.List(t.Context(), catalog.StaffQuery{Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
}

func TestCatalog_ListsForStaffByStatusCategoryAndScheduledPrices(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	draft, archived, scheduled := product(1, "Taslak", "T1"), product(2, "Eski", "E1"), product(3, "Yarın", "Y1")
	draft.Status, archived.Status, archived.Categories = catalog.Draft, catalog.Archived, []string{"sarkuteri"}
	tomorrow := time.Now().Add(24 * time.Hour)
	scheduled.Variants[0].Prices = append(scheduled.Variants[0].Prices, catalog.Price{List: "try", Amount: money.Of(100, "TRY"), From: tomorrow})
	for _, p := range []catalog.Product{draft, archived, scheduled} {
		create(t, s, p)
	}
	ids := func(q catalog.StaffQuery) []string {
		q.Limit = 10
		page, err := s.List(t.Context(), q)
		require.NoError(t, err)
		found := []string{}
		for _, p := range page.Items {
			found = append(found, p.ID)
		}
		return found
	}
	require.Equal(t, []string{"prd_01", "prd_02", "prd_03"}, ids(catalog.StaffQuery{}))
	require.Equal(t, []string{"prd_01"}, ids(catalog.StaffQuery{Status: catalog.Draft}))
	require.Equal(t, []string{"prd_02"}, ids(catalog.StaffQuery{Categories: []string{"sarkuteri", "kasap"}}))
	require.Equal(t, []string{"prd_03"}, ids(catalog.StaffQuery{PricesAfter: time.Now()}))
	require.Empty(t, ids(catalog.StaffQuery{PricesAfter: tomorrow}))
	page, err := s.List(t.Context(), catalog.StaffQuery{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, "prd_02", page.Next)
	require.Equal(t, []string{"prd_03"}, ids(catalog.StaffQuery{Cursor: page.Next}))
}

func TestCatalog_AProductOfFiveHundredVariantsIsWrittenAndRead(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	skus := make([]string, 500)
	for i := range skus {
		skus[i] = fmt.Sprint("LOKUM-", i)
	}
	p := create(t, s, product(1, "Lokum", skus...))
	p.Variants[499].Prices[0].Amount.Minor = 5
	p, err := s.Replace(t.Context(), p)
	require.NoError(t, err)
	found, err := s.OfSKUs(t.Context(), skus)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, inUTC(p), inUTC(found[0]))
}

func TestCatalog_AnnouncesEachWriteBeforeItIsMade(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	s := mongo.NewCatalog(mongotest.Database(t), func() time.Time { return now })
	p := create(t, s, product(1, "Lokum", "LOKUM-1"))
	now = now.Add(time.Second)
	p.Brand = "Hacı Bekir"
	_, err := s.Replace(t.Context(), p)
	require.NoError(t, err)
	_, err = s.SaveBook(t.Context(), catalog.NewBook("TRY"))
	require.NoError(t, err)
	changes, err := s.Since(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, changes, 3)
	require.Equal(t, "prd_01", changes[0].ProductID)
	require.Equal(t, int64(1), changes[0].Revision)
	require.Empty(t, changes[1].ProductID, "what many products depend on")
	require.Equal(t, int64(2), changes[2].Revision)
	later, err := s.Since(t.Context(), changes[0].ID, 1)
	require.NoError(t, err)
	require.Equal(t, changes[1:2], later)
	removed, err := s.Sweep(t.Context(), changes[2].At)
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	left, err := s.Since(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, changes[1:], left)
}

func TestCatalog_TwoMovesAtOnceCannotMakeACircle(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	tree := catalog.Tree{}
	for _, id := range []string{"telefon", "bilgisayar"} {
		_, err := s.SaveCategory(t.Context(), catalog.Category{ID: id, Slugs: catalog.Text{TR: id}, Name: catalog.Text{TR: id}})
		require.NoError(t, err)
		tree, err = tree.Place(id, catalog.Node{})
		require.NoError(t, err)
	}
	tree, err := s.SaveTree(t.Context(), tree)
	require.NoError(t, err)
	one, err := tree.Place("telefon", catalog.Node{Parent: "bilgisayar"})
	require.NoError(t, err)
	other, err := tree.Place("bilgisayar", catalog.Node{Parent: "telefon"})
	require.NoError(t, err)
	_, err = s.SaveTree(t.Context(), one)
	require.NoError(t, err)
	_, err = s.SaveTree(t.Context(), other)
	require.True(t, fault.Is(err, fault.Stale))
	shelves, err := s.Shelves(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"bilgisayar", "telefon"}, shelves.Tree.Path("telefon"))
}

func TestCatalog_RemovesOnlyCategoriesThatNothingStandsIn(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	category, err := s.SaveCategory(t.Context(), catalog.Category{ID: "market", Slugs: catalog.Text{TR: "market"}, Name: catalog.Text{TR: "Market"}})
	require.NoError(t, err)
	shelves, err := s.Shelves(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"market"}, shelves.Tree.Walk(), "one that was not hung up yet hangs at the top")
	p := create(t, s, product(1, "Lokum", "LOKUM-1"))
	require.True(t, fault.Is(s.RemoveCategory(t.Context(), "market", category.Revision), fault.Conflict))
	p.Categories = nil
	_, err = s.Replace(t.Context(), p)
	require.NoError(t, err)
	require.True(t, fault.Is(s.RemoveCategory(t.Context(), "market", 7), fault.Stale))
	require.NoError(t, s.RemoveCategory(t.Context(), "market", category.Revision))
	require.True(t, fault.Is(s.RemoveCategory(t.Context(), "market", category.Revision), fault.NotFound))
	_, err = s.SaveCategory(t.Context(), catalog.Category{ID: "bakkal", Slugs: catalog.Text{TR: "market"}, Name: catalog.Text{TR: "Bakkal"}})
	require.NoError(t, err, "its slug is free")
}

func TestCatalog_KeepsCollectionsByRevision(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t), clock.System)
	boolean, low := true, 1.5
	c := catalog.Collection{
		ID: "bayram", Slugs: catalog.Text{TR: "bayram"}, Name: catalog.Text{TR: "Bayram"}, Sort: catalog.Newest, UpdatedAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Rule: catalog.Filter{Categories: []string{"market"}, Attributes: []catalog.AttributeFilter{{Key: "vegan", Boolean: &boolean}, {Key: "net", Min: &low}}, PriceMax: 100_00, Currency: "TRY"},
	}
	saved, err := s.SaveCollection(t.Context(), c)
	require.NoError(t, err)
	_, err = s.SaveCollection(t.Context(), c)
	require.True(t, fault.Is(err, fault.Stale))
	other := c
	other.ID = "seker-bayrami"
	_, err = s.SaveCollection(t.Context(), other)
	require.True(t, fault.Is(err, fault.Conflict), "the slug is taken")
	all, err := s.Collections(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, saved.Rule.Attributes, all[0].Rule.Attributes)
	require.True(t, fault.Is(s.RemoveCollection(t.Context(), "bayram", 9), fault.Stale))
	require.NoError(t, s.RemoveCollection(t.Context(), "bayram", saved.Revision))
	require.True(t, fault.Is(s.RemoveCollection(t.Context(), "bayram", saved.Revision), fault.NotFound))
}
