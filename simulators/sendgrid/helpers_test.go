package sendgrid_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sendgrid/rest"
	sendgridgo "github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

// rig is a simulator that listens.
type rig struct {
	*sendgrid.Server
	url string
}

func newRig(t *testing.T, change ...func(*sendgrid.Config)) *rig {
	t.Helper()

	cfg := sendgrid.Config{Unscoped: "SG.okur.yazamaz", BatchWait: -1, DeliveryTime: -1, MaxHang: 5 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	s := sendgrid.New(cfg)
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, s.Close(ctx))
		srv.Close()
	})
	return &rig{Server: s, url: srv.URL}
}

// letter is the mail of an order that was placed.
func letter(to ...string) *mail.SGMailV3 {
	if len(to) == 0 {
		to = []string{"ayse@posta.example"}
	}
	m := mail.NewV3MailInit(mail.NewEmail("Bedesten", "siparis@bedesten.example"), "Siparişiniz alındı: 48213", mail.NewEmail("Ayşe Yılmaz", to[0]),
		mail.NewContent("text/plain", "Merhaba Ayşe, siparişiniz alındı."),
		mail.NewContent("text/html", `<p>Merhaba <b>Ayşe</b></p><a href="https://dukkan.example/orders/48213?t=1&amp;x=2">Siparişiniz</a>`))
	for _, more := range to[1:] {
		m.Personalizations[0].AddTos(mail.NewEmail("", more))
	}
	m.Personalizations[0].SetCustomArg("send_key", "mail_01H-1")
	m.Personalizations[0].SetCustomArg("order_id", "ord_01H")
	return m
}

// send posts a mail with SendGrid's own client, on a connection of its own.
func (r *rig) send(t *testing.T, m *mail.SGMailV3) (*rest.Response, error) {
	t.Helper()

	req := sendgridgo.GetRequest(sendgrid.DefaultKey, "/v3/mail/send", r.url)
	req.Method, req.Body = http.MethodPost, mail.GetRequestBody(m)
	client := rest.Client{HTTPClient: &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
	return client.SendWithContext(t.Context(), req)
}

// sent posts a mail that is accepted and returns its X-Message-Id.
func (r *rig) sent(t *testing.T, m *mail.SGMailV3) string {
	t.Helper()

	resp, err := r.send(t, m)
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, resp.StatusCode, resp.Body)
	require.Empty(t, resp.Body)
	require.Len(t, resp.Headers["X-Message-Id"], 1)
	return resp.Headers["X-Message-Id"][0]
}

// post sends a raw body and returns the answer.
func (r *rig) post(t *testing.T, body string, change ...func(*http.Request)) (*http.Response, string) {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/v3/mail/send", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+sendgrid.DefaultKey)
	req.Header.Set("Content-Type", "application/json")
	for _, f := range change {
		f(req)
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()

	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func (r *rig) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	require.NoError(t, err)
	return do(t, req)
}

// problem is one entry of SendGrid's errors.
type problem struct {
	Message string  `json:"message"`
	Field   *string `json:"field"`
	Help    *string `json:"help"`
}

func problems(t *testing.T, body string) []problem {
	t.Helper()

	var out struct {
		Errors []problem `json:"errors"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &out), body)
	require.NotEmpty(t, out.Errors)
	return out.Errors
}

func (r *rig) fault(t *testing.T, f sim.Fault) {
	t.Helper()

	_, err := r.AddFault(f)
	require.NoError(t, err)
}

func (r *rig) idle(t *testing.T) {
	t.Helper()
	require.NoError(t, r.Idle(t.Context()))
}

// kinds are the types of a mail's events.
func kinds(m sendgrid.Mail) []string {
	out := []string{}
	for _, e := range m.Events {
		out = append(out, e.Type)
	}
	return out
}
