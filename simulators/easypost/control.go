package easypost

import (
	"errors"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// controlRoutes serves /_control/: what all simulators have, and what is
// EasyPost's own.
func (s *Server) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	shared := &sim.Control{Clock: s.clock, Faults: &s.faults, Journal: &s.journal, Courier: s.courier, Reset: s.Reset}
	shared.Register(mux)
	mux.HandleFunc("GET /_control/books", s.showBooks)
	mux.HandleFunc("POST /_control/shipments/{ref}/track", s.controlTrack)
	mux.HandleFunc("POST /_control/shipments/{ref}/hand-over", s.controlHandOver)
	mux.HandleFunc("POST /_control/shipments/{ref}/journey", s.controlJourney)
	mux.HandleFunc("POST /_control/shipments/{ref}/refund", s.controlRefund)
	mux.HandleFunc("POST /_control/events/{id}/resend", s.controlResend)
	return mux
}

// showBooks can be narrowed by ?reference=.
func (s *Server) showBooks(w http.ResponseWriter, r *http.Request) {
	reference := r.URL.Query().Get("reference")
	books := []Book{}
	for _, b := range s.Books() {
		if reference == "" || b.Reference == reference {
			books = append(books, b)
		}
	}
	sim.WriteJSON(w, http.StatusOK, map[string]any{"shipments": books, "totals": Total(books)})
}

// controlTrack takes {"status":"delivered"} and, if wanted, "at" as RFC 3339,
// "status_detail" and "message".
func (s *Server) controlTrack(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Status       string    `json:"status"`
		At           time.Time `json:"at"`
		StatusDetail string    `json:"status_detail"`
		Message      string    `json:"message"`
	}
	s.controlled(w, r, &in, func() error {
		return s.Track(r.PathValue("ref"), Update{Status: in.Status, At: in.At, StatusDetail: in.StatusDetail, Message: in.Message})
	})
}

func (s *Server) controlHandOver(w http.ResponseWriter, r *http.Request) {
	s.controlled(w, r, &struct{}{}, func() error { return s.HandOver(r.PathValue("ref")) })
}

// controlJourney takes {"journey":"returned"}.
func (s *Server) controlJourney(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Journey string `json:"journey"`
	}
	s.controlled(w, r, &in, func() error { return s.SetJourney(r.PathValue("ref"), in.Journey) })
}

// controlRefund takes {"granted":true}.
func (s *Server) controlRefund(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Granted bool `json:"granted"`
	}
	s.controlled(w, r, &in, func() error { return s.SettleRefund(r.PathValue("ref"), in.Granted) })
}

func (s *Server) controlResend(w http.ResponseWriter, r *http.Request) {
	if err := s.ResendEvent(r.PathValue("id")); err != nil {
		sim.WriteProblem(w, http.StatusNotFound, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// controlled reads a body, does what it asks and answers.
func (s *Server) controlled(w http.ResponseWriter, r *http.Request, in any, do func() error) {
	err := sim.ReadJSON(r, in)
	if err == nil {
		err = do()
	}
	switch {
	case errors.Is(err, ErrNoShipment):
		sim.WriteProblem(w, http.StatusNotFound, err)
	case err != nil:
		sim.WriteProblem(w, http.StatusBadRequest, err)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
