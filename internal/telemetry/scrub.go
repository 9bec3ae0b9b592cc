package telemetry

import (
	"regexp"
	"strings"
)

// What a text of somebody else's may hold and a log line may not.
var (
	// A URL's user and query: an error of net/http repeats the whole address.
	urlUser  = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/@"']+@`)
	urlQuery = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s"'?#<>]*)[?#][^\s"'<>]*`)
	// The same in a path alone, such as a request line's.
	pathQuery = regexp.MustCompile(`(/[^\s"'?#<>]*)\?[^\s"'<>]*=[^\s"'<>]*`)
	mailAddr  = regexp.MustCompile(`[^\s@<>"'(),:;=/]+@[^\s@<>"'(),:;=/]+\.[^\s@<>"'(),:;=/]+`)
	// Stripe's, SendGrid's and EasyPost's keys, and a PaymentIntent's client secret
	// (docs.stripe.com/keys, twilio.com/docs/sendgrid/ui/account-and-settings/api-keys,
	// docs.easypost.com/docs/authentication).
	secrets = regexp.MustCompile(`\b((?:sk|rk)_(?:test|live)_|whsec_|SG\.|EZ[AT]K)[A-Za-z0-9._-]+|(_secret_)[A-Za-z0-9]+`)
	// A telephone number with its country, or a Turkish mobile without it; a card's
	// 13 to 19 digits. Numbers that stand within an id are none.
	phone = regexp.MustCompile(`\+\d[\d ().-]{8,18}\d|(^|[^\w-])0?5\d{2}[ .-]?\d{3}[ .-]?\d{2}[ .-]?\d{2}\b`)
	card  = regexp.MustCompile(`(^|[^\w-])\d(?:[ -]?\d){12,18}\b`)
)

// scrub returns s without what is personal or secret by its form. Most lines
// have none of it and are only looked through.
func scrub(s string) string {
	if strings.Contains(s, "://") {
		s = urlUser.ReplaceAllString(s, "$1")
		s = urlQuery.ReplaceAllString(s, "$1?…")
	}
	if strings.Contains(s, "?") {
		s = pathQuery.ReplaceAllString(s, "$1?…")
	}
	if strings.Contains(s, "@") {
		s = mailAddr.ReplaceAllString(s, "(mail address)")
	}
	if marked(s) {
		s = secrets.ReplaceAllString(s, "$1$2…")
	}
	if digits(s) {
		s = card.ReplaceAllStringFunc(s, withoutCard)
		s = phone.ReplaceAllString(s, "$1(telephone)")
	}
	return s
}

// marks are in every secret that is looked for.
var marks = []string{"k_live_", "k_test_", "whsec_", "_secret_", "SG.", "EZ"}

// marked reports whether s may hold a secret.
func marked(s string) bool {
	for _, m := range marks {
		if strings.Contains(s, m) {
			return true
		}
	}
	return false
}

// digits reports whether s has enough of them for a telephone number.
func digits(s string) bool {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n >= 10
}

// withoutCard blanks what passes the check of a card's number (ISO/IEC 7812-1,
// the Luhn formula); any other long number stays.
func withoutCard(s string) string {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	if sum%10 == 0 {
		return strings.TrimRightFunc(s, func(r rune) bool { return strings.ContainsRune("0123456789 -", r) }) + " (card number)"
	}
	return s
}
