package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// webhookPauses are the growing pauses between tries, over three days.
// docs.stripe.com/webhooks#behaviors gives the three days, the steps are ours.
var webhookPauses = []time.Duration{
	5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 12 * time.Hour, 12 * time.Hour, 12 * time.Hour, 12 * time.Hour,
}

// send hands an event to the courier. docs.stripe.com/webhooks
func (s *Server) send(e *event) {
	if s.courier.URL() == "" {
		return
	}
	s.courier.Send(sim.Message{ID: e.id, Type: e.kind, Key: e.about, Metadata: e.metadata, Body: encode(e.render())})
}

// signature makes the Stripe-Signature header. t is wall time wherever the
// simulated clock stands, for receivers refuse what is older than five minutes.
// docs.stripe.com/webhooks/signature
func (s *Server) signature(body []byte, wall time.Time) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	h.Set("Stripe-Signature", Sign(s.cfg.WebhookSecret, body, wall))
	return h
}

// Sign returns the Stripe-Signature header of a body at a moment.
// docs.stripe.com/webhooks/signature
func Sign(secret string, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
