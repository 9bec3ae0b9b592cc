package e2e_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// told is one span as it left the house.
type told struct {
	trace, id, parent string
	service, name     string
	attributes        map[string]string
	// rest is everything else that it says.
	rest string
}

// collectorOf is a collector of traces on the real wire: OTLP over HTTP
// (opentelemetry.io/docs/specs/otlp/#otlphttp).
type collectorOf struct {
	*httptest.Server
	mu    sync.Mutex
	spans []told
	wrong []error
}

func newCollector(t *testing.T) *collectorOf {
	t.Helper()
	c := &collectorOf{}
	c.Server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.Close)
	return c
}

func (c *collectorOf) take(w http.ResponseWriter, r *http.Request) {
	var in collector.ExportTraceServiceRequest
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = proto.Unmarshal(body, &in)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.wrong = append(c.wrong, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, from := range in.GetResourceSpans() {
		service := ""
		for _, a := range from.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range from.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				one := told{
					trace: hex.EncodeToString(s.GetTraceId()), id: hex.EncodeToString(s.GetSpanId()),
					parent: hex.EncodeToString(s.GetParentSpanId()), service: service, name: s.GetName(),
					attributes: map[string]string{}, rest: s.String(),
				}
				for _, a := range s.GetAttributes() {
					one.attributes[a.GetKey()] = a.GetValue().GetStringValue()
				}
				c.spans = append(c.spans, one)
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// all returns every span that was told so far.
func (c *collectorOf) all() []told {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]told(nil), c.spans...)
}

// of returns the spans of one trace.
func (c *collectorOf) of(trace string) []told {
	spans := []told{}
	for _, s := range c.all() {
		if s.trace == trace {
			spans = append(spans, s)
		}
	}
	return spans
}
