package sendgrid

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bedesten/bedesten/simulators/sim"
)

// The endpoints that are simulated.
const (
	sendPath   = "/v3/mail/send"
	scopesPath = "/v3/scopes"
)

// operations are their names in faults and in the journal.
var operations = map[string]string{sendPath: "mail.send", scopesPath: "scopes.list"}

// maxBody is the size that a mail may have, attachments with it.
// docs.sendgrid.com/api-reference/mail-send/limitations
const maxBody = 30 << 20

// call is one request on its way through the simulator.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	body  []byte
	send  *sendRequest // once the body was read
	aim   sim.Target
	entry sim.Call
	start time.Time
}

// answer is what goes back.
type answer struct {
	status    int
	body      []byte
	messageID string // X-Message-Id
	code      string
}

// serveAPI answers one call and writes it into the journal, also when it gets no
// answer.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, start: time.Now()}
	c.entry = sim.Call{At: s.clock.Now(), Wall: c.start, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery}
	defer func() {
		c.entry.Micros = time.Since(c.start).Microseconds()
		s.journal.Add(c.entry)
	}()
	a := s.handle(c)
	if !s.sendFaulty(c) {
		c.answer(a)
	}
}

// handle takes a call through authentication, the faults in front, validation
// and the effect.
func (s *Server) handle(c *call) answer {
	if c.r.URL.Path == scopesPath {
		return s.listScopes(c)
	}
	if fail := s.admit(c); fail != nil {
		return failed(fail)
	}
	send, fail := parse(c.body)
	c.send = send
	s.takeAim(c)
	if front := s.frontFault(c); front != nil {
		return failed(front)
	}
	if fail == nil {
		fail = send.validate(s.clock.Now())
	}
	if fail != nil {
		return failed(fail)
	}
	if !s.verified(deref(send.From.Email)) {
		return failed(unverifiedSender())
	}
	return s.run(c)
}

// run performs the call with the faults that strike on its way.
func (s *Server) run(c *call) answer {
	f, struck := s.faults.Pick(sim.StageEffect, c.aim)
	if struck {
		c.entry.Faults = append(c.entry.Faults, f.Kind)
	}
	if struck && f.Kind == sim.Slow {
		s.pause(f)
	}
	a := answer{status: http.StatusOK}
	if !c.send.sandboxed() {
		// 202: valid and queued; 200: valid, in sandbox mode.
		// twilio.com/docs/sendgrid/api-reference/mail-send/errors
		a = answer{status: http.StatusAccepted, messageID: s.accept(c.send)}
	}
	c.entry.RequestID = a.messageID
	if struck && f.Kind == sim.Error500After {
		return failed(serverError())
	}
	return a
}

// admit checks what stands in front of the API: address, method, key, type and
// size of the body.
func (s *Server) admit(c *call) *apiError {
	// The body is read to its end so that the server notices when the client
	// leaves, and the client gets an answer instead of a broken pipe.
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return tooLarge()
	}
	if err != nil {
		return badRequest()
	}
	c.body = body
	if c.r.URL.Path != sendPath {
		return plain(http.StatusNotFound, "not found")
	}
	c.entry.Operation = operations[sendPath]
	if c.r.Method != http.MethodPost {
		return plain(http.StatusMethodNotAllowed, "method not allowed")
	}
	if fail := s.authenticate(c.r); fail != nil {
		return fail
	}
	if s.isUnscoped(c.r) {
		return unscoped()
	}
	return checkType(c.r, body)
}

// authenticate takes the key as a bearer and in no other way.
// twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/authentication
func (s *Server) authenticate(r *http.Request) *apiError {
	switch key, ok := bearer(r); {
	case !ok || key == "":
		return noKey()
	case !same(key, s.cfg.Key) && !s.isUnscoped(r):
		return unknownKey()
	}
	return nil
}

// isUnscoped reports whether the key is the one that may not send mail.
func (s *Server) isUnscoped(r *http.Request) bool {
	key, _ := bearer(r)
	return s.cfg.Unscoped != "" && same(key, s.cfg.Unscoped)
}

func bearer(r *http.Request) (string, bool) {
	return strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// checkType: 415 for another type than JSON (the wording is unverified), for
// gzip, which an account has to ask for, and for what is not UTF-8.
// twilio.com/docs/sendgrid/api-reference/mail-send/errors
func checkType(r *http.Request, body []byte) *apiError {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil || kind != "application/json":
		return plain(http.StatusUnsupportedMediaType, "Content-Type should be application/json.")
	case r.Header.Get("Content-Encoding") != "":
		return plain(http.StatusUnsupportedMediaType, "Content-Encoding is not enabled for this account.")
	case !utf8.Valid(body):
		return plain(http.StatusUnsupportedMediaType, "Invalid UTF8 in request")
	}
	return nil
}

// verified reports whether the account may send from an address.
// twilio.com/docs/sendgrid/for-developers/sending-email/sender-identity
func (s *Server) verified(address string) bool {
	address = strings.ToLower(address)
	for _, sender := range s.cfg.Senders {
		sender = strings.ToLower(sender)
		if address == sender || strings.HasPrefix(sender, "@") && strings.HasSuffix(address, sender) {
			return true
		}
	}
	return false
}

func failed(e *apiError) answer {
	return answer{status: e.status, body: e.render(), code: e.code()}
}

// answer writes an answer with the headers of SendGrid.
// github.com/sendgrid/sendgrid-ruby/issues/467 shows them.
func (c *call) answer(a answer) {
	h := c.w.Header()
	if a.messageID != "" {
		h.Set("X-Message-Id", a.messageID)
	}
	if len(a.body) > 0 {
		h.Set("Content-Type", "application/json")
	}
	if len(a.body) > 0 && a.body[0] == '<' {
		h.Set("Content-Type", "text/html")
	}
	if a.status == http.StatusTooManyRequests {
		h.Set("X-RateLimit-Limit", "600")
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10))
	}
	h.Set("Content-Length", fmt.Sprint(len(a.body)))
	c.entry.Status, c.entry.Code = a.status, a.code
	c.w.WriteHeader(a.status)
	_, _ = c.w.Write(a.body) // a client that left will never know, as in life
}
