package sendgrid

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// idleConnections is how many connections to SendGrid are kept for the next call:
// net/http's own two would make most calls of a busy shop shake hands first.
const idleConnections = 64

func newTransport() http.RoundTripper {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		t = standard.Clone()
	}
	t.MaxIdleConnsPerHost = idleConnections
	return noticing{t}
}

// errNeverConnected marks the error of a request of which no byte was sent.
var errNeverConnected = errors.New("no connection was made")

// noticing is a transport that tells a request which never had a connection
// from one that may have gone out.
type noticing struct{ next http.RoundTripper }

// RoundTrip sends r and marks an error that came before any connection.
func (n noticing) RoundTrip(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	res, err := n.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil && !connected.Load() {
		err = fmt.Errorf("%w: %w", errNeverConnected, err)
	}
	return res, err
}
