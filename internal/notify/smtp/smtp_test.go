package smtp_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/notifytest"
	"github.com/bedesten/bedesten/internal/notify/smtp"
	"github.com/bedesten/bedesten/internal/outcome"
)

func letter() notify.Message {
	return notify.Message{
		Key: "ord_01HZX-mail-shipped-shp_1-1", To: "ayse@posta.example", ToName: "Ayşe Yılmaz", Subject: "Kargoda 📦",
		Text: "Paketiniz yolda.\n", HTML: "<p>Paketiniz yolda.</p>", Language: "tr",
	}
}

func plain(c *smtp.Config) { c.Encryption, c.Username = smtp.None, "" }

func TestSend_KnowsWhatIsDefiniteAtEachStage(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		scene notifytest.Scene
		want  outcome.Outcome
		code  string
		mails int
	}{
		{"busy at the greeting", notifytest.Scene{At: notifytest.AtGreeting, Reply: "421 4.3.2 too many"}, outcome.NotSent, "421", 0},
		{"unwanted at the greeting", notifytest.Scene{At: notifytest.AtGreeting, Reply: "554 5.7.1 not you"}, outcome.RefusedByProvider, "554", 0},
		{"cut at the greeting", notifytest.Scene{At: notifytest.AtGreeting}, outcome.NotSent, "no_connection", 0},
		{"silent at the greeting", notifytest.Scene{At: notifytest.AtGreeting, Hang: true}, outcome.NotSent, "no_connection", 0},
		{"cut at hello", notifytest.Scene{At: notifytest.AtHello}, outcome.NotSent, "no_connection", 0},
		{"the sender is put off", notifytest.Scene{At: notifytest.AtMail, Reply: "452 4.3.1 disk full"}, outcome.NotSent, "452 4.3.1", 0},
		{"the sender is refused", notifytest.Scene{At: notifytest.AtMail, Reply: "550 5.7.1 not verified"}, outcome.RefusedByProvider, "550 5.7.1", 0},
		{"cut at the sender", notifytest.Scene{At: notifytest.AtMail}, outcome.NotSent, "no_connection", 0},
		{"the recipient is put off", notifytest.Scene{At: notifytest.AtRcpt, Reply: "450 4.2.1 ayse@posta.example is busy"}, outcome.NotSent, "450 4.2.1", 0},
		{"the recipient is unknown", notifytest.Scene{At: notifytest.AtRcpt, Reply: "550 5.1.1 ayse@posta.example is unknown"}, outcome.No, "550 5.1.1", 0},
		{"the recipient is unknown, in basic words", notifytest.Scene{At: notifytest.AtRcpt, Reply: "550 no such user"}, outcome.No, "550", 0},
		{"the mailbox is full for good", notifytest.Scene{At: notifytest.AtRcpt, Reply: "552 5.2.2 full"}, outcome.No, "552 5.2.2", 0},
		{"relaying is denied", notifytest.Scene{At: notifytest.AtRcpt, Reply: "554 5.7.1 relay access denied"}, outcome.RefusedByProvider, "554 5.7.1", 0},
		{"cut at the recipient", notifytest.Scene{At: notifytest.AtRcpt}, outcome.NotSent, "no_connection", 0},
		{"silent at the recipient", notifytest.Scene{At: notifytest.AtRcpt, Hang: true}, outcome.NotSent, "no_connection", 0},
		{"the mail is put off before its content", notifytest.Scene{At: notifytest.AtData, Reply: "451 4.3.0 later"}, outcome.NotSent, "451 4.3.0", 0},
		{"the mail is refused before its content", notifytest.Scene{At: notifytest.AtData, Reply: "554 5.5.1 no"}, outcome.RefusedByProvider, "554 5.5.1", 0},
		{"cut before the content", notifytest.Scene{At: notifytest.AtData}, outcome.NotSent, "no_connection", 0},
		{"cut within the content", notifytest.Scene{At: notifytest.InContent}, outcome.Unsure, "no_answer", 0},
		{"the content is put off", notifytest.Scene{At: notifytest.AtEnd, Reply: "451 4.3.0 later"}, outcome.NotSent, "451 4.3.0", 0},
		{"the content is refused", notifytest.Scene{At: notifytest.AtEnd, Reply: "554 5.7.1 looks like spam"}, outcome.RefusedByProvider, "554 5.7.1", 0},
		{"cut after the content", notifytest.Scene{At: notifytest.AtEnd, Keep: true}, outcome.Unsure, "no_answer", 1},
		{"silent after the content", notifytest.Scene{At: notifytest.AtEnd, Keep: true, Hang: true}, outcome.Unsure, "no_answer", 1},
		{"nonsense after the content", notifytest.Scene{At: notifytest.AtEnd, Keep: true, Reply: "tamam"}, outcome.Unsure, "no_answer", 1},
		{"cut after the mail was taken", notifytest.Scene{At: notifytest.AtRset}, outcome.Yes, "250", 1},
		{"an error after the mail was taken", notifytest.Scene{At: notifytest.AtRset, Reply: "502 what?"}, outcome.Yes, "250", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{})
			server.Act(tt.scene)

			answer := mailer(t, server, plain).Send(t.Context(), letter())
			require.Equal(t, tt.want, answer.Outcome, answer.Code)
			require.Equal(t, tt.code, answer.Code)
			require.Len(t, server.Received(), tt.mails)
			require.Eventually(t, func() bool { return server.Open() == 0 }, 2*time.Second, time.Millisecond, "the connection is closed")
		})
	}
}

func TestSend_SaysWhoTheMailIsFromAndThatAMachineWroteIt(t *testing.T) {
	t.Parallel()
	server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{})
	m := mailer(t, server, plain, func(c *smtp.Config) { c.ReplyTo = "yardim@bedesten.example" })

	answer := m.Send(t.Context(), letter())
	require.Equal(t, outcome.Yes, answer.Outcome)
	require.Equal(t, "<ord_01HZX-mail-shipped-shp_1-1@bedesten.example>", answer.MessageID)
	require.Equal(t, "Bedesten Çarşısı", server.Received()[0].FromName)
	require.Equal(t, "siparis@bedesten.example", server.Received()[0].From)
	raw := server.Raw()[0]
	for _, header := range []string{
		"Auto-Submitted: auto-generated", "Content-Language: tr", "<yardim@bedesten.example>", "Message-ID: " + answer.MessageID, "Date: ", "MIME-Version: 1.0",
	} {
		require.Contains(t, raw, header)
	}
	for line := range strings.Lines(raw) {
		require.LessOrEqual(t, len(line), 998, "RFC 5322, section 2.1.1")
		require.False(t, strings.ContainsFunc(line, func(r rune) bool { return r > 127 }), "7 bits are enough: %s", line)
	}
	require.Less(t, strings.Index(raw, "text/plain"), strings.Index(raw, "text/html"), "the richer form comes last: RFC 2046, section 5.1.4")
}

func TestSend_TakesAMailThatIsTextOnly(t *testing.T) {
	t.Parallel()
	server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{Unextended: true})
	msg := letter()
	msg.HTML = ""

	require.Equal(t, outcome.Yes, mailer(t, server, plain).Send(t.Context(), msg).Outcome, "and a server that knows no extension")
	require.Empty(t, server.Received()[0].HTML)
	require.Contains(t, server.Received()[0].Text, "Paketiniz yolda.")
}

func TestSend_NeverGoesOnInTheClearAgainstItsPolicy(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name   string
		server notifytest.Encryption
		policy smtp.Encryption
		trust  bool
		want   outcome.Outcome
		code   string
	}{
		{"STARTTLS is not offered", notifytest.Plain, smtp.StartTLS, true, outcome.RefusedByProvider, "smtp_setup"},
		{"STARTTLS by an unknown authority", notifytest.StartTLS, smtp.StartTLS, false, outcome.RefusedByProvider, "smtp_certificate"},
		{"the first byte encrypted by an unknown authority", notifytest.Implicit, smtp.Implicit, false, outcome.RefusedByProvider, "smtp_certificate"},
		{"an offer of an unknown authority", notifytest.StartTLS, smtp.Opportunistic, false, outcome.RefusedByProvider, "smtp_certificate"},
		{"no offer, and none is needed", notifytest.Plain, smtp.Opportunistic, true, outcome.Yes, "250"},
		{"an offer that is taken", notifytest.StartTLS, smtp.Opportunistic, true, outcome.Yes, "250"},
		{"an offer that is left alone", notifytest.StartTLS, smtp.None, true, outcome.Yes, "250"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{Encryption: tt.server})
			m := mailer(t, server, func(c *smtp.Config) {
				c.Username, c.Encryption = "", tt.policy
				if !tt.trust {
					c.Roots = nil
				}
			})

			answer := m.Send(t.Context(), letter())
			require.Equal(t, tt.want, answer.Outcome)
			require.Equal(t, tt.code, answer.Code)
			require.Equal(t, tt.want == outcome.Yes, len(server.Received()) == 1)
			require.Eventually(t, func() bool { return server.Open() == 0 }, 2*time.Second, time.Millisecond)
		})
	}
}

func TestSend_LogsInWhereAskedTo(t *testing.T) {
	t.Parallel()
	server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{Encryption: notifytest.StartTLS, Username: user, Password: password})

	answer := mailer(t, server, func(c *smtp.Config) { c.Username = "" }).Send(t.Context(), letter())
	require.Equal(t, outcome.RefusedByProvider, answer.Outcome)
	require.Equal(t, "530 5.7.0", answer.Code)
	server.Act(notifytest.Scene{At: notifytest.AtAuth, Reply: "454 4.7.0 the user table is away"})
	answer = mailer(t, server).Send(t.Context(), letter())
	require.Equal(t, outcome.NotSent, answer.Outcome)
	require.Equal(t, "454", answer.Code)

	open := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{Encryption: notifytest.StartTLS})
	answer = mailer(t, open).Send(t.Context(), letter())
	require.Equal(t, outcome.RefusedByProvider, answer.Outcome, "a server that asks for no log-in is not the one that was meant")
	require.Equal(t, "smtp_setup", answer.Code)
}

func TestSend_IsNotSentWhenItWasGivenUpBefore(t *testing.T) {
	t.Parallel()
	server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	require.Equal(t, outcome.NotSent, mailer(t, server, plain).Send(ctx, letter()).Outcome)
	require.Empty(t, server.Received())
}

func TestSend_NeverLeavesHalfOfAMailBehind(t *testing.T) {
	t.Parallel()
	server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{})
	server.Act(notifytest.Scene{At: notifytest.InContent, Hang: true})
	msg := letter()
	msg.Text = strings.Repeat("Uzun bir mektup.\n", 2_000_000) // more than the buffers on the way hold

	answer := mailer(t, server, plain).Send(t.Context(), msg)
	require.Equal(t, outcome.Unsure, answer.Outcome)
	require.Eventually(t, func() bool { return server.Open() == 0 }, 5*time.Second, time.Millisecond)
	require.Empty(t, server.Received())
}

func TestSend_TakesAnAddressInAnyScriptWhereTheServerDoes(t *testing.T) {
	t.Parallel()
	server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{})
	msg := letter()
	msg.To = "şükrü@posta.example"

	require.Equal(t, outcome.Yes, mailer(t, server, plain).Send(t.Context(), msg).Outcome)
	require.Equal(t, msg.To, server.Received()[0].To)
}

func TestSend_RefusesWhatIsNoSingleAddress(t *testing.T) {
	t.Parallel()
	server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{})

	for _, to := range []string{"", "ayse", "a@b.example, c@d.example", "Ayşe <ayse@posta.example>", "ayse@posta.example>\r\nRCPT TO:<x@y.example", " ayse@posta.example"} {
		msg := letter()
		msg.To = to
		require.Equal(t, outcome.RefusedByProvider, mailer(t, server, plain).Send(t.Context(), msg).Outcome, to)
	}
	require.Empty(t, server.Received())
}

func TestNew_NamesEverySettingThatMakesNoSense(t *testing.T) {
	t.Parallel()

	_, err := smtp.New(smtp.Config{Addr: "posta.example", Encryption: "tls", From: "Bedesten", FromName: "a\nb"})
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
	for _, part := range []string{"host:port", `"tls"`, "plain mail addresses", "line break", "time-out"} {
		require.ErrorContains(t, err, part)
	}
	for _, addr := range []string{":25", "posta.example:0", "posta.example:smtp", "posta.example:70000"} {
		_, err = smtp.New(smtp.Config{Addr: addr, From: "siparis@bedesten.example", CallTimeout: time.Second})
		require.ErrorContains(t, err, "host:port", addr)
	}
}

func TestReadWebhook_HasNothingToRead(t *testing.T) {
	t.Parallel()
	m, err := smtp.New(smtp.Config{Addr: "127.0.0.1:25", From: "siparis@bedesten.example", CallTimeout: time.Second})
	require.NoError(t, err)

	require.False(t, m.Tells())
	_, err = m.ReadWebhook(http.Header{}, []byte("[]"), time.Now())
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}
