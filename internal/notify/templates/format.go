package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// A no-break space keeps an amount and its currency on one line.
const noBreak = "\u00A0"

// istanbul is where the shop's clocks stand. Without time zone data it is +03:00,
// which the law has held it to since 2016: tz's europe file, "Zone
// Europe/Istanbul".
var istanbul = func() *time.Location {
	if zone, err := time.LoadLocation("Europe/Istanbul"); err == nil {
		return zone
	}
	return time.FixedZone("+03", 3*60*60)
}()

// formatMoney writes an amount as the language's shops do: 1.249,90 TL and
// TRY 1,249.90. Only the lira has a short name, since nobody in Turkey says TRY.
func formatMoney(a money.Amount, language string) string {
	number, currency, _ := strings.Cut(a.String(), " ")
	whole, fraction, _ := strings.Cut(number, ".")
	if fraction != "" {
		fraction = map[string]string{Turkish: ",", English: "."}[language] + fraction
	}
	number = groupThrees(whole, language) + fraction
	if language != Turkish {
		return currency + noBreak + number
	}
	if currency == "TRY" {
		currency = "TL"
	}
	return number + noBreak + currency
}

// groupThrees parts the digits of a whole number that is not negative.
func groupThrees(digits, language string) string {
	mark := map[string]string{Turkish: ".", English: ","}[language]
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + mark + digits[i:]
	}
	return digits
}

func (c catalogue) date(t time.Time) (Words, error) {
	t = t.In(istanbul)
	return c.say("all.date", func(placeholder string) (string, error) {
		switch placeholder {
		case "day":
			return strconv.Itoa(t.Day()), nil
		case "month":
			return c.months[t.Month()-1], nil
		case "year":
			return strconv.Itoa(t.Year()), nil
		case "weekday":
			return c.weekdays[t.Weekday()], nil
		case "time":
			return t.Format("15:04"), nil
		}
		return "", fmt.Errorf("a date has no {%s}", placeholder)
	})
}
