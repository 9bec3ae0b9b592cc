package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
)

func lira(minor int64) money.Amount { return money.Of(minor, "TRY") }

// tea is a quote of two lines: a discount on the first, shipping on both.
func tea() order.Quote {
	return order.Quote{
		Currency: "TRY",
		Lines: []order.QuoteLine{
			{SKU: "CAYDANLIK-02", Title: "Çelik çaydanlık", Quantity: 1, UnitPrice: lira(89_990), Discount: lira(9_990), Total: lira(80_000),
				TaxPercent: 20, Tax: lira(13_333), ShippingShare: lira(3_990)},
			{SKU: "BARDAK-06", Title: "Altılı ince belli bardak", Quantity: 3, UnitPrice: lira(12_495), Discount: lira(0), Total: lira(37_485),
				TaxPercent: 20, Tax: lira(6_248), ShippingShare: lira(1_000)},
		},
		Subtotal: lira(127_475), Discount: lira(9_990), Shipping: lira(4_990), Tax: lira(20_413), Total: lira(122_475),
		FrozenAt: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
	}
}

func frozen(t testing.TB, q order.Quote) order.Quote {
	t.Helper()
	hash, err := q.Fingerprint()
	require.NoError(t, err)
	q.Hash = hash
	return q
}

func TestQuote_ChecksWhenItAddsUp(t *testing.T) {
	t.Parallel()

	require.NoError(t, frozen(t, tea()).Check())
}

func TestQuote_RefusesSumsThatDoNotAddUpEvenWithAHashOfTheirOwn(t *testing.T) {
	t.Parallel()

	for name, tamper := range map[string]func(*order.Quote){
		"a lower total":              func(q *order.Quote) { q.Total = lira(1) },
		"a higher total":             func(q *order.Quote) { q.Total = lira(122_476) },
		"no total":                   func(q *order.Quote) { q.Total = lira(0) },
		"a total in another coin":    func(q *order.Quote) { q.Total = money.Of(122_475, "USD") },
		"free shipping":              func(q *order.Quote) { q.Shipping = lira(0) },
		"shares that miss a kuruş":   func(q *order.Quote) { q.Lines[0].ShippingShare = lira(3_989) },
		"a cheaper line":             func(q *order.Quote) { q.Lines[0].Total = lira(79_999) },
		"a cheaper unit":             func(q *order.Quote) { q.Lines[1].UnitPrice = lira(12_494) },
		"a larger discount":          func(q *order.Quote) { q.Lines[0].Discount = lira(9_991) },
		"one glass more":             func(q *order.Quote) { q.Lines[1].Quantity = 4 },
		"a line of nothing":          func(q *order.Quote) { q.Lines[1].Quantity, q.Lines[1].Total = 0, lira(0) },
		"a line taken back":          func(q *order.Quote) { q.Lines[1].Quantity, q.Lines[1].Total = -3, lira(-37_485) },
		"a line in another coin":     func(q *order.Quote) { q.Lines[1].UnitPrice = money.Of(12_495, "EUR") },
		"a line left out":            func(q *order.Quote) { q.Lines = q.Lines[:1] },
		"no lines at all":            func(q *order.Quote) { *q = order.Quote{Currency: "TRY", Total: lira(0), Shipping: lira(0)} },
		"a price that overflows":     func(q *order.Quote) { q.Lines[1].UnitPrice = lira(1 << 62) },
		"a discount below the floor": func(q *order.Quote) { q.Lines[0].Discount, q.Lines[0].Total = lira(90_000), lira(-10) },
		"another subtotal":           func(q *order.Quote) { q.Subtotal = lira(117_485) },
		"a subtotal in another coin": func(q *order.Quote) { q.Subtotal = money.Of(127_475, "USD") },
		"another discount":           func(q *order.Quote) { q.Discount = lira(0) },
		"a line's KDV left out":      func(q *order.Quote) { q.Lines[0].Tax, q.Tax = lira(0), lira(7_080) },
		"KDV at no rate there is":    func(q *order.Quote) { q.Lines[0].TaxPercent = 101 },
		"KDV below nothing":          func(q *order.Quote) { q.Lines[0].TaxPercent, q.Lines[0].Tax = -1, lira(-808) },
		"a kuruş of KDV more":        func(q *order.Quote) { q.Tax = lira(20_414) },
		"KDV of the lines only":      func(q *order.Quote) { q.Tax = lira(19_580) },
		"more KDV than shipping":     func(q *order.Quote) { q.Tax = lira(19_581 + 4_990) },
		"KDV in another coin":        func(q *order.Quote) { q.Tax = money.Of(20_413, "EUR") },
		"KDV on free shipping": func(q *order.Quote) {
			q.Lines[0].ShippingShare, q.Lines[1].ShippingShare, q.Shipping, q.Total = lira(0), lira(0), lira(0), lira(117_485)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			q := tea()
			tamper(&q)
			require.Error(t, frozen(t, q).Check())
		})
	}
}

func TestQuote_IsStaleWhenAnythingChangedAfterItWasFrozen(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*order.Quote){
		"the hash itself": func(q *order.Quote) { q.Hash = "" },
		"a SKU":           func(q *order.Quote) { q.Lines[0].SKU = "CAYDANLIK-03" },
		"a title":         func(q *order.Quote) { q.Lines[0].Title = "Altın çaydanlık" },
		"a variant":       func(q *order.Quote) { q.Lines[0].VariantID = "var_2" },
		"a share moved": func(q *order.Quote) {
			q.Lines[0].ShippingShare, q.Lines[1].ShippingShare = lira(4_990), lira(0)
		},
		"a weight": func(q *order.Quote) { q.Lines[0].WeightGrams = 5 },
		"the order of lines": func(q *order.Quote) {
			q.Lines[0], q.Lines[1] = q.Lines[1], q.Lines[0]
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			q := frozen(t, tea())
			change(&q)
			require.Equal(t, fault.QuoteStale, fault.CodeOf(q.Check()))
		})
	}
}

func TestQuote_KeepsItsFingerprintWhenItIsFrozenAgain(t *testing.T) {
	t.Parallel()

	first := frozen(t, tea())
	later := tea()
	later.FrozenAt = later.FrozenAt.Add(time.Hour)
	require.Equal(t, first.Hash, frozen(t, later).Hash, "an unchanged cart keeps its hash")
	require.Equal(t, first.Hash, frozen(t, first).Hash, "the hash is not part of itself")
	require.Len(t, first.Hash, 64)
}

func TestQuote_TakesShippingAtAnyWholeRateOfKDV(t *testing.T) {
	t.Parallel()

	for percent, tax := range map[int64]int64{0: 0, 1: 49, 10: 454, 20: 832} {
		q := tea()
		q.Tax = lira(19_581 + tax)
		require.NoError(t, frozen(t, q).Check(), "%d%%", percent)
	}
}

// TestQuote_TheHashOfAVersionNeverChanges holds the forms in which stored
// quotes were hashed. A test that fails here means that no stored order checks
// any more: give the new form a version of its own.
func TestQuote_TheHashOfAVersionNeverChanges(t *testing.T) {
	t.Parallel()

	full := tea()
	full.Lines[0].ProductID, full.Lines[0].VariantID, full.Lines[0].WeightGrams = "prd_1", "var_1", 1_200
	full.Lines[1].Title = "Bardak & <tabak>"
	for version := range order.QuoteVersion + 1 {
		q := full
		q.Version = version
		require.Equal(t, "d7287b1f3ddbf7530464c4eab7146342068fc760f7888a09ff32dd933227bf3c", frozen(t, q).Hash, "version %d", version)
	}
}

func TestQuote_OfALaterVersionIsRefusedAndNotGuessed(t *testing.T) {
	t.Parallel()

	q := frozen(t, tea())
	q.Version = order.QuoteVersion + 1
	require.Equal(t, fault.NotSupportedYet, fault.CodeOf(q.Check()))
	_, err := q.Fingerprint()
	require.Equal(t, fault.NotSupportedYet, fault.CodeOf(err))
}

func FuzzQuote_Check(f *testing.F) {
	f.Add(int64(89_990), int64(1), int64(9_990), int64(4_990), int64(0))
	f.Add(int64(12_495), int64(3), int64(0), int64(0), int64(1))
	f.Add(int64(1<<62), int64(4), int64(-1), int64(1), int64(-5))
	f.Fuzz(func(t *testing.T, price, quantity, discount, shipping, off int64) {
		unit := lira(price)
		gross, err := unit.Times(quantity)
		if err != nil {
			return
		}
		net, err := gross.Sub(lira(discount))
		if err != nil {
			return
		}
		total, err := net.Add(lira(shipping))
		if err != nil {
			return
		}
		q := order.Quote{
			Currency: "TRY", Shipping: lira(shipping), Total: total, Subtotal: gross, Discount: lira(discount), Tax: lira(0),
			Lines: []order.QuoteLine{{SKU: "BARDAK-06", Quantity: quantity, UnitPrice: unit, Discount: lira(discount), Total: net, Tax: lira(0), ShippingShare: lira(shipping)}},
		}
		sound := quantity > 0 && net.Minor >= 0 && total.Minor > 0
		if err := frozen(t, q).Check(); (err == nil) != sound {
			t.Fatalf("sound is %t, but: %v", sound, err)
		}
		tampered, err := total.Add(lira(off))
		if err != nil || off == 0 {
			return
		}
		q.Total = tampered
		if frozen(t, q).Check() == nil {
			t.Fatalf("a total of %s was taken for %s", tampered, total)
		}
	})
}
