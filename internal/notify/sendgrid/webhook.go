package sendgrid

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
)

// How far a post's time may be from ours. SendGrid tries a post again for 24
// hours (docs.sendgrid.com/for-developers/tracking-events/troubleshooting) and
// does not say that it signs it anew, so that much has to be allowed for. An
// event that comes again is known by its id and does nothing.
const (
	maxAge   = 25 * time.Hour
	maxAhead = 5 * time.Minute
)

// publicKeys reads the keys that verify the webhook.
func publicKeys(list []string) ([]*ecdsa.PublicKey, error) {
	keys := make([]*ecdsa.PublicKey, 0, len(list))
	for _, text := range list {
		der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "the public key of SendGrid's webhook is not base64")
		}
		parsed, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "the public key of SendGrid's webhook cannot be read")
		}
		key, ok := parsed.(*ecdsa.PublicKey)
		if !ok || key.Curve != elliptic.P256() {
			return nil, fault.New(fault.Invalid, "the public key of SendGrid's webhook is not one of ECDSA P-256")
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// ReadWebhook verifies the signature over the raw body
// (github.com/sendgrid/sendgrid-go, helpers/eventwebhook) by any of the keys and
// returns the events that have a key of ours. A bounce that comes back by mail
// days later carries none (github.com/sendgrid/docs/issues/5177).
func (m *Mailer) ReadWebhook(header http.Header, body []byte, now time.Time) ([]notify.Event, error) {
	stamp := header.Get(eventwebhook.TimestampHTTPHeader)
	if err := fresh(stamp, now); err != nil {
		return nil, err
	}
	signature := header.Get(eventwebhook.VerificationHTTPHeader)
	for _, key := range m.keys {
		// An error means a signature that is none: forged too.
		if ok, err := eventwebhook.VerifySignature(key, body, signature, stamp); ok && err == nil {
			return read(body)
		}
	}
	return nil, fault.New(fault.Invalid, "the webhook is not signed by SendGrid")
}

func fresh(stamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "the webhook's time cannot be read")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > maxAge || age < -maxAhead {
		return fault.New(fault.Invalid, "the webhook's time is too far from ours")
	}
	return nil
}

// posted is what is read of an event
// (twilio.com/docs/sendgrid/for-developers/tracking-events/event).
type posted struct {
	ID       string      `json:"sg_event_id"`
	Type     string      `json:"event"`
	At       json.Number `json:"timestamp"` // a number; a string in one of the examples
	Key      string      `json:"send_key"`
	Reason   string      `json:"reason"`
	Response string      `json:"response"`
	Status   string      `json:"status"`
}

// told are the event types that mean something to a mail, with what each says.
// A "blocked" bounce is one of type bounce: SendGrid does not try again either.
var told = map[string]notify.EventKind{
	"processed": notify.EventProcessed, "delivered": notify.EventDelivered, "deferred": notify.EventDeferred,
	"bounce": notify.EventBounced, "dropped": notify.EventDropped,
}

// read returns the events of a body that SendGrid signed.
func read(body []byte) ([]notify.Event, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fault.Wrap(err, fault.Malformed, "the webhook's body is no list of events")
	}
	events := []notify.Event{}
	for _, raw := range list {
		// Another sender of the same account may have a send_key of another type.
		var head struct {
			Key any `json:"send_key"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			return nil, fault.Wrap(err, fault.Malformed, "an event of the webhook cannot be read")
		}
		if key, ok := head.Key.(string); !ok || !keyShape.MatchString(key) {
			continue
		}
		e, known, err := event(raw)
		if err != nil {
			return nil, err
		}
		if known {
			events = append(events, e)
		}
	}
	return events, nil
}

// event reads one event of ours.
func event(raw []byte) (_ notify.Event, known bool, _ error) {
	var p posted
	if err := json.Unmarshal(raw, &p); err != nil {
		return notify.Event{}, false, fault.Wrap(err, fault.Malformed, "an event of the webhook cannot be read")
	}
	kind, known := told[p.Type]
	if !known {
		return notify.Event{}, false, nil
	}
	at, err := p.At.Int64()
	if err != nil {
		return notify.Event{}, false, fault.Wrap(err, fault.Malformed, "the time of an event cannot be read")
	}
	return notify.Event{ID: p.id(raw), Kind: kind, Key: p.Key, At: time.Unix(at, 0).UTC(), Code: p.code()}, true, nil
}

var idShape = regexp.MustCompile(`^[A-Za-z0-9_=-]{1,100}$`)

// id is SendGrid's own, of up to 100 URL-safe characters, "where it is present";
// else one that is the same for the same event.
func (p posted) id(raw []byte) string {
	if idShape.MatchString(p.ID) {
		return p.ID
	}
	var plain bytes.Buffer
	if json.Compact(&plain, raw) != nil {
		plain.Write(raw) // it was read before, so this is never reached
	}
	return fmt.Sprintf("sha256-%x", sha256.Sum256(plain.Bytes()))
}

var (
	replyShape  = regexp.MustCompile(`^([245]\d\d)[ -]+(?:([245]\.\d{1,3}\.\d{1,3})\b)?`)
	statusShape = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}$`)
)

// dropReasons: twilio.com/docs/sendgrid/for-developers/tracking-events/event (dropped)
var dropReasons = map[string]string{
	"Invalid SMTPAPI header": "invalid_header", "Spam Content": "spam_content", "Unsubscribed Address": "unsubscribed_address",
	"Bounced Address": "bounced_address", "Spam Reporting Address": "spam_reporting_address", "Invalid": "invalid",
	"Recipient List over Package Quota": "over_quota",
}

// code is the reason in a form that holds no address: the receiving server's
// reply code, or a word of ours for SendGrid's own reason.
func (p posted) code() string {
	if word, ok := dropReasons[p.Reason]; ok {
		return word
	}
	for _, text := range []string{p.Reason, p.Response} {
		if m := replyShape.FindStringSubmatch(text + " "); m != nil {
			return strings.TrimSpace(m[1] + " " + m[2])
		}
	}
	if statusShape.MatchString(p.Status) {
		return p.Status
	}
	return ""
}
