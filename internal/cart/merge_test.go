package cart_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
)

func filledCart(t *testing.T, id string, lines map[string]int64) cart.Cart {
	t.Helper()
	c, err := cart.New(id, "TRY", "tr", time.Now())
	require.NoError(t, err)
	for sku, quantity := range lines {
		require.NoError(t, c.Add("put-"+sku, cart.Item{VariantID: sku, SKU: sku, Currency: "TRY", Quantity: quantity}, time.Now()))
	}
	return c
}

func TestMerge_PutsLinesContactAndInvoiceIntoTheOtherCartOnce(t *testing.T) {
	t.Parallel()
	own, guest := filledCart(t, "crt_own", map[string]int64{"CAY-06": 2}), filledCart(t, "crt_guest", map[string]int64{"CAY-06": 3, "AYVA-01": 1})
	guest.Contact, guest.Invoice = &cart.Contact{Name: "Gülşah Çağlayan"}, &cart.Invoice{Kind: "company", Name: "Çağlayan Ltd. Şti."}
	for range 2 {
		left, err := own.Merge(guest, time.Now())
		require.NoError(t, err)
		require.Empty(t, left)
		require.EqualValues(t, 5, own.Lines["CAY-06"].Quantity)
		require.EqualValues(t, 1, own.Lines["AYVA-01"].Quantity)
	}
	require.Equal(t, "Gülşah Çağlayan", own.Contact.Name)
	require.Equal(t, "Çağlayan Ltd. Şti.", own.Invoice.Name)
	require.True(t, own.Merged("crt_guest"))
}

func TestMerge_KeepsWhatTheAccountHadAndSaysWhatFoundNoRoom(t *testing.T) {
	t.Parallel()
	many := map[string]int64{"BOL-01": 98}
	for i := range cart.MaxLines - 1 {
		many[fmt.Sprintf("DIZI-%02d", i)] = 1
	}
	own, guest := filledCart(t, "crt_own", many), filledCart(t, "crt_guest", map[string]int64{"BOL-01": 2, "YENI-01": 1})
	own.Invoice, guest.Invoice = &cart.Invoice{Name: "Ayşe Yılmaz"}, &cart.Invoice{Name: "Başkası"}
	left, err := own.Merge(guest, time.Now())
	require.NoError(t, err)
	require.Equal(t, []string{"BOL-01", "YENI-01"}, left)
	require.EqualValues(t, cart.MaxQuantity, own.Lines["BOL-01"].Quantity)
	require.Equal(t, "Ayşe Yılmaz", own.Invoice.Name)

	foreign := guest
	foreign.Currency = "EUR"
	_, err = own.Merge(foreign, time.Now())
	require.True(t, fault.Is(err, fault.Invalid))
}
