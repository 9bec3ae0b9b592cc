// Package smtp hands mails to a mail server by SMTP (RFC 5321), through
// wneessen/go-mail, behind the notify noun. Such a server answers when it has
// taken a mail and tells nothing later: a send without an answer stays unsure.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/outcome"
)

// Name is the provider's name in routes and rows.
const Name = "smtp"

// Encryption says how the way to the server is encrypted.
type Encryption string

// Encryptions of the way to the server.
const (
	// StartTLS asks for encryption on the plain port and goes no further without
	// it (RFC 3207). The default.
	StartTLS Encryption = "starttls"
	// Implicit encrypts from the first byte, port 465 (RFC 8314).
	Implicit Encryption = "implicit"
	// Opportunistic encrypts where the server offers it. Whoever sits in between
	// can take the offer out: for a network of one's own.
	Opportunistic Encryption = "opportunistic"
	// None never encrypts: for a server on the same machine. With it, a password is
	// sent to a loopback address only.
	None Encryption = "none"
)

// Config is what the adapter needs to know of the server.
type Config struct {
	// Addr is the server's host:port.
	Addr string
	// Encryption is StartTLS when empty.
	Encryption Encryption
	// Roots replace the system's certificates when set.
	Roots *x509.CertPool
	// Username and Password are used when the first is set.
	Username, Password string
	// From is the sender's address, FromName stands beside it.
	From, FromName string
	// ReplyTo is where answers go; From when empty.
	ReplyTo string
	// Hello is the name that the server is greeted with; the machine's own when
	// empty.
	Hello string
	// CallTimeout bounds one send from dialling to the last answer; below the
	// activity's time-out.
	CallTimeout time.Duration
}

var _ notify.Mailer = (*Mailer)(nil)

// Mailer sends each mail over a connection of its own. It is safe for concurrent
// use.
type Mailer struct {
	cfg    Config
	host   string
	port   int
	domain string // of the sender
}

// New returns a mailer, or an Invalid fault that names every setting that makes
// no sense.
func New(cfg Config) (*Mailer, error) {
	if cfg.Encryption == "" {
		cfg.Encryption = StartTLS
	}
	m := &Mailer{cfg: cfg}
	var errs []error
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err == nil {
		m.host = host
		m.port, err = strconv.Atoi(port)
	}
	if err != nil || m.host == "" || m.port < 1 || m.port > 65535 {
		errs = append(errs, fmt.Errorf("the server's address is host:port, not %q", cfg.Addr))
	}
	switch cfg.Encryption {
	case StartTLS, Implicit, Opportunistic, None:
	default:
		errs = append(errs, fmt.Errorf("unknown encryption %q", cfg.Encryption))
	}
	if !validAddress(cfg.From) || cfg.ReplyTo != "" && !validAddress(cfg.ReplyTo) {
		errs = append(errs, errors.New("the sender's and the reply address are plain mail addresses"))
	}
	if broken(cfg.FromName) {
		errs = append(errs, errors.New("the sender's name holds no line break"))
	}
	if cfg.CallTimeout <= 0 {
		errs = append(errs, errors.New("a send has a time-out"))
	}
	if len(errs) > 0 {
		return nil, fault.Wrap(errors.Join(errs...), fault.Invalid, "the SMTP settings make no sense")
	}
	_, m.domain, _ = strings.Cut(cfg.From, "@")
	return m, nil
}

// Name returns "smtp".
func (m *Mailer) Name() string { return Name }

// Tells returns false: SMTP ends with the server's answer.
func (m *Mailer) Tells() bool { return false }

// ReadWebhook answers every webhook with a NotFound fault.
func (m *Mailer) ReadWebhook(http.Header, []byte, time.Time) ([]notify.Event, error) {
	return nil, fault.New(fault.NotFound, "mails by SMTP have no webhook")
}

// Send hands one mail over.
func (m *Mailer) Send(ctx context.Context, msg notify.Message) notify.Answer {
	letter, err := m.compose(msg)
	if err != nil {
		return notify.Answer{Outcome: outcome.RefusedByProvider, Code: string(fault.Invalid)}
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.CallTimeout)
	defer cancel()

	line := &wire{}
	defer line.close()
	// go-mail heeds a context while it dials only.
	stop := context.AfterFunc(ctx, line.close)
	defer stop()

	client, err := m.client(line, msg.To)
	if err != nil {
		return notify.Answer{Outcome: outcome.RefusedByProvider, Code: "smtp_setup"}
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return notReached(err)
	}
	err = client.SendWithSMTPClient(session, letter)
	if letter.IsDelivered() {
		// What goes wrong afterwards, at the reset or at the farewell, changes nothing.
		if err == nil {
			_ = client.CloseWithSMTPClient(session)
		}
		return notify.Answer{Outcome: outcome.Yes, MessageID: letter.GetMessageID(), Code: "250"}
	}
	// No QUIT: after half of a mail it would end the mail in a regular way, and
	// the half would be sent. The connection is closed instead.
	return refused(err)
}

// compose makes the mail. Its Message-ID is made of its key, so that a mail that
// was sent twice can be told by whoever gets it.
func (m *Mailer) compose(msg notify.Message) (*mail.Msg, error) {
	if broken(msg.ToName) || broken(msg.Subject) || !validAddress(msg.To) || !validKey(msg.Key) {
		return nil, fault.New(fault.Invalid, "a header of the mail breaks its line")
	}
	out := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithNoDefaultUserAgent())
	out.FromMailAddress(&netmail.Address{Name: m.cfg.FromName, Address: m.cfg.From})
	out.ToMailAddress(&netmail.Address{Name: msg.ToName, Address: msg.To})
	if m.cfg.ReplyTo != "" {
		out.ReplyToMailAddress(&netmail.Address{Name: m.cfg.FromName, Address: m.cfg.ReplyTo})
	}
	out.Subject(msg.Subject)
	out.SetDate()
	out.SetMessageIDWithValue(msg.Key + "@" + m.domain)
	// RFC 3834: no machine is to answer this mail.
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	if msg.Language != "" && !broken(msg.Language) {
		out.SetGenHeader("Content-Language", msg.Language)
	}
	switch {
	case msg.Text != "" && msg.HTML != "":
		out.SetBodyString(mail.TypeTextPlain, msg.Text)
		out.AddAlternativeString(mail.TypeTextHTML, msg.HTML)
	case msg.HTML != "":
		out.SetBodyString(mail.TypeTextHTML, msg.HTML)
	default:
		out.SetBodyString(mail.TypeTextPlain, msg.Text)
	}
	return out, nil
}

// client returns go-mail's client for one send.
func (m *Mailer) client(line *wire, to string) (*mail.Client, error) {
	config := &tls.Config{ServerName: m.host, RootCAs: m.cfg.Roots, MinVersion: tls.VersionTLS12}
	options := []mail.Option{
		mail.WithPort(m.port), mail.WithTimeout(m.cfg.CallTimeout), mail.WithTLSConfig(config), mail.WithTLSPolicy(m.policy()),
		mail.WithoutNoop(), mail.WithDialContextFunc(line.dial(m.cfg.Encryption == Implicit, config)),
	}
	if m.cfg.Encryption == Implicit {
		options = append(options, mail.WithSSL())
	}
	if m.cfg.Hello != "" {
		options = append(options, mail.WithHELO(m.cfg.Hello))
	}
	if m.cfg.Username != "" {
		// PLAIN and LOGIN refuse by themselves to send a password in the clear.
		options = append(options, mail.WithUsername(m.cfg.Username), mail.WithPassword(m.cfg.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	if isASCII(to) {
		// Asked for without need, the next server on the way may refuse the mail.
		options = append(options, mail.WithoutSMTPUTF8())
	}
	client, err := mail.NewClient(m.host, options...)
	if err != nil {
		return nil, fmt.Errorf("make the SMTP client: %w", err)
	}
	return client, nil
}

func (m *Mailer) policy() mail.TLSPolicy {
	switch m.cfg.Encryption {
	case StartTLS:
		return mail.TLSMandatory
	case Opportunistic:
		return mail.TLSOpportunistic
	}
	return mail.NoTLS
}
