package cart_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
)

func TestDistrict_KnowsAll973HoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	count, central := 0, 0
	for _, province := range cart.Provinces {
		districts := cart.Districts(province)
		require.NotEmpty(t, districts, province)
		for _, d := range districts {
			count++
			got, ok := cart.District(province, d)
			require.True(t, ok, "%s of %s", d, province)
			require.Equal(t, d, got)
			if d == "Merkez" {
				central++
			}
		}
	}
	require.Equal(t, 973, count)
	require.Equal(t, 81-30, central, "each province that is no metropolis has one")
	for _, tt := range []struct{ province, typed, want string }{
		{"istanbul", "KADIKOY", "Kadıköy"}, {"İstanbul", " şişli ", "Şişli"}, {"ISTANBUL", "sisli", "Şişli"}, {"İzmir", "ödemiş", "Ödemiş"},
		{"Ankara", "sereflikochisar", "Şereflikoçhisar"}, {"Aksaray", "GÜZELYURT", "Güzelyurt"}, {"Bolu", "merkez", "Merkez"},
		{"Yalova", "yalova", "Merkez"}, {"Hakkâri", "Hakkari  Merkez", "Merkez"}, {"İstanbul", "Eyüp", "Eyüpsultan"},
		{"Ankara", "Kazan", "Kahramankazan"}, {"Samsun", "Ondokuzmayıs", "19 Mayıs"}, {"Ağrı", "Doğubeyazıt", "Doğubayazıt"},
	} {
		got, ok := cart.District(tt.province, tt.typed)
		require.True(t, ok, "%s of %s", tt.typed, tt.province)
		require.Equal(t, tt.want, got)
	}
	for _, tt := range []struct{ province, typed string }{
		{"İstanbul", "Çankaya"}, {"Ankara", "Kadıköy"}, {"İstanbul", "Merkez"}, {"İstanbul", "İstanbul"}, {"İzmir", "Eyüp"},
		{"Selanik", "Merkez"}, {"İstanbul", ""},
	} {
		_, ok := cart.District(tt.province, tt.typed)
		require.False(t, ok, "%s of %s", tt.typed, tt.province)
	}
}

func TestDistricts_StandInTurkishOrder(t *testing.T) {
	t.Parallel()
	order := collate.New(language.Turkish)
	for _, province := range cart.Provinces {
		sorted := cart.Districts(province)
		order.SortStrings(sorted)
		require.Equal(t, sorted, cart.Districts(province), province)
	}
	sorted := cart.Districts("Ankara")
	sorted[0] = "Kadıköy"
	require.Equal(t, "Akyurt", cart.Districts("Ankara")[0], "nobody changes the list of others")
	require.Empty(t, cart.Districts("Selanik"))
}

func TestPlate_NumbersTheProvinces(t *testing.T) {
	t.Parallel()
	for province, want := range map[string]string{"adana": "01", "BALIKESIR": "10", "istanbul": "34", "Düzce": "81"} {
		got, ok := cart.Plate(province)
		require.True(t, ok, province)
		require.Equal(t, want, got)
	}
	_, ok := cart.Plate("Selanik")
	require.False(t, ok)
}

func TestAddress_HasADistrictAndAPostcodeOfItsProvince(t *testing.T) {
	t.Parallel()
	good := cart.Address{Line1: "Cumhuriyet Caddesi No: 5", District: "eregli", Province: "konya", Postcode: "42310"}
	tidy, err := good.Tidy()
	require.NoError(t, err)
	require.Equal(t, "Ereğli", tidy.District)
	require.Equal(t, "Konya", tidy.Province)
	for _, tt := range []struct {
		field, says string
		spoil       func(*cart.Address)
	}{
		{"address.district", "Konya has no such district: take one that GET /v1/provinces lists", func(a *cart.Address) { a.District = "Kadıköy" }},
		{"address.postcode", "in Konya it begins with 42", func(a *cart.Address) { a.Postcode = "34710" }},
		{"address.postcode", "in Zonguldak it begins with 67", func(a *cart.Address) { a.Province = "Zonguldak" }},
		{"address.province", "GET /v1/provinces lists them", func(a *cart.Address) { a.Province = "Kapadokya" }},
	} {
		wrong := good
		tt.spoil(&wrong)
		_, err := wrong.Tidy()
		var f *fault.Fault
		require.ErrorAs(t, err, &f)
		require.Equal(t, tt.field, f.Details["field"])
		require.Contains(t, f.Message, tt.says)
	}
}

func ExampleDistrict() {
	district, ok := cart.District("istanbul", "KADIKOY")
	fmt.Println(district, ok)
	// Output: Kadıköy true
}

func FuzzDistrict(f *testing.F) {
	f.Add("İstanbul", "Kadıköy")
	f.Add("BOLU", "bolu merkez")
	f.Fuzz(func(t *testing.T, province, name string) {
		d, ok := cart.District(province, name)
		if !ok {
			require.Empty(t, d)
			return
		}
		require.Contains(t, cart.Districts(province), d)
	})
}
