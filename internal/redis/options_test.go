package redis_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	store "github.com/bedesten/bedesten/internal/redis"
)

func TestOptions_ReadsAnAddressOrAURL(t *testing.T) {
	t.Parallel()
	plain, err := store.Options("redis:6379")
	require.NoError(t, err)
	require.Equal(t, "redis:6379", plain.Addr)
	require.Nil(t, plain.TLSConfig)

	secured, err := store.Options("rediss://sayac:parola@redis.example:6380/2")
	require.NoError(t, err)
	require.Equal(t, "redis.example:6380", secured.Addr)
	require.Equal(t, "sayac", secured.Username)
	require.Equal(t, "parola", secured.Password)
	require.Equal(t, 2, secured.DB)
	require.NotNil(t, secured.TLSConfig)
}

func TestOptions_RefusesWhatItCannotReadWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"", "parola", ":6379", "http://:parola@redis", "redis://:parola%zz@redis", "redis://redis/parola"} {
		_, err := store.Options(addr)
		require.Error(t, err, addr)
		require.NotContains(t, err.Error(), "parola")
	}
}
