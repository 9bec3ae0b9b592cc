package sendgrid

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bedesten/bedesten/simulators/sim"
)

// controlRoutes serves /_control/: what all simulators have, and what is
// SendGrid's own.
func (s *Server) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	shared := &sim.Control{Clock: s.clock, Faults: &s.faults, Journal: &s.journal, Courier: s.courier, Reset: s.Reset}
	shared.Register(mux)
	mux.HandleFunc("GET /_control/mails", s.listMails)
	mux.HandleFunc("GET /_control/mails/{number}", s.showMail)
	mux.HandleFunc("GET /_control/bounces", s.listBounces)
	mux.HandleFunc("DELETE /_control/bounces/{address}", s.removeBounce)
	mux.HandleFunc("GET /_control/key", s.showKey)
	mux.HandleFunc("POST /_control/key", s.rotateKey)
	mux.HandleFunc("POST /_control/events/{id}/resend", s.controlResend)
	return mux
}

// argPrefix begins a parameter that names a custom argument.
const argPrefix = "arg."

// listMails can be narrowed by ?to= (an address) and ?arg.<name>= (a custom
// argument), all of which must fit.
func (s *Server) listMails(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	for name := range query {
		if name != "to" && !strings.HasPrefix(name, argPrefix) {
			sim.WriteProblem(w, http.StatusBadRequest, fmt.Errorf("no parameter %q: there are to and arg.<custom argument>", name))
			return
		}
	}
	sim.WriteJSON(w, http.StatusOK, map[string]any{"mails": s.sent(func(m *mail) bool { return m.fits(query) })})
}

func (m *mail) fits(query url.Values) bool {
	for name, values := range query {
		arg, isArg := strings.CutPrefix(name, argPrefix)
		if isArg && m.CustomArgs[arg] != values[0] || !isArg && !m.isTo(values[0]) {
			return false
		}
	}
	return true
}

func (s *Server) showMail(w http.ResponseWriter, r *http.Request) {
	m, ok := s.mailOf(r)
	if !ok {
		sim.WriteProblem(w, http.StatusNotFound, fmt.Errorf("no mail %q", r.PathValue("number")))
		return
	}
	sim.WriteJSON(w, http.StatusOK, m)
}

// mailOf finds the mail whose number stands in the path.
func (s *Server) mailOf(r *http.Request) (Mail, bool) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		return Mail{}, false
	}
	return s.mail(number)
}

func (s *Server) listBounces(w http.ResponseWriter, _ *http.Request) {
	sim.WriteJSON(w, http.StatusOK, map[string]any{"bounces": append([]string{}, s.Bounced()...)})
}

func (s *Server) removeBounce(w http.ResponseWriter, r *http.Request) {
	if !s.Unbounce(r.PathValue("address")) {
		sim.WriteProblem(w, http.StatusNotFound, fmt.Errorf("no bounce of %q", r.PathValue("address")))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) showKey(w http.ResponseWriter, _ *http.Request) {
	sim.WriteJSON(w, http.StatusOK, map[string]string{"public_key": s.PublicKey()})
}

func (s *Server) rotateKey(w http.ResponseWriter, _ *http.Request) {
	sim.WriteJSON(w, http.StatusOK, map[string]string{"public_key": s.RotateKey()})
}

func (s *Server) controlResend(w http.ResponseWriter, r *http.Request) {
	if err := s.ResendEvent(r.PathValue("id")); err != nil {
		sim.WriteProblem(w, http.StatusNotFound, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
