package shipping_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/shipping"
)

func domestic() shipping.Tariff {
	return shipping.Tariff{Currency: "TRY", TaxPercent: 20, Zones: []shipping.Zone{
		{Name: "Marmara", Countries: []string{"TR"}, Provinces: []string{"İstanbul", "Bursa"}, FreeFrom: 100_000,
			Bands: []shipping.Band{{UpTo: 1_000, Price: 5_990}, {UpTo: 5_000, Price: 7_990}}},
		{Name: "Türkiye", Countries: []string{"TR"}, Bands: []shipping.Band{{UpTo: 1_000, Price: 6_990}, {UpTo: 5_000, Price: 9_990}}},
	}}
}

func TestTariff_PricesByDestinationAndWeight(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name              string
		province          string
		grams, paid, want int64
	}{
		{"the lightest band", "İstanbul", 400, 24_990, 5_990},
		{"a band holds its own limit", "İstanbul", 1_000, 24_990, 5_990},
		{"one gram above it is the next", "İstanbul", 1_001, 24_990, 7_990},
		{"what weighs nothing is still sent", "İstanbul", 0, 24_990, 5_990},
		{"above the last band it is several parcels", "İstanbul", 5_001, 24_990, 7_990 + 5_990},
		{"twice the last band is two of it", "İstanbul", 10_000, 24_990, 2 * 7_990},
		{"the first zone that holds the place counts", "Bursa", 400, 24_990, 5_990},
		{"another province has the country's price", "Van", 400, 24_990, 6_990},
		{"free from its subtotal on", "İstanbul", 4_000, 100_000, 0},
		{"one kuruş less is not", "İstanbul", 4_000, 99_999, 7_990},
		{"a zone without that is never free", "Van", 4_000, 9_999_999, 9_990},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			price, err := domestic().Price(shipping.Address{Country: "TR", Province: tt.province}, tt.grams, lira(tt.paid))
			require.NoError(t, err)
			require.Equal(t, lira(tt.want), price)
		})
	}
}

func TestTariff_DoesNotSendWhereNoZoneIs(t *testing.T) {
	t.Parallel()

	_, err := domestic().Price(shipping.Address{Country: "NZ"}, 400, lira(24_990))
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.Invalid, f.Code)
	require.Equal(t, "address", f.Details["field"])
}

func TestTariff_IsCheckedBeforeItPricesAnything(t *testing.T) {
	t.Parallel()

	require.NoError(t, domestic().Check())
	for name, spoil := range map[string]func(*shipping.Tariff){
		"an unknown currency":        func(t *shipping.Tariff) { t.Currency = "XXX" },
		"no currency":                func(t *shipping.Tariff) { t.Currency = "" },
		"KDV below zero":             func(t *shipping.Tariff) { t.TaxPercent = -1 },
		"KDV above a hundred":        func(t *shipping.Tariff) { t.TaxPercent = 101 },
		"a zone without countries":   func(t *shipping.Tariff) { t.Zones[1].Countries = nil },
		"a zone without bands":       func(t *shipping.Tariff) { t.Zones[1].Bands = nil },
		"a band of no weight":        func(t *shipping.Tariff) { t.Zones[0].Bands[0].UpTo = 0 },
		"bands that shrink":          func(t *shipping.Tariff) { t.Zones[0].Bands[1].UpTo = 900 },
		"a band that is there twice": func(t *shipping.Tariff) { t.Zones[0].Bands[1].UpTo = 1_000 },
		"heavier and cheaper":        func(t *shipping.Tariff) { t.Zones[0].Bands[1].Price = 5_989 },
		"a price below zero":         func(t *shipping.Tariff) { t.Zones[0].Bands[0].Price = -1 },
	} {
		wrong := domestic()
		spoil(&wrong)
		require.Equal(t, fault.Invalid, fault.CodeOf(wrong.Check()), name)
	}
}

func TestReadTariffs_TakesWhatAShopWroteAndNothingElse(t *testing.T) {
	t.Parallel()

	ours := shipping.DefaultTariffs()
	raw, err := json.Marshal(ours)
	require.NoError(t, err)
	read, err := shipping.ReadTariffs(raw)
	require.NoError(t, err)
	require.Equal(t, ours, read, "what is written is what is read")

	for name, raw := range map[string]string{
		"no JSON":             `kargo 59,90`,
		"nothing":             ``,
		"one instead of many": `{"currency":"TRY"}`,
		"a misspelt name":     `[{"currency":"TRY","tax_percent":20,"zone":[]}]`,
		"a price that is not whole": `[{"currency":"TRY","zones":[{"name":"Türkiye","countries":["TR"],
			"bands":[{"up_to":1000,"price":59.9}]}]}]`,
		"a tariff that prices nothing": `[{"currency":"TRY","zones":[{"name":"Türkiye","countries":["TR"]}]}]`,
		"a currency twice":             `[{"currency":"TRY"},{"currency":"TRY"}]`,
	} {
		_, err := shipping.ReadTariffs([]byte(raw))
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
}

func TestDefaultTariffs_SendAllOverTurkeyInEveryCurrency(t *testing.T) {
	t.Parallel()

	for _, tariff := range shipping.DefaultTariffs() {
		require.NoError(t, tariff.Check())
		last := int64(-1)
		for _, grams := range []int64{0, 900, 4_000, 14_000, 29_000, 31_000, 90_000} {
			price, err := tariff.Price(shipping.Address{Country: "TR", Province: "Hakkâri"}, grams, lira(100))
			require.NoError(t, err)
			require.Equal(t, tariff.Currency, price.Currency)
			require.GreaterOrEqual(t, price.Minor, last, "more weight never costs less")
			last = price.Minor
		}
		_, err := tariff.Price(shipping.Address{Country: "DE"}, 900, lira(100))
		require.NoError(t, err)
		_, err = tariff.Price(shipping.Address{Country: "US"}, 900, lira(100))
		require.Equal(t, fault.Invalid, fault.CodeOf(err))
	}
}
