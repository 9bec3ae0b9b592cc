package search_test

import (
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/search"
)

// FuzzSearch asks for anything at all: it is answered, and what is shown of titles
// is the titles.
func FuzzSearch(f *testing.F) {
	for _, text := range []string{
		"gömlek", "KIRMIZI +elbise -mavi", `"tam \ söz" AND (a OR b)`, "t-shirt", "128gb iphone13", "i̇stanbul", "\xff\xfe", "%00\x00", "a:b~2^3*?", "👕 👗", "\u0308\u0308",
		strings.Repeat("a", 10_000), strings.Repeat("ab ", 5_000), strings.Repeat("İ", 300), "xn--", "'''", "-", "ﬁ", "ẞ", "１２３",
	} {
		f.Add(text)
	}
	s := newShop(f)
	s.Put([]catalog.Entry{
		product("a", "Kırmızı Gömlek", on("gomlek"), coloured("kirmizi")), product("b", "iPhone 13 128GB", by("Apple"), on("telefon")), product("c", "T-Shirt", described("Pamuklu")),
	})
	s.SetMerchandising(catalog.Merchandising{
		Synonyms: []catalog.SynonymSet{{Language: "tr", Words: []string{"gömlek", "t-shirt"}}}, Pins: []catalog.Pinned{{Text: "a", Products: []string{"b"}}},
	})
	titles := map[string]string{"a": "Kırmızı Gömlek", "b": "iPhone 13 128GB", "c": "T-Shirt"}
	f.Fuzz(func(t *testing.T, text string) {
		found := s.ask(t, catalog.Search{Text: text, Facets: true})
		require.LessOrEqual(t, found.Total, int64(3))
		for _, hit := range found.Hits {
			require.Equal(t, titles[hit.ProductID], strings.NewReplacer("[", "", "]", "").Replace(marked(hit.Title)))
		}
		require.True(t, utf8.ValidString(found.DidYouMean))
		suggestions, err := s.Suggest(t.Context(), text, "tr", shopper, 10)
		require.NoError(t, err)
		for _, tip := range suggestions {
			require.True(t, utf8.ValidString(tip.Text))
		}
	})
}

// TestNear_FindsWhatThePlainTableFinds holds the walk through the sorted words,
// which leaves most of them out, against the distance worked out for each.
func TestNear_FindsWhatThePlainTableFinds(t *testing.T) {
	t.Parallel()

	letters := rapid.StringOfN(rapid.RuneFrom([]rune("abcç1")), 1, 9, -1)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfNDistinct(letters, 1, 60, rapid.ID[string]).Draw(t, "words")
		word, most := letters.Draw(t, "word"), rapid.IntRange(1, 2).Draw(t, "most")
		want := map[string]int{}
		for _, other := range words {
			if d := plainDistance(word, other); d <= most {
				want[other] = d
			}
		}
		sort.Strings(words)
		require.Equal(t, want, search.Near(words, word, most))
	})
}

// plainDistance is the restricted Damerau-Levenshtein distance as the textbook has
// it, by bytes.
func plainDistance(a, b string) int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		table[i][0] = i
	}
	for j := range table[0] {
		table[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			table[i][j] = min(table[i-1][j]+1, table[i][j-1]+1, table[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				table[i][j] = min(table[i][j], table[i-2][j-2]+1)
			}
		}
	}
	return table[len(a)][len(b)]
}

// TestIndex_IsTheSameWhateverWayItCameAbout puts, changes and takes away products at
// random, and holds the index against one that was built of what is left.
func TestIndex_IsTheSameWhateverWayItCameAbout(t *testing.T) {
	t.Parallel()

	title := rapid.StringMatching(`(Mavi|Kırmızı|Keten) (Gömlek|Halı|Kilim)( 13| XL)?`)
	rapid.Check(t, func(rt *rapid.T) {
		changed, last := newShop(t), map[string]catalog.Entry{}
		for revision := range rapid.IntRange(1, 40).Draw(rt, "writes") {
			id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(rt, "id")
			e := product(id, title.Draw(rt, "title"), on(rapid.SampledFrom([]string{"gomlek", "telefon", "erkek"}).Draw(rt, "shelf")),
				coloured(rapid.SampledFrom([]string{"kirmizi", "mavi"}).Draw(rt, "colour")), costs(price("try", rapid.Int64Range(1, 500).Draw(rt, "price"))))
			e.Product.Revision = int64(revision + 1)
			e.Product.Status = rapid.SampledFrom([]catalog.Status{catalog.Active, catalog.Active, catalog.Draft}).Draw(rt, "status")
			changed.Put([]catalog.Entry{e})
			last[id] = e
		}
		built := newShop(t)
		for _, e := range last {
			built.Load([]catalog.Entry{e})
		}
		built.Finish(noon)
		for _, text := range []string{"", "mavi", "kırmızı gömlek", "kil", "halı 13", "erkek", "kilmi "} {
			q := catalog.Search{Text: text, Facets: true}
			require.Equal(rt, built.ask(t, q), changed.ask(t, q), text)
		}
	})
}
