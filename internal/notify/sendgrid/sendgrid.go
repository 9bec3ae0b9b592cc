// Package sendgrid hands mails to SendGrid through its own client, sendgrid-go,
// behind the notify noun. SendGrid keeps no idempotency keys and has no look-up:
// a send without an answer is unsure until the event webhook tells of its key.
// The client's own retries are never used.
package sendgrid

import (
	"context"
	"crypto/ecdsa"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/outcome"
)

// Name is the provider's name in routes and rows.
const Name = "sendgrid"

// keyArg is the custom argument that carries a mail's key.
const keyArg = "send_key"

// Config is what the adapter needs to know of the account.
type Config struct {
	// URL is the API's base, such as https://api.eu.sendgrid.com for an account in
	// the EU; empty means https://api.sendgrid.com.
	URL string
	// Key is the account's SG.… key with the right to send.
	Key string
	// PublicKeys verify the event webhook, each as SendGrid shows it: base64 of the
	// DER form. Two while one is changed; without one every webhook is refused.
	PublicKeys []string
	// From is a verified sender, FromName stands beside it.
	From, FromName string
	// ReplyTo is where answers go; From when empty.
	ReplyTo string
	// CallTimeout bounds one HTTP call; below the activity's time-out.
	CallTimeout time.Duration
	// Transport, when given, wraps what requests go out by, such as to trace them.
	Transport func(http.RoundTripper) http.RoundTripper
}

var _ notify.Mailer = (*Mailer)(nil)

// Mailer is SendGrid. It is safe for concurrent use.
type Mailer struct {
	cfg    Config
	client *rest.Client
	keys   []*ecdsa.PublicKey
}

// New returns a mailer that keeps no global state, or an Invalid fault when a
// public key cannot be read.
func New(cfg Config) (*Mailer, error) {
	keys, err := publicKeys(cfg.PublicKeys)
	if err != nil {
		return nil, err
	}
	transport := newTransport()
	if cfg.Transport != nil {
		transport = cfg.Transport(transport)
	}
	return &Mailer{
		cfg:  cfg,
		keys: keys,
		client: &rest.Client{HTTPClient: &http.Client{
			Timeout: cfg.CallTimeout, Transport: transport,
			// A redirected POST would be a second send to somebody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}},
	}, nil
}

// Name returns "sendgrid".
func (m *Mailer) Name() string { return Name }

// Tells returns true: the event webhook tells what became of a mail.
func (m *Mailer) Tells() bool { return true }

// Send hands one mail over (docs.sendgrid.com/api-reference/mail-send/mail-send).
func (m *Mailer) Send(ctx context.Context, msg notify.Message) notify.Answer {
	if broken(msg.To) || broken(msg.ToName) || broken(msg.Subject) || broken(msg.Language) || !keyShape.MatchString(msg.Key) {
		return notify.Answer{Outcome: outcome.RefusedByProvider, Code: string(fault.Invalid)}
	}
	req := sendgrid.GetRequest(m.cfg.Key, "/v3/mail/send", m.cfg.URL)
	req.Method, req.Body = http.MethodPost, mail.GetRequestBody(m.compose(msg))
	return answer(m.client.SendWithContext(ctx, req))
}

// compose makes the request. Text comes before HTML, or it is refused.
func (m *Mailer) compose(msg notify.Message) *mail.SGMailV3 {
	var forms []*mail.Content
	if msg.Text != "" {
		forms = append(forms, mail.NewContent("text/plain", msg.Text))
	}
	if msg.HTML != "" {
		forms = append(forms, mail.NewContent("text/html", msg.HTML))
	}
	to := mail.NewEmail(listless(msg.ToName), msg.To)
	out := mail.NewV3MailInit(mail.NewEmail(m.cfg.FromName, m.cfg.From), msg.Subject, to, forms...)
	out.Personalizations[0].SetCustomArg(keyArg, msg.Key)
	if m.cfg.ReplyTo != "" {
		out.SetReplyTo(mail.NewEmail(m.cfg.FromName, m.cfg.ReplyTo))
	}
	// RFC 3834: no machine is to answer this mail.
	out.SetHeader("Auto-Submitted", "auto-generated")
	if msg.Language != "" {
		out.SetHeader("Content-Language", msg.Language)
	}
	return out.SetTrackingSettings(untracked())
}

// untracked switches off what an account may have on: links that lead through
// SendGrid with an order's token in them, a pixel, and an unsubscribe footer.
func untracked() *mail.TrackingSettings {
	off := false
	return &mail.TrackingSettings{
		ClickTracking:        &mail.ClickTrackingSetting{Enable: &off, EnableText: &off},
		OpenTracking:         &mail.OpenTrackingSetting{Enable: &off},
		SubscriptionTracking: &mail.SubscriptionTrackingSetting{Enable: &off},
		GoogleAnalytics:      &mail.GaSetting{Enable: &off},
	}
}

var keyShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,200}$`)

// broken reports whether s would break out of its header.
func broken(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// listless puts a dash in the place of a comma or a semicolon: with one in a
// name SendGrid takes the mail, reads the name as a list of addresses and drops
// it (docs.sendgrid.com/api-reference/mail-send/limitations,
// github.com/sendgrid/sendgrid-nodejs/issues/448).
func listless(name string) string {
	return strings.NewReplacer(", ", " - ", "; ", " - ", ",", "-", ";", "-").Replace(name)
}
