// Package terms is the noun of the texts that shoppers are shown and accept: the
// pre-information form, the distance-sales contract, the privacy notice and the
// consent to commercial messages. A text is never changed: an edit is another
// version, and every version stays readable under its number for ever.
package terms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/fault"
)

// Kind says what a text is for.
type Kind string

// Kinds of texts.
const (
	PreInformation Kind = "pre_information"
	DistanceSales  Kind = "distance_sales"
	Privacy        Kind = "privacy"
	Marketing      Kind = "marketing"
)

// Kinds are all kinds, in the order in which they are shown.
var Kinds = []Kind{PreInformation, DistanceSales, Privacy, Marketing}

// ToAccept are those that a checkout accepts.
var ToAccept = []Kind{PreInformation, DistanceSales}

// ToConsent are those that somebody with an account agrees to by themselves, or not.
var ToConsent = []Kind{Privacy, Marketing}

// names are what the texts of a checkout are called in what is said of them.
var names = map[Kind]string{PreInformation: "the pre-information form", DistanceSales: "the distance-sales contract"}

// Languages in which there are texts; the first is that of the law.
const (
	Turkish = "tr"
	English = "en"
)

// Languages are all of them.
var Languages = []string{Turkish, English}

// MaxText is how many bytes a text may have.
const MaxText = 128 << 10

// Version is one version of a text. Numbers count from 1 within a kind and
// language, without a gap.
type Version struct {
	ID       string `bson:"_id"`
	Kind     Kind   `bson:"kind"`
	Language string `bson:"language"`
	Number   int64  `bson:"number"`
	// Text is CommonMark, exactly as it was published.
	Text string `bson:"text"`
	// Hash is the SHA-256 of the text's bytes, in hexadecimal.
	Hash        string    `bson:"hash"`
	PublishedAt time.Time `bson:"published_at"`
	PublishedBy string    `bson:"published_by"`
}

// Current names the version that is shown now.
type Current struct {
	Kind     Kind
	Language string
	Number   int64
	Hash     string
}

// Consent says that somebody agreed to a version, and when.
type Consent struct {
	Kind       Kind      `bson:"kind"`
	Language   string    `bson:"language"`
	Number     int64     `bson:"number"`
	Hash       string    `bson:"hash"`
	AcceptedAt time.Time `bson:"accepted_at"`
}

// Store keeps texts.
type Store interface {
	// Publish appends the version and makes it the current one. Its number is one
	// more than that of the version that it replaces. Where another version was
	// published meanwhile it is a Conflict fault; the same one published again by
	// the same person is no second.
	Publish(ctx context.Context, v Version) (Version, error)

	// Current returns the version that is shown now of each kind and language
	// that has one.
	Current(ctx context.Context) ([]Current, error)

	// Find returns a version, or a NotFound fault.
	Find(ctx context.Context, kind Kind, language string, number int64) (Version, error)

	// List returns the versions from a number downwards, the newest first, at
	// most limit.
	List(ctx context.Context, kind Kind, language string, from int64, limit int) ([]Version, error)
}

// Key is what a kind's texts in a language are kept under.
func Key(kind Kind, language string) string { return string(kind) + "/" + language }

// ID is what a version is kept under.
func ID(kind Kind, language string, number int64) string {
	return Key(kind, language) + "/" + strconv.FormatInt(number, 10)
}

// Draft is a version before it has a number.
type Draft struct {
	Kind     Kind
	Language string
	Text     string
	By       string
	// Replaces is the number of the version that was current when it was written;
	// 0 where there was none.
	Replaces int64
}

// Version returns the draft as the version that it becomes, with the shop's
// details in the places that are kept for them, or an Invalid fault whose
// detail "field" names what is wrong.
func (d Draft) Version(shop Shop, now time.Time) (Version, error) {
	switch {
	case !slices.Contains(Kinds, d.Kind):
		return Version{}, invalid("kind", "there is no such kind of text")
	case !slices.Contains(Languages, d.Language):
		return Version{}, invalid("language", "texts are in tr or en")
	case d.Replaces < 0:
		return Version{}, invalid("replaces", "this is the number of the version that was read, 0 where there was none")
	case strings.TrimSpace(d.Text) == "" || len(d.Text) > MaxText || !utf8.ValidString(d.Text):
		return Version{}, invalid("text", "a text has 1 to %d bytes of UTF-8", MaxText)
	}
	text, err := shop.Fill(d.Text)
	if err != nil {
		return Version{}, err
	}
	number := d.Replaces + 1
	return Version{
		ID: ID(d.Kind, d.Language, number), Kind: d.Kind, Language: d.Language, Number: number,
		Text: text, Hash: HashOf(text), PublishedAt: now.UTC().Truncate(time.Millisecond), PublishedBy: d.By,
	}, nil
}

// HashOf returns the hash of a text.
func HashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Shown picks the version of each of the kinds in a language, or in that of the
// law where there is none in it.
func Shown(current []Current, language string, kinds ...Kind) []Current {
	var shown []Current
	for _, kind := range kinds {
		for _, l := range []string{language, Turkish} {
			i := slices.IndexFunc(current, func(c Current) bool { return c.Kind == kind && c.Language == l })
			if i >= 0 {
				shown = append(shown, current[i])
				break
			}
		}
	}
	return shown
}

// Accept turns the hashes of the texts that a shopper saw, by kind, into
// consents. All of ToAccept must be there, each as it is now, in any language:
// a missing one is Invalid, one that is no longer shown TermsChanged. A shop that
// never published one cannot sell: Unavailable.
func Accept(current []Current, given map[Kind]string, now time.Time) ([]Consent, error) {
	for _, kind := range ToAccept {
		if given[kind] == "" {
			return nil, invalid("accepted_terms", "%s is not accepted: show it to the shopper, and send its kind and hash", names[kind])
		}
		if !slices.ContainsFunc(current, func(c Current) bool { return c.Kind == kind }) {
			return nil, fault.New(fault.Unavailable, "%s was never published: the shop's operator runs bedesten migrate", names[kind])
		}
	}
	consents := make([]Consent, 0, len(ToAccept))
	for _, kind := range ToAccept {
		i := slices.IndexFunc(current, func(c Current) bool { return c.Kind == kind && c.Hash == given[kind] })
		if i < 0 {
			return nil, fault.New(fault.TermsChanged, "%s has changed: show the new text, and send its hash", names[kind]).With("kind", kind)
		}
		c := current[i]
		consents = append(consents, Consent{
			Kind: kind, Language: c.Language, Number: c.Number, Hash: c.Hash, AcceptedAt: now.UTC().Truncate(time.Millisecond),
		})
	}
	return consents, nil
}

func invalid(field, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).With("field", field)
}
