package catalog_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

func TestMerchandising_CheckNamesEveryFlaw(t *testing.T) {
	t.Parallel()

	good := catalog.Merchandising{
		Synonyms: []catalog.SynonymSet{{Language: "tr", Words: []string{"cep telefonu", "akıllı telefon"}}, {From: "pabuç", Words: []string{"ayakkabı"}}},
		Pins:     []catalog.Pinned{{Text: "halı", Products: []string{"prd_1"}}, {Category: "hali", Products: []string{"prd_1"}}},
		Boosts:   []catalog.Boosted{{Brand: "Uşak", Percent: 20}, {Category: "hali", Tag: "yeni", Percent: 1000}},
	}
	require.NoError(t, good.Check())
	bad := catalog.Merchandising{
		Synonyms: []catalog.SynonymSet{{Language: "de", Words: []string{"Teppich"}}, {Words: []string{"--", strings.Repeat("a", 101)}}},
		Pins:     []catalog.Pinned{{Text: "halı", Category: "hali", Products: []string{"prd_1", "prd_1"}}, {Text: "halı"}},
		Boosts:   []catalog.Boosted{{Percent: 0}, {Text: "a", Category: "B!", Products: []string{""}, Percent: 1001}},
	}
	var fields []string
	for _, flaw := range fault.FlawsOf(bad.Check()) {
		fields = append(fields, flaw.Field)
	}
	require.Equal(t, []string{
		"synonyms[0].language", "synonyms[0].words", "synonyms[1].words[0]", "synonyms[1].words[1]",
		"pins[0]", "pins[0].products[1]", "pins[1].products", "boosts[0]", "boosts[0].percent", "boosts[1]", "boosts[1].category", "boosts[1].products[0]", "boosts[1].percent",
	}, fields)
	require.Error(t, catalog.Merchandising{Pins: make([]catalog.Pinned, 501)}.Check())
}

func TestMissTally_KeepsNothingThatMayBeAPersons(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for text, kept := range map[string]bool{
		"uçan halı": true, "iphone 13 128gb": true, "12345": true, "ayse@example.com": false, "0532 123 45 67": false, "TR33 0006 1005": false, "  ": false, strings.Repeat("a", 101): false,
	} {
		var tally catalog.MissTally
		tally.Note(text, "tr", at)
		require.Equal(t, kept, len(tally.Take()) == 1, text)
	}
	var tally catalog.MissTally
	for i := range 2000 {
		tally.Note(fmt.Sprintf("halı %d", i), "tr", at)
	}
	require.Len(t, tally.Take(), 1000, "nobody fills the memory with nonsense")
	require.Empty(t, tally.Take())
}
