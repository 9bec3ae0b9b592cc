package secret_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/secret"
)

func key(id string, fill byte) secret.Key {
	return secret.Key{ID: id, Bytes: bytes.Repeat([]byte{fill}, secret.MinKeyBytes)}
}

func ring(t *testing.T, keys ...secret.Key) *secret.Keyring {
	t.Helper()
	r, err := secret.NewKeyring(keys...)
	require.NoError(t, err)
	return r
}

func TestKeyring_OpensExactlyWhatTheSecretWasMadeFor(t *testing.T) {
	t.Parallel()
	r := ring(t, key("k1", 'a'))
	s := r.Derive(secret.Cart, "crt_1", 1)
	require.Equal(t, s, r.Derive(secret.Cart, "crt_1", 1), "a repeated answer can give it again")
	require.True(t, r.Opens(s, secret.Cart, "crt_1", 1))
	require.False(t, r.Opens(s, secret.Order, "crt_1", 1), "another kind")
	require.False(t, r.Opens(s, secret.Cart, "crt_2", 1), "another cart")
	require.False(t, r.Opens(s, secret.Cart, "crt_1", 2), "revoked by its epoch")
	for _, wrong := range []string{"", ".", "k1", "k1.", "k2." + strings.TrimPrefix(s, "k1."), s + "A", s[:len(s)-1], s + "=", strings.ToUpper(s)} {
		require.False(t, r.Opens(wrong, secret.Cart, "crt_1", 1), wrong)
	}
}

func TestKeyring_OldKeysStillOpenAndTheFirstMakesNewSecrets(t *testing.T) {
	t.Parallel()
	old := ring(t, key("k1", 'a')).Derive(secret.Order, "ord_1", 1)
	rolled := ring(t, key("k2", 'b'), key("k1", 'a'))
	require.True(t, rolled.Opens(old, secret.Order, "ord_1", 1))
	require.True(t, strings.HasPrefix(rolled.Derive(secret.Order, "ord_1", 1), "k2."))
	require.False(t, ring(t, key("k2", 'b')).Opens(old, secret.Order, "ord_1", 1), "a key that is gone opens nothing")
}

func TestNewKeyring_RefusesKeysThatProtectNothing(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]secret.Key{
		"none":         nil,
		"short":        {{ID: "k1", Bytes: []byte("kısa")}},
		"without id":   {key("", 'a')},
		"dot in an id": {key("k.1", 'a')},
		"twice":        {key("k1", 'a'), key("k1", 'b')},
	} {
		_, err := secret.NewKeyring(keys...)
		require.Error(t, err, name)
	}
}

func ExampleKeyring_Derive() {
	r, err := secret.NewKeyring(secret.Key{ID: "v1", Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := r.Derive(secret.Cart, "crt_01k3v8m4w00000000000000000", 1)
	fmt.Println(s[:3], r.Opens(s, secret.Cart, "crt_01k3v8m4w00000000000000000", 1))
	// Output: v1. true
}
