package quote_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
	"github.com/bedesten/bedesten/internal/quote"
	"github.com/bedesten/bedesten/internal/shipping"
)

// tariffs send within Turkey, cheaper to Bursa, and to Germany.
var tariffs = []shipping.Tariff{{Currency: "TRY", TaxPercent: 20, Zones: []shipping.Zone{
	{Name: "Bursa", Countries: []string{"TR"}, Provinces: []string{"Bursa"}, Bands: []shipping.Band{{UpTo: 1_000, Price: 3_990}, {UpTo: 5_000, Price: 5_990}}},
	{Name: "Türkiye", Countries: []string{"TR"}, FreeFrom: 150_000, Bands: []shipping.Band{{UpTo: 1_000, Price: 6_990}, {UpTo: 5_000, Price: 9_990}}},
	{Name: "Almanya", Countries: []string{"DE"}, Bands: []shipping.Band{{UpTo: 5_000, Price: 59_000}}},
}}}

// to is a cart of so many tea glasses, 400 g each, that goes somewhere.
func to(t *testing.T, quantity int64, province, country string) cart.Cart {
	t.Helper()
	c := filled(t, map[string]int64{"CAY": quantity})
	c.Contact = &cart.Contact{Name: "Ayşe Yılmaz", Address: cart.Address{Line1: "Ulu Cami Sokağı No: 3", Province: province, Country: country}}
	return c
}

func TestShipping_IsPricedByWeightAndDestination(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name string
		cart cart.Cart
		want int64
	}{
		{"two glasses to Bursa", to(t, 2, "Bursa", "TR"), 3_990},
		{"three are heavier", to(t, 3, "Bursa", "TR"), 5_990},
		{"two glasses to Van", to(t, 2, "Van", "TR"), 6_990},
		{"three are heavier there, too", to(t, 3, "Van", "TR"), 9_990},
		{"seven cost enough to go for nothing", to(t, 7, "Van", "TR"), 0},
		{"but not to Bursa", to(t, 7, "Bursa", "TR"), 5_990},
		{"nor abroad", to(t, 7, "", "DE"), 59_000},
		{"a cart without an address is thought to stay in the country", filled(t, map[string]int64{"CAY": 2}), 6_990},
		{"an empty cart costs what the lightest does", filled(t, nil), 6_990},
		{"what is not sold any more weighs nothing: the quote names it", filled(t, map[string]int64{"CAY": 2, "YOK": 9}), 6_990},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			tariff, err := quote.Shipping(tt.cart, offers, tariffs)
			require.NoError(t, err)
			require.Equal(t, pricing.Tariff{Shipping: money.Of(tt.want, "TRY"), TaxPercent: 20}, tariff)
		})
	}
}

func TestShipping_OfAShopWithoutTariffsCostsNothing(t *testing.T) {
	t.Parallel()

	tariff, err := quote.Shipping(to(t, 2, "Van", "TR"), offers, nil)
	require.NoError(t, err)
	require.Zero(t, tariff)
}

func TestShipping_RefusesWhatNoTariffPrices(t *testing.T) {
	t.Parallel()

	euros, err := cart.New("crt_1", "EUR", "en", noon)
	require.NoError(t, err)
	_, err = quote.Shipping(euros, offers, tariffs)
	require.Equal(t, fault.Conflict, fault.CodeOf(err), "a currency without a tariff")

	_, err = quote.Shipping(to(t, 2, "", "NZ"), offers, tariffs)
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.Invalid, f.Code)
	require.Equal(t, "address", f.Details["field"])
}

func TestShipping_LeavesALineInAnotherCurrencyToTheQuote(t *testing.T) {
	t.Parallel()

	mixed := maps.Clone(offers)
	honey := mixed["BAL"]
	honey.Price = money.Of(900_000, "EUR")
	mixed["BAL"] = honey
	tariff, err := quote.Shipping(filled(t, map[string]int64{"CAY": 1, "BAL": 1}), mixed, tariffs)
	require.NoError(t, err)
	require.Equal(t, money.Of(6_990, "TRY"), tariff.Shipping, "euros do not count towards free shipping in lira")
}

func TestShipping_RefusesAPriceThatCannotBeAddedUp(t *testing.T) {
	t.Parallel()

	dear := map[string]catalog.Offer{"CAY": offer("CAY", "Çay Bardağı", 1<<62, 20)}
	_, err := quote.Shipping(to(t, 9, "Van", "TR"), dear, tariffs)
	require.Error(t, err)
}
