package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConsents_AreKeptWithTheVersionThatWasShownAndTakenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.publishTerms(t)
	me, other := r.register(t, ayseEmail), r.register(t, "mehmet@example.com")
	shown := r.do(t, call{method: "GET", path: "/v1/terms"})
	hash := ""
	for _, one := range shown.json["items"].([]any) {
		if text := one.(map[string]any); text["kind"] == "marketing" {
			hash = text["hash"].(string)
		}
	}
	require.NotEmpty(t, hash, shown.raw)
	requireProblem(t, r.do(t, me.as("DELETE", "/v1/account/consents/marketing", "")), 404, "not_found")
	requireProblem(t, r.do(t, me.as("POST", "/v1/account/consents", `{"kind":"marketing","hash":"eski"}`)), 409, "terms_changed")
	requireProblem(t, r.do(t, me.as("POST", "/v1/account/consents", `{"kind":"privacy","hash":"`+hash+`"}`)), 409, "terms_changed")
	standing := func(a answer) map[string]any {
		require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
		require.Len(t, a.json["consents"], 1, a.raw)
		return a.json["consents"].([]any)[0].(map[string]any)
	}
	given := standing(r.do(t, me.as("POST", "/v1/account/consents", `{"kind":"marketing","hash":"`+hash+`"}`)))
	require.Equal(t, true, given["given"])
	require.Equal(t, hash, given["hash"])
	require.Equal(t, false, standing(r.do(t, me.as("DELETE", "/v1/account/consents/marketing", "")))["given"])
	require.Equal(t, false, standing(r.do(t, me.as("GET", "/v1/account/consents", "")))["given"])
	require.Empty(t, r.do(t, other.as("GET", "/v1/account/consents", "")).json["consents"])
	kept, err := r.deps.Consents.OfAccount(t.Context(), me.id)
	require.NoError(t, err)
	require.Len(t, kept, 2, "the first word stays as proof")
}
