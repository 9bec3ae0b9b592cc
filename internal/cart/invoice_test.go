package cart_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
)

func TestTaxNumber_ChecksItsLastDigit(t *testing.T) {
	t.Parallel()
	// The first two and their neighbours are examples of python-stdnum, the rest
	// stand in other libraries' documents or tests.
	for number, sound := range map[string]bool{
		"4540536920": true, "4540536921": false, "1000036109": true, "1430466081": true, "9240481875": true, "1234567890": true,
		"1234567801": false, "454053692": false, "45405369200": false, "0000000000": false, "1111111111": false, "": false,
		"454053692O": false, "٤٥٤٠٥٣٦٩٢٠": false, "454-053-6920": false,
	} {
		got, ok := cart.TaxNumber(number)
		require.Equal(t, sound, ok, number)
		if ok {
			require.Equal(t, number, got)
		}
	}
	got, ok := cart.TaxNumber(" 454 053 69 20 ")
	require.True(t, ok)
	require.Equal(t, "4540536920", got)
}

func TestIdentityNumber_ChecksItsLastTwoDigits(t *testing.T) {
	t.Parallel()
	for number, sound := range map[string]bool{
		"10000000146": true, "10000000145": false, "11111111110": true, "17291716060": true, "17291716050": false, "12345678950": true,
		cart.NoIdentity: false, "12345678901": false, "01234567890": false, "1000000014": false, "100000001460": false, "": false,
		"1000000014a": false,
	} {
		got, ok := cart.IdentityNumber(number)
		require.Equal(t, sound, ok, number)
		if ok {
			require.Equal(t, number, got)
		}
	}
	got, ok := cart.IdentityNumber("100 000 001 46")
	require.True(t, ok)
	require.Equal(t, "10000000146", got)
}

func TestNumbers_NoticeEveryDigitThatIsWrong(t *testing.T) {
	t.Parallel()
	for i := range 11 {
		for d := range byte(10) {
			wrong := []byte("10000000146")
			if wrong[i] == '0'+d {
				continue
			}
			wrong[i] = '0' + d
			_, ok := cart.IdentityNumber(string(wrong))
			require.False(t, ok, "%s", wrong)
		}
	}
}

func TestInvoice_IsAPersonsOrACompanys(t *testing.T) {
	t.Parallel()
	person, err := cart.Invoice{Kind: cart.PersonalInvoice, Name: " Ayşe  Yılmaz ", IdentityNumber: "100 000 001 46"}.Tidy()
	require.NoError(t, err)
	require.Equal(t, cart.Invoice{Kind: cart.PersonalInvoice, Name: "Ayşe Yılmaz", IdentityNumber: "10000000146"}, person)
	for _, given := range []string{"", cart.NoIdentity} {
		without, err := cart.Invoice{Kind: cart.PersonalInvoice, Name: "Ayşe Yılmaz", IdentityNumber: given}.Tidy()
		require.NoError(t, err)
		require.Equal(t, cart.NoIdentity, without.IdentityNumber, "what e-Arşiv has there by custom")
	}
	company := cart.Invoice{
		Kind: cart.CompanyInvoice, Title: "Çınar Tekstil Ltd. Şti.", TaxNumber: "454 053 69 20", TaxOffice: "Beyoğlu",
		Address: &cart.Address{Line1: "İstiklal Caddesi No: 7", District: "beyoglu", Province: "istanbul", Postcode: "34430"},
	}
	tidy, err := company.Tidy()
	require.NoError(t, err)
	require.Equal(t, "4540536920", tidy.TaxNumber)
	require.Equal(t, "Beyoğlu", tidy.Address.District)
	require.Equal(t, "beyoglu", company.Address.District, "what was given stays as it was")
	trader := company
	trader.TaxNumber = "10000000146"
	_, err = trader.Tidy()
	require.NoError(t, err, "a sole trader pays tax under the identity number")
}

func TestInvoice_NamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	person := cart.Invoice{Kind: cart.PersonalInvoice, Name: "Ayşe Yılmaz", IdentityNumber: "10000000146"}
	company := cart.Invoice{Kind: cart.CompanyInvoice, Title: "Çınar Tekstil Ltd. Şti.", TaxNumber: "4540536920", TaxOffice: "Beyoğlu"}
	for _, tt := range []struct {
		field string
		good  cart.Invoice
		spoil func(*cart.Invoice)
	}{
		{"kind", person, func(i *cart.Invoice) { i.Kind = "kurumsal" }},
		{"name", person, func(i *cart.Invoice) { i.Name = "A" }},
		{"name", person, func(i *cart.Invoice) { i.Name = "https://kotu.example" }},
		{"identity_number", person, func(i *cart.Invoice) { i.IdentityNumber = "10000000145" }},
		{"tax_number", person, func(i *cart.Invoice) { i.TaxNumber = "4540536920" }},
		{"title", company, func(i *cart.Invoice) { i.Title = "" }},
		{"title", company, func(i *cart.Invoice) { i.Title = strings.Repeat("Ş", 201) }},
		{"tax_number", company, func(i *cart.Invoice) { i.TaxNumber = "4540536921" }},
		{"tax_number", company, func(i *cart.Invoice) { i.TaxNumber = cart.NoIdentity }},
		{"tax_office", company, func(i *cart.Invoice) { i.TaxOffice = "" }},
		{"identity_number", company, func(i *cart.Invoice) { i.IdentityNumber = "10000000146" }},
		{"address.district", company, func(i *cart.Invoice) {
			i.Address = &cart.Address{Line1: "İstiklal Caddesi No: 7", District: "Çankaya", Province: "İstanbul", Postcode: "34430"}
		}},
	} {
		wrong := tt.good
		tt.spoil(&wrong)
		c := newCart(t)
		err := c.SetInvoice(wrong, noon)
		var f *fault.Fault
		require.ErrorAs(t, err, &f, tt.field)
		require.Equal(t, fault.Invalid, f.Code)
		require.Equal(t, tt.field, f.Details["field"])
		require.Nil(t, c.Invoice)
		for _, digits := range []string{"10000000145", "4540536921"} {
			require.NotContains(t, err.Error(), digits, "a number is never repeated")
		}
	}
}

func ExampleTaxNumber() {
	number, ok := cart.TaxNumber("454 053 6920")
	fmt.Println(number, ok)
	// Output: 4540536920 true
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"4540536920", "10000000146", "11111111111", " 1 2 3", "0000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for length, check := range map[int]func(string) (string, bool){10: cart.TaxNumber, 11: cart.IdentityNumber} {
			number, ok := check(s)
			if !ok {
				continue
			}
			require.Len(t, number, length)
			again, ok := check(number)
			require.True(t, ok)
			require.Equal(t, number, again)
			last := []byte(number)
			last[length-1] = '0' + (last[length-1]-'0'+1)%10
			_, ok = check(string(last))
			require.False(t, ok, "another last digit is wrong")
		}
	})
}
