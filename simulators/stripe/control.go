package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bedesten/bedesten/simulators/sim"
)

// controlRoutes serves /_control/: what all simulators have, and what is
// Stripe's own.
func (s *Server) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	shared := &sim.Control{Clock: s.clock, Faults: &s.faults, Journal: &s.journal, Courier: s.courier, Reset: s.Reset}
	shared.Register(mux)
	mux.HandleFunc("GET /_control/books", s.showBooks)
	mux.HandleFunc("POST /_control/payment_intents/{id}/challenge", s.controlChallenge)
	mux.HandleFunc("POST /_control/events/{id}/resend", s.controlResend)
	return mux
}

// showBooks can be narrowed by ?order_id= (metadata).
func (s *Server) showBooks(w http.ResponseWriter, r *http.Request) {
	order := r.URL.Query().Get("order_id")
	books := []Book{}
	for _, b := range s.Books() {
		if order == "" || b.Metadata["order_id"] == order {
			books = append(books, b)
		}
	}
	sim.WriteJSON(w, http.StatusOK, map[string]any{"payment_intents": books, "totals": Totals(books)})
}

func (s *Server) controlChallenge(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Outcome string `json:"outcome"`
	}
	if err := sim.ReadJSON(r, &in); err != nil {
		sim.WriteProblem(w, http.StatusBadRequest, err)
		return
	}
	back, err := s.FinishChallenge(r.PathValue("id"), in.Outcome)
	switch {
	case errors.Is(err, ErrNoChallenge):
		sim.WriteProblem(w, http.StatusNotFound, err)
	case err != nil:
		sim.WriteProblem(w, http.StatusBadRequest, err)
	default:
		sim.WriteJSON(w, http.StatusOK, map[string]string{"return_url": back})
	}
}

func (s *Server) controlResend(w http.ResponseWriter, r *http.Request) {
	if err := s.ResendEvent(r.PathValue("id")); err != nil {
		sim.WriteProblem(w, http.StatusNotFound, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// ResendEvent delivers an event once more, as the provider's dashboard can.
func (s *Server) ResendEvent(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	e, ok := s.store.events.get(id)
	if !ok {
		return fmt.Errorf("no event %q", id)
	}
	s.send(e)
	return nil
}

// Idle returns when every webhook had its first try, or with ctx's error.
func (s *Server) Idle(ctx context.Context) error { return s.courier.Idle(ctx) }
