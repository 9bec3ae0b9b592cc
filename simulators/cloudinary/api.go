package cloudinary

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// operation is one call of the Upload API
// (cloudinary.com/documentation/image_upload_api_reference).
type operation struct {
	name    string // image.upload: what faults and the journal call it
	method  string
	params  []string // beside api_key, signature and timestamp
	perform func(*Server, *call) (answer, *apiError)
}

// operations are by what follows the cloud's name in the path. "auto" finds out what
// is uploaded; the simulator keeps images only.
var operations = map[string]operation{
	"image/upload":   {"image.upload", http.MethodPost, uploadParams, (*Server).upload},
	"auto/upload":    {"image.upload", http.MethodPost, uploadParams, (*Server).upload},
	"image/explicit": {"image.explicit", http.MethodPost, []string{"public_id", "type", "eager"}, (*Server).explicit},
	"image/destroy":  {"image.destroy", http.MethodPost, []string{"public_id", "type", "invalidate"}, (*Server).destroy},
	"image/download": {"image.download", http.MethodGet, []string{"public_id", "type", "format"}, (*Server).download},
}

var uploadParams = []string{"public_id", "type", "overwrite", "allowed_formats", "eager"}

// call is one request on its way through the simulator.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	op     operation
	auto   bool
	params url.Values
	file   []byte
	entry  sim.Call
}

// answer is what is sent.
type answer struct {
	status      int
	contentType string
	body        []byte
}

// apiError is an answer other than success: {"error":{"message":...}}.
type apiError struct {
	status  int
	message string
}

func (e *apiError) answer() answer {
	return answer{e.status, "application/json; charset=utf-8", encode(map[string]any{"error": map[string]any{"message": e.message}})}
}

func badRequest(message string) *apiError   { return &apiError{http.StatusBadRequest, message} }
func unauthorized(message string) *apiError { return &apiError{http.StatusUnauthorized, message} }

// notFound: github.com/cloudinary/pycloudinary, test/test_api.py.
func notFound(publicID string) *apiError {
	return &apiError{http.StatusNotFound, "Resource not found - " + publicID}
}

func ok(v any) (answer, *apiError) {
	return answer{http.StatusOK, "application/json; charset=utf-8", encode(v)}, nil
}

func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only maps of strings, numbers, booleans and the like are rendered.
		panic("cloudinary simulator: " + err.Error())
	}
	return bytes.TrimSpace(buf.Bytes())
}

// serveAPI answers one call and writes it into the journal, also when it gets no
// answer.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	c := &call{w: w, r: r}
	c.entry = sim.Call{At: s.clock.Now(), Wall: start, Method: r.Method, Path: r.URL.Path, RequestID: randomHex(16)}
	defer func() {
		c.entry.Micros = time.Since(start).Microseconds()
		s.journal.Add(c.entry)
	}()
	a := s.handle(c)
	if !s.sendFaulty(c, a) {
		c.send(a)
	}
}

func (c *call) send(a answer) {
	c.w.Header().Set("Content-Type", a.contentType)
	c.w.Header().Set("X-Request-Id", c.entry.RequestID)
	c.entry.Status = a.status
	c.w.WriteHeader(a.status)
	_, _ = c.w.Write(a.body) // a client that left asks again
}

// handle takes a call through the faults in front, authentication and the operation.
func (s *Server) handle(c *call) answer {
	if err := s.admit(c); err != nil {
		return err.answer()
	}
	if err := s.frontFault(c); err != nil {
		return err.answer()
	}
	if err := s.authenticate(c); err != nil {
		return err.answer()
	}
	f, struck := s.faults.Pick(sim.StageEffect, s.target(c))
	if struck {
		c.entry.Faults = append(c.entry.Faults, f.Kind)
	}
	if struck && f.Kind == sim.Slow {
		s.pause(f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := c.op.perform(s, c)
	if err != nil {
		return err.answer()
	}
	if struck && f.Kind == sim.Error500After {
		return serverError().answer()
	}
	return a
}

// admit finds the operation and reads what was sent.
func (s *Server) admit(c *call) *apiError {
	cloud, path, _ := strings.Cut(strings.TrimPrefix(c.r.URL.Path, "/v1_1/"), "/")
	op, known := operations[path]
	switch {
	case !known || op.method != c.r.Method:
		return &apiError{http.StatusNotFound, "unknown path"}
	case cloud != s.cfg.CloudName:
		return unauthorized("Invalid cloud_name " + cloud)
	}
	c.op, c.auto = op, strings.HasPrefix(path, "auto/")
	c.entry.Operation = op.name
	return c.read(s.cfg.MaxBytes)
}

// read takes parameters from the query or the form, the file from the form.
func (c *call) read(most int64) *apiError {
	if c.r.Method == http.MethodGet {
		c.params = c.r.URL.Query()
		return nil
	}
	if c.r.Header.Get("Content-Type") == "" {
		// cloudinary-go/v2 says of its forms no type, and Cloudinary reads them.
		c.r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	err := c.r.ParseMultipartForm(most)
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return badRequest("Invalid multipart body")
	}
	c.params = c.r.PostForm
	if c.r.MultipartForm == nil {
		return nil
	}
	// cloudinary.com/documentation/image_upload_api_reference#upload: "file" is the one
	// part that is no parameter.
	part, _, err := c.r.FormFile("file")
	if err != nil {
		return badRequest("Missing required parameter - file")
	}
	defer part.Close()
	if c.file, err = io.ReadAll(part); err != nil {
		return badRequest("The file did not arrive as a whole")
	}
	return nil
}

func randomHex(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // it never fails since Go 1.24
	return hex.EncodeToString(raw)
}
