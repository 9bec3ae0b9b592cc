package stripe

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// challengePath is where the page of the shopper's bank is served.
const challengePath = "/challenge/"

// Outcomes of a challenge.
const (
	ChallengeComplete = "complete"
	ChallengeFail     = "fail"
	challengeLeave    = "leave"
)

// Errors of FinishChallenge.
var (
	// ErrNoChallenge: no such intent, or it waits for no 3-D Secure.
	ErrNoChallenge = errors.New("no challenge is open")
	// ErrOutcome: an outcome other than complete and fail.
	ErrOutcome = errors.New("the outcome is complete or fail")
)

//go:embed challenge.html
var pages embed.FS

var challengePage = template.Must(template.ParseFS(pages, "challenge.html"))

// challenge is a 3-D Secure that waits for the shopper.
type challenge struct {
	id     string
	method string
	url    string
}

// openChallenge replaces an open challenge by a new one. Without a public
// address the page is where the call went.
func (s *Server) openChallenge(c *call, pi *intent, m *method) {
	s.closeChallenge(pi)
	id, base := newID("src_1"), strings.TrimSuffix(s.publicURL, "/")
	if base == "" {
		base = "http://" + c.r.Host
	}
	pi.challenge = &challenge{id: id, method: m.id, url: base + challengePath + id}
	s.store.challenge[id] = pi.id
}

func (s *Server) closeChallenge(pi *intent) {
	if pi.challenge != nil {
		delete(s.store.challenge, pi.challenge.id)
		pi.challenge = nil
	}
}

// nextAction: redirect_to_url when there is a return_url, else for Stripe's own
// script (unverified). docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
func (pi *intent) nextAction() any {
	ch := pi.challenge
	if ch == nil {
		return nil
	}
	if pi.returnURL == "" || pi.sdkOnly {
		return object{"type": "use_stripe_sdk", "use_stripe_sdk": object{"type": "three_d_secure_redirect", "source": ch.id, "stripe_js": ch.url}}
	}
	return object{"type": "redirect_to_url", "redirect_to_url": object{"url": ch.url, "return_url": pi.returnURL}}
}

// FinishChallenge ends the open 3-D Secure of an intent as a shopper would on
// the challenge page, and returns the address the browser would be sent to: the
// return_url with payment_intent, payment_intent_client_secret and
// redirect_status, empty when there was no return_url.
func (s *Server) FinishChallenge(intentID, outcome string) (returnURL string, _ error) {
	if outcome != ChallengeComplete && outcome != ChallengeFail {
		return "", ErrOutcome
	}
	s.mu.Lock()
	defer s.mu.Unlock()

	pi, ok := s.store.intents.get(intentID)
	if !ok || pi.challenge == nil {
		return "", ErrNoChallenge
	}
	return s.finishChallenge(pi, outcome == ChallengeComplete)
}

// finishChallenge: with manual confirmation a passed challenge leaves the intent
// at requires_confirmation for a second confirm by the server, and no event says
// so; otherwise the payment goes on at once.
// docs.stripe.com/payments/accept-a-payment-synchronously
func (s *Server) finishChallenge(pi *intent, passed bool) (string, error) {
	m, ok := s.store.methods.get(pi.challenge.method)
	if !ok {
		return "", fmt.Errorf("payment method %s of the challenge: %w", pi.challenge.method, ErrNoChallenge)
	}
	s.closeChallenge(pi)
	switch {
	case !passed:
		s.fail(nil, pi, m, authenticationFailed())
	case pi.confirmation == "manual":
		pi.proven, pi.status = m.id, needsConfirmation
	default:
		pi.proven = m.id
		passed = s.charge(nil, pi, m, m.card.decline) == nil
	}
	return pi.backURL(passed), nil
}

// backURL is the return_url with what Stripe adds to it (unverified in detail).
// docs.stripe.com/payments/3d-secure/authentication-flow
func (pi *intent) backURL(passed bool) string {
	if pi.returnURL == "" {
		return ""
	}
	u, err := url.Parse(pi.returnURL)
	if err != nil {
		return pi.returnURL
	}
	q := u.Query()
	q.Set("payment_intent", pi.id)
	q.Set("payment_intent_client_secret", pi.secret)
	q.Set("redirect_status", map[bool]string{true: "succeeded", false: "failed"}[passed])
	u.RawQuery = q.Encode()
	return u.String()
}

// shownChallenge is what the page shows.
type shownChallenge struct {
	Amount, Currency, Intent, Brand, Last4 string
	// State is open, left, done or gone.
	State string
}

// serveChallenge serves the page of the shopper's bank: GET shows it, POST with
// outcome complete, fail or leave ends it.
func (s *Server) serveChallenge(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, challengePath)
	shown := s.shownChallenge(id, readsTurkish(r))
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
	case r.Method != http.MethodPost:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	case shown.State == "open":
		s.answerChallenge(w, r, id, shown)
		return
	}
	renderChallenge(w, shown)
}

func (s *Server) answerChallenge(w http.ResponseWriter, r *http.Request, id string, shown shownChallenge) {
	outcome := r.PostFormValue("outcome")
	if outcome == challengeLeave {
		shown.State = "left"
		renderChallenge(w, shown)
		return
	}
	back, err := s.FinishChallenge(s.challengeIntent(id), outcome)
	switch {
	case errors.Is(err, ErrOutcome):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case err != nil:
		renderChallenge(w, shownChallenge{State: "gone"})
	case back == "":
		shown.State = "done"
		renderChallenge(w, shown)
	default:
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

func (s *Server) challengeIntent(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.challenge[id]
}

// readsTurkish reports whether the browser's first language is Turkish: the
// page is English, but an amount must not be misread.
func readsTurkish(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(first)), ";")
	return first == "tr" || strings.HasPrefix(first, "tr-")
}

func (s *Server) shownChallenge(id string, turkish bool) shownChallenge {
	s.mu.Lock()
	defer s.mu.Unlock()

	pi, ok := s.store.intents.get(s.store.challenge[id])
	if !ok {
		return shownChallenge{State: "gone"}
	}
	out := shownChallenge{State: "open", Amount: display(pi.amount, pi.currency, turkish), Intent: pi.id}
	if m, ok := s.store.methods.get(pi.challenge.method); ok {
		out.Brand, out.Last4 = brandName(m.card.brand), m.card.last4()
	}
	return out
}

func renderChallenge(w http.ResponseWriter, shown shownChallenge) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if shown.State == "gone" {
		w.WriteHeader(http.StatusGone)
	}
	// The template is parsed at start; an error here is a client that left.
	_ = challengePage.Execute(w, shown)
}
