package sendgrid_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

func TestAKeyIsToldItsScopesAndNothingIsSent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ask := func(method, key string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, r.url+"/v3/scopes", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", key)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	status, body := ask(http.MethodGet, "Bearer "+sendgrid.DefaultKey)
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"scopes":["mail.send"]}`, body)
	status, body = ask(http.MethodGet, "Bearer SG.okur.yazamaz")
	require.Equal(t, http.StatusOK, status)
	require.NotContains(t, body, "mail.send")

	for key, message := range map[string]string{
		"Bearer SG.yanlis.anahtar": "The provided authorization grant is invalid, expired, or revoked", "": "authorization required",
	} {
		status, body = ask(http.MethodGet, key)
		require.Equal(t, http.StatusUnauthorized, status)
		require.Contains(t, body, message)
	}
	status, _ = ask(http.MethodPost, "Bearer "+sendgrid.DefaultKey)
	require.Equal(t, http.StatusMethodNotAllowed, status)

	_, err := r.AddFault(sim.Fault{Kind: sim.Answer, Status: http.StatusServiceUnavailable, Times: 1, Match: sim.Match{Operation: "scopes.list"}})
	require.NoError(t, err)
	status, _ = ask(http.MethodGet, "Bearer "+sendgrid.DefaultKey)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Empty(t, r.Sent())
}
