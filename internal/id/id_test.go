package id_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/id"
)

func TestNew_SortsByTimeAndIsAFieldName(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	first, second := id.New(id.Order, now), id.New(id.Order, now.Add(time.Millisecond))
	require.Less(t, first, second)
	require.Regexp(t, `^ord_[0-9a-z]{26}$`, first)
	require.True(t, id.Valid(id.Order, first))
}

func TestValid_RefusesWhatNewWouldNotMake(t *testing.T) {
	t.Parallel()

	for _, s := range []string{"", "ord_", "crt_01jd7v3q9v5m8f2k6n4p0r1s2t", "ord_01JD7V3Q9V5M8F2K6N4P0R1S2T", "ord_../../etc", "ord_01jd7v3q9v5m8f2k6n4p0r1s2u$"} {
		require.False(t, id.Valid(id.Order, s), s)
	}
}

func TestNumber_HasNoLettersThatAreMixedUp(t *testing.T) {
	t.Parallel()

	for range 200 {
		n := id.Number()
		require.Regexp(t, `^[2-9BCDFGHJKMNPQRSTVWXYZ]{4}-[2-9BCDFGHJKMNPQRSTVWXYZ]{4}$`, n)
		require.True(t, id.ValidNumber(n))
	}
	for _, s := range []string{"", "7KXM92QD", "7KXM-92QO", "7kxm-92qd", "7KX--92QD"} {
		require.False(t, id.ValidNumber(s), s)
	}
}

func TestTime_IsWhenAnIdWasMade(t *testing.T) {
	t.Parallel()

	made := time.Date(2026, 11, 25, 18, 30, 15, 250_000_000, time.UTC)
	at, ok := id.Time(id.New(id.Order, made))
	require.True(t, ok)
	require.Equal(t, made, at)
	for _, other := range []string{"", "ord_", "ord_nobody", "01jd0000000000000000000000"} {
		_, ok := id.Time(other)
		require.False(t, ok, other)
	}
}

func TestFixed_IsOneIDForEachThingAndTime(t *testing.T) {
	t.Parallel()

	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	same := id.Fixed("tkt", day, "ışık")
	require.True(t, id.Valid("tkt", same))
	require.Equal(t, same, id.Fixed("tkt", day, "ışık"))
	require.NotEqual(t, same, id.Fixed("tkt", day, "ısık"))
	require.NotEqual(t, same, id.Fixed("tkt", day.Add(24*time.Hour), "ışık"))
	at, ok := id.Time(same)
	require.True(t, ok)
	require.Equal(t, day, at)
}
