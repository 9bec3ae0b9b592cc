package terms

import (
	"context"
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// texts are what a shop begins with: what Turkish law asks for, in Turkish and
// in a translation.
//
//go:embed texts/*.md
var texts embed.FS

// publisher stands beside the texts that a shop began with.
const publisher = "bedesten"

// Shop is what texts say of the shop.
type Shop struct{ Name, Address, URL, SupportEmail string }

var placeholder = regexp.MustCompile(`\{\{[^{}]*\}\}`)

// Fill writes the shop's details into the places that a text keeps for them:
// {{shop_name}}, {{shop_address}}, {{shop_url}} and {{support_email}}. What
// shoppers read is what is hashed: a place that nothing is known for is an
// Invalid fault.
func (s Shop) Fill(text string) (string, error) {
	details := map[string]string{
		"{{shop_name}}": s.Name, "{{shop_address}}": s.Address, "{{shop_url}}": s.URL, "{{support_email}}": s.SupportEmail,
	}
	for _, place := range placeholder.FindAllString(text, -1) {
		detail, known := details[place]
		switch {
		case !known:
			return "", invalid("text", "%s is no place of a text: there are {{shop_name}}, {{shop_address}}, {{shop_url}} and {{support_email}}", place)
		case detail == "":
			return "", invalid("text", "nothing is configured for %s: configure it, or write it into the text", place)
		}
	}
	return placeholder.ReplaceAllStringFunc(text, func(place string) string { return details[place] }), nil
}

// PublishDefaults publishes the texts that a shop begins with, of each kind and
// language that has none yet. It may be called at any time and by several.
func PublishDefaults(ctx context.Context, store Store, shop Shop, now time.Time) error {
	current, err := store.Current(ctx)
	if err != nil {
		return err
	}
	for _, kind := range Kinds {
		for _, language := range Languages {
			if slices.ContainsFunc(current, func(c Current) bool { return c.Kind == kind && c.Language == language }) {
				continue
			}
			v, err := defaultVersion(kind, language, shop, now)
			if err != nil {
				return err
			}
			if _, err := store.Publish(ctx, v); err != nil && !fault.Is(err, fault.Conflict) {
				return fmt.Errorf("publishing %s: %w", v.ID, err)
			}
		}
	}
	return nil
}

func defaultVersion(kind Kind, language string, shop Shop, now time.Time) (Version, error) {
	raw, err := texts.ReadFile("texts/" + string(kind) + "." + language + ".md")
	if err != nil {
		return Version{}, fmt.Errorf("reading a text of the shop's beginning: %w", err)
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	return Draft{Kind: kind, Language: language, Text: text, By: publisher}.Version(shop, now)
}
