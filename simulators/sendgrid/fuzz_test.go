package sendgrid_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bedesten/bedesten/simulators/sendgrid"
)

// FuzzSend: whatever is sent, the answer is an accepted mail or SendGrid's JSON,
// never a server error, and no header of an accepted mail holds a line break.
func FuzzSend(f *testing.F) {
	raw, err := json.Marshal(goodBody())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add(`{"personalizations":[{"to":[{"email":"a@b.example","name":"\r\nBcc: c@d.example"}],"subject":"\u2028","send_at":1e300}],"from":null}`)
	f.Add(`{"personalizations":[{"to":[{}],"substitutions":{"":"x","-a-":"-a-"}}],"content":[{"type":"text/html","value":"-a-"}],"send_at":99999999999999999999}`)
	f.Add(`{"personalizations":[{"to":[{"email":"a@b.example"}],"substitutions":{"ad":"\r\nBcc: c@d.example"}}],"from":{"email":"a@bedesten.example"},"subject":"ad","content":[{"type":"text/html","value":"x"}]}`)
	f.Add(`{"0":{"x":""}}`)
	f.Add(`{"attachments":[{"content":"=","filename":"\u0000"}],"mail_settings":{"sandbox_mode":{"enable":true}},"headers":{"X":"\n"},"asm":{"group_id":-1}}`)

	f.Fuzz(func(t *testing.T, body string) {
		s := sendgrid.New(sendgrid.Config{DeliveryTime: -1})
		req := httptest.NewRequest(http.MethodPost, "/v3/mail/send", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+sendgrid.DefaultKey)
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		switch {
		case rec.Code >= http.StatusInternalServerError:
			t.Fatalf("%d %s", rec.Code, rec.Body)
		case rec.Code >= http.StatusBadRequest && !json.Valid(rec.Body.Bytes()):
			t.Fatalf("%d %s", rec.Code, rec.Body)
		case rec.Code == http.StatusAccepted && len(s.Sent()) == 0:
			t.Fatal("accepted and not sent")
		}
		for _, m := range s.Sent() {
			checkHeaders(t, m)
		}
	})
}

func checkHeaders(t *testing.T, m sendgrid.Mail) {
	t.Helper()

	lines := []string{m.Subject, m.From.Email, m.From.Name}
	for _, list := range [][]sendgrid.Address{m.To, m.Cc, m.Bcc} {
		for _, a := range list {
			lines = append(lines, a.Email, a.Name)
		}
	}
	if m.ReplyTo != nil {
		lines = append(lines, m.ReplyTo.Email, m.ReplyTo.Name)
	}
	for k, v := range m.Headers {
		lines = append(lines, k, v)
	}
	for _, l := range lines {
		if strings.ContainsAny(l, "\r\n") {
			t.Fatalf("a header breaks its line: %q", l)
		}
	}
}
