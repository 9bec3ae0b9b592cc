package sendgrid_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sendgrid"
)

func TestTheInboxListsTheNewestFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, page := r.get(t, "/")
	require.Contains(t, page, "Nothing was sent yet")
	r.sent(t, letter())
	second := letter("bounce@posta.example")
	second.Subject = "Kargoda 📦 <script>alert(1)</script>"
	r.sent(t, second)

	resp, page := r.get(t, "/inbox")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Contains(t, page, "2 mails.")
	require.Less(t, strings.Index(page, "Kargoda 📦 &lt;script&gt;"), strings.Index(page, "Siparişiniz alındı"))
	require.NotContains(t, page, "<script>")
	require.Contains(t, page, `<span class="state bounce">bounce</span>`)
	require.NotRegexp(t, `(src|href)="https?:`, page, "no outside assets")
	require.Contains(t, page, "Ayşe Yılmaz &lt;ayse@posta.example&gt;")
	require.Contains(t, page, "Times are those of Istanbul.")
	require.Contains(t, page, r.Sent()[0].At.UTC().Add(3*time.Hour).Format("2 Jan 2006, 15:04:05"), "as the mails say theirs")

	_, page = r.get(t, "/inbox?q=BOUNCE")
	require.Contains(t, page, "1 of 2 mails.")
	require.NotContains(t, page, "Siparişiniz alındı")
	_, page = r.get(t, "/inbox?q=yok")
	require.Contains(t, page, "No mail has “yok”")
}

func TestAMailsPageShowsAllOfItAndRunsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := letter()
	m.SetHeader("X-Bedesten-Mail", "order_placed")
	m.Content[1] = mail.NewContent("text/html", `<a href="https://dukkan.example/orders/48213?t=1&amp;x=2">Sipariş</a><a href="javascript:alert(1)">x</a><script>alert(1)</script>`)
	id := r.sent(t, m)

	resp, page := r.get(t, "/inbox/1")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	for _, part := range []string{id, "mail_01H-1", "X-Bedesten-Mail", "Merhaba Ayşe, siparişiniz alındı.", "clicks on", `sandbox="allow-popups`, `href="https://dukkan.example/orders/48213?t=1&amp;x=2"`, "delivered", "not told yet"} {
		require.Contains(t, page, part)
	}
	require.NotContains(t, page, "javascript:")
	require.NotContains(t, page, "<script>")

	resp, page = r.get(t, "/inbox/1/html")
	require.Equal(t, m.Content[1].Value, page, "as it was sent")
	policy := resp.Header.Get("Content-Security-Policy")
	require.True(t, strings.HasPrefix(policy, "sandbox allow-popups"), policy)
	require.NotContains(t, policy, "allow-scripts")
	require.Contains(t, policy, "default-src 'none'")

	for _, path := range []string{"/inbox/2", "/inbox/0", "/inbox/x", "/inbox/2/html", "/inbox/1/text"} {
		resp, _ = r.get(t, path)
		require.Equal(t, http.StatusNotFound, resp.StatusCode, path)
	}
}

func TestTheControlAPITellsWhatWasSent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sent(t, letter())
	r.sent(t, letter("bounce@posta.example"))

	mails := func(path string) []sendgrid.Mail {
		resp, answer := r.get(t, path)
		require.Equal(t, http.StatusOK, resp.StatusCode, answer)
		var out struct{ Mails []sendgrid.Mail }
		require.NoError(t, json.Unmarshal([]byte(answer), &out))
		return out.Mails
	}
	require.Len(t, mails("/_control/mails"), 2)
	require.Len(t, mails("/_control/mails?arg.send_key=mail_01H-1"), 2)
	found := mails("/_control/mails?to=AYSE@posta.example&arg.order_id=ord_01H")
	require.Len(t, found, 1)
	require.Equal(t, r.Sent()[0].Events[0].ID, found[0].Events[0].ID)
	require.Empty(t, mails("/_control/mails?arg.send_key=mail_02K-1"))

	resp, _ := r.get(t, "/_control/mails?send_key=mail_01H-1")
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	resp, answer := r.get(t, "/_control/mails/2")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, answer, "bounce@posta.example")
	resp, _ = r.get(t, "/_control/mails/3")
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	_, answer = r.get(t, "/_control/key")
	require.Contains(t, answer, r.PublicKey())
	_, answer = r.get(t, "/_control/bounces")
	require.JSONEq(t, `{"bounces":["bounce@posta.example"]}`, answer)
	require.Equal(t, http.StatusNoContent, r.ask(t, http.MethodDelete, "/_control/bounces/bounce@posta.example"))
	require.Equal(t, http.StatusNotFound, r.ask(t, http.MethodDelete, "/_control/bounces/bounce@posta.example"))
	require.Equal(t, http.StatusAccepted, r.ask(t, http.MethodPost, "/_control/events/"+r.Sent()[0].Events[0].ID+"/resend"))
	require.Equal(t, http.StatusNotFound, r.ask(t, http.MethodPost, "/_control/events/yok/resend"))
	require.Equal(t, http.StatusOK, r.ask(t, http.MethodPost, "/_control/key"))
	require.Equal(t, http.StatusNoContent, r.ask(t, http.MethodPost, "/_control/reset"))
	require.Empty(t, r.Sent())
}

func (r *rig) ask(t *testing.T, method, path string) int {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, nil)
	require.NoError(t, err)
	resp, _ := do(t, req)
	return resp.StatusCode
}
