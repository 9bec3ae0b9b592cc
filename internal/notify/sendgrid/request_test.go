package sendgrid_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/sendgrid"
	"github.com/bedesten/bedesten/internal/outcome"
	simulator "github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

func letter() notify.Message {
	return notify.Message{
		Key: "ord_01HZX-mail-shipped-shp_1-1", To: "ayse@posta.example", ToName: "Ayşe Yılmaz", Subject: "Kargoda 📦",
		Text: "Paketiniz yolda.\n", HTML: "<p>Paketiniz yolda.</p>", Language: "tr",
	}
}

func TestSend_CarriesTheKeyAndTracksNobody(t *testing.T) {
	t.Parallel()
	server, url := simulate(t)
	m := mailerAt(t, server, url, func(c *sendgrid.Config) { c.ReplyTo = "yardim@bedesten.example" })

	answer := m.Send(t.Context(), letter())
	require.Equal(t, outcome.Yes, answer.Outcome)
	require.Equal(t, "202", answer.Code)
	sent := server.SentWith("send_key", letter().Key)
	require.Len(t, sent, 1)
	require.Equal(t, answer.MessageID, sent[0].MessageID)
	require.Equal(t, map[string]string{"send_key": letter().Key}, sent[0].CustomArgs, "and nothing about the order")
	require.Equal(t, map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": "tr"}, sent[0].Headers)
	require.False(t, sent[0].ClickTracking, "a link of an order does not lead through somebody else")
	require.False(t, sent[0].OpenTracking)
	require.Equal(t, &simulator.Address{Email: "yardim@bedesten.example", Name: "Bedesten Çarşısı"}, sent[0].ReplyTo)
}

func TestSend_WritesANameSoThatSendGridDoesNotReadItAsAList(t *testing.T) {
	t.Parallel()
	server, url := simulate(t)
	m := mailerAt(t, server, url)

	for name, written := range map[string]string{
		"Yılmaz, Ayşe": "Yılmaz - Ayşe", "Ayşe;Mehmet": "Ayşe-Mehmet", "Ayşe Yılmaz; Ltd., Şti.": "Ayşe Yılmaz - Ltd. - Şti.",
	} {
		msg := letter()
		msg.ToName = name
		require.Equal(t, outcome.Yes, m.Send(t.Context(), msg).Outcome)
		sent := server.Sent()
		last := sent[len(sent)-1]
		require.Equal(t, written, last.To[0].Name)
		require.Equal(t, "delivered", last.Events[len(last.Events)-1].Type)
	}
}

func TestSend_TellsTheOutcomesApart(t *testing.T) {
	t.Parallel()

	wrong := func(fields ...string) string {
		list := []string{}
		for _, f := range fields {
			list = append(list, `{"message":"wrong: ayse@posta.example","field":"`+f+`","help":null}`)
		}
		return `{"errors":[` + strings.Join(list, ",") + `]}`
	}
	const page = "<html><h1>nginx</h1></html>"
	tests := []struct {
		name   string
		status int
		body   string
		want   outcome.Outcome
		code   string
	}{
		{"taken", 202, "", outcome.Yes, "202"},
		{"checked and not sent", 200, "", outcome.Unsure, "200"},
		{"a proxy's yes", 200, page, outcome.Unsure, "200"},
		{"another place", 308, "", outcome.RefusedByProvider, "308"},
		{"a wrong subject", 400, wrong("subject"), outcome.RefusedByProvider, "400 subject"},
		{"a wrong recipient", 400, wrong("personalizations.0.to.0.email"), outcome.No, "400 personalizations.0.to.0.email"},
		{"a wrong recipient and more", 400, wrong("personalizations.0.to.0.email", "subject"), outcome.RefusedByProvider, "400 personalizations.0.to.0.email"},
		{"a field that quotes an address", 400, wrong("ayse@posta.example"), outcome.RefusedByProvider, "400"},
		{"an error without a field", 400, `{"errors":[{"message":"Bad Request","field":null,"help":null}]}`, outcome.RefusedByProvider, "400"},
		{"no JSON", 400, page, outcome.RefusedByProvider, "400"},
		{"a wrong key", 401, `{"errors":[{"message":"x","field":null}]}`, outcome.RefusedByProvider, "401"},
		{"an unverified sender", 403, wrong("from"), outcome.RefusedByProvider, "403 from"},
		{"a recipient's field with another status", 403, wrong("personalizations.0.to.0.email"), outcome.RefusedByProvider, "403 personalizations.0.to.0.email"},
		{"a proxy that waited too long", 408, "", outcome.Unsure, "408"},
		{"too large", 413, page, outcome.RefusedByProvider, "413"},
		{"too many", 429, `{"errors":[{"message":"too many requests","field":null}]}`, outcome.NotSent, "429"},
		{"a server error", 500, wrong("subject"), outcome.Unsure, "500"},
		{"a proxy's error", 502, page, outcome.Unsure, "502"},
		{"away", 503, "", outcome.Unsure, "503"},
	}
	server, _ := simulate(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Location", "/baska")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			t.Cleanup(api.Close)

			answer := mailerAt(t, server, api.URL).Send(t.Context(), letter())
			require.Equal(t, tt.want, answer.Outcome)
			require.Equal(t, tt.code, answer.Code)
			require.EqualValues(t, 1, calls.Load(), "one call, whatever comes back")
		})
	}
}

func TestSend_BelievesAStatusWhoseBodyWasLost(t *testing.T) {
	t.Parallel()

	for status, want := range map[int]outcome.Outcome{202: outcome.Yes, 400: outcome.RefusedByProvider, 500: outcome.Unsure} {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("X-Message-Id", "YNEpBbu-SWuPTYkfvJRoQg")
			w.WriteHeader(status)
		}))
		t.Cleanup(api.Close)
		server, _ := simulate(t)

		answer := mailerAt(t, server, api.URL).Send(t.Context(), letter())
		require.Equal(t, want, answer.Outcome)
		require.Equal(t, want == outcome.Yes, answer.MessageID == "YNEpBbu-SWuPTYkfvJRoQg")
	}
}

func TestSend_AgreesWithTheSimulatorsFaults(t *testing.T) {
	t.Parallel()

	tests := []struct {
		kind  sim.Kind
		want  outcome.Outcome
		mails int
	}{
		{sim.Error500Before, outcome.Unsure, 0},
		{sim.Error500After, outcome.Unsure, 1},
		{sim.BrokenBody, outcome.Unsure, 1},
		{sim.ResetBefore, outcome.Unsure, 0},
		{sim.ResetAfter, outcome.Unsure, 1},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			server, url := simulate(t)
			m := mailerAt(t, server, url)
			require.Equal(t, outcome.Yes, m.Send(t.Context(), letter()).Outcome, "so that a connection is kept")
			_, err := server.AddFault(sim.Fault{Kind: tt.kind, Times: 1})
			require.NoError(t, err)

			require.Equal(t, tt.want, m.Send(t.Context(), letter()).Outcome)
			require.Len(t, server.Sent(), 1+tt.mails, "nothing is repeated behind our back")
			// A call that is cut is written down after the other side knows of it.
			require.Eventually(t, func() bool { return len(server.Calls()) >= 2 }, 5*time.Second, time.Millisecond)
			require.Len(t, server.Calls(), 2)
		})
	}
}

func TestSend_IsNotSentWhenItWasGivenUpBefore(t *testing.T) {
	t.Parallel()
	server, url := simulate(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	require.Equal(t, outcome.NotSent, mailerAt(t, server, url).Send(ctx, letter()).Outcome)
	require.Empty(t, server.Sent())
}

func TestSend_RefusesAnUnverifiedSender(t *testing.T) {
	t.Parallel()
	server, url := simulate(t)
	m := mailerAt(t, server, url, func(c *sendgrid.Config) { c.From = "siparis@baska.example" })

	answer := m.Send(t.Context(), letter())
	require.Equal(t, outcome.RefusedByProvider, answer.Outcome)
	require.Equal(t, "403 from", answer.Code)
}

func TestSend_ABouncedAddressIsTakenAndToldOfLater(t *testing.T) {
	t.Parallel()
	server, url := simulate(t)
	p := newProvider(t, server)
	m := mailerAt(t, server, url)

	kinds := []notify.EventKind{}
	codes := []string{}
	for range 2 {
		msg := letter()
		msg.To = "bounce@posta.example"
		require.Equal(t, outcome.Yes, m.Send(t.Context(), msg).Outcome)
	}
	require.NoError(t, server.Idle(t.Context()))
	posts, err := p.Posts(t.Context())
	require.NoError(t, err)
	for _, post := range posts {
		events, err := m.ReadWebhook(post.Header, post.Body, time.Now())
		require.NoError(t, err)
		for _, e := range events {
			kinds, codes = append(kinds, e.Kind), append(codes, e.Code)
		}
	}
	require.ElementsMatch(t, []notify.EventKind{notify.EventProcessed, notify.EventBounced, notify.EventDropped}, kinds)
	require.ElementsMatch(t, []string{"", "550 5.1.1", "bounced_address"}, codes)
}
