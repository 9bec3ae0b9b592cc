package smtp_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/notify/notifytest"
	"github.com/bedesten/bedesten/internal/notify/smtp"
)

// callTimeout is short: the tests of unanswered sends wait for it.
const callTimeout = time.Second

const (
	user     = "bedesten"
	password = "çok-gizli"
)

func TestMailer_KeepsTheContract(t *testing.T) {
	t.Parallel()

	for name, encryption := range map[string]notifytest.Encryption{"starttls": notifytest.StartTLS, "implicit": notifytest.Implicit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			notifytest.Run(t, func(t *testing.T) notifytest.Bench {
				server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{
					Encryption: encryption, Username: user, Password: password, Refused: []string{"yok@posta.example"},
				})
				return notifytest.Bench{
					Mailer:   mailer(t, server, func(c *smtp.Config) { c.Encryption = smtp.Encryption(encryption) }),
					Provider: provider{server},
					WrongKey: mailer(t, server, func(c *smtp.Config) {
						c.Encryption, c.Password = smtp.Encryption(encryption), "yanlış"
					}),
					Nobody:    mailer(t, server, func(c *smtp.Config) { c.Addr = nobody(t) }),
					RefusedTo: "yok@posta.example",
				}
			})
		})
	}
}

// mailer speaks to server as its test likes it to.
func mailer(t *testing.T, server *notifytest.SMTPServer, change ...func(*smtp.Config)) *smtp.Mailer {
	t.Helper()
	cfg := smtp.Config{
		Addr: server.Addr, Roots: server.Roots, Username: user, Password: password, From: "siparis@bedesten.example", FromName: "Bedesten Çarşısı",
		CallTimeout: callTimeout,
	}
	for _, f := range change {
		f(&cfg)
	}
	m, err := smtp.New(cfg)
	require.NoError(t, err)
	return m
}

// nobody returns an address that was free a moment ago.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// provider is the mail server, told what SMTP cannot be asked for.
type provider struct{ server *notifytest.SMTPServer }

var _ notifytest.Provider = provider{}

// Received returns what the server took.
func (p provider) Received() []notifytest.Received { return p.server.Received() }

// Posts returns nothing: a mail server has no webhook.
func (p provider) Posts(context.Context) ([]notifytest.Post, error) { return nil, nil }

// Strike lets one conversation go wrong.
func (p provider) Strike(trouble notifytest.Trouble) error {
	p.server.Act(map[notifytest.Trouble]notifytest.Scene{
		notifytest.Unanswered:      {At: notifytest.AtEnd, Hang: true},
		notifytest.UnansweredAfter: {At: notifytest.AtEnd, Keep: true, Hang: true},
		notifytest.LostAfter:       {At: notifytest.AtEnd, Keep: true},
		notifytest.Busy:            {At: notifytest.AtRcpt, Reply: "451 4.7.1 greylisted, come back later"},
	}[trouble])
	return nil
}
