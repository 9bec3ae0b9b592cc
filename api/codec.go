package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// maxCodecBody bounds what Temporal's UI may have decoded at once.
const maxCodecBody = 16 << 20

type codecInput struct {
	Namespace string `header:"X-Namespace" maxLength:"200" doc:"Another namespace than the shop's is refused."`
	Body      struct {
		_        struct{}          `additionalProperties:"true"`
		Payloads []json.RawMessage `json:"payloads" nullable:"false" doc:"temporal.api.common.v1.Payload, as Protobuf writes it in JSON."`
	}
}

type codecOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// codecRoutes let Temporal's UI show what it keeps encrypted, to staff who may.
func (a *API) codecRoutes() {
	for verb, summary := range map[string]string{
		"encode": "Encrypt payloads for Temporal", "decode": "Decrypt payloads of Temporal",
	} {
		path := "/v1/codec/" + verb
		handle(a, Route{
			ID: verb + "-payloads", Method: http.MethodPost, Path: path, Tag: tagStaff, Access: Staff, Permission: identity.DecodePayloads,
			Summary: summary, MaxBody: maxCodecBody, Produces: []string{"application/json"}, Visitors: a.operatorPages(),
			Description: "Temporal's remote codec protocol, for its UI, whose pages may send the cookie along where they are of the same site. Each call " +
				"stands in the audit log with the number of payloads.",
		}, a.codecCall)
		a.engine.OPTIONS(path, a.beforeCodec)
	}
}

// operatorPages are the origins of Temporal's UI.
func (a *API) operatorPages() []string {
	if a.TemporalUI == "" {
		return nil
	}
	return []string{a.TemporalUI}
}

// beforeCodec answers a browser that asks whether a page may call: without a
// cookie, as browsers ask. Other pages hear what they hear at any address.
func (a *API) beforeCodec(c *gin.Context) {
	if !slices.Contains(a.operatorPages(), c.GetHeader("Origin")) {
		a.refuse(c, problemOf(c, codeMethodNotAllowed, "this address does not take "+c.Request.Method))
		return
	}
	a.Codec.ServeHTTP(c.Writer, c.Request)
}

// codecCall has the codec server answer what was read and checked.
func (a *API) codecCall(ctx context.Context, in *codecInput) (*codecOutput, error) {
	req := requestOf(ctx)
	a.changed(ctx, nil, map[string]any{"payloads": len(in.Body.Payloads)})
	call := req.http.Clone(ctx)
	call.Body = io.NopCloser(bytes.NewReader(req.body))
	w := &written{header: http.Header{}, status: http.StatusOK}
	a.Codec.ServeHTTP(w, call)
	switch {
	case w.status == http.StatusForbidden:
		return nil, fault.New(fault.Forbidden, "%s", strings.TrimSpace(w.body.String()))
	case w.status != http.StatusOK:
		return nil, fault.New(fault.Malformed, "%s", strings.TrimSpace(w.body.String()))
	}
	return &codecOutput{ContentType: "application/json", Body: w.body.Bytes()}, nil
}

// written is an answer that is looked at before it is sent.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the answer's.
func (w *written) Header() http.Header { return w.header }

// WriteHeader notes the status.
func (w *written) WriteHeader(status int) { w.status = status }

// Write adds to the body.
func (w *written) Write(p []byte) (int, error) { return w.body.Write(p) }

// welcome lets a page of another origin of the same site call a route with its
// cookie, and read whatever it is answered.
func (a *API) welcome(c *gin.Context, r Route) {
	origin := c.GetHeader("Origin")
	if !slices.Contains(r.Visitors, origin) {
		return
	}
	requestOf(c.Request.Context()).welcome = true
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
}
