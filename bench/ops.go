package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collected is a collector of the product's own traces, OTLP over HTTP: it knows
// which step of an order sent which command to MongoDB.
type collected struct {
	server *httptest.Server

	mu    sync.Mutex
	spans map[string]*tracepb.Span
	wrong error
}

func collect() *collected {
	c := &collected{spans: map[string]*tracepb.Span{}}
	c.server = httptest.NewServer(http.HandlerFunc(c.take))
	return c
}

func (c *collected) take(w http.ResponseWriter, r *http.Request) {
	var in collector.ExportTraceServiceRequest
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = proto.Unmarshal(body, &in)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.wrong = errors.Join(c.wrong, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, from := range in.GetResourceSpans() {
		for _, scope := range from.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans[string(s.GetSpanId())] = s
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// ops are commands to MongoDB, as "find orders", by the step that sent them: an
// activity's name, or a request's method and route.
type ops map[string]map[string]int

// since returns what was sent between two moments.
func (c *collected) since(from, until time.Time) (ops, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := ops{}
	for _, s := range c.spans {
		at := time.Unix(0, int64(s.GetStartTimeUnixNano()))
		if system(s) != "mongodb" || at.Before(from) || at.After(until) {
			continue
		}
		step := c.stepOf(s)
		if found[step] == nil {
			found[step] = map[string]int{}
		}
		found[step][s.GetName()]++
	}
	return found, c.wrong
}

// stepOf is the activity or request that a span belongs to.
func (c *collected) stepOf(s *tracepb.Span) string {
	for up := s; up != nil; up = c.spans[string(up.GetParentSpanId())] {
		if name, ok := strings.CutPrefix(up.GetName(), "RunActivity:"); ok {
			return name
		}
		if up.GetKind() == tracepb.Span_SPAN_KIND_SERVER {
			return up.GetName()
		}
	}
	return "other"
}

func system(s *tracepb.Span) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == "db.system.name" || a.GetKey() == "db.system" {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// reading reports whether a step only looks: shoppers and staff who wait.
func reading(step string) bool { return step == "get-order" || step == "list-shipments" }

// total counts the commands of steps that do something, and those of who waits.
func (o ops) total() (doing, waiting int) {
	for step, commands := range o {
		if reading(step) {
			waiting += sum(commands)
		} else {
			doing += sum(commands)
		}
	}
	return doing, waiting
}

// steps are those that do something, the busiest first.
func (o ops) steps() []string {
	doing := map[string]int{}
	for step, commands := range o {
		if !reading(step) {
			doing[step] = sum(commands)
		}
	}
	return byCount(doing)
}

// commands sums up what was sent by steps that do something.
func (o ops) commands() map[string]int {
	all := map[string]int{}
	for step, commands := range o {
		for name, n := range commands {
			if !reading(step) {
				all[name] += n
			}
		}
	}
	return all
}
