package sendgrid

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// The headers of the signed event webhook: sendgrid-go
// helpers/eventwebhook/eventwebhook.go
const (
	signatureHeader = "X-Twilio-Email-Event-Webhook-Signature"
	timestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// maxBatch is the size at which a batch is posted without waiting any longer.
// github.com/sendgrid/docs getting-started-event-webhook.md: "every 30 seconds
// or when the batch size reaches 768 kilobytes"
const maxBatch = 768 << 10

// webhookPauses are the growing pauses between tries.
// docs.sendgrid.com/for-developers/tracking-events/troubleshooting gives the 24
// hours, the steps are ours.
var webhookPauses = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour, 7 * time.Hour,
}

// eventTypes are all that the webhook tells of.
var eventTypes = []string{"processed", "dropped", "deferred", "delivered", "bounce"}

// batch is the events that wait to be posted together.
type batch struct {
	events []*Event
	bodies [][]byte
	size   int
}

// tell hands an event to the webhook: into the open batch, or, where a fault
// rule aims at an event of the mail, on its own and in line behind the mail's
// other events. The caller holds mu.
func (s *Server) tell(m *mail, e *Event) {
	if s.courier.URL() == "" {
		return
	}
	body := encode(e.render(m))
	if s.cfg.BatchWait < 0 || s.aimedAt(m) {
		s.postAlone(m, e, body)
		return
	}
	b := &s.store.batch
	b.events, b.bodies, b.size = append(b.events, e), append(b.bodies, body), b.size+len(body)
	switch {
	case b.size >= maxBatch:
		s.postBatch()
	case len(b.events) == 1:
		s.later(s.cfg.BatchWait, s.postBatch)
	}
}

// aimedAt reports whether a rule fits any event that the mail may have.
func (s *Server) aimedAt(m *mail) bool {
	metadata := aimedAt(m.CustomArgs, m.To)
	return slices.ContainsFunc(eventTypes, func(kind string) bool {
		return s.faults.Aims(sim.StageWebhook, sim.Target{Event: kind, Metadata: metadata})
	})
}

// flush posts the open batch.
func (s *Server) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.postBatch()
}

// postBatch posts the open batch, the newest event first, as SendGrid's batches
// were seen to have them. The caller holds mu.
func (s *Server) postBatch() {
	b := s.store.batch
	if len(b.events) == 0 {
		return
	}
	s.store.batch = batch{}
	slices.Reverse(b.bodies)
	s.store.lastID++
	id := fmt.Sprintf("batch_%d", s.store.lastID)
	s.post(sim.Message{ID: id, Type: "batch", Key: id, Body: pack(b.bodies)}, b.events)
}

func (s *Server) postAlone(m *mail, e *Event, body []byte) {
	s.post(sim.Message{
		ID: e.ID, Type: e.Type, Key: m.MessageID, Metadata: aimedAt(m.CustomArgs, m.To), Body: pack([][]byte{body}),
	}, []*Event{e})
}

// post hands a webhook to the courier. The caller holds mu.
func (s *Server) post(m sim.Message, events []*Event) {
	s.store.posting[m.ID] = append(s.store.posting[m.ID], events...)
	s.courier.Send(m)
}

// eventsPosted is told by the courier.
func (s *Server) eventsPosted(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.store.posting[id] {
		e.Posted = true
	}
	delete(s.store.posting, id)
}

// pack makes the body of a post. Each event ends with a line break, and so does
// the whole: sendgrid-go TROUBLESHOOTING.md and eventwebhook_test.go.
func pack(events [][]byte) []byte {
	var out bytes.Buffer
	out.WriteByte('[')
	out.Write(bytes.Join(events, []byte(",\r\n")))
	out.WriteString("]\r\n")
	return out.Bytes()
}

// ResendEvent posts an event once more, as SendGrid at times does by itself.
// docs.sendgrid.com/for-developers/tracking-events/troubleshooting (duplicate events)
func (s *Server) ResendEvent(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	for _, m := range s.store.mails {
		for _, e := range m.events {
			if e.ID == id {
				s.postAlone(m, e, encode(e.render(m)))
				return nil
			}
		}
	}
	return fmt.Errorf("no event %q", id)
}

// signature makes the headers of a post. The timestamp is wall time wherever the
// simulated clock stands.
func (s *Server) signature(body []byte, wall time.Time) http.Header {
	s.keyMu.Lock()
	key := s.key
	s.keyMu.Unlock()

	signature, timestamp := Sign(key, body, wall)
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "SendGrid Event API")
	h.Set(signatureHeader, signature)
	h.Set(timestampHeader, timestamp)
	return h
}

// Sign returns the signature and the timestamp header of a body at a moment:
// ECDSA over the SHA-256 of timestamp and body.
// github.com/sendgrid/docs getting-started-event-webhook-security-features.md
func Sign(key *ecdsa.PrivateKey, body []byte, at time.Time) (signature, timestamp string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	hash := sha256.New()
	hash.Write([]byte(timestamp))
	hash.Write(body)
	raw, err := ecdsa.SignASN1(rand.Reader, key, hash.Sum(nil))
	if err != nil {
		panic("sendgrid simulator: sign: " + err.Error()) // P-256 keys sign every hash
	}
	return base64.StdEncoding.EncodeToString(raw), timestamp
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("sendgrid simulator: make a key: " + err.Error()) // crypto/rand never fails
	}
	return key
}

// PublicKey returns the key that verifies the webhook, as SendGrid shows it:
// base64 of the DER form.
func (s *Server) PublicKey() string {
	s.keyMu.Lock()
	defer s.keyMu.Unlock()

	der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		panic("sendgrid simulator: render the key: " + err.Error()) // a P-256 key has a DER form
	}
	return base64.StdEncoding.EncodeToString(der)
}

// RotateKey makes a new key for every later post and returns its public part.
func (s *Server) RotateKey() string {
	s.keyMu.Lock()
	s.key = newKey()
	s.keyMu.Unlock()
	return s.PublicKey()
}
