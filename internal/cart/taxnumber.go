package cart

import "strings"

// Lengths of the numbers by which Turkey knows who pays tax.
const (
	taxNumberLength      = 10
	identityNumberLength = 11
)

// TaxNumber returns the digits of a tax number (vergi kimlik numarası), or false
// for what is none. The last of its ten digits checks the others: each of them,
// moved on by how far it is from the tenth, is doubled once for each such place
// modulo 9, and the sum is filled up to a full ten.
func TaxNumber(s string) (string, bool) {
	number, ok := digitsOf(s, taxNumberLength)
	if !ok {
		return "", false
	}
	sum := 0
	for i := range taxNumberLength - 1 {
		places := taxNumberLength - 1 - i
		moved := (int(number[i]-'0') + places) % 10
		doubled := moved << places % 9
		if moved != 0 && doubled == 0 {
			doubled = 9
		}
		sum += doubled
	}
	return number, int(number[9]-'0') == (10-sum%10)%10
}

// IdentityNumber returns the digits of a T.C. identity number, a citizen's or a
// resident foreigner's, or false for what is none. The last two of its eleven
// digits check the others, and none begins with 0.
func IdentityNumber(s string) (string, bool) {
	number, ok := digitsOf(s, identityNumberLength)
	if !ok || number[0] == '0' {
		return "", false
	}
	odd, even := 0, 0
	for i := range 9 {
		if i%2 == 0 {
			odd += int(number[i] - '0')
		} else {
			even += int(number[i] - '0')
		}
	}
	tenth := (odd*7 + 90 - even) % 10
	eleventh := (odd + even + tenth) % 10
	return number, int(number[9]-'0') == tenth && int(number[10]-'0') == eleventh
}

// digitsOf takes the spaces out with which people group digits.
func digitsOf(s string, length int) (string, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), " ", "")
	return s, len(s) == length && strings.Trim(s, "0123456789") == ""
}
