package sendgrid_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sendgrid"
)

// body is a request that is accepted; a change breaks one thing of it.
type body = map[string]any

func goodBody() body {
	return body{
		"personalizations": []any{body{"to": []any{body{"email": "ayse@posta.example", "name": "Ayşe Yılmaz"}}}},
		"from":             body{"email": "siparis@bedesten.example", "name": "Bedesten"},
		"subject":          "Siparişiniz alındı",
		"content":          []any{body{"type": "text/plain", "value": "Merhaba"}, body{"type": "text/html", "value": "<p>Merhaba</p>"}},
		"custom_args":      body{"send_key": "mail_01H-1"},
	}
}

func first(b body) body { return b["personalizations"].([]any)[0].(body) }

func to(b body) body { return first(b)["to"].([]any)[0].(body) }

func many(n int, item func(i int) any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = item(i)
	}
	return out
}

func mailbox(i int) any { return body{"email": fmt.Sprintf("alici%d@posta.example", i)} }

const help = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#"

func TestABadRequestIsRefusedAsSendGridDoes(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		change  func(body)
		field   string
		help    string // after message.
		message string
	}{
		{"no personalization", func(b body) { b["personalizations"] = []any{} }, "personalizations", "-Personalizations-Errors", "The personalizations field is required and must have at least one personalization."},
		{"a text for personalizations", func(b body) { b["personalizations"] = "ayse" }, "personalizations", "message.personalizations", "Invalid type. Expected: array, given: string."},
		{"1001 personalizations", func(b body) {
			b["personalizations"] = many(1001, func(i int) any { return body{"to": []any{mailbox(i)}} })
		}, "personalizations", "message.personalizations", "The personalization block is limited to 1000 personalizations"},
		{"1001 recipients", func(b body) { first(b)["to"] = many(1001, mailbox) }, "personalizations", "message.personalizations", "There is a limit of 1000 total recipients"},
		{"no recipient", func(b body) { delete(first(b), "to") }, "personalizations.0.to", "message.personalizations.to", "The to array is required for all personalization objects, and must have at least one email object with a valid email address."},
		{"a recipient as text", func(b body) { first(b)["to"] = []any{"ayse@posta.example"} }, "personalizations.0.to.0", "message.personalizations.to", "Invalid type. Expected: object, given: string."},
		{"a recipient without address", func(b body) { delete(to(b), "email") }, "personalizations.0.to.0.email", "message.personalizations.to", "The to email parameter is required."},
		{"an empty address", func(b body) { to(b)["email"] = "" }, "personalizations.0.to.0.email", "message.personalizations.to", "Does not contain a valid address."},
		{"an address without domain", func(b body) { to(b)["email"] = "ayse" }, "personalizations.0.to.0.email", "message.personalizations.to", "Does not contain a valid address."},
		{"an address with a blank", func(b body) { to(b)["email"] = "ayse yilmaz@posta.example" }, "personalizations.0.to.0.email", "message.personalizations.to", "Does not contain a valid address."},
		{"an address that is not ASCII", func(b body) { to(b)["email"] = "ayşe@posta.example" }, "personalizations.0.to.0.email", "message.personalizations.to", "Does not contain a valid address."},
		{"an address that adds a header", func(b body) { to(b)["email"] = "ayse@posta.example\r\nBcc: hepsi@posta.example" }, "personalizations.0.to.0.email", "message.personalizations.to", "Does not contain a valid address."},
		{"an address that is too long", func(b body) { to(b)["email"] = strings.Repeat("a", 300) + "@" + strings.Repeat("b", 20) + ".example" }, "personalizations.0.to.0.email", "message.personalizations.to", "The To email exceeds the maximum total length of 320 characters"},
		{"a name that adds a header", func(b body) { to(b)["name"] = "Ayşe\nBcc: hepsi@posta.example" }, "personalizations.0.to.0.name", "message.personalizations.to", "The name cannot contain CRLF characters."},
		{"a number for a name", func(b body) { to(b)["name"] = 7 }, "personalizations.0.to.0.name", "message.personalizations.to", "Invalid type. Expected: string, given: integer."},
		{"the same recipient twice", func(b body) { first(b)["bcc"] = []any{body{"email": "AYSE@posta.example"}} }, "personalizations.0", "message.recipient-errors", "Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [ayse@posta.example] in the personalizations.0.bcc field."},
		{"no sender", func(b body) { delete(b, "from") }, "from.email", "message.from", "The from object must be provided for every email send."},
		{"a sender as text", func(b body) { b["from"] = "siparis@bedesten.example" }, "from", "message.from", "Invalid type. Expected: object, given: string."},
		{"a sender's address that is none", func(b body) { b["from"] = body{"email": "Bedesten"} }, "from.email", "message.from", "The from email does not contain a valid address."},
		{"a sender's name that adds a header", func(b body) { b["from"].(body)["name"] = "Bedesten\rX: y" }, "from.name", "message.from", "The name cannot contain CRLF characters."},
		{"a reply address that is none", func(b body) { b["reply_to"] = body{"email": "yardim"} }, "reply_to.email", "message.reply_to", "Does not contain a valid address."},
		{"no subject", func(b body) { delete(b, "subject") }, "subject", "message.subject", "The subject is required."},
		{"an empty subject of one mail", func(b body) { first(b)["subject"] = "" }, "personalizations.0.subject", "message.personalizations.subject", "The subject of your email must be a string at least one character in length."},
		{"a subject that adds a header", func(b body) { b["subject"] = "Sipariş\r\nBcc: hepsi@posta.example" }, "subject", "message.subject", "The subject of your email cannot contain CRLF characters."},
		{"a substitution that adds a header", func(b body) {
			b["subject"], first(b)["substitutions"] = "Merhaba -ad-", body{"-ad-": "Ayşe\r\nBcc: hepsi@posta.example"}
		}, "personalizations.0.substitutions", "message.personalizations.substitutions", "The subject of your email cannot contain CRLF characters."},
		{"a substitution in an address", func(b body) {
			b["reply_to"], first(b)["substitutions"] = body{"email": "ad@bedesten.example"}, body{"ad": "x@y"}
		}, "personalizations.0.substitutions", "message.personalizations.substitutions", "Not simulated."},
		{"no content", func(b body) { delete(b, "content") }, "content", "message.content", "Unless a valid template_id is provided, the content parameter is required."},
		{"an object for content", func(b body) { b["content"] = body{} }, "content", "message.content", "Invalid type. Expected: array, given: object."},
		{"an empty content", func(b body) { b["content"] = []any{body{"type": "text/plain", "value": ""}} }, "content.0.value", "message.content.value", "The content value must be a string at least one character in length."},
		{"a content without type", func(b body) { b["content"] = []any{body{"value": "Merhaba"}} }, "content.0.type", "message.content.type", "A content type is required"},
		{"a content type with a charset", func(b body) { b["content"] = []any{body{"type": "text/plain; charset=utf-8", "value": "Merhaba"}} }, "content.0.type", "message.content.type", "Cannot contain ';', or CRLF characters."},
		{"HTML before text", func(b body) {
			b["content"] = []any{body{"type": "text/html", "value": "<p>"}, body{"type": "text/plain", "value": "Merhaba"}}
		}, "content", "message.content", "Following RFC 1341, section 7.2"},
		{"text twice", func(b body) {
			b["content"] = []any{body{"type": "text/plain", "value": "Merhaba"}, body{"type": "text/plain", "value": "Merhaba"}}
		}, "content", "message.content", "If present, text/plain and text/html may only be provided once."},
		{"a reserved header", func(b body) { b["headers"] = body{"reply-to": "x@posta.example"} }, "headers", "message.headers", "Header cannot be one of the reserved keys."},
		{"a header with a blank", func(b body) { b["headers"] = body{"X Bedesten": "1"} }, "headers", "message.headers", "Header keys cannot contain non-ASCII characters or empty spaces."},
		{"a header value that adds a header", func(b body) { first(b)["headers"] = body{"X-Bedesten": "1\r\nBcc: x@posta.example"} }, "personalizations.0.headers", "message.personalizations.headers", "Header values cannot contain CRLF characters."},
		{"custom arguments as a list", func(b body) { b["custom_args"] = []any{} }, "custom_args", "message.custom_args", "Invalid type. Expected: object, given: array."},
		{"custom arguments that are too large", func(b body) { b["custom_args"].(body)["note"] = strings.Repeat("x", 10_000) }, "personalizations.0.custom_args", "message.personalizations.custom_args", "The combined size of both global and personalization custom arguments may not exceed 10,000 bytes per personalization."},
		{"eleven categories", func(b body) { b["categories"] = many(11, func(i int) any { return fmt.Sprint(i) }) }, "categories", "message.categories", "There is a limit of 10 categories"},
		{"a category twice", func(b body) { b["categories"] = []any{"a", "a"} }, "categories.1", "message.categories", "The categories must be a unique list"},
		{"a category that is not ASCII", func(b body) { b["categories"] = []any{"sipariş"} }, "categories.0", "message.categories", "Categories can not contain non-ASCII characters."},
		{"four days ahead", func(b body) { b["send_at"] = time.Now().Add(96 * time.Hour).Unix() }, "send_at", "message.send_at", "Scheduling more than 72 hours in advance is forbidden."},
		{"a time as text", func(b body) { b["send_at"] = "tomorrow" }, "send_at", "message.send_at", "Invalid type. Expected: integer, given: string."},
		{"an attachment that is not base64", func(b body) { b["attachments"] = []any{body{"content": "###", "filename": "fatura.pdf"}} }, "attachments.0.content", "message.attachments.content", "The attachment content must be base64 encoded."},
		{"an attachment without name", func(b body) { b["attachments"] = []any{body{"content": "UERG"}} }, "attachments.0.filename", "message.attachments.filename", "filename is required."},
		{"an unknown group", func(b body) { b["asm"] = body{"group_id": 7} }, "asm.group_id", "message.asm.group_id", "The ASM group ID must be a valid Group ID on your account. You provided 7."},
		{"an unknown property", func(b body) { b["idempotency_key"] = "mail_01H-1" }, "idempotency_key", "message.idempotency_key", "Additional property idempotency_key is not allowed"},
		{"what is not simulated", func(b body) { b["template_id"] = "d-1" }, "template_id", "message.template_id", "Not simulated."},
	}
	r := newRig(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := goodBody()
			tt.change(b)
			raw, err := json.Marshal(b)
			require.NoError(t, err)

			resp, answer := r.post(t, string(raw))
			require.Equal(t, http.StatusBadRequest, resp.StatusCode, answer)
			require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			got := problems(t, answer)
			require.Len(t, got, 1, answer)
			require.Equal(t, tt.field, *got[0].Field, answer)
			require.Equal(t, help+tt.help, *got[0].Help)
			require.True(t, strings.HasPrefix(got[0].Message, tt.message), got[0].Message)
		})
	}
	t.Cleanup(func() { require.Empty(t, r.Sent()) })
}

func TestWhatTheAPICanNotReadIsABadRequestWithoutAWord(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for name, raw := range map[string]string{
		"nothing": "", "half a body": `{"from":{`, "two bodies": "{}{}", "a list": "[]", "a number as custom argument": `{"custom_args":{"order":48213}}`,
		"a header that is no text": `{"headers":{"X-Bedesten":true}}`,
	} {
		resp, answer := r.post(t, raw)
		require.Equal(t, http.StatusBadRequest, resp.StatusCode, name)
		require.JSONEq(t, `{"errors":[{"message":"Bad Request","field":null,"help":null}]}`, answer, name)
	}
}

func TestSeveralErrorsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	_, answer := r.post(t, "{}")
	fields := []string{}
	for _, p := range problems(t, answer) {
		fields = append(fields, *p.Field)
	}
	require.Equal(t, []string{"personalizations", "from.email", "subject", "content"}, fields)
}

func TestWhoMayNotSendIsTurnedAway(t *testing.T) {
	t.Parallel()

	bearer := func(key string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", key) }
	}
	raw, err := json.Marshal(goodBody())
	require.NoError(t, err)
	tests := []struct {
		name    string
		change  func(*http.Request)
		status  int
		message string
	}{
		{"no key", func(r *http.Request) { r.Header.Del("Authorization") }, 401, "authorization required"},
		{"a key that is no bearer", bearer("Basic " + sendgrid.DefaultKey), 401, "authorization required"},
		{"a wrong key", bearer("Bearer SG.yanlis.anahtar"), 401, "The provided authorization grant is invalid, expired, or revoked"},
		{"a key without the right", bearer("Bearer SG.okur.yazamaz"), 403, "access forbidden"},
		{"another method", func(r *http.Request) { r.Method = http.MethodPut }, 405, "method not allowed"},
		{"another address", func(r *http.Request) { r.URL.Path = "/v3/mail/batch" }, 404, "not found"},
		{"another type", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, "Content-Type should be application/json."},
		{"gzip, without having asked for it", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415, "Content-Encoding is not enabled for this account."},
	}
	r := newRig(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			resp, answer := r.post(t, string(raw), tt.change)
			require.Equal(t, tt.status, resp.StatusCode, answer)
			got := problems(t, answer)
			require.Equal(t, tt.message, got[0].Message)
			require.Nil(t, got[0].Field)
			require.Nil(t, got[0].Help)
		})
	}
	resp, answer := r.post(t, "{\"subject\":\"Sipari\xff\"}")
	require.Equal(t, 415, resp.StatusCode)
	require.Equal(t, "Invalid UTF8 in request", problems(t, answer)[0].Message)
	t.Cleanup(func() { require.Empty(t, r.Sent()) })
}

func TestOnlyAVerifiedSenderMaySend(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *sendgrid.Config) { c.Senders = []string{"Siparis@bedesten.example", "@haber.bedesten.example"} })

	for from, status := range map[string]int{
		"siparis@Bedesten.example": 202, "bulten@haber.bedesten.example": 202,
		"baska@bedesten.example": 403, "siparis@xhaber.bedesten.example": 403, "siparis@bedesten.example.kotu.example": 403,
	} {
		b := goodBody()
		b["from"].(body)["email"] = from
		raw, err := json.Marshal(b)
		require.NoError(t, err)
		resp, answer := r.post(t, string(raw))
		require.Equal(t, status, resp.StatusCode, from)
		if status == 403 {
			got := problems(t, answer)[0]
			require.Contains(t, got.Message, "does not match a verified Sender Identity")
			require.Equal(t, "from", *got.Field)
			require.Nil(t, got.Help)
		}
	}
}

func TestAMailThatIsTooLargeIsStoppedBeforeTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	resp, answer := r.post(t, `{"subject":"`+strings.Repeat("x", 30<<20)+`"}`)
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	require.Equal(t, "text/html", resp.Header.Get("Content-Type"))
	require.Contains(t, answer, "413 Request Entity Too Large")
}
