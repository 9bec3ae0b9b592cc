package idempotency_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/idempotency"
)

func TestID_DiffersWithEachOfItsParts(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range [][3]string{{"crt_1", "checkout", "k"}, {"crt_2", "checkout", "k"}, {"crt_1", "attempt", "k"}, {"crt_1", "checkout", "l"}, {"crt_1check", "out", "k"}, {"", "crt_1checkout", "k"}} {
		id := idempotency.ID(p[0], p[1], p[2])
		require.Len(t, id, 64)
		require.False(t, seen[id])
		seen[id] = true
	}
	require.Equal(t, idempotency.ID("a", "b", "c"), idempotency.ID("a", "b", "c"))
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		key  string
		code fault.Code
	}{
		{"a uuid", "6f1c2b0e-4f0a-4e0e-9a55-8f0c1e5b7a01", ""},
		{"the longest", strings.Repeat("k", 255), ""},
		{"none", "", fault.KeyMissing},
		{"too long", strings.Repeat("k", 256), fault.Invalid},
		{"a space", "a b", fault.Invalid},
		{"a letter beyond ASCII", "anahtarım", fault.Invalid},
		{"a control character", "a\x01", fault.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := idempotency.CheckKey(tt.key)
			if tt.code == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, tt.code, fault.CodeOf(err))
		})
	}
}

func TestBodyHash_IsOfWhatTheBodySays(t *testing.T) {
	t.Parallel()
	hash := func(body string) string {
		h, err := idempotency.BodyHash([]byte(body))
		require.NoError(t, err)
		return h
	}
	require.Equal(t, hash(`{"sku":"ÇAY","quantity":1}`), hash(" {\n\"quantity\" : 1, \"sku\":\"\\u00c7AY\"}"))
	require.NotEqual(t, hash(`{"quantity":1}`), hash(`{"quantity":"1"}`))
	require.NotEqual(t, hash(`{"a":9007199254740993}`), hash(`{"a":9007199254740992}`), "no number loses a digit")
	require.Equal(t, hash(""), hash("  "))
	_, err := idempotency.BodyHash([]byte("{"))
	require.Equal(t, fault.Malformed, fault.CodeOf(err))
}

func FuzzBodyHash_DoesNotDependOnHowJSONIsWritten(f *testing.F) {
	f.Add([]byte(`{"b":[1,2.50,{"x":null}],"a":"ı"}`))
	f.Add([]byte(`1e9`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if !json.Valid(body) {
			t.Skip()
		}
		first, err := idempotency.BodyHash(body)
		require.NoError(t, err)
		spaced := append([]byte("\n\t "), append(body, '\n')...)
		second, err := idempotency.BodyHash(spaced)
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}
