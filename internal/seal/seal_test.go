package seal_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/seal"
)

const resident = "Işıl Özgür, Moda Caddesi No: 12, Kadıköy/İstanbul, isil.ozgur@example.com"

func bytesOf(fill byte) []byte { return bytes.Repeat([]byte{fill}, seal.KeyBytes) }

func ringOf(t testing.TB, ids ...string) *seal.Keyring {
	t.Helper()
	keys := make([]seal.Key, len(ids))
	for i, id := range ids {
		keys[i] = seal.Key{ID: id, Bytes: bytesOf(id[len(id)-1])}
	}
	ring, err := seal.NewKeyring(keys...)
	require.NoError(t, err)
	return ring
}

func dataKey(t testing.TB) seal.DataKey {
	t.Helper()
	key, _, err := ringOf(t, "k1").NewKey("ord_1")
	require.NoError(t, err)
	return key
}

func TestSeal_OpensOnlyWithTheSameKeyAboutTheSame(t *testing.T) {
	t.Parallel()
	key := dataKey(t)
	sealed := seal.Seal(key, "orders|contact|ord_1", []byte(resident))
	for _, word := range strings.Fields(resident) {
		require.NotContains(t, string(sealed), word)
	}
	opened, err := seal.Open(key, "orders|contact|ord_1", sealed)
	require.NoError(t, err)
	require.Equal(t, resident, string(opened))
	require.NotEqual(t, sealed, seal.Seal(key, "orders|contact|ord_1", []byte(resident)), "no nonce is used twice")

	_, err = seal.Open(key, "orders|contact|ord_2", sealed)
	require.Error(t, err, "moved to another order")
	_, err = seal.Open(dataKey(t), "orders|contact|ord_1", sealed)
	require.Error(t, err, "another person's key")
	require.NotContains(t, err.Error(), "Işıl")
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, err := seal.Open(key, "orders|contact|ord_1", changed)
		require.Error(t, err, "byte %d", i)
	}
}

func TestDataKey_NeverPrintsItself(t *testing.T) {
	t.Parallel()
	key, err := seal.KeyOf(bytesOf('a'))
	require.NoError(t, err)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("bir anahtar", "key", key)
	for _, shown := range []string{fmt.Sprint(key), fmt.Sprintf("%+v", key), fmt.Sprintf("%#v", key), fmt.Sprintf("%q", key), log.String()} {
		require.Contains(t, shown, "[data key]")
		require.NotContains(t, shown, "97 97")
		require.NotContains(t, shown, "aaaa")
	}
}

func TestKeyOf_RefusesAnotherLength(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		_, err := seal.KeyOf(make([]byte, n))
		require.Error(t, err, n)
	}
}

func TestKeyring_AWrappedKeyOpensForItsSubjectOnly(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, "k1")
	key, wrapped, err := ring.NewKey("usr_ayşe")
	require.NoError(t, err)
	sealed := seal.Seal(key, "x", []byte(resident))
	again, err := ring.Unwrap("usr_ayşe", wrapped)
	require.NoError(t, err)
	opened, err := seal.Open(again, "x", sealed)
	require.NoError(t, err)
	require.Equal(t, resident, string(opened))
	_, err = ring.Unwrap("usr_mehmet", wrapped)
	require.Error(t, err)
	_, err = ring.Open("usr_ayşe", wrapped)
	require.Error(t, err, "a wrapped key is no text of the keyring's")
}

func TestKeyring_RotatesByPuttingANewKeyFirst(t *testing.T) {
	t.Parallel()
	key, wrapped, err := ringOf(t, "k1").NewKey("ord_1")
	require.NoError(t, err)
	sealed := seal.Seal(key, "x", []byte(resident))

	rolled := ringOf(t, "k2", "k1")
	require.Equal(t, "k2", rolled.First())
	require.Equal(t, []string{"k2", "k1"}, rolled.IDs())
	again, err := rolled.Rewrap("ord_1", wrapped)
	require.NoError(t, err)
	require.Equal(t, "k2", again.KeyID)

	late := ringOf(t, "k2")
	require.False(t, late.Has("k1"))
	_, err = late.Unwrap("ord_1", wrapped)
	require.ErrorContains(t, err, `no key "k1"`)
	unwrapped, err := late.Unwrap("ord_1", again)
	require.NoError(t, err)
	opened, err := seal.Open(unwrapped, "x", sealed)
	require.NoError(t, err)
	require.Equal(t, resident, string(opened), "what was sealed before opens without the old master key")

	again.KeyID = "k1"
	_, err = rolled.Unwrap("ord_1", again)
	require.Error(t, err, "a key's id cannot be exchanged")
}

func TestNewKeyring_RefusesKeysThatProtectNothing(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]seal.Key{
		"none":           nil,
		"short":          {{ID: "k1", Bytes: []byte("kısa")}},
		"without id":     {{Bytes: bytesOf('a')}},
		"a colon inside": {{ID: "k:1", Bytes: bytesOf('a')}},
		"twice":          {{ID: "k1", Bytes: bytesOf('a')}, {ID: "k1", Bytes: bytesOf('b')}},
	} {
		_, err := seal.NewKeyring(keys...)
		require.Error(t, err, name)
	}
}

func TestLookup_FindsTheSameValueOfTheSameKindAndNothingElse(t *testing.T) {
	t.Parallel()
	lookup, err := seal.NewLookup(bytesOf('l'))
	require.NoError(t, err)
	other, err := seal.NewLookup(bytesOf('m'))
	require.NoError(t, err)
	key := lookup.Key("email", "isil.ozgur@example.com")
	require.Len(t, key, 43)
	require.Equal(t, key, lookup.Key("email", "isil.ozgur@example.com"))
	require.NotEqual(t, key, lookup.Key("email", "ısıl.ozgur@example.com"))
	require.NotEqual(t, key, lookup.Key("phone", "isil.ozgur@example.com"))
	require.NotEqual(t, key, other.Key("email", "isil.ozgur@example.com"))
	require.NotContains(t, fmt.Sprintf("%v %+v", lookup, lookup), "108")
	_, err = seal.NewLookup([]byte("kısa"))
	require.Error(t, err)
}

func FuzzOpen(f *testing.F) {
	key := dataKey(f)
	f.Add([]byte{}, "")
	f.Add([]byte{1}, "orders|contact|ord_1")
	f.Add(seal.Seal(key, "orders|contact|ord_1", []byte(resident)), "orders|contact|ord_2")
	f.Fuzz(func(t *testing.T, garbage []byte, about string) {
		_, err := seal.Open(key, about, garbage)
		require.Error(t, err)
		_, err = ringOf(t, "k1").Unwrap(about, seal.Sealed{KeyID: "k1", Bytes: garbage})
		require.Error(t, err)
	})
}

func FuzzSeal(f *testing.F) {
	key := dataKey(f)
	f.Add([]byte(resident), "orders|contact|ord_1")
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, plaintext []byte, about string) {
		opened, err := seal.Open(key, about, seal.Seal(key, about, plaintext))
		require.NoError(t, err)
		require.True(t, bytes.Equal(plaintext, opened))
	})
}
