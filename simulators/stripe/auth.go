package stripe

import (
	"crypto/subtle"
	"net/http"
	"regexp"
	"strings"
)

var versionShape = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// apiKey returns the key of a request: as a bearer, or as the user of basic
// authentication (curl -u sk_test_...:). docs.stripe.com/api/authentication
func apiKey(r *http.Request) string {
	if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(key)
	}
	user, _, _ := r.BasicAuth()
	return user
}

// authenticate checks the key and reports whether it is the publishable one. It
// comes before the idempotency layer. docs.stripe.com/error-low-level
func (s *Server) authenticate(r *http.Request) (public bool, _ *apiError) {
	key := apiKey(r)
	switch {
	case key == "":
		return false, unauthorized("You did not provide an API key. You need to provide your API key in the Authorization header, " +
			"using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
	case same(key, s.cfg.SecretKey):
		return false, nil
	case same(key, s.cfg.PublishableKey):
		return true, nil
	}
	return false, unauthorized("Invalid API Key provided: " + masked(key))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// masked hides the middle of a key, as Stripe does.
func masked(key string) string {
	if len(key) <= 12 {
		return strings.Repeat("*", len(key))
	}
	return key[:8] + strings.Repeat("*", len(key)-12) + key[len(key)-4:]
}

func unauthorized(message string) *apiError {
	return &apiError{status: http.StatusUnauthorized, kind: typeInvalid, message: message, unkept: true}
}

// secretKeyRequired: docs.stripe.com/error-codes#secret-key-required
func secretKeyRequired() *apiError {
	e := unauthorized("This API call cannot be made with a publishable API key. Please use a secret API key. " +
		"You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.")
	e.code = "secret_key_required"
	return e
}

// checkVersion refuses what is no version. An older version is accepted, yet
// objects are rendered in APIVersion. docs.stripe.com/api/versioning
func checkVersion(r *http.Request) *apiError {
	v := r.Header.Get("Stripe-Version")
	if v == "" || versionShape.MatchString(v) {
		return nil
	}
	return badParam("", "", "Invalid Stripe API version: %s", v)
}
