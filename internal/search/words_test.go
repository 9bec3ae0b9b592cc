package search_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
)

func TestSearch_FindsAWordHoweverItIsWritten(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("gomlek", "Keten Gömlek"), product("kirmizi", "Kırmızı Elbise"), product("ispanak", "Taze Ispanak"),
		product("istanbul", "İSTANBUL Kupası"), product("iphone", "iPhone 13 Kılıfı"), product("kitap", "Boyama Kitabı"),
		product("ayakkabi", "Koşu Ayakkabısı"), product("tisort", "Pamuklu T-Shirt"), product("lancome", "Parfüm", by("Lancôme")),
		product("disk", "Taşınabilir Disk 128 GB"), product("levis", "Kot Pantolon", by("Levi's")),
	})
	for text, want := range map[string]string{
		"gömlek": "gomlek", "gomlek": "gomlek", "GÖMLEK": "gomlek", "gömlekler": "gomlek", "gomlekler": "gomlek", "gömleği": "gomlek", "gomlegi": "gomlek", "GÖMLEKLERİ": "gomlek",
		"kırmızı": "kirmizi", "KIRMIZI": "kirmizi", "kirmizi": "kirmizi", "Kirmizi elbiseler": "kirmizi",
		"ıspanak": "ispanak", "İSPANAK": "ispanak", "ispanak": "ispanak", "ISPANAK": "ispanak",
		"istanbul": "istanbul", "İstanbul": "istanbul", "ISTANBUL": "istanbul", "i̇stanbul": "istanbul",
		"iphone": "iphone", "IPHONE": "iphone", "İPHONE": "iphone", "iphone13": "iphone", "iphone 13": "iphone",
		"kitap": "kitap", "kitaplar": "kitap", "kitabı": "kitap", "kitabi": "kitap",
		"ayakkabı": "ayakkabi", "ayakkabilar": "ayakkabi", "AYAKKABILARI": "ayakkabi", "ayakabı": "ayakkabi",
		"tshirt": "tisort", "t-shirt": "tisort", "T SHIRT": "tisort", "t.shirt": "tisort",
		"lancome": "lancome", "LANCÔME": "lancome", "128gb": "disk", "128 gb": "disk", "levis": "levis", "levi's": "levis", "Levi’s pantolon": "levis",
		"go\u0308mlek": "gomlek",
	} {
		require.Equal(t, []string{want}, s.text(t, text), text)
	}
}

func TestSearch_FindsEnglishTitlesByTheirForms(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("saat", "Kol Saati", english("Wrist Watches")), product("aksesuar", "Aksesuar", english("Accessory"))})
	for text, want := range map[string]string{"watch": "saat", "watches": "saat", "WRIST": "saat", "accessories": "aksesuar", "saatler": "saat"} {
		require.Equal(t, []string{want}, s.text(t, text), text)
	}
}

func TestSearch_CompletesTheLastWordOnly(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Çelik Çaydanlık"), product("b", "Çelik Tencere")})
	require.Equal(t, []string{"a"}, s.text(t, "çelik çay"))
	require.Equal(t, []string{"a"}, s.text(t, "ÇAYDAN"))
	require.Empty(t, s.text(t, "çay çelik"))
	require.Empty(t, s.text(t, "çay "), "a word that ended is whole")
}

func TestSearch_AllowsOneTypoFromFourLettersAndTwoFromEight(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("kazak", "Yün Kazak"), product("caydanlik", "Çaydanlık"), product("tas", "Bakır Tas"), product("ps4", "PS4 Oyun Kolu 256gb")})
	for text, want := range map[string][]string{
		"kazka": {"kazak"}, "kzak": {"kazak"}, "kazzak": {"kazak"}, "kasak": {"kazak"}, "kasat": {},
		"caydnalk": {"caydanlik"}, "çaydallik": {"caydanlik"}, "çaydxxxik": {},
		"tos": {}, "128gb": {}, "257gb": {},
	} {
		require.Equal(t, want, s.text(t, text+" "), text)
	}
}

func TestSearch_TakesNoOtherWordForATypoOfOneThatIsCommon(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	var all []catalog.Entry
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		all = append(all, product(id, "Yün Kazak "+id))
	}
	s.Put(append(all, product("kazan", "Bakır Kazan")))
	require.Len(t, s.text(t, "kazak "), 5)
	require.Equal(t, "kazan", s.text(t, "kazan ")[0], "a rare word is found first, and what it might have been after it")
}

func TestSearch_RanksByHowItWasFoundAndThenWhere(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("typo", "Elmo Oyuncak"), product("beginning", "Elmas Yüzük"), product("described", "Reçel", described("Bol elma ile")),
		product("attribute", "Sirke", func(p *catalog.Product) {
			p.Attributes = []catalog.Attribute{{Key: "dokuma", Text: &catalog.Text{TR: "elma özü"}}}
		}),
		product("tag", "Turta", tagged("elma")), product("brand", "Bilgisayar", by("Elma")), product("title", "Elma Suyu Kutusu"), product("whole", "Elma"),
	})
	require.Equal(t, []string{"whole", "title", "brand", "tag", "attribute", "described", "beginning"}, s.text(t, "elma"))
	require.Equal(t, "typo", s.text(t, "elmo ")[0])
}

func TestSearch_NeedsEveryWord(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Mavi Keten Gömlek"), product("b", "Mavi Pantolon"), product("c", "Kadın için Bluz")})
	require.Equal(t, []string{"a"}, s.text(t, "gömlek mavi"))
	require.Empty(t, s.text(t, "gömlek pantolon"))
	require.Equal(t, []string{"c"}, s.text(t, "kadın ve bluz"), "a word that says nothing is not needed")
}

func TestSearch_FindsBySKUAndBarcode(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("a", "Çaydanlık", func(p *catalog.Product) { p.Variants[0].SKU, p.Variants[0].Barcode = "CAY-12_A.b", "8690000000012" }),
		product("b", "Cay 12 Ab Kutusu"),
	})
	for _, text := range []string{"CAY-12_A.b", "cay12ab", "CAY 12 AB", "8690000000012", "CAY-12-AB çaydanlık"} {
		require.Equal(t, "a", s.text(t, text)[0], text)
	}
	require.Empty(t, s.text(t, "869000000001"))
}

func TestSearch_FindsByNamesOfCategoriesAndOfValues(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Oxford", on("gomlek"), coloured("kirmizi")), product("b", "Slim Fit", on("gomlek"), coloured("mavi"))})
	require.Equal(t, []string{"a"}, s.text(t, "kırmızı gömlek"))
	require.Equal(t, []string{"b"}, s.text(t, "erkek mavi"), "by the name of a category above")
	require.ElementsMatch(t, []string{"a", "b"}, s.text(t, "shirt"))

	moved := shelves()
	moved.Tree.Nodes["gomlek"] = catalog.Node{Parent: "elektronik"}
	s.SetShelves(moved)
	require.Empty(t, s.text(t, "erkek mavi"))
	require.Equal(t, []string{"b"}, s.text(t, "elektronik mavi"), "a category that moved needs no new words")
}
