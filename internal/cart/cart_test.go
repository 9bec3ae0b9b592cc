package cart_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newCart(t *testing.T) cart.Cart {
	t.Helper()
	c, err := cart.New("crt_1", "TRY", "tr", noon)
	require.NoError(t, err)
	return c
}

func tea(quantity int64) cart.Item {
	return cart.Item{VariantID: "var_cay", SKU: "CAY-06", Currency: "TRY", Quantity: quantity}
}

func TestCart_AddsOnceUnderOneOp(t *testing.T) {
	t.Parallel()
	c := newCart(t)
	require.NoError(t, c.Add("op-1", tea(2), noon))
	require.NoError(t, c.Add("op-1", tea(2), noon))
	require.Equal(t, int64(2), c.Lines["var_cay"].Quantity)
	require.NoError(t, c.Add("op-2", tea(3), noon))
	require.Equal(t, int64(5), c.Lines["var_cay"].Quantity, "of what is there already there are then more")
}

func TestCart_KeepsItsBounds(t *testing.T) {
	t.Parallel()
	for _, quantity := range []int64{0, -1, 100, 1 << 62, -1 << 63} {
		c := newCart(t)
		require.True(t, fault.Is(c.Add("op", tea(quantity), noon), fault.Invalid), "%d", quantity)
		require.Empty(t, c.Lines)
	}
	c := newCart(t)
	require.NoError(t, c.Add("op-1", tea(99), noon))
	require.True(t, fault.Is(c.Add("op-2", tea(1), noon), fault.Invalid))
	require.True(t, fault.Is(c.Add("op-3", cart.Item{VariantID: "v", SKU: "S", Currency: "EUR", Quantity: 1}, noon), fault.Invalid), "another currency")
	require.True(t, fault.Is(c.SetQuantity("var_cay", 100, noon), fault.Invalid))
	require.True(t, fault.Is(c.SetQuantity("var_yok", 1, noon), fault.NotFound))
	require.True(t, fault.Is(c.Remove("var_yok", noon), fault.NotFound))
	require.Equal(t, int64(99), c.Lines["var_cay"].Quantity)

	full := newCart(t)
	for i := range cart.MaxLines {
		require.NoError(t, full.Add(fmt.Sprint("op", i), cart.Item{VariantID: fmt.Sprint("v", i), SKU: fmt.Sprint("S", i), Currency: "TRY", Quantity: 1}, noon))
	}
	require.True(t, fault.Is(full.Add("op-one-more", tea(1), noon), fault.Invalid))
}

func TestCart_ForgetsOldOpsAndNeverTheNewest(t *testing.T) {
	t.Parallel()
	c := newCart(t)
	for i := range 80 {
		op := fmt.Sprint("op-", i)
		require.NoError(t, c.Add(op, tea(1), noon.Add(time.Duration(i)*time.Second)))
		require.Contains(t, c.Applied, op)
	}
	require.Len(t, c.Applied, 50)
	require.NotContains(t, c.Applied, "op-0")
}

func TestCart_IsQuotedBySKU(t *testing.T) {
	t.Parallel()
	c := newCart(t)
	for _, sku := range []string{"C", "A", "B"} {
		require.NoError(t, c.Add("op-"+sku, cart.Item{VariantID: "var_" + sku, SKU: sku, Currency: "TRY", Quantity: 1}, noon))
	}
	require.Equal(t, []string{"A", "B", "C"}, c.SKUs())
	_, err := cart.New("crt_2", "XAU", "tr", noon)
	require.True(t, fault.Is(err, fault.Invalid))
}

func TestPhone_TakesTheUsualWaysOfWritingOne(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"05321234567", "5321234567", "+90 532 123 45 67", "0090 (532) 123-45-67", " 0532.123.45.67 ", "905321234567", "0 (532) 123 4567"} {
		phone, ok := cart.Phone(s)
		require.True(t, ok, s)
		require.Equal(t, "+905321234567", phone)
	}
	landline, ok := cart.Phone("0212 555 66 77")
	require.True(t, ok)
	require.Equal(t, "+902125556677", landline)
	for _, s := range []string{"", "112", "0132 123 45 67", "+49 30 901820", "+1 532 123 4567", "532123456", "53212345678", "٠٥٣٢١٢٣٤٥٦٧", "0532 123 45 6a"} {
		_, ok := cart.Phone(s)
		require.False(t, ok, s)
	}
}

func TestProvince_KnowsAll81HoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	require.Len(t, cart.Provinces, 81)
	for _, p := range cart.Provinces {
		got, ok := cart.Province(p)
		require.True(t, ok, p)
		require.Equal(t, p, got)
	}
	for typed, want := range map[string]string{"istanbul": "İstanbul", "ISTANBUL": "İstanbul", "İSTANBUL": "İstanbul", "sanliurfa": "Şanlıurfa", "IĞDIR": "Iğdır", "hakkari": "Hakkâri", " düzce ": "Düzce", "CANAKKALE": "Çanakkale"} {
		got, ok := cart.Province(typed)
		require.True(t, ok, typed)
		require.Equal(t, want, got)
	}
	_, ok := cart.Province("Selanik")
	require.False(t, ok)
	require.Equal(t, "İstanbul", cart.Provinces[34-1], "by number plate")
	require.Equal(t, "Düzce", cart.Provinces[81-1])
}

func TestContact_NamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	good := cart.Contact{
		Name: "Mehmet Öz", Email: "mehmet.oz@example.com", Phone: "0532 123 45 67",
		Address: cart.Address{Line1: "Atatürk Bulvarı No: 5", District: "Çankaya", Province: "ankara", Postcode: "06420"},
	}
	tidy, err := good.Tidy()
	require.NoError(t, err)
	require.Equal(t, "Ankara", tidy.Address.Province)
	require.Equal(t, "TR", tidy.Address.Country)
	again, err := tidy.Tidy()
	require.NoError(t, err)
	require.Equal(t, tidy, again, "what is tidy stays as it is")

	for field, spoil := range map[string]func(*cart.Contact){
		"name":             func(c *cart.Contact) { c.Name = " M " },
		"email":            func(c *cart.Contact) { c.Email = "Mehmet <mehmet@example.com>" },
		"phone":            func(c *cart.Contact) { c.Phone = "12" },
		"address.line1":    func(c *cart.Contact) { c.Address.Line1 = "No 5" },
		"address.line2":    func(c *cart.Contact) { c.Address.Line2 = "kat\x00" },
		"address.district": func(c *cart.Contact) { c.Address.District = "" },
		"address.province": func(c *cart.Contact) { c.Address.Province = "Atina" },
		"address.postcode": func(c *cart.Contact) { c.Address.Postcode = "00123" },
		"address.country":  func(c *cart.Contact) { c.Address.Country = "GR" },
	} {
		c := good
		spoil(&c)
		_, err := c.Tidy()
		var f *fault.Fault
		require.ErrorAs(t, err, &f, field)
		require.Equal(t, fault.Invalid, f.Code)
		require.Equal(t, field, f.Details["field"])
	}
}

func TestContact_RefusesCharactersThatHideOrTurnWhatIsRead(t *testing.T) {
	t.Parallel()
	good := cart.Contact{
		Name: "Mehmet Öz", Email: "mehmet.oz@example.com", Phone: "0532 123 45 67",
		Address: cart.Address{Line1: "Atatürk Bulvarı No: 5", District: "Çankaya", Province: "ankara", Postcode: "06420"},
	}
	for _, r := range []rune{0x00, 0x85, 0xad, 0x200b, 0x202e, 0x2066, 0xfeff, 0xe000, 0xfdd0, 0xfffe, 0xffff, 0x1fffe, 0xe0041, 0x10ffff} {
		for field, spoil := range map[string]func(*cart.Contact){
			"name":             func(c *cart.Contact) { c.Name = "Meh" + string(r) + "met" },
			"email":            func(c *cart.Contact) { c.Email = "meh" + string(r) + "met@example.com" },
			"address.line1":    func(c *cart.Contact) { c.Address.Line1 = "Atatürk" + string(r) + "Bulvarı" },
			"address.line2":    func(c *cart.Contact) { c.Address.Line2 = "Kat" + string(r) + "4" },
			"address.district": func(c *cart.Contact) { c.Address.District = "Çankaya" + string(r) },
		} {
			c := good
			spoil(&c)
			_, err := c.Tidy()
			if r == 0x85 && field != "email" {
				require.NoError(t, err, "a line's end is a space like any other")
				continue
			}
			var f *fault.Fault
			require.ErrorAs(t, err, &f, "%U in %s", r, field)
			require.Equal(t, field, f.Details["field"])
		}
	}
	joined := good
	joined.Name = "می\u200cخواهم \u0dc1\u0dca\u200d\u0dbb"
	_, err := joined.Tidy()
	require.NoError(t, err, "joiners belong to their scripts")

	for _, email := range []string{"=mehmet@example.com", "+mehmet@example.com", "-mehmet@example.com", "@example.com"} {
		formula := good
		formula.Email = email
		_, err := formula.Tidy()
		require.Equal(t, fault.Invalid, fault.CodeOf(err), email)
	}
}

func ExamplePhone() {
	phone, ok := cart.Phone("0 (532) 123 45 67")
	fmt.Println(phone, ok)
	// Output: +905321234567 true
}

func ExampleProvince() {
	province, ok := cart.Province("kahramanmaras")
	fmt.Println(province, ok)
	// Output: Kahramanmaraş true
}

func TestContact_CarriesNoLinksToOthersInAName(t *testing.T) {
	t.Parallel()
	good := cart.Contact{
		Name: "Mehmet Öz", Email: "mehmet.oz@example.com", Phone: "0532 123 45 67",
		Address: cart.Address{Line1: "Moda Cad. No: 5", District: "Kadıköy", Province: "İstanbul", Postcode: "34710"},
	}
	for _, name := range []string{"Ödül kazandınız https://kotu.example", "WWW.kotu.example adresine gidin", "ftp://kotu"} {
		c := good
		c.Name = name
		_, err := c.Tidy()
		require.True(t, fault.Is(err, fault.Invalid), name)
		var f *fault.Fault
		require.ErrorAs(t, err, &f)
		require.Equal(t, "name", f.Details["field"])
		require.NotContains(t, f.Message, "kotu")
	}
	for _, name := range []string{"Wwwim Öz", "Mehmet Öz: Muhasebe / 2. kat"} {
		c := good
		c.Name = name
		_, err := c.Tidy()
		require.NoError(t, err, name)
	}
}
