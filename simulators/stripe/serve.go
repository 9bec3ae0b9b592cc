package stripe

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// maxBody is far above what any call needs.
const maxBody = 1 << 20

// call is one request on its way through the simulator.
type call struct {
	w  http.ResponseWriter
	r  *http.Request
	op *operation
	id string // of the object in the path

	form   form
	public bool // made with the publishable key
	key    string
	reqID  string
	// firstReqID is the request that a replayed answer was first given to.
	firstReqID string
	body       string

	decline string // decline code that a fault asks for
	entry   sim.Call
	start   time.Time
}

// serveAPI answers one call and writes it into the journal, also when it gets no
// answer.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, reqID: "req_" + randomText(14), start: time.Now()}
	c.entry = sim.Call{At: s.clock.Now(), Wall: c.start, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, RequestID: c.reqID}
	defer s.note(c)

	a := s.handle(c)
	if !s.sendFaulty(c, a) {
		c.send(a)
	}
}

func (s *Server) note(c *call) {
	c.entry.Micros = time.Since(c.start).Microseconds()
	s.journal.Add(c.entry)
}

// handle takes a call through authentication, the faults in front, the
// idempotency layer and the operation, in the order in which Stripe does.
func (s *Server) handle(c *call) answer {
	if c.r.Method == http.MethodOptions {
		return answer{status: http.StatusOK} // a browser asks before it posts a card
	}
	if err := s.admit(c); err != nil {
		return c.failed(err)
	}
	if err := s.frontFault(c); err != nil {
		return c.failed(err)
	}
	f, err := c.parse()
	if err != nil {
		return c.failed(err)
	}
	c.form = f
	if c.r.Method != http.MethodPost || c.key == "" {
		return s.execute(c)
	}
	old, err := s.keys.begin(c.key, c.r.URL.Path, c.form.canonical(), c.reqID)
	if err != nil {
		return c.failed(err)
	}
	if old != nil {
		c.entry.Replayed, c.firstReqID = true, old.requestID
		return *old.answer
	}
	return s.executeKeyed(c)
}

// admit reads the body, checks the key, and finds the operation.
func (s *Server) admit(c *call) *apiError {
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody))
	if err != nil {
		return badParam("", "", "Invalid request (could not read the body).")
	}
	c.body = string(body)
	var fail *apiError
	if c.public, fail = s.authenticate(c.r); fail != nil {
		return fail
	}
	if fail = checkVersion(c.r); fail != nil {
		return fail
	}
	if c.op, c.id = route(c.r.Method, c.r.URL.Path); c.op == nil {
		return unknownURL(c.r.Method, c.r.URL.Path)
	}
	c.entry.Operation = c.op.name
	if c.public && !c.op.public {
		return secretKeyRequired()
	}
	c.key = strings.TrimSpace(c.r.Header.Get("Idempotency-Key"))
	c.entry.IdempotencyKey = c.key
	if len(c.key) > maxKey {
		return badParam("", "", "Idempotency keys can be up to %d characters long.", maxKey)
	}
	return nil
}

// parse reads the parameters: from the query of a GET, from the body of a POST.
func (c *call) parse() (form, *apiError) {
	if c.r.Method == http.MethodGet {
		return parseForm(c.r.URL.RawQuery)
	}
	if kind := c.r.Header.Get("Content-Type"); c.body != "" && !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
		return nil, badParam("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
	}
	return parseForm(c.body)
}

// executeKeyed runs the operation of a call that holds its key, and keeps the
// answer unless the parameters failed before the endpoint began.
func (s *Server) executeKeyed(c *call) answer {
	kept := false
	defer func() {
		if !kept {
			s.keys.forget(c.key)
		}
	}()
	if err := c.op.params.validate(c.form); err != nil {
		return c.failed(err)
	}
	a, unkept := s.run(c)
	if unkept {
		return a
	}
	s.keys.finish(c.key, a)
	kept = true
	return a
}

// execute runs the operation of a call without a key.
func (s *Server) execute(c *call) answer {
	if err := c.op.params.validate(c.form); err != nil {
		return c.failed(err)
	}
	a, _ := s.run(c)
	return a
}

// run performs the operation with the faults that strike on its way.
func (s *Server) run(c *call) (_ answer, unkept bool) {
	f, struck := s.faults.Pick(sim.StageEffect, s.target(c))
	if struck {
		c.entry.Faults = append(c.entry.Faults, f.Kind)
	}
	switch {
	case !struck:
	case f.Kind == sim.Slow:
		s.pause(f)
	case f.Kind == sim.Error500Kept:
		return c.failed(serverError()), false
	case f.Kind == sim.Decline:
		c.decline = f.Code
		if c.decline == "" {
			c.decline = "generic_decline"
		}
	}
	a, unkept := s.perform(c)
	if struck && f.Kind == sim.Error500After && !unkept {
		return c.failed(serverError()), false
	}
	return a, unkept
}

// perform runs the operation itself. Its answer is encoded before the lock is
// given up, for it shares what it shows with the objects.
func (s *Server) perform(c *call) (answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	out, err := c.op.perform(s, c)
	if err == nil {
		err = s.expandAll(out, c.form)
	}
	if err != nil {
		return c.failed(err), err.unkept
	}
	return answer{status: http.StatusOK, body: encode(out)}, false
}

// failed turns an error into an answer.
func (c *call) failed(err *apiError) answer {
	return answer{status: err.status, body: encode(err.render(c.reqID)), code: err.code}
}

// send writes an answer with the headers of Stripe.
func (c *call) send(a answer) {
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Request-Id", c.reqID)
	h.Set("Stripe-Version", APIVersion)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Stripe-Version")
	if c.key != "" && c.r.Method == http.MethodPost {
		h.Set("Idempotency-Key", c.key)
		h.Set("Original-Request", c.reqID)
	}
	if c.entry.Replayed {
		h.Set("Idempotent-Replayed", "true")
		h.Set("Original-Request", c.firstReqID)
	}
	h.Set("Content-Length", fmt.Sprint(len(a.body)))
	c.entry.Status, c.entry.Code = a.status, a.code
	c.w.WriteHeader(a.status)
	_, _ = c.w.Write(a.body) // a client that left finds its answer under its key
}

// target is what fault rules are held against.
func (s *Server) target(c *call) sim.Target {
	if c.entry.Metadata == nil {
		c.entry.Metadata = s.callMetadata(c)
	}
	return sim.Target{Method: c.r.Method, Path: c.r.URL.Path, Operation: c.op.name, Metadata: c.entry.Metadata}
}

// callMetadata returns the metadata that a call sends together with that of the
// intent it is about.
func (s *Server) callMetadata(c *call) map[string]string {
	f, err := c.parse()
	if err != nil {
		f = nil // the call is about to be refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()

	out := map[string]string{}
	for _, id := range []string{c.id, f.str("payment_intent")} {
		if pi, ok := s.store.intents.get(id); ok {
			maps.Copy(out, pi.metadata)
		}
	}
	maps.Copy(out, f.metadata())
	return out
}
