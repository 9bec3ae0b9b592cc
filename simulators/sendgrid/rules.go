package sendgrid

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxAddress is the longest address: local part, @ and domain.
// twilio.com/docs/sendgrid/api-reference/mail-send/errors
const maxAddress = 320

// Longest parts of an address: sendgrid-go helpers/mail/mail_v3.go.
const (
	maxLocal  = 64
	maxDomain = 255
)

var (
	localShape  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	domainShape = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])$`)
	headerShape = regexp.MustCompile(`^[!-9;-~]+$`) // printable ASCII without a colon: RFC 5322, section 2.2
)

// validAddress takes the plain form of an address, without quotes and in ASCII:
// "Unicode encoding is not supported for the from field"
// (docs.sendgrid.com/api-reference/mail-send/limitations); for the other fields
// that is unverified.
func validAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	return len(local) <= maxLocal && len(domain) <= maxDomain && localShape.MatchString(local) && domainShape.MatchString(domain)
}

// hasControl reports whether s would break out of its header.
func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// reservedHeaders: twilio.com/docs/sendgrid/api-reference/mail-send/errors (headers)
var reservedHeaders = []string{
	"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
	"to", "from", "subject", "reply-to", "cc", "bcc",
}

// headers: that a line break in a value is refused is unverified.
func (v *validation) headers(path string, headers map[string]string) {
	seen := map[string]bool{}
	for _, name := range sortedKeys(headers) {
		low := strings.ToLower(name)
		switch {
		case !headerShape.MatchString(name):
			v.add(path, "Header keys cannot contain non-ASCII characters or empty spaces.")
		case slices.Contains(reservedHeaders, low):
			v.add(path, "Header cannot be one of the reserved keys.")
		case seen[low]:
			v.add(path, "The headers cannot contain duplicate keys.")
		case hasControl(headers[name]):
			v.add(path, "Header values cannot contain CRLF characters.")
		}
		seen[low] = true
	}
}

// customArgs: the size is that of the merged arguments as JSON (unverified how
// it is counted).
func (v *validation) customArgs(path string, r *sendRequest, p personalization) {
	if p.CustomArgs != nil && len(p.CustomArgs) == 0 {
		v.add(path, "custom_args cannot be empty.")
	}
	if args := r.customArgs(p); len(encode(args)) > maxCustomArgs {
		v.add(path, "The combined size of both global and personalization custom arguments may not exceed 10,000 bytes per personalization.")
	}
}

func (v *validation) categories(list []string) {
	if len(list) > maxCategories {
		v.add("categories", "There is a limit of %d categories for each email that is sent. You provided %d categories.", maxCategories, len(list))
	}
	seen := map[string]bool{}
	for i, c := range list {
		path := fmt.Sprintf("categories.%d", i)
		switch {
		case utf8.RuneCountInString(c) > maxCategory:
			v.add(path, "Each category must not be longer than %d characters. %s exceeds this limit", maxCategory, c)
		case strings.ContainsFunc(c, func(r rune) bool { return r > unicode.MaxASCII }):
			v.add(path, "Categories can not contain non-ASCII characters.")
		case seen[c]:
			v.add(path, "The categories must be a unique list, and you have included %s more than once. ", c)
		}
		seen[c] = true
	}
}

func (v *validation) times(r *sendRequest, now time.Time) {
	ahead := func(path string, at int64) {
		if time.Unix(at, 0).Sub(now) > maxAhead {
			v.add(path, "Scheduling more than 72 hours in advance is forbidden.")
		}
	}
	ahead("send_at", r.SendAt)
	for i, p := range r.Personalizations {
		ahead(fmt.Sprintf("personalizations.%d.send_at", i), p.SendAt)
	}
}

// account refuses what this account does not have, unsubscribe groups and IP
// pools, with SendGrid's words; and with words of its own what the simulator
// does not know, so that nothing is taken and then left undone.
func (v *validation) account(r *sendRequest) {
	if r.Asm != nil {
		v.add("asm.group_id", "The ASM group ID must be a valid Group ID on your account. You provided %d.", r.Asm.GroupID)
	}
	if r.IPPool != nil {
		v.add("ip_pool_name", "The IP Pool name must be a valid pool name for your account. You provided %s.", *r.IPPool)
	}
	unknown := map[string]bool{
		"template_id": r.TemplateID != "", "sections": len(r.Sections) > 0, "batch_id": r.BatchID != "", "reply_to_list": len(r.ReplyToList) > 0,
	}
	for i, p := range r.Personalizations {
		unknown[fmt.Sprintf("personalizations.%d.from", i)] = p.From != nil
		unknown[fmt.Sprintf("personalizations.%d.dynamic_template_data", i)] = len(p.TemplateData) > 0
	}
	for name, setting := range r.MailSettings {
		unknown["mail_settings."+name] = name != "sandbox_mode" && isOn(setting, false)
	}
	for _, path := range sortedKeys(unknown) {
		if unknown[path] {
			v.add(path, "Not simulated.")
		}
	}
}
