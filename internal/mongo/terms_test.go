package mongo_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/terms"
)

var legal = terms.Shop{Name: "Bedesten", Address: "Kürkçüler Sokağı No: 8, Fatih/İstanbul", URL: "https://vitrin.example", SupportEmail: "destek@vitrin.example"}

func contract(t *testing.T, by string, replaces int64, text string) terms.Version {
	t.Helper()
	v, err := terms.Draft{Kind: terms.DistanceSales, Language: "tr", Text: text, By: by, Replaces: replaces}.Version(legal, noon)
	require.NoError(t, err)
	return v
}

func TestTerms_KeepEveryVersionAndShowTheLast(t *testing.T) {
	t.Parallel()
	s := mongo.NewTerms(mongotest.Database(t))
	for n := range int64(12) {
		published, err := s.Publish(t.Context(), contract(t, "ayşe", n, fmt.Sprint("Sözleşme ", n)))
		require.NoError(t, err)
		require.Equal(t, n+1, published.Number)
		current, err := s.Current(t.Context())
		require.NoError(t, err)
		require.Equal(t, []terms.Current{{Kind: terms.DistanceSales, Language: "tr", Number: n + 1, Hash: published.Hash}}, current)
	}
	first, err := s.Find(t.Context(), terms.DistanceSales, "tr", 1)
	require.NoError(t, err)
	require.Equal(t, contract(t, "ayşe", 0, "Sözleşme 0"), first)
	rows, err := s.List(t.Context(), terms.DistanceSales, "tr", 12, 4)
	require.NoError(t, err)
	numbers := []int64{}
	for _, v := range rows {
		numbers = append(numbers, v.Number)
	}
	require.Equal(t, []int64{12, 11, 10, 9}, numbers, "the newest first, past the ninth too")
	_, err = s.Find(t.Context(), terms.DistanceSales, "tr", 13)
	require.True(t, fault.Is(err, fault.NotFound))
}

func TestTerms_LetOneOfManyPublishersThrough(t *testing.T) {
	t.Parallel()
	s := mongo.NewTerms(mongotest.Database(t))
	for round := range int64(3) {
		var won, lost sync.Map
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() {
				name := fmt.Sprint("gorevli-", i)
				v, err := s.Publish(t.Context(), contract(t, name, round, "Sözleşme: "+name))
				if err == nil {
					won.Store(name, v)
				} else {
					lost.Store(name, err)
				}
			})
		}
		wait.Wait()
		winners := []terms.Version{}
		won.Range(func(_, v any) bool { winners = append(winners, v.(terms.Version)); return true })
		require.Len(t, winners, 1)
		lost.Range(func(_, err any) bool {
			require.True(t, fault.Is(err.(error), fault.Conflict), "%v", err)
			return true
		})
		current, err := s.Current(t.Context())
		require.NoError(t, err)
		require.Equal(t, winners[0].Hash, current[0].Hash)
		require.Equal(t, round+1, current[0].Number)
	}
}

func TestTerms_TakeTheSameTextOfTheSamePersonOnce(t *testing.T) {
	t.Parallel()
	s := mongo.NewTerms(mongotest.Database(t))
	v, err := s.Publish(t.Context(), contract(t, "ayşe", 0, "Sözleşme"))
	require.NoError(t, err)
	again, err := s.Publish(t.Context(), contract(t, "ayşe", 0, "Sözleşme"))
	require.NoError(t, err, "the request was repeated")
	require.Equal(t, v, again)
	_, err = s.Publish(t.Context(), contract(t, "mehmet", 0, "Sözleşme"))
	require.True(t, fault.Is(err, fault.Conflict))
	_, err = s.Publish(t.Context(), contract(t, "ayşe", 7, "Sözleşme"))
	require.True(t, fault.Is(err, fault.Conflict), "a version that nobody has read is not replaced, and no number is left out")
	_, err = s.Find(t.Context(), terms.DistanceSales, "tr", 8)
	require.True(t, fault.Is(err, fault.NotFound))
}

func TestTerms_ShowWhatADeadPublisherLeftUnshown(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewTerms(db)
	_, err := s.Publish(t.Context(), contract(t, "ayşe", 0, "Birinci"))
	require.NoError(t, err)
	left := contract(t, "ayşe", 1, "İkinci")
	_, err = db.Collection("terms").InsertOne(t.Context(), left)
	require.NoError(t, err)
	_, err = s.Publish(t.Context(), contract(t, "mehmet", 1, "Mehmet'in metni"))
	require.True(t, fault.Is(err, fault.Conflict))
	current, err := s.Current(t.Context())
	require.NoError(t, err)
	require.Equal(t, left.Hash, current[0].Hash)
	_, err = s.Publish(t.Context(), contract(t, "mehmet", 2, "Mehmet'in metni"))
	require.NoError(t, err)
}

func TestTerms_BeginWithWhatTheLawAsksFor(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewTerms(db)
	_, err := s.Publish(t.Context(), contract(t, "ayşe", 0, "Kendi sözleşmemiz"))
	require.NoError(t, err)
	var wait sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		wait.Go(func() { errs[i] = terms.PublishDefaults(t.Context(), s, legal, noon) })
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	n, err := db.Collection("terms").CountDocuments(t.Context(), bson.D{})
	require.NoError(t, err)
	require.Equal(t, int64(len(terms.Kinds)*len(terms.Languages)), n, "however often it is called")
	own, err := s.Find(t.Context(), terms.DistanceSales, "tr", 1)
	require.NoError(t, err)
	require.Equal(t, "Kendi sözleşmemiz", own.Text, "what the shop has is left alone")

	for kind, headings := range map[terms.Kind][]string{
		terms.PreInformation: {"Satıcı", "temel nitelikleri", "Toplam fiyat", "Teslimat", "Cayma hakkı", "14 gün", "kullanılamayacağı", "Şikâyet", "hakem heyeti", "arabulucu", "Örnek cayma formu"},
		terms.Privacy:        {"Veri sorumlusu", "hukuki sebepler", "Aktarım", "Haklarınız"},
		terms.Marketing:      {"İleti Yönetim Sistemi", "geri alabilirim"},
	} {
		v, err := s.Find(t.Context(), kind, "tr", 1)
		require.NoError(t, err)
		require.Equal(t, terms.HashOf(v.Text), v.Hash)
		require.Equal(t, "bedesten", v.PublishedBy)
		for _, heading := range headings {
			require.Contains(t, v.Text, heading, string(kind))
		}
		require.Contains(t, v.Text, legal.SupportEmail)
		require.NotContains(t, v.Text, "{{")
	}
	english, err := s.Find(t.Context(), terms.DistanceSales, "en", 1)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(english.Text, "# Distance sales contract"))
}
