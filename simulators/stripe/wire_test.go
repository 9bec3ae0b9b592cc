package stripe_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// captured is a request as stripe-go v76.25.0 sent it.
type captured struct {
	Call    string            `json:"call"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func TestEveryCapturedRequestOfStripesClientIsAccepted(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("testdata/wire/*.json")
	require.NoError(t, err)
	require.Len(t, files, 16)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *stripe.Config) { c.Multicapture = true })
			req := loadCaptured(t, file)
			r.fit(t, &req)

			status, body := req.send(t, r.url)
			require.Equal(t, http.StatusOK, status, body)
		})
	}
}

func loadCaptured(t *testing.T, file string) captured {
	t.Helper()

	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var req captured
	require.NoError(t, json.Unmarshal(raw, &req))
	return req
}

// fit puts ids that exist in the place of the captured ones.
func (r *rig) fit(t *testing.T, req *captured) {
	t.Helper()

	const id = "pi_3Bedesten"
	if strings.Contains(req.Path+req.Body, id) {
		pi := r.intentFor(t, req.Call)
		req.Path = strings.ReplaceAll(req.Path, id, pi)
		req.Body = strings.ReplaceAll(req.Body, id, pi)
	}
	if strings.Contains(req.Path, "evt_1Last") {
		r.newIntent(t, 124990)
		it := r.api.Events.List(nil)
		require.True(t, it.Next())
		req.Path = strings.ReplaceAll(req.Path, "evt_1Last", it.Event().ID)
	}
}

// intentFor makes an intent in the state that the captured call needs.
func (r *rig) intentFor(t *testing.T, call string) string {
	t.Helper()

	switch {
	case strings.HasPrefix(call, "payment_intent.capture"):
		return r.held(t, 124990, "pm_card_visa").ID
	case strings.HasPrefix(call, "refund"):
		return r.paid(t, 124990, "pm_card_visa").ID
	}
	return r.newIntent(t, 124990).ID
}

func (c captured) send(t *testing.T, url string) (int, string) {
	t.Helper()

	// A reader of unknown length is sent in chunks, as the client does.
	req, err := http.NewRequestWithContext(t.Context(), c.Method, url+c.Path, io.MultiReader(strings.NewReader(c.Body)))
	require.NoError(t, err)
	for k, v := range c.Headers {
		if k != "transfer-encoding" && k != "accept-encoding" {
			req.Header.Set(k, v)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}
