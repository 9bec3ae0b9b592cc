package sim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Control serves the part of the control API that is the same for every
// provider. It asks for no key: a simulator listens on the loopback address.
type Control struct {
	Clock   *Clock
	Faults  *Injector
	Journal *Journal
	Courier *Courier

	// Reset puts the provider's own state back to that of a new simulator.
	Reset func()
}

// Register adds the routes to mux, each under /_control/.
func (c *Control) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /_control/clock", c.showClock)
	mux.HandleFunc("POST /_control/clock", c.moveClock)
	mux.HandleFunc("GET /_control/faults", c.listFaults)
	mux.HandleFunc("POST /_control/faults", c.addFault)
	mux.HandleFunc("DELETE /_control/faults", c.clearFaults)
	mux.HandleFunc("DELETE /_control/faults/{id}", c.removeFault)
	mux.HandleFunc("GET /_control/calls", c.listCalls)
	mux.HandleFunc("GET /_control/deliveries", c.listDeliveries)
	mux.HandleFunc("GET /_control/webhook", c.showWebhook)
	mux.HandleFunc("PUT /_control/webhook", c.setWebhook)
	mux.HandleFunc("POST /_control/reset", c.reset)
}

func (c *Control) showClock(w http.ResponseWriter, _ *http.Request) {
	WriteJSON(w, http.StatusOK, map[string]any{
		"now": c.Clock.Now(), "wall": time.Now(), "moved": c.Clock.Moved().String(), "scale": c.Clock.Scale(),
	})
}

// moveClock takes {"advance":"24h"}, clock time, or {"advance_scaled":"168h"}, a
// duration of the provider's documentation.
func (c *Control) moveClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance       string `json:"advance"`
		AdvanceScaled string `json:"advance_scaled"`
	}
	if err := ReadJSON(r, &in); err != nil {
		WriteProblem(w, http.StatusBadRequest, err)
		return
	}
	d, err := durations(in.Advance, in.AdvanceScaled, c.Clock)
	if err == nil {
		err = c.Clock.Advance(d)
	}
	if err != nil {
		WriteProblem(w, http.StatusBadRequest, err)
		return
	}
	c.showClock(w, r)
}

func durations(plain, scaled string, clock *Clock) (time.Duration, error) {
	if (plain == "") == (scaled == "") {
		return 0, errors.New(`give one of "advance" and "advance_scaled", for example {"advance":"24h"}`)
	}
	d, err := time.ParseDuration(plain + scaled)
	if err != nil {
		return 0, fmt.Errorf("read the duration: %w", err)
	}
	if scaled != "" {
		d = clock.Scaled(d)
	}
	return d, nil
}

func (c *Control) listFaults(w http.ResponseWriter, _ *http.Request) {
	WriteJSON(w, http.StatusOK, map[string]any{"faults": c.Faults.List()})
}

func (c *Control) addFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if err := ReadJSON(r, &f); err != nil {
		WriteProblem(w, http.StatusBadRequest, err)
		return
	}
	f, err := c.Faults.Add(f)
	if err != nil {
		WriteProblem(w, http.StatusBadRequest, err)
		return
	}
	WriteJSON(w, http.StatusCreated, f)
}

func (c *Control) clearFaults(w http.ResponseWriter, _ *http.Request) {
	c.Faults.Clear()
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) removeFault(w http.ResponseWriter, r *http.Request) {
	if !c.Faults.Remove(r.PathValue("id")) {
		WriteProblem(w, http.StatusNotFound, fmt.Errorf("no fault %q", r.PathValue("id")))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// listCalls can be narrowed by ?operation=, ?path= (a part of it), ?key= and
// ?order_id= (metadata).
func (c *Control) listCalls(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	op, path, key, order := q.Get("operation"), q.Get("path"), q.Get("key"), q.Get("order_id")
	calls := c.Journal.List(func(call Call) bool {
		return (op == "" || call.Operation == op) &&
			strings.Contains(call.Path, path) &&
			(key == "" || call.IdempotencyKey == key) &&
			(order == "" || call.Metadata["order_id"] == order)
	})
	WriteJSON(w, http.StatusOK, map[string]any{"calls": calls})
}

func (c *Control) listDeliveries(w http.ResponseWriter, _ *http.Request) {
	WriteJSON(w, http.StatusOK, map[string]any{"deliveries": c.Courier.Deliveries()})
}

func (c *Control) showWebhook(w http.ResponseWriter, _ *http.Request) {
	WriteJSON(w, http.StatusOK, map[string]any{"url": c.Courier.URL()})
}

func (c *Control) setWebhook(w http.ResponseWriter, r *http.Request) {
	var in struct {
		URL string `json:"url"`
	}
	if err := ReadJSON(r, &in); err != nil {
		WriteProblem(w, http.StatusBadRequest, err)
		return
	}
	c.Courier.SetURL(in.URL)
	c.showWebhook(w, r)
}

func (c *Control) reset(w http.ResponseWriter, _ *http.Request) {
	c.Reset()
	w.WriteHeader(http.StatusNoContent)
}
