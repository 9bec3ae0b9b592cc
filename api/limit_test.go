package api

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHousehold_CountsAnIPv6NetworkAsOne(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.7":            "203.0.113.7",
		"::ffff:203.0.113.7":     "203.0.113.7",
		"2001:db8:1:2::1":        "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::9":   "2001:db8:1:2::/64",
		"2001:db8:1:3::1":        "2001:db8:1:3::/64",
		"fe80::1%eth0":           "fe80::/64",
		"what is not an address": "what is not an address",
	} {
		require.Equal(t, want, household(address), address)
	}
}

func TestMemoryLimiter_ForgetsTheKeyThatWasLeastAskedAbout(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	l := newMemoryLimiter(func() time.Time { return now }, 3)
	take := func(key string) time.Duration {
		count, err := l.Take(t.Context(), key, 3600, 1)
		require.NoError(t, err)
		return count.Wait
	}
	require.Zero(t, take("kadikoy"))
	require.Equal(t, time.Second, take("kadikoy"), "one a second, after a burst of one")
	for n := range 10 {
		require.Zero(t, take(strconv.Itoa(n)))
		require.Equal(t, time.Second, take("kadikoy"), "a stranger's flood does not free it")
	}
	require.LessOrEqual(t, len(l.buckets), 3)
	require.Equal(t, len(l.buckets), l.recent.Len())
	now = now.Add(time.Second)
	require.Zero(t, take("kadikoy"), "a wait that was refused cost nothing")
}
