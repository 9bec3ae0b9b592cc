package templates

import (
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

// Money writes an amount that is not negative as the mails in a language do:
// 1.249,90 TL and TRY 1,249.90. Pages beside the mails write it the same way.
func Money(a money.Amount, language string) string { return formatMoney(a, language) }

// Moment writes a time as the mails in a language do, by the clocks of Istanbul.
func Moment(t time.Time, language string) (string, error) {
	c, known := catalogues[language]
	if !known {
		return "", fault.New(fault.Invalid, "there are no words in the language %q", language)
	}
	words, err := c.date(t)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "a date cannot be written")
	}
	return words.String(), nil
}
