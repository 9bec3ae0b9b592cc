package api

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/secret"
)

// knownDevice is a browser in which somebody was signed in before: the token that it
// keeps, and the key of their mail address.
type knownDevice struct{ token, email string }

func (d knownDevice) of(email string) bool { return d.email != "" && d.email == email }

// deviceOf reads the device's token from the body or the cookie. It names the
// account by the key of its address, so that reading it needs no store.
func (a *API) deviceOf(ctx context.Context, token string) knownDevice {
	if token == "" {
		if c, err := requestOf(ctx).http.Cookie(a.cookieName(cookieDevice)); err == nil {
			token = c.Value
		}
	}
	device, derived, _ := strings.Cut(token, "~")
	email, _, named := strings.Cut(device, ".")
	if !named || !a.Secrets.Opens(derived, secret.Device, device, 1) {
		return knownDevice{}
	}
	return knownDevice{token: token, email: email}
}

// deviceToken marks one device: each has a count of its own, so that an old one in
// somebody else's hands slows no other down.
func (a *API) deviceToken(account identity.Account) string {
	device := a.Lookup("email", account.Personal.Email) + "." + rand.Text()
	return device + "~" + a.Secrets.Derive(secret.Device, device, 1)
}

// deviceLife is how long a browser is known.
const deviceLife = 365 * 24 * time.Hour

// deviceName says in few words what a browser says that it is. What it really is
// nobody knows; its owner recognizes it.
func deviceName(agent string) string {
	name, system := "another program", ""
	for _, known := range []struct{ mark, name string }{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"}, {"curl/", "curl"}, {"Go-http-client", "Go"}, {"okhttp", "Android application"},
	} {
		if strings.Contains(agent, known.mark) {
			name = known.name
			break
		}
	}
	for _, known := range []struct{ mark, name string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, known.mark) {
			system = ", " + known.name
			break
		}
	}
	return name + system
}
