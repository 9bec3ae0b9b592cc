package quote_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
	"github.com/bedesten/bedesten/internal/quote"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func offer(sku, title string, price, kdv int64) catalog.Offer {
	return catalog.Offer{
		Variant:   catalog.Variant{ID: "var_" + sku, SKU: sku, TaxPercent: kdv, WeightGrams: 400},
		ProductID: "prd_" + sku, Slugs: catalog.Text{TR: sku}, Title: catalog.Text{TR: title, EN: title + " (en)"}, Price: money.Of(price, "TRY"),
	}
}

func filled(t require.TestingT, quantities map[string]int64) cart.Cart {
	c, err := cart.New("crt_1", "TRY", "tr", noon)
	require.NoError(t, err)
	for sku, quantity := range quantities {
		require.NoError(t, c.Add("op-"+sku, cart.Item{VariantID: "var_" + sku, SKU: sku, Currency: "TRY", Quantity: quantity}, noon))
	}
	return c
}

var offers = map[string]catalog.Offer{"CAY": offer("CAY", "Çay Bardağı", 24_990, 20), "BAL": offer("BAL", "Çam Balı", 31_990, 1)}

func TestFreeze_IsTheSameForTheSameCart(t *testing.T) {
	t.Parallel()
	c := filled(t, map[string]int64{"CAY": 2, "BAL": 1})
	first, err := quote.Freeze(c, offers, pricing.Tariff{}, noon)
	require.NoError(t, err)
	require.NoError(t, first.Check())
	require.Equal(t, money.Of(81_970, "TRY"), first.Total)
	require.Equal(t, "Çam Balı", first.Lines[0].Title)

	later, err := quote.Freeze(filled(t, map[string]int64{"BAL": 1, "CAY": 2}), offers, pricing.Tariff{}, noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, first.Hash, later.Hash, "neither time nor the order of adding is part of what was shown")
}

func TestFreeze_HasAnotherHashForEverythingThatCosts(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	note := func(name string, c cart.Cart, o map[string]catalog.Offer, tariff pricing.Tariff) {
		q, err := quote.Freeze(c, o, tariff, noon)
		require.NoError(t, err, name)
		require.Empty(t, seen[q.Hash], "%s has the hash of %s", name, seen[q.Hash])
		seen[q.Hash] = name
	}
	with := func(change func(*catalog.Offer)) map[string]catalog.Offer {
		o := offers["CAY"]
		change(&o)
		return map[string]catalog.Offer{"CAY": o, "BAL": offers["BAL"]}
	}
	c := filled(t, map[string]int64{"CAY": 2})
	note("the cart", c, offers, pricing.Tariff{})
	note("one more", filled(t, map[string]int64{"CAY": 3}), offers, pricing.Tariff{})
	note("another price", c, with(func(o *catalog.Offer) { o.Price.Minor++ }), pricing.Tariff{})
	note("another KDV", c, with(func(o *catalog.Offer) { o.TaxPercent = 10 }), pricing.Tariff{})
	note("another title", c, with(func(o *catalog.Offer) { o.Title.TR = "Kahve Fincanı" }), pricing.Tariff{})
	note("shipping", c, offers, pricing.Tariff{Shipping: money.Of(4_990, "TRY"), TaxPercent: 20})
}

func TestFreeze_RefusesWhatCannotBeSold(t *testing.T) {
	t.Parallel()
	_, err := quote.Freeze(filled(t, nil), offers, pricing.Tariff{}, noon)
	require.True(t, fault.Is(err, fault.Invalid), "an empty cart")

	_, err = quote.Freeze(filled(t, map[string]int64{"CAY": 1, "YOK": 1}), offers, pricing.Tariff{}, noon)
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.QuoteStale, f.Code)
	require.Equal(t, []string{"YOK"}, f.Details["lines"])

	euro := offers["CAY"]
	euro.Price.Currency = "EUR"
	_, err = quote.Freeze(filled(t, map[string]int64{"CAY": 1}), map[string]catalog.Offer{"CAY": euro}, pricing.Tariff{}, noon)
	require.True(t, fault.Is(err, fault.QuoteStale), "what is priced in another currency now")
}

func TestFreeze_EveryQuoteChecks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sold, quantities := map[string]catalog.Offer{}, map[string]int64{}
		for i := range rapid.IntRange(1, 12).Draw(t, "lines") {
			sku := fmt.Sprint("SKU-", i)
			sold[sku] = offer(sku, sku, rapid.Int64Range(1, 50_000_000).Draw(t, "price"), rapid.SampledFrom([]int64{1, 10, 20}).Draw(t, "kdv"))
			quantities[sku] = rapid.Int64Range(1, 99).Draw(t, "quantity")
		}
		tariff := pricing.Tariff{Shipping: money.Of(rapid.Int64Range(0, 50_000).Draw(t, "shipping"), "TRY"), TaxPercent: 20}
		q, err := quote.Freeze(filled(t, quantities), sold, tariff, noon)
		require.NoError(t, err)
		require.NoError(t, q.Check())
		require.Len(t, q.Lines, len(quantities))

		changed := q
		changed.Total.Minor++
		require.Error(t, changed.Check(), "a quote that was changed is refused")
	})
}

func FuzzFreeze_NeverChargesWhatDoesNotAddUp(f *testing.F) {
	f.Add(int64(24_990), int64(3), int64(20), int64(4_990))
	f.Add(int64(1), int64(99), int64(1), int64(0))
	f.Fuzz(func(t *testing.T, price, quantity, kdv, shipping int64) {
		c, err := cart.New("crt_1", "TRY", "tr", noon)
		require.NoError(t, err)
		if c.Add("op", cart.Item{VariantID: "var_CAY", SKU: "CAY", Currency: "TRY", Quantity: quantity}, noon) != nil {
			t.Skip()
		}
		o := offer("CAY", "Çay Bardağı", price, kdv)
		q, err := quote.Freeze(c, map[string]catalog.Offer{"CAY": o}, pricing.Tariff{Shipping: money.Of(shipping, "TRY")}, noon)
		if err != nil {
			return
		}
		require.NoError(t, q.Check())
		require.Positive(t, q.Total.Minor)
		require.Equal(t, price*quantity+shipping, q.Total.Minor)
	})
}

func TestContact_IsWhatTheCartSays(t *testing.T) {
	t.Parallel()
	c := filled(t, map[string]int64{"CAY": 1})
	_, err := quote.Contact(c)
	require.True(t, fault.Is(err, fault.Invalid))
	require.NoError(t, c.SetContact(cart.Contact{
		Name: "Elif Şahin", Email: "elif.sahin@example.com", Phone: "0555 444 33 22",
		Address: cart.Address{Line1: "Kordon Boyu 21", District: "Konak", Province: "izmir", Postcode: "35220"},
	}, noon))
	contact, err := quote.Contact(c)
	require.NoError(t, err)
	require.Equal(t, "Elif Şahin", contact.Name)
	require.Equal(t, "İzmir", contact.Address.Province)
	require.Equal(t, "TR", contact.Address.Country)
}

func TestInvoice_IsTheReceiversUnlessTheCartSaysOtherwise(t *testing.T) {
	t.Parallel()
	c := filled(t, map[string]int64{"CAY": 1})
	_, err := quote.Invoice(c)
	require.True(t, fault.Is(err, fault.Invalid))
	require.NoError(t, c.SetContact(cart.Contact{
		Name: "Elif Şahin", Email: "elif.sahin@example.com", Phone: "0555 444 33 22",
		Address: cart.Address{Line1: "Kordon Boyu 21", District: "Konak", Province: "izmir", Postcode: "35220"},
	}, noon))
	invoice, err := quote.Invoice(c)
	require.NoError(t, err)
	require.Equal(t, "personal", invoice.Kind)
	require.Equal(t, "Elif Şahin", invoice.Name)
	require.Equal(t, cart.NoIdentity, invoice.IdentityNumber)
	require.Equal(t, "Konak", invoice.Address.District)

	company := cart.Invoice{Kind: cart.CompanyInvoice, Title: "Çınar Tekstil Ltd. Şti.", TaxNumber: "4540536920", TaxOffice: "Beyoğlu"}
	require.NoError(t, c.SetInvoice(company, noon))
	invoice, err = quote.Invoice(c)
	require.NoError(t, err)
	require.Equal(t, "4540536920", invoice.TaxNumber)
	require.Empty(t, invoice.Name)
	require.Equal(t, "Konak", invoice.Address.District, "it goes where the parcel goes")

	company.Address = &cart.Address{Line1: "İstiklal Caddesi No: 7", District: "Beyoğlu", Province: "İstanbul", Postcode: "34430"}
	require.NoError(t, c.SetInvoice(company, noon))
	invoice, err = quote.Invoice(c)
	require.NoError(t, err)
	require.Equal(t, "İstanbul", invoice.Address.Province)
}
