package identity

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"

	"github.com/bedesten/bedesten/internal/fault"
)

// maxEmail is the longest mail address, in bytes (RFC 5321).
const maxEmail = 254

// Email returns the one form in which a mail address is kept and compared: lower
// case, the domain in ASCII. Letters that only look like ASCII are refused before
// the "@" and told apart after it, so that no two people share an address that
// looks like one. An Invalid fault repeats nothing.
func Email(s string) (string, error) {
	refused := fault.New(fault.Invalid, "this is not a mail address such as ayse@example.com")
	s = strings.TrimSpace(s)
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Name != "" || parsed.Address != s || len(s) > maxEmail {
		return "", refused
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	if !plainLocal(local) {
		return "", refused
	}
	domain, err = idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") {
		return "", refused
	}
	return strings.ToLower(local) + "@" + strings.ToLower(domain), nil
}

// OrderEmail stands for the mail address of an order's contact, by lookup: it leads
// from an address to what was bought with it, and tells nobody the address.
func OrderEmail(lookup func(kind, value string) string, email string) string {
	if form, err := Email(email); err == nil {
		email = form
	}
	return lookup("order-email", email)
}

// plainLocal reports whether the part before the "@" has only what mail servers
// take without quotes. A spreadsheet takes a cell that begins with = + - for a
// formula.
func plainLocal(s string) bool {
	if s == "" || strings.ContainsRune("=+-", rune(s[0])) {
		return false
	}
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r) {
			return false
		}
	}
	return true
}
