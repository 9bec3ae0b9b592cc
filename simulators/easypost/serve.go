package easypost

import (
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// call is one request on its way through the simulator.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	op    *operation
	id    string // of the object in the path
	query url.Values
	body  params

	reqID string
	// decline is the carrier's no that a fault asks for.
	decline *apiError
	slow    bool // a fault has held it back
	entry   sim.Call
	start   time.Time
}

// answer is what is sent.
type answer struct {
	status int
	body   []byte
	code   string // the error's code, for the journal
	wait   bool   // a 429 says how long to wait
}

// serveAPI answers one call and writes it into the journal, also when it gets no
// answer.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, reqID: randomHex(16), start: time.Now()}
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

// handle takes a call through authentication, the faults in front and the
// operation.
func (s *Server) handle(c *call) answer {
	if err := s.admit(c); err != nil {
		return c.failed(err)
	}
	if err := s.frontFault(c); err != nil {
		return c.failed(err)
	}
	if c.op.index && !s.lists.pass(time.Now()) {
		return c.failed(rateLimited())
	}
	return s.run(c)
}

// admit checks the key, finds the operation and reads what was sent.
func (s *Server) admit(c *call) *apiError {
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody))
	if err != nil {
		return badRequest("The body could not be read.")
	}
	if subtle.ConstantTimeCompare([]byte(apiKey(c.r)), []byte(s.cfg.APIKey)) != 1 {
		return unauthorized()
	}
	op, id, elsewhere := route(c.r.Method, c.r.URL.Path)
	switch {
	case elsewhere:
		return &apiError{status: http.StatusMethodNotAllowed, code: codeNotAllowed, message: "The request method is not supported for the requested resource."}
	case op == nil:
		return notFound()
	}
	c.op, c.id = op, id
	c.entry.Operation = op.name
	if c.r.Method == http.MethodGet {
		return c.readQuery()
	}
	fields, fail := decodeBody(c.r.Header.Get("Content-Type"), body)
	c.body = fields
	return fail
}

// apiKey returns the key of a request: the user of basic authentication, or a
// bearer. docs.easypost.com/docs/authentication
func apiKey(r *http.Request) string {
	if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(key)
	}
	user, password, _ := r.BasicAuth()
	if password != "" {
		return ""
	}
	return user
}

// readQuery refuses parameters that the simulator has no use for.
func (c *call) readQuery() *apiError {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return badRequest("The query could not be read.")
	}
	for name, values := range query {
		if !slices.Contains(c.op.params, name) {
			return invalid(codeForbidden, "Unknown parameter.", field(name, "is not permitted"))
		}
		if len(values) > 1 {
			return invalid(codeInvalid, "Invalid parameter.", field(name, "was given more than once"))
		}
	}
	c.query = query
	return nil
}

// run performs the operation with the faults that strike on its way.
func (s *Server) run(c *call) answer {
	f, struck := s.faults.Pick(sim.StageEffect, s.target(c))
	if !struck {
		return s.perform(c)
	}
	c.entry.Faults = append(c.entry.Faults, f.Kind)
	switch f.Kind {
	case sim.Slow:
		c.slow = true
		defer s.busy(c)()
		s.pause(f)
	case sim.Decline:
		c.decline = declined(c.op.name, f)
	case sim.ErrorIn200:
		return s.errorIn200(c, f)
	}
	a := s.perform(c)
	if a.status >= http.StatusBadRequest {
		return a
	}
	switch f.Kind {
	case sim.Error500After:
		return c.failed(serverError())
	case sim.ErrorIn200After:
		return s.errorIn200(c, f)
	}
	return a
}

// perform runs the operation itself. Its answer is encoded before the lock is
// given up.
func (s *Server) perform(c *call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()

	a, err := c.op.perform(s, c)
	if err != nil {
		return c.failed(err)
	}
	return a
}

// failed turns an error into an answer.
func (c *call) failed(err *apiError) answer {
	return answer{status: err.status, body: encode(err.render()), code: err.code, wait: err.status == http.StatusTooManyRequests}
}

func ok(v any) (answer, *apiError) { return answer{status: http.StatusOK, body: encode(v)}, nil }
func created(v any) (answer, *apiError) {
	return answer{status: http.StatusCreated, body: encode(v)}, nil
}

// send writes an answer with the headers that easypost-go's recorded exchanges
// show and that somebody could read.
func (c *call) send(a answer) {
	h := c.w.Header()
	h.Set("Cache-Control", "private, no-cache, no-store")
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Ep-Request-Uuid", c.reqID)
	if a.wait {
		h.Set("Retry-After", "1")
	}
	h.Set("Content-Length", fmt.Sprint(len(a.body)))
	c.entry.Status, c.entry.Code = a.status, a.code
	c.w.WriteHeader(a.status)
	_, _ = c.w.Write(a.body) // a client that left asks again
}

// target is what fault rules are held against.
func (s *Server) target(c *call) sim.Target {
	if c.entry.Metadata == nil {
		c.entry.Metadata = s.callMetadata(c)
	}
	return sim.Target{Method: c.r.Method, Path: c.r.URL.Path, Operation: c.op.name, Metadata: c.entry.Metadata}
}

// callMetadata says which shipment a call is about.
func (s *Server) callMetadata(c *call) map[string]string {
	if c.op.name == "shipment.create" {
		in, err := c.body.object("shipment")
		if err != nil {
			return map[string]string{}
		}
		reference, err := in.text("reference")
		if err != nil {
			return map[string]string{}
		}
		return map[string]string{"reference": reference}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if shp, found := s.store.shipments.get(c.id); found {
		return shp.metadata()
	}
	if t, found := s.store.trackers.get(c.id); found {
		return t.metadata()
	}
	return map[string]string{}
}
