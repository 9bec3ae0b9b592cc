package templates

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
)

// check refuses a view that would make a wrong or an unsafe mail.
func check(v View) error {
	if !slices.Contains(notify.Kinds, v.Kind) {
		return fault.New(fault.Invalid, "there is no mail of this kind")
	}
	if !slices.Contains(Languages, v.Language) {
		return fault.New(fault.Invalid, "mails are written in tr and en only")
	}
	for _, f := range []struct{ name, value string }{{"ShopName", v.ShopName}, {"Number", v.Number}, {"Name", v.Name}} {
		if err := checkOneLine(f.name, f.value); err != nil {
			return err
		}
	}
	for _, f := range []struct{ name, value string }{{"ShopURL", v.ShopURL}, {"OrderURL", v.OrderURL}} {
		if err := checkURL(f.name, f.value); err != nil {
			return err
		}
	}
	if err := checkAmounts(v); err != nil {
		return err
	}
	return checkKind(v)
}

func checkKind(v View) error {
	switch v.Kind {
	case notify.KindPlaced:
		switch {
		case v.PlacedAt.IsZero():
			return missing("PlacedAt")
		case tidy(v.Address.Line1) == "":
			return missing("Address")
		}
		return checkSums(v)
	case notify.KindPaymentProblem:
		if v.PayUntil.IsZero() {
			return missing("PayUntil")
		}
		if err := checkURL("PayURL", v.PayURL); err != nil {
			return err
		}
		return checkSums(v)
	case notify.KindShipped, notify.KindDelivered:
		return checkParcel(v)
	case notify.KindCancelled:
		if v.Reason != "" && !slices.Contains(Reasons, v.Reason) {
			return fault.New(fault.Invalid, "a mail cannot give this Reason")
		}
		return checkLines("Lines", v.Lines)
	}
	return nil
}

func checkParcel(v View) error {
	if v.ParcelNumber < 1 || v.ParcelCount < 0 || v.ParcelCount > 0 && v.ParcelCount < v.ParcelNumber {
		return fault.New(fault.Invalid, "ParcelNumber runs from 1 to ParcelCount, where that is given")
	}
	if v.TrackingURL != "" {
		if err := checkURL("TrackingURL", v.TrackingURL); err != nil {
			return err
		}
	}
	return checkLines("ParcelLines", v.ParcelLines)
}

func checkLines(name string, lines []Line) error {
	if len(lines) == 0 {
		return missing(name)
	}
	for _, l := range lines {
		if tidy(l.Title) == "" || l.Quantity < 1 {
			return fault.New(fault.Invalid, "each of %s has a title and a quantity", name)
		}
	}
	return nil
}

// checkSums reckons the sums a second time: a mail with a wrong total costs more
// trust than one that comes late.
func checkSums(v View) error {
	if err := checkLines("Lines", v.Lines); err != nil {
		return err
	}
	sum := money.Of(0, v.Total.Currency)
	for _, l := range v.Lines {
		var err error
		if sum, err = sum.Add(l.Total); err != nil {
			return err
		}
	}
	if sum != v.Subtotal {
		return fault.New(fault.Invalid, "the lines do not come to Subtotal")
	}
	sum, err := sum.Sub(v.Discount)
	if err != nil {
		return err
	}
	if sum, err = sum.Add(v.Shipping); err != nil {
		return err
	}
	if sum != v.Total || v.Total.Minor == 0 {
		return fault.New(fault.Invalid, "Subtotal, Discount and Shipping do not come to Total")
	}
	return nil
}

// checkAmounts lets an amount without a currency be, as long as it is zero.
func checkAmounts(v View) error {
	amounts := []money.Amount{v.Subtotal, v.Discount, v.Shipping, v.Tax, v.Total, v.Captured, v.Due, v.RefundAmount, v.VoidedAmount}
	for _, l := range v.Lines {
		amounts = append(amounts, l.Total)
	}
	currency := ""
	for _, a := range amounts {
		if a == (money.Amount{}) {
			continue
		}
		if currency == "" {
			currency = a.Currency
		}
		if a.Minor < 0 || a.Currency != currency || !money.Known(a.Currency) {
			return fault.New(fault.Invalid, "amounts are not negative and all of one currency that we count in")
		}
	}
	return nil
}

// checkOneLine keeps line breaks, and whatever else steers a program instead of
// being read, out of headers: RFC 5322 ends one at CR LF, and software has taken
// each of the others for a line break too.
func checkOneLine(name, value string) error {
	if tidy(value) == "" {
		return missing(name)
	}
	if strings.ContainsFunc(value, steers) {
		return fault.New(fault.Invalid, "%s holds a line break or another control character", name)
	}
	return nil
}

// steers reports control characters and Unicode's own line and paragraph ends.
func steers(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// checkURL refuses what a mail program could run, and user names, which make one
// host look like another.
func checkURL(name, value string) error {
	if value == "" {
		return missing(name)
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return fault.New(fault.Invalid, "%s is not an address of the web", name)
	}
	if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || steers(r) }) {
		return fault.New(fault.Invalid, "%s has a space in it", name)
	}
	return nil
}

func missing(name string) error { return fault.New(fault.Invalid, "the mail needs %s", name) }

// tidyView makes one line of every value that somebody typed, and takes characters
// out that turn the direction of what follows them: with those, a name could
// rewrite the sentence around it. Joiners stay: emoji and Persian need them.
func tidyView(v View) View {
	for _, s := range []*string{
		&v.ShopName, &v.ShopAddress, &v.SupportEmail, &v.Number, &v.Name, &v.Carrier, &v.TrackingCode,
		&v.Address.Line1, &v.Address.Line2, &v.Address.District, &v.Address.Province, &v.Address.Postcode, &v.Address.Country,
	} {
		*s = tidy(*s)
	}
	v.Lines, v.ParcelLines = tidyLines(v.Lines), tidyLines(v.ParcelLines)
	return v
}

func tidyLines(lines []Line) []Line {
	out := slices.Clone(lines)
	for i := range out {
		out[i].Title = tidy(out[i].Title)
	}
	return out
}

func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
			return -1
		case steers(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}
