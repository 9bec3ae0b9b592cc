package terms_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/terms"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

var shop = terms.Shop{Name: "Bedesten", Address: "Kürkçüler Sokağı No: 8, Fatih/İstanbul", URL: "https://vitrin.example", SupportEmail: "destek@vitrin.example"}

// requireField checks that a fault is Invalid and names its field.
func requireField(t *testing.T, err error, field string) {
	t.Helper()
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.Invalid, f.Code)
	require.Equal(t, field, f.Details["field"])
}

func TestDraft_BecomesTheVersionAfterTheOneThatItReplaces(t *testing.T) {
	t.Parallel()
	draft := terms.Draft{Kind: terms.DistanceSales, Language: "tr", Text: "# {{shop_name}}\nİade {{support_email}}\n", By: "ayşe", Replaces: 3}
	v, err := draft.Version(shop, noon)
	require.NoError(t, err)
	require.Equal(t, "distance_sales/tr/4", v.ID)
	require.Equal(t, int64(4), v.Number)
	require.Equal(t, "# Bedesten\nİade destek@vitrin.example\n", v.Text, "what shoppers read is what is hashed")
	sum := sha256.Sum256([]byte(v.Text))
	require.Equal(t, hex.EncodeToString(sum[:]), v.Hash)
	require.Equal(t, "ayşe", v.PublishedBy)
	require.Equal(t, noon, v.PublishedAt)
}

func TestDraft_NamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	for field, spoils := range map[string][]func(*terms.Draft){
		"kind":     {func(d *terms.Draft) { d.Kind = "kira" }},
		"language": {func(d *terms.Draft) { d.Language = "de" }},
		"replaces": {func(d *terms.Draft) { d.Replaces = -1 }},
		"text": {
			func(d *terms.Draft) { d.Text = " \n" },
			func(d *terms.Draft) { d.Text = strings.Repeat("ş", terms.MaxText/2+1) },
			func(d *terms.Draft) { d.Text = "bozuk \xff" },
			func(d *terms.Draft) { d.Text = "Satıcı {{dukkan_adi}}" },
		},
	} {
		for _, spoil := range spoils {
			d := terms.Draft{Kind: terms.Privacy, Language: "tr", Text: "Aydınlatma metni", By: "ayşe"}
			spoil(&d)
			_, err := d.Version(shop, noon)
			requireField(t, err, field)
		}
	}
	_, err := terms.Draft{Kind: terms.Privacy, Language: "tr", Text: "{{shop_address}}"}.Version(terms.Shop{Name: "Bedesten"}, noon)
	requireField(t, err, "text")
	require.Contains(t, err.Error(), "configure it", "no contract goes out with an empty place")
}

func current(number int64, kinds ...terms.Kind) []terms.Current {
	var all []terms.Current
	for _, kind := range kinds {
		for _, language := range terms.Languages {
			all = append(all, terms.Current{Kind: kind, Language: language, Number: number, Hash: fmt.Sprint(kind, language, number)})
		}
	}
	return all
}

func TestAccept_TakesBothTextsInWhicheverLanguageTheyWereRead(t *testing.T) {
	t.Parallel()
	now := current(2, terms.Kinds...)
	consents, err := terms.Accept(now, map[terms.Kind]string{terms.PreInformation: "pre_informationtr2", terms.DistanceSales: "distance_salesen2"}, noon)
	require.NoError(t, err)
	require.Equal(t, []terms.Consent{
		{Kind: terms.PreInformation, Language: "tr", Number: 2, Hash: "pre_informationtr2", AcceptedAt: noon},
		{Kind: terms.DistanceSales, Language: "en", Number: 2, Hash: "distance_salesen2", AcceptedAt: noon},
	}, consents)
}

func TestAccept_RefusesWhatIsMissingOrNoLongerShown(t *testing.T) {
	t.Parallel()
	now := current(2, terms.Kinds...)
	both := map[terms.Kind]string{terms.PreInformation: "pre_informationtr2", terms.DistanceSales: "distance_salestr2"}
	for _, kind := range terms.ToAccept {
		given := map[terms.Kind]string{}
		for k, hash := range both {
			given[k] = hash
		}
		delete(given, kind)
		_, err := terms.Accept(now, given, noon)
		requireField(t, err, "accepted_terms")

		given[kind] = string(kind) + "tr1"
		_, err = terms.Accept(now, given, noon)
		var f *fault.Fault
		require.ErrorAs(t, err, &f)
		require.Equal(t, fault.TermsChanged, f.Code)
		require.Equal(t, kind, f.Details["kind"])

		given[kind] = "privacytr2"
		_, err = terms.Accept(now, given, noon)
		require.True(t, fault.Is(err, fault.TermsChanged), "another kind's text is not this one")
	}
	_, err := terms.Accept(current(1, terms.PreInformation), both, noon)
	require.True(t, fault.Is(err, fault.Unavailable))
	require.Contains(t, err.Error(), "bedesten migrate")
}

func TestShown_FallsBackOnTheLanguageOfTheLaw(t *testing.T) {
	t.Parallel()
	now := current(2, terms.ToAccept...)
	now = now[:3] // the contract has no English text
	shown := terms.Shown(now, "en", terms.Kinds...)
	require.Equal(t, []terms.Current{now[1], now[2]}, shown)
	require.Equal(t, []terms.Current{now[0], now[2]}, terms.Shown(now, "tr", terms.ToAccept...))
	require.Empty(t, terms.Shown(nil, "tr", terms.Kinds...))
}
