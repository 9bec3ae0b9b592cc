package search_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
)

var (
	adjectives = []string{"Kırmızı", "Mavi", "Yeşil", "Siyah", "Beyaz", "Lacivert", "Turuncu", "Haki", "Bordo", "Çiçekli", "Çizgili", "Desenli", "Pamuklu", "Keten", "Yünlü", "İpek", "Deri", "Ahşap", "Bakır", "Porselen"}
	nouns      = []string{"Gömlek", "Pantolon", "Elbise", "Ceket", "Ayakkabı", "Çanta", "Kazak", "Hırka", "Etek", "Şapka", "Atkı", "Eldiven", "Çaydanlık", "Tencere", "Tava", "Bardak", "Tabak", "Kaşık", "Halı", "Kilim", "Yastık", "Nevresim", "Perde", "Lamba", "Masa", "Sandalye", "Dolap", "Telefon Kılıfı", "Kulaklık", "Saat"}
	brands     = []string{"Sarar", "Kiğılı", "Vakko", "Mavi", "LC Waikiki", "Koton", "Paşabahçe", "Karaca", "Arçelik", "Vestel", "Beko", "Derimod", "Defacto", "Penti", "Uşak Halı", "Madame Coco", "English Home", "Linens", "Yataş", "Bellona"}
	syllables  = []string{"ka", "le", "mi", "ra", "do", "şe", "tü", "lo", "çı", "ben", "tar", "gül", "ser", "yıl", "maz", "bak"}
)

// assortment makes products that are as different from each other as a shop's.
func assortment(n int) []catalog.Entry {
	random := rand.New(rand.NewPCG(1, 2)) // the same shop each time
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	all := make([]catalog.Entry, n)
	for i := range all {
		word := ""
		for range 2 + random.IntN(3) {
			word += pick(syllables)
		}
		description := ""
		for range 40 {
			description += pick(adjectives) + " " + pick(nouns) + " "
		}
		title := pick(adjectives) + " " + pick(nouns) + " " + word
		all[i] = product(fmt.Sprintf("prd_%07d", i), title, english("Model "+word), by(pick(brands)), described(description),
			on([]string{"gomlek", "telefon", "erkek", "giyim"}[random.IntN(4)]), coloured([]string{"kirmizi", "mavi"}[random.IntN(2)]),
			wide(float64(random.IntN(40))/4), costs(price("try", int64(1000+random.IntN(500_000))), price("eur", int64(100+random.IntN(10_000)))),
			made(noon.Add(-time.Duration(random.IntN(1_000_000))*time.Second)))
		all[i].Sold = int64(random.IntN(100))
	}
	return all
}

var sizes = []int{1_000, 10_000, 100_000}

func BenchmarkBuild(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			entries := assortment(n)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var s *shop
			for b.Loop() {
				s = newShop(b)
				s.Load(entries)
				s.Finish(noon)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
			require.Equal(b, int64(n), s.Standing().Products)
			runtime.KeepAlive(entries)
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	questions := map[string]catalog.Search{
		"listing":        {Facets: true, Sort: catalog.Newest},
		"words":          {Facets: true, Text: "mavi gömlek"},
		"typo":           {Facets: true, Text: "nevrasim "},
		"beginning":      {Facets: true, Text: "ka"},
		"eight_words":    {Facets: true, Text: "kırmızı mavi yeşil siyah beyaz gömlek pantolon elbise"},
		"four_filters":   {Facets: true, Text: "gömlek", Filter: catalog.Filter{Categories: []string{"giyim"}, Brands: []string{"Sarar"}, PriceMax: 400_000, Attributes: []catalog.AttributeFilter{{Key: "renk", Choices: []string{"mavi"}}}}},
		"without_facets": {Text: "mavi gömlek"},
	}
	for _, n := range sizes {
		s := newShop(b)
		s.Load(assortment(n))
		s.Finish(noon)
		for name, q := range questions {
			q.Buyer = shopper
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					from := time.Now()
					_, err := s.Search(b.Context(), q)
					took = append(took, time.Since(from))
					require.NoError(b, err)
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
	}
}

func BenchmarkSuggest(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newShop(b)
			s.Load(assortment(n))
			s.Finish(noon)
			for b.Loop() {
				_, err := s.Suggest(b.Context(), "mavi gö", "tr", shopper, 10)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkPut is what a write costs an index of many: one product whose text
// changed.
func BenchmarkPut(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newShop(b)
			entries := assortment(n)
			s.Load(entries)
			s.Finish(noon)
			for i := 0; b.Loop(); i++ {
				e := entries[i%n]
				e.Product.Revision = int64(i + 2)
				e.Product.Title.TR += " yeni"
				s.Put([]catalog.Entry{e})
			}
		})
	}
}
