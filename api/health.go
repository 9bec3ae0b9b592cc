package api

import (
	"context"
	"net/http"
	"time"
)

// Check asks one server that the API stands on for a sign of life.
type Check struct {
	Name string
	// Needed says that nothing can be sold without it.
	Needed bool
	Probe  func(context.Context) error
}

// probeTimeout bounds every probe: readiness is asked for every few seconds.
const probeTimeout = 2 * time.Second

type liveOutput struct {
	Body struct {
		Status string `json:"status" enum:"live"`
	}
}

type partView struct {
	Name   string `json:"name" example:"mongo"`
	State  string `json:"state" enum:"up,down"`
	Needed bool   `json:"needed" doc:"Nothing can be sold without it."`
}

type readyOutput struct {
	Status int
	Body   struct {
		Status string      `json:"status" enum:"ready,degraded,not_ready"`
		Parts  []partView  `json:"parts"`
		Search *searchView `json:"search,omitempty" doc:"How the index of this process stands."`
	}
}

// searchView is how the index stands that answers lists and searches.
type searchView struct {
	Ready      bool      `json:"ready" doc:"It has been built."`
	Products   int64     `json:"products" doc:"That shoppers see."`
	Watermark  time.Time `json:"watermark,omitzero" doc:"Every change up to then is in it."`
	BehindMS   int64     `json:"behind_ms" doc:"How long ago that is."`
	Generation int64     `json:"generation" doc:"Grows with each change of it."`
}

func (a *API) viewIndex() *searchView {
	if a.Index == nil {
		return nil
	}
	s := a.Index.Standing()
	v := &searchView{Ready: s.Ready, Products: s.Products, Watermark: s.Watermark, Generation: s.Generation}
	if !s.Watermark.IsZero() {
		v.BehindMS = max(0, a.Clock().Sub(s.Watermark).Milliseconds())
	}
	return v
}

func (a *API) healthRoutes() {
	handle(a, Route{
		ID: "live", Method: http.MethodGet, Path: "/healthz", Tag: tagHealth, Access: Public,
		Summary: "Is the process alive?",
	}, func(context.Context, *struct{}) (*liveOutput, error) {
		out := &liveOutput{}
		out.Body.Status = "live"
		return out, nil
	})
	handle(a, Route{
		ID: "ready", Method: http.MethodGet, Path: "/readyz", Tag: tagHealth, Access: Public,
		Summary: "Can the shop sell?", Description: "Names each server that the shop stands on. 503 while one that is needed is down.",
		Answers: map[int]string{http.StatusOK: "It can.", http.StatusServiceUnavailable: "One that is needed is down: the body says which."},
	}, a.ready)
}

func (a *API) ready(ctx context.Context, _ *struct{}) (*readyOutput, error) {
	parts := make([]partView, len(a.Checks))
	done := make(chan struct{}, len(a.Checks))
	for i, check := range a.Checks {
		go func() {
			parts[i] = a.probe(ctx, check)
			done <- struct{}{}
		}()
	}
	for range a.Checks {
		<-done
	}
	out := &readyOutput{Status: http.StatusOK}
	out.Body.Status, out.Body.Parts, out.Body.Search = "ready", parts, a.viewIndex()
	for _, p := range parts {
		switch {
		case p.State == "down" && p.Needed:
			out.Status, out.Body.Status = http.StatusServiceUnavailable, "not_ready"
		case p.State == "down" && out.Body.Status == "ready":
			out.Body.Status = "degraded"
		}
	}
	return out, nil
}

func (a *API) probe(ctx context.Context, check Check) partView {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if err := check.Probe(ctx); err != nil {
		a.Log.WarnContext(ctx, "a server does not answer", "part", check.Name, "needed", check.Needed, "error", err)
		return partView{Name: check.Name, State: "down", Needed: check.Needed}
	}
	return partView{Name: check.Name, State: "up", Needed: check.Needed}
}
