// Package webhook tells the people who run the shop of orders that need one, by
// a signed POST to an address of their own: a chat, a pager, an incident desk.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
)

var _ notify.Alerter = (*Poster)(nil)

// Headers by which a receiver knows that a post is ours and fresh. The signature
// is "v1=" and the hex HMAC-SHA256, by the shared secret, over the timestamp, a
// dot and the body as it came.
const (
	TimestampHeader = "X-Bedesten-Timestamp"
	SignatureHeader = "X-Bedesten-Signature"
)

// MinSecret is how long a secret must at least be.
const MinSecret = 32

// Config says where to post. The URL may hold a token of the receiver's, so
// neither it nor the secret stands in any error.
type Config struct {
	URL    string
	Secret string
	// CallTimeout bounds one post, the answer included.
	CallTimeout time.Duration
	Clock       clock.Clock
}

// Poster posts alerts to one address. It follows no redirect: what is signed for
// one receiver is not taken to another.
type Poster struct {
	cfg  Config
	http *http.Client
}

// New returns a poster, or an Invalid fault.
func New(cfg Config) (*Poster, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fault.New(fault.Invalid, "the webhook's address is not an http or https URL")
	}
	if len(cfg.Secret) < MinSecret {
		return nil, fault.New(fault.Invalid, "the webhook's secret is shorter than %d characters", MinSecret)
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: cfg.CallTimeout}).DialContext,
		TLSHandshakeTimeout: cfg.CallTimeout, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute, MaxIdleConns: 2,
	}
	return &Poster{cfg: cfg, http: &http.Client{
		Transport: transport, Timeout: cfg.CallTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name is webhook.
func (*Poster) Name() string { return "webhook" }

// body is what is posted. Fields are only ever added.
type body struct {
	ID    string           `json:"id"`
	Kind  notify.AlertKind `json:"kind"`
	Shop  string           `json:"shop"`
	At    time.Time        `json:"at"`
	Total int              `json:"total"`
	// Orders are those that have waited longest; More counts those left out.
	Orders []line `json:"orders"`
	More   int    `json:"more"`
	URL    string `json:"url,omitempty"`
	// Command lists all of them on the operator's machine.
	Command string `json:"command"`
}

type line struct {
	OrderID string    `json:"order_id"`
	Number  string    `json:"number"`
	Reason  string    `json:"reason"`
	About   string    `json:"about,omitempty"`
	Since   time.Time `json:"since"`
	Owner   string    `json:"owner"`
	Next    string    `json:"next"`
	URL     string    `json:"url,omitempty"`
}

func bodyOf(a notify.Alert) body {
	b := body{
		ID: a.ID, Kind: a.Kind, Shop: a.Shop, At: a.At.UTC(), Total: a.Total(), Orders: []line{}, More: a.More,
		URL: a.ListURL, Command: "bedesten attention",
	}
	for _, l := range a.Lines {
		b.Orders = append(b.Orders, line{
			OrderID: l.OrderID, Number: l.Number, Reason: l.Reason, About: l.About, Since: l.Since.UTC(), Owner: l.Owner, Next: l.Next, URL: l.URL,
		})
	}
	return b
}

// Sign returns the signature of a body that is posted at the Unix time.
func Sign(secret string, unix int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(strconv.AppendInt(nil, unix, 10))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// readBody bounds what is read of an answer, so that its connection serves again.
const readBody = 64 << 10

// Alert posts it. Only 2xx means that it was heard.
func (p *Poster) Alert(ctx context.Context, a notify.Alert) error {
	raw, err := json.Marshal(bodyOf(a))
	if err != nil {
		return fault.Wrap(err, fault.Internal, "the alert cannot be written as JSON")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.cfg.URL, bytes.NewReader(raw))
	if err != nil {
		return fault.New(fault.Internal, "the alert's request cannot be made")
	}
	now := p.cfg.Clock().Unix()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Bedesten")
	req.Header.Set(TimestampHeader, strconv.FormatInt(now, 10))
	req.Header.Set(SignatureHeader, Sign(p.cfg.Secret, now, raw))
	resp, err := p.http.Do(req)
	if err != nil {
		return fault.New(fault.Unavailable, "the alert's webhook did not answer (%s)", reason(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, readBody)) // what it says besides its status is of no use
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fault.New(fault.Unavailable, "the alert's webhook answered %d", resp.StatusCode)
	}
	return nil
}

// reason names a failed call without the address, which an error of net/http
// repeats.
func reason(err error) string {
	var timeout net.Error
	var dial *net.OpError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "time-out"
	case errors.Is(err, context.Canceled):
		return "given up"
	case errors.As(err, &dial) && dial.Op == "dial":
		return "no connection"
	}
	return "the connection broke"
}
