package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHoldsCardNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		body string
		want bool
	}{
		{"a plain number", `{"note":"4242424242424242"}`, true},
		{"with spaces", `{"note":"kartım 4242 4242 4242 4242 olsun"}`, true},
		{"with dashes", `{"note":"5555-5555-5555-4444"}`, true},
		{"with dashes of a typesetter", `{"note":"5555–5555–5555–4444"}`, true},
		{"with spaces that do not break", `{"note":"5555\u00a05555\u00a05555\u00a04444"}`, true},
		{"in full-width digits", `{"note":"４２４２４２４２４２４２４２４２"}`, true},
		{"written in escapes", `{"note":"\u0034242424242424242"}`, true},
		{"with a space after each digit", `{"note":"3 7 8 2 8 2 2 4 6 3 1 0 0 0 5"}`, true},
		{"as a number", `{"n":6011111111111117}`, true},
		{"as the name of a field", `{"4000056655665556":1}`, true},
		{"deep inside", `{"a":[{"b":["x",{"c":"30569309025904"}]}]}`, true},
		{"of 19 digits", `{"n":"6205500000000000004"}`, true},
		{"of 13 digits", `{"n":"4222222222222"}`, true},
		{"within a longer number", `{"n":"99994242424242424242"}`, true},
		{"beside a phone", `{"n":"05321234567 4242424242424242"}`, true},
		{"in a phone field", `{"phone":"4242424242424242"}`, true},
		{"in a postcode field", `{"postcode":"4242424242424242"}`, true},
		{"between slashes", `{"note":"4242/4242/4242/4242"}`, true},
		{"between commas", `{"note":"4242,4242,4242,4242"}`, true},
		{"between colons", `{"note":"4242:4242:4242:4242"}`, true},
		{"between bars", `{"note":"4242|4242|4242|4242"}`, true},
		{"between stars", `{"note":"4242*4242*4242*4242"}`, true},
		{"between plus signs", `{"note":"4242+4242+4242+4242"}`, true},
		{"between middle dots", `{"note":"4242·4242·4242·4242"}`, true},
		{"between many spaces", `{"note":"4242      4242      4242      4242"}`, true},
		{"around a non-joiner", `{"note":"4242\u200c4242\u200c4242\u200c4242"}`, true},
		{"around a joiner", `{"note":"42424242\u200d42424242"}`, true},
		{"around a word joiner", `{"note":"42424242\u206042424242"}`, true},
		{"around a byte order mark", `{"note":"42424242\ufeff42424242"}`, true},
		{"around a soft hyphen", `{"note":"4242\u00ad4242 4242\u00ad4242"}`, true},
		{"in keycaps", `{"note":"4\ufe0f\u20e32\ufe0f\u20e342424242424242"}`, true},
		{"in Arabic-Indic digits", `{"note":"٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢"}`, true},
		{"in digits of three scripts", `{"note":"٤٢٤٢ ۴۲۴۲ ४२४२ 4242"}`, true},
		{"in mathematical digits", `{"note":"𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐"}`, true},
		{"in an address, between spaces", `{"return_url":"https://vitrin.example/?k=4242%204242%204242%204242"}`, true},
		{"in an address, in escapes", `{"return_url":"https://vitrin.example/%34%32424242424242%342"}`, true},
		{"in an address, whole in escapes", `{"return_url":"https://vitrin.example/%34%3242424242424242"}`, true},
		{"in an address, in escapes of escapes", `{"return_url":"https://vitrin.example/%2534%253242424242424242"}`, true},
		{"an address of a storefront", `{"return_url":"http://127.0.0.1:3000/thanks/2026/11/25?order=12"}`, false},
		{"a telephone number among words", `{"line1":"Kapıda arayın: 0532 123 45 67, 2. kat"}`, false},
		{"one digit off", `{"note":"4242424242424243"}`, false},
		{"of 12 digits", `{"note":"424242424242"}`, false},
		{"a phone in its field", `{"phone":"0090 532 123 45 67"}`, false},
		{"a tax number in its field", `{"tax_number":"4540536920"}`, false},
		{"an identity number in its field", `{"identity_number":"100 000 001 46"}`, false},
		{"a card in an identity number's field", `{"identity_number":"4242424242424242"}`, true},
		{"a hash with thirteen digits in a row that pass", `{"quote_hash":"4222222222222abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc"}`, false},
		{"the same digits in another field", `{"name":"4222222222222abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc"}`, true},
		{"zeros", `{"note":"0000000000000000"}`, false},
		{"an address", `{"line1":"Moda Cad. No: 12 D: 4, 34710 Kadıköy"}`, false},
		{"an id", `{"cart_id":"crt_01m87s33z52x3p0kqmq35mp80a"}`, false},
		{"nothing", ``, false},
		{"what is not JSON", `4242424242424242`, true},
		{"what cannot be read", `{4242424242424242`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, holdsCardNumber([]byte(tt.body)))
		})
	}
}

func FuzzHoldsCardNumber_FindsOneAmongAnyWords(f *testing.F) {
	f.Add("kapı notu: ", " teşekkürler", uint8(0))
	f.Add("x", "", uint8(3))
	f.Add("12 ", " 7", uint8(1))
	separators := []string{"", " ", "-", " - ", "\u00a0", "–"}
	f.Fuzz(func(t *testing.T, before, after string, pick uint8) {
		// A digit beside it makes another number of it: that is not one card.
		if strings.IndexFunc(before+after, isDigitOrSeparator) >= 0 {
			t.Skip()
		}
		card := strings.Join([]string{"4242", "4242", "4242", "4242"}, separators[int(pick)%len(separators)])
		body, err := json.Marshal(map[string]string{"note": before + card + after})
		require.NoError(t, err)
		require.True(t, holdsCardNumber(body), "%s", body)
	})
}

// isDigitOrSeparator is also true of what becomes one when it is normalised.
func isDigitOrSeparator(r rune) bool { return r > 0x7f || r >= '0' && r <= '9' || isSeparator(r) }
