// Package money counts money in minor units of an ISO 4217 currency. No float
// touches an amount, and splitting one never loses a unit.
package money

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
)

// Amount is a sum of money in minor units (kuruş, cent). The zero value is "no
// money, no currency" and can be added to any amount.
type Amount struct {
	Minor    int64  `json:"amount" bson:"amount"`
	Currency string `json:"currency" bson:"currency"`
}

// Of returns an amount of minor units.
func Of(minor int64, currency string) Amount { return Amount{minor, currency} }

// digits is the number of decimals of each currency we take, from ISO 4217.
var digits = map[string]int{
	"TRY": 2, "EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0, "KWD": 3,
}

// Known reports whether currency is one that the product can count in.
func Known(currency string) bool { _, ok := digits[currency]; return ok }

// Decimals returns how many decimals a currency has; 0 for one that is not known.
func Decimals(currency string) int { return digits[currency] }

// IsZero reports whether a is no money at all.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Add returns a + b. Adding two currencies is a Conflict, an overflow Invalid.
func (a Amount) Add(b Amount) (Amount, error) {
	currency, err := common(a, b)
	if err != nil {
		return Amount{}, err
	}
	sum := a.Minor + b.Minor
	if (b.Minor > 0 && sum < a.Minor) || (b.Minor < 0 && sum > a.Minor) {
		return Amount{}, fault.New(fault.Invalid, "the sum is too large to count")
	}
	return Amount{sum, currency}, nil
}

// Sub returns a - b, with the errors of Add.
func (a Amount) Sub(b Amount) (Amount, error) {
	if b.Minor == math.MinInt64 {
		return Amount{}, fault.New(fault.Invalid, "the difference is too large to count")
	}
	return a.Add(Amount{-b.Minor, b.Currency})
}

// Times returns a taken n times; an overflow is Invalid.
func (a Amount) Times(n int64) (Amount, error) {
	if a.Minor == 0 || n == 0 {
		return Amount{0, a.Currency}, nil
	}
	product := a.Minor * n
	if product/n != a.Minor || (a.Minor == math.MinInt64 && n == -1) {
		return Amount{}, fault.New(fault.Invalid, "the product is too large to count")
	}
	return Amount{product, a.Currency}, nil
}

// Portion returns a × num / den, rounded half away from zero: the rounding of
// Turkish invoices. den must be positive.
func (a Amount) Portion(num, den int64) (Amount, error) {
	if den <= 0 {
		return Amount{}, fault.New(fault.Invalid, "a portion needs a positive denominator")
	}
	n := new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(num))
	d := big.NewInt(den)
	half := new(big.Int).Quo(d, big.NewInt(2))
	if n.Sign() < 0 {
		half.Neg(half)
	}
	q := n.Add(n, half).Quo(n, d)
	if !q.IsInt64() {
		return Amount{}, fault.New(fault.Invalid, "the portion is too large to count")
	}
	return Amount{q.Int64(), a.Currency}, nil
}

// Split divides a into n parts that differ by at most one minor unit and sum
// to exactly a. The larger parts come first. n must be positive.
func (a Amount) Split(n int) []Amount {
	parts := make([]Amount, n)
	q, r := a.Minor/int64(n), a.Minor%int64(n)
	for i := range parts {
		parts[i] = Of(q, a.Currency)
		switch {
		case r > 0:
			parts[i].Minor++
			r--
		case r < 0:
			parts[i].Minor--
			r++
		}
	}
	return parts
}

// Allocate divides a in proportion to weights, to exactly a: each part is
// rounded towards zero and the units left over go one by one to the parts that
// lost most, the first of equals. Weights must not be negative; if all are
// zero the parts are equal.
func (a Amount) Allocate(weights []int64) ([]Amount, error) {
	total := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			return nil, fault.New(fault.Invalid, "a weight cannot be negative")
		}
		total.Add(total, big.NewInt(w))
	}
	if len(weights) == 0 {
		return nil, fault.New(fault.Invalid, "nothing to divide the amount over")
	}
	if total.Sign() == 0 {
		return a.Split(len(weights)), nil
	}
	return a.allocate(weights, total), nil
}

func (a Amount) allocate(weights []int64, total *big.Int) []Amount {
	type rest struct {
		index int
		lost  *big.Int
	}
	parts, rests, left := make([]Amount, len(weights)), make([]rest, len(weights)), a.Minor
	for i, w := range weights {
		q, r := new(big.Int).QuoRem(new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(w)), total, new(big.Int))
		parts[i] = Of(q.Int64(), a.Currency)
		rests[i] = rest{i, r.Abs(r)}
		left -= q.Int64()
	}
	slices.SortStableFunc(rests, func(x, y rest) int { return y.lost.Cmp(x.lost) })
	unit := int64(cmp.Compare(left, 0))
	for i := 0; left != 0; i++ {
		parts[rests[i].index].Minor += unit
		left -= unit
	}
	return parts
}

// String returns the amount with its decimals, for example "1249.90 TRY". It
// is for logs and operators; pages format by language.
func (a Amount) String() string {
	d := digits[a.Currency]
	sign, minor := "", new(big.Int).Abs(big.NewInt(a.Minor)).String()
	if a.Minor < 0 {
		sign = "-"
	}
	if pad := d + 1 - len(minor); pad > 0 {
		minor = strings.Repeat("0", pad) + minor
	}
	whole, fraction := minor[:len(minor)-d], minor[len(minor)-d:]
	if fraction != "" {
		fraction = "." + fraction
	}
	return strings.TrimSpace(fmt.Sprintf("%s%s%s %s", sign, whole, fraction, a.Currency))
}

func common(a, b Amount) (string, error) {
	switch {
	case a.Currency == "":
		return b.Currency, nil
	case b.Currency == "" || a.Currency == b.Currency:
		return a.Currency, nil
	}
	return "", fault.New(fault.Conflict, "%s and %s cannot be added", a.Currency, b.Currency)
}
