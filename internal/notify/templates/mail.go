package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
)

// mail is what the templates see: the view, and the ways to say and show it.
type mail struct {
	View
	words catalogue
}

// Say returns a text of all mails.
func (m mail) Say(name string) (Words, error) { return m.say("all."+name, 0) }

// Own returns a text of this mail's kind.
func (m mail) Own(name string) (Words, error) { return m.say(string(m.Kind)+"."+name, 0) }

func (m mail) say(key string, count int64) (Words, error) {
	return m.words.say(key, func(placeholder string) (string, error) { return m.value(placeholder, count) })
}

func (m mail) value(placeholder string, count int64) (string, error) {
	switch placeholder {
	case "name":
		return m.Name, nil
	case "shop":
		return m.ShopName, nil
	case "number":
		return m.Number, nil
	case "support":
		return m.SupportEmail, nil
	case "count":
		return groupThrees(strconv.FormatInt(count, 10), m.Language), nil
	case "parcel":
		return strconv.Itoa(m.ParcelNumber), nil
	case "parcels":
		return strconv.Itoa(m.ParcelCount), nil
	case "total":
		return m.Money(m.Total), nil
	case "tax":
		return m.Money(money.Of(m.Tax.Minor, m.Total.Currency)), nil
	case "captured":
		return m.Money(m.Captured), nil
	case "until":
		return m.Date(m.PayUntil)
	case "return_until":
		return m.Date(m.ReturnUntil)
	}
	return "", fmt.Errorf("{%s} has no value here", placeholder)
}

// Title is the heading of the mail.
func (m mail) Title() (Words, error) {
	if m.Kind == notify.KindCancelled && m.Part {
		return m.Own("title.part")
	}
	return m.Own("title")
}

// Subject is the mail's subject line.
func (m mail) Subject() (Words, error) {
	switch {
	case m.Kind == notify.KindCancelled && m.Part:
		return m.Own("subject.part")
	case m.Numbered():
		return m.Own("subject.parcel")
	}
	return m.Own("subject")
}

// Why says why the order was cancelled.
func (m mail) Why() (Words, error) { return m.Own("reason." + string(m.Reason)) }

// Quantity says how many there are of something.
func (m mail) Quantity(n int64) (Words, error) {
	if n == 1 {
		return m.say("all.quantity.one", n)
	}
	return m.say("all.quantity.other", n)
}

// Money shows an amount.
func (m mail) Money(a money.Amount) string { return formatMoney(a, m.Language) }

// Less shows an amount that is taken off, with a true minus sign.
func (m mail) Less(a money.Amount) string { return "\u2212" + m.Money(a) }

// Owed is what has to be paid again.
func (m mail) Owed() money.Amount {
	if m.Due.Minor > 0 {
		return m.Due
	}
	return m.Total
}

// Date shows a time; a zero one is an error.
func (m mail) Date(t time.Time) (string, error) {
	if t.IsZero() {
		return "", fmt.Errorf("a time is missing")
	}
	words, err := m.words.date(t)
	return words.String(), err
}

// Numbered reports whether the mail is about one parcel of those that the order's
// page tells apart by their numbers.
func (m mail) Numbered() bool {
	return m.ParcelCount != 1 && (m.Kind == notify.KindShipped || m.Kind == notify.KindDelivered)
}

// ShowsTotals reports whether the lines are summed up below them.
func (m mail) ShowsTotals() bool { return m.Kind != notify.KindCancelled }

// MoneyMoved reports whether a cancellation gave anything back.
func (m mail) MoneyMoved() bool { return m.RefundAmount.Minor > 0 || m.VoidedAmount.Minor > 0 }

// AddressLines is the address as a Turkish envelope has it.
func (m mail) AddressLines() []string {
	a := m.Address
	place := strings.Trim(a.District+"/"+a.Province, "/")
	lines := []string{a.Line1, a.Line2, strings.TrimSpace(a.Postcode + " " + place)}
	if a.Country != "TR" {
		lines = append(lines, a.Country)
	}
	var shown []string
	for _, l := range lines {
		if l != "" {
			shown = append(shown, l)
		}
	}
	return shown
}

// step is one of the four of a parcel's way; State is done, now or todo.
type step struct {
	Label Words
	State string
}

// Steps is how far the order has come. Mails of things that went wrong have none.
func (m mail) Steps() ([]step, error) {
	current, ok := map[notify.Kind]int{notify.KindPlaced: 0, notify.KindShipped: 2, notify.KindDelivered: 3}[m.Kind]
	if !ok {
		return nil, nil
	}
	steps := make([]step, 4)
	for i, names := range [][2]string{{"placed", "placed"}, {"packing", "packed"}, {"shipped", "left"}, {"delivered", "delivered"}} {
		name := names[0]
		if i < current {
			name = names[1]
		}
		label, err := m.Say("step." + name)
		if err != nil {
			return nil, err
		}
		steps[i] = step{label, "todo"}
		switch {
		case i < current:
			steps[i].State = "done"
		case i == current:
			steps[i].State = "now"
		}
	}
	return steps, nil
}
