package catalog

import (
	"regexp"
	"strings"
)

// MaxSlug is the longest slug in bytes.
const MaxSlug = 120

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// IsSlug reports whether s can be a slug: small letters without accents, digits,
// and single hyphens between them.
func IsSlug(s string) bool { return len(s) <= MaxSlug && slugForm.MatchString(s) }

// Slugify returns a slug made of a text: "Çay Bardağı, 6'lı" becomes
// "cay-bardagi-6-li". It is empty where the text has no letter and no digit.
func Slugify(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range Fold(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	slug := b.String()
	if len(slug) > MaxSlug {
		slug = strings.TrimRight(slug[:MaxSlug], "-")
	}
	return slug
}
