package money_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

func TestAmount_Add(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name string
		a, b money.Amount
		want money.Amount
		code fault.Code
	}{
		{"same currency", money.Of(1050, "TRY"), money.Of(950, "TRY"), money.Of(2000, "TRY"), ""},
		{"zero value takes the other currency", money.Amount{}, money.Of(5, "EUR"), money.Of(5, "EUR"), ""},
		{"refund larger than charge", money.Of(100, "USD"), money.Of(-250, "USD"), money.Of(-150, "USD"), ""},
		{"mixed currencies", money.Of(1, "USD"), money.Of(1, "EUR"), money.Amount{}, fault.Conflict},
		{"overflow", money.Of(math.MaxInt64, "USD"), money.Of(1, "USD"), money.Amount{}, fault.Invalid},
		{"overflow below", money.Of(math.MinInt64, "USD"), money.Of(-1, "USD"), money.Amount{}, fault.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got, err := tt.a.Add(tt.b)
			if tt.code != "" {
				require.Equal(t, tt.code, fault.CodeOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestAmount_Times_RefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()

	got, err := money.Of(12_490, "TRY").Times(3)
	require.NoError(t, err)
	require.Equal(t, money.Of(37_470, "TRY"), got)
	_, err = money.Of(math.MaxInt64/2, "TRY").Times(3)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
	_, err = money.Of(math.MinInt64, "TRY").Times(-1)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestAmount_Portion_RoundsHalfAwayFromZero(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct{ minor, num, den, want int64 }{
		{12_000, 20, 120, 2_000},
		{99, 1, 2, 50},
		{-99, 1, 2, -50},
		{1, 1, 3, 0},
		{2, 1, 3, 1},
		{9_990, 10, 110, 908},
	} {
		got, err := money.Of(tt.minor, "TRY").Portion(tt.num, tt.den)
		require.NoError(t, err)
		require.Equal(t, tt.want, got.Minor, "%d × %d/%d", tt.minor, tt.num, tt.den)
	}
	_, err := money.Of(1, "TRY").Portion(1, 0)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestAmount_Allocate_GivesLeftoverUnitsToThosePartsThatLostMost(t *testing.T) {
	t.Parallel()

	parts, err := money.Of(100, "TRY").Allocate([]int64{1, 1, 1})
	require.NoError(t, err)
	require.Equal(t, []money.Amount{money.Of(34, "TRY"), money.Of(33, "TRY"), money.Of(33, "TRY")}, parts)

	parts, err = money.Of(-10, "TRY").Allocate([]int64{1, 5, 1})
	require.NoError(t, err)
	require.Equal(t, []money.Amount{money.Of(-2, "TRY"), money.Of(-7, "TRY"), money.Of(-1, "TRY")}, parts)

	_, err = money.Of(1, "TRY").Allocate([]int64{1, -1})
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func FuzzAmount_Split(f *testing.F) {
	f.Add(int64(1000), 3)
	f.Add(int64(-7), 2)
	f.Add(int64(math.MinInt64), 1000)
	f.Fuzz(func(t *testing.T, minor int64, n int) {
		if n < 1 || n > 1000 {
			return
		}
		var sum int64
		for _, p := range money.Of(minor, "TRY").Split(n) {
			sum += p.Minor
		}
		require.Equal(t, minor, sum)
	})
}

func FuzzAmount_Allocate(f *testing.F) {
	f.Add(int64(1000), int64(1), int64(2), int64(3))
	f.Add(int64(-7), int64(0), int64(0), int64(0))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MaxInt64), int64(1))
	f.Fuzz(func(t *testing.T, minor, a, b, c int64) {
		parts, err := money.Of(minor, "TRY").Allocate([]int64{a, b, c})
		if err != nil {
			require.True(t, a < 0 || b < 0 || c < 0, "only negative weights are refused")
			return
		}
		sum := money.Of(0, "TRY")
		for _, p := range parts {
			sum, err = sum.Add(p)
			require.NoError(t, err)
		}
		require.Equal(t, money.Of(minor, "TRY"), sum, "no unit is lost")
	})
}

func ExampleAmount_Split() {
	for _, p := range money.Of(1000, "TRY").Split(3) {
		fmt.Println(p)
	}
	// Output:
	// 3.34 TRY
	// 3.33 TRY
	// 3.33 TRY
}

func ExampleAmount_String() {
	fmt.Println(money.Of(124990, "TRY"))
	fmt.Println(money.Of(-5, "EUR"))
	fmt.Println(money.Of(500, "JPY"))
	// Output:
	// 1249.90 TRY
	// -0.05 EUR
	// 500 JPY
}
