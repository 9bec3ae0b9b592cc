package sendgrid_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sendgrid"
)

// BenchmarkSend is what a mail costs the simulator alone: checked, kept and told
// to nobody, without a network.
func BenchmarkSend(b *testing.B) {
	s := sendgrid.New(sendgrid.Config{DeliveryTime: -1})
	raw, err := json.Marshal(goodBody())
	require.NoError(b, err)
	for b.Loop() {
		req := httptest.NewRequest(http.MethodPost, "/v3/mail/send", strings.NewReader(string(raw)))
		req.Header.Set("Authorization", "Bearer "+sendgrid.DefaultKey)
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		require.Equal(b, http.StatusAccepted, rec.Code)
	}
}
