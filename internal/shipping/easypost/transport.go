package easypost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// idleConnections is how many connections to EasyPost are kept for the next call:
// net/http's own two would make most calls of a busy shop shake hands first.
const idleConnections = 64

// maxAnswer is far above the largest page of shipments.
const maxAnswer = 16 << 20

func newTransport() http.RoundTripper {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		t = standard.Clone()
	}
	t.MaxIdleConnsPerHost = idleConnections
	return hearing{t}
}

// heard is what the client does not tell of a call.
type heard struct {
	requestID string
	// inside is the code of an error that came in an answer of success.
	inside string
}

type heardKey struct{}

// listen returns a context under which a call's answer is heard, too.
func listen(ctx context.Context) (context.Context, *heard) {
	h := &heard{}
	return context.WithValue(ctx, heardKey{}, h), h
}

// hearing is a transport that tells a request which never had a connection from
// one that may have gone out, and reads from an answer what easypost-go does not:
// the request's id, and an error inside an answer of success, which the client
// would take for a shipment without any fields.
type hearing struct{ next http.RoundTripper }

// neverConnectedError wraps the error of a request of which no byte was sent.
type neverConnectedError struct{ cause error }

func (e *neverConnectedError) Error() string { return e.cause.Error() }

func (e *neverConnectedError) Unwrap() error { return e.cause }

// RoundTrip sends r and marks an error that came before any connection.
func (t hearing) RoundTrip(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	res, err := t.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		if !connected.Load() {
			err = &neverConnectedError{err}
		}
		return nil, err
	}
	h, listening := r.Context().Value(heardKey{}).(*heard)
	if !listening {
		return res, nil
	}
	h.requestID = res.Header.Get("X-Ep-Request-Uuid")
	return res, h.read(res)
}

// read takes the whole body, so that half of one is no answer, and leaves it in
// its place for the client.
func (h *heard) read(res *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	closed := res.Body.Close()
	switch {
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case closed != nil:
		return fmt.Errorf("end the answer: %w", closed)
	case len(body) > maxAnswer:
		return fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil
	}
	var inside struct {
		Error *struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	// A body of another form is the client's to refuse.
	if json.Unmarshal(body, &inside) == nil && inside.Error != nil {
		h.inside = "error_without_code"
		if inside.Error.Code != "" {
			h.inside = inside.Error.Code
		}
	}
	return nil
}
