package api

import (
	"context"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
)

// orderPage is what order.html shows: an order in words, in one language.
type orderPage struct {
	shopView
	Language, Nonce string
	Style           template.CSS
	Script          template.JS
	Words           map[string]string
	// Events is where news of the order come from, as long as its run is open.
	Events string
	// Over says that what may still come changes nothing for the shopper.
	Over bool

	Number, Accepted, AcceptedISO string
	Headline, Next, Tone          string
	Steps                         []pageStep
	Pay                           *pagePay
	Parcels                       []pageParcel
	Story                         []pageDay
	Payment                       string
	Money                         []pageSum
	Items                         []pageItem
	Sums                          []pageSum
	Tax                           string
	Address                       []string
	Terms                         []pageTerms
}

type pageStep struct{ Name, Class string }

type pagePay struct{ Title, Amount, Says, URL, Button string }

type pageParcel struct {
	ID, Name, State, Tone, When        string
	Carrier, TrackingCode, TrackingURL string
	Lines                              []parcelLineView
}

// pageDay is what happened on one day.
type pageDay struct {
	Day   string
	Lines []pageLine
}

type pageLine struct{ Text, Amount, When, ISO string }

// pageTerms is a text that was accepted.
type pageTerms struct{ Name, URL string }

type pageSum struct {
	Name, Amount string
	Total        bool
}

type pageItem struct {
	Title, Amount string
	Quantity      int64
}

// writer puts an order into the words of one language.
type writer struct {
	api      *API
	language string
	// err is the first thing that could not be written.
	err error
}

// say returns words in the page's language. Text.In would fall back on the other
// one, where there are none on purpose.
func (w *writer) say(key string) string {
	if w.language == catalog.English {
		return pageWords[key].EN
	}
	return pageWords[key].TR
}

func (w *writer) money(amount money.Amount) string { return w.api.Money(amount, w.language) }
func (w *writer) words(text catalog.Text) string   { return text.In(w.language) }
func (w *writer) iso(t time.Time) string           { return stamp(t).Format(time.RFC3339) }
func (w *writer) sum(key string, m int64, c string) pageSum {
	return pageSum{Name: w.say(key), Amount: w.money(money.Of(m, c))}
}

func (w *writer) moment(t time.Time) string {
	said, err := w.api.Moment(t, w.language)
	if err != nil && w.err == nil {
		w.err = err
	}
	// Where they are is said once, at the foot of the page.
	said, _, _ = strings.Cut(said, " (")
	return said
}

// orderPage gathers what the page of an order shows.
func (a *API) orderPage(ctx context.Context, o order.Order, nonce string) (*orderPage, error) {
	attempts, err := a.Attempts.OfOrder(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	rows, err := parcelsOf(ctx, a.Shipments, o)
	if err != nil {
		return nil, err
	}
	lines, err := a.Orders.Timeline(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(attempts, func(each payment.Attempt) bool { return each.ID == o.State.AttemptID })
	if i < 0 {
		return nil, fault.New(fault.Internal, "order %s has no row of its attempt", o.ID)
	}
	v := view(o, attempts[i], rows)
	w := &writer{api: a, language: languageOfOrder(ctx, o)}
	p := &orderPage{
		shopView: a.shopView(), Language: w.language, Nonce: nonce, Number: o.Number, Words: map[string]string{},
		Style: template.CSS(pageStyle), Script: template.JS(pageScript), //nolint:gosec // our own files
		Over: o.State.Status.Ended(), Accepted: w.moment(o.AcceptedAt), AcceptedISO: w.iso(o.AcceptedAt), Address: addressLines(o.Contact),
	}
	if o.State.Open {
		p.Events = "/v1/orders/" + o.ID + "/events"
		if len(lines) > 0 {
			p.Events += "?after=" + url.QueryEscape(lines[len(lines)-1].ID)
		}
	}
	for key := range pageWords {
		p.Words[key] = w.say(key)
	}
	w.stand(p, o, v)
	w.pay(p, o, v)
	w.parcels(p, v)
	w.story(p, lines)
	w.payment(p, o, v, attempts)
	w.items(p, o)
	for _, t := range v.Accepted {
		p.Terms = append(p.Terms, pageTerms{Name: w.say("terms." + string(t.Kind)), URL: t.URL})
	}
	return p, w.err
}

// stand writes where the order stands and what comes next.
func (w *writer) stand(p *orderPage, o order.Order, v OrderView) {
	s, known := standings[v.Status]
	switch {
	case holdLost(o.State):
		s = repaying
	case !known:
		s = sendings[v.Fulfilment]
	case v.Status == order.Cancelled:
		s.next = givenBack[v.Payment.Status]
	}
	p.Headline, p.Next, p.Tone = w.words(s.headline), w.words(s.next), s.tone
	if v.Status == order.Fulfilled && !o.State.FulfilledAt.IsZero() {
		p.Next += " " + w.words(withdrawUntil) + w.moment(o.State.FulfilledAt.Add(o.Policy.Complete().ReturnWindow))
		p.Next = strings.TrimSuffix(p.Next, ".") + "."
	}
	if !slices.Contains([]order.Status{order.Placed, order.InReview, order.Processing, order.Fulfilled, order.Completed}, v.Status) {
		return
	}
	reached := map[fulfilment]int{partiallyShipped: 2, allShipped: 2, partiallyDelivered: 2, allDelivered: 4}[v.Fulfilment]
	if reached == 0 {
		reached = 1
	}
	for i, key := range []string{"step.ordered", "step.prepared", "step.left", "step.delivered"} {
		step := pageStep{Name: w.say(key)}
		switch {
		case i < reached:
			step.Class = "done"
		case i == reached:
			step.Class = "now"
		}
		p.Steps = append(p.Steps, step)
	}
}

// pay writes what the shopper has to do to pay.
func (w *writer) pay(p *orderPage, o order.Order, v OrderView) {
	switch {
	case v.Payment.Action != nil:
		p.Pay = &pagePay{Title: w.say("pay.bank"), Says: w.say("pay.bank.says"), URL: v.Payment.Action.URL, Button: w.say("pay.bank.button")}
	case v.Payment.Due != nil:
		p.Pay = &pagePay{
			Title: w.say("pay.again"), Amount: w.money(*v.Payment.Due), URL: w.api.payURL(o), Button: w.say("pay.again.button"),
			Says: w.say("pay.again.says") + " " + w.say("pay.again.until") + " " + w.moment(*v.Payment.DueUntil),
		}
	}
}

func (w *writer) parcels(p *orderPage, v OrderView) {
	for _, each := range v.Shipments {
		parcel := pageParcel{
			ID: "track-" + strconv.Itoa(each.Number), Name: w.say("parcel") + " " + strconv.Itoa(each.Number),
			State: w.words(parcelLabels[each.State]), Tone: parcelTones[each.State], Lines: each.Lines,
			Carrier: each.Carrier, TrackingCode: each.TrackingCode, TrackingURL: each.TrackingURL,
		}
		switch {
		case each.DeliveredAt != nil:
			parcel.When = w.say("delivered.at") + " " + w.moment(*each.DeliveredAt)
		case each.ShippedAt != nil:
			parcel.When = w.say("shipped.at") + " " + w.moment(*each.ShippedAt)
		}
		p.Parcels = append(p.Parcels, parcel)
	}
}

// story writes what happened, the newest day and line first. The shop's own
// business has no words, and a line that says what the one before it said is left
// out.
func (w *writer) story(p *orderPage, lines []order.Entry) {
	before := ""
	for _, e := range lines {
		text := told(e, w.language)
		if text == "" || text == before {
			continue
		}
		before = text
		day, clock := w.dayAndClock(e.At)
		line := pageLine{Text: text, When: clock, ISO: w.iso(e.At)}
		if e.Amount != nil && e.Amount.Minor > 0 {
			line.Amount = w.money(*e.Amount)
		}
		if last := len(p.Story) - 1; last < 0 || p.Story[last].Day != day {
			p.Story = append(p.Story, pageDay{Day: day})
		}
		last := &p.Story[len(p.Story)-1]
		last.Lines = append(last.Lines, line)
	}
	for _, day := range p.Story {
		slices.Reverse(day.Lines)
	}
	slices.Reverse(p.Story)
}

// dayAndClock parts a moment, which ends with the time of day.
func (w *writer) dayAndClock(t time.Time) (day, clock string) {
	said := w.moment(t)
	at := max(0, strings.LastIndex(said, ", "))
	return said[:at], strings.TrimPrefix(said[at:], ", ")
}

// payment writes what was held, taken and given back, over all attempts.
func (w *writer) payment(p *orderPage, o order.Order, v OrderView, attempts []payment.Attempt) {
	p.Payment = w.words(paymentWords[v.Payment.Status])
	if v.Payment.Status == "none" && v.Status.Ended() {
		p.Payment = w.words(neverPaid)
	}
	held, captured, refunded, refunding := int64(0), int64(0), int64(0), int64(0)
	for _, a := range attempts {
		if paymentStands[a.State] == "authorized" {
			held += a.Held
		}
		captured, refunded = captured+a.Captured, refunded+min(a.Refunded, a.Captured)
	}
	for _, r := range o.State.Refunds {
		if !r.Done {
			refunding += r.Amount
		}
	}
	currency := o.Quote.Currency
	if v.Payment.Due != nil {
		p.Money = append(p.Money, w.sum("sum.due", v.Payment.Due.Minor, currency))
	}
	for _, each := range []struct {
		key   string
		minor int64
	}{{"sum.held", held}, {"sum.captured", captured}, {"sum.refunded", refunded}, {"sum.refunding", refunding}} {
		if each.minor > 0 {
			p.Money = append(p.Money, w.sum(each.key, each.minor, currency))
		}
	}
}

func (w *writer) items(p *orderPage, o order.Order) {
	q := o.Quote
	for _, l := range q.Lines {
		gross, err := l.UnitPrice.Times(l.Quantity)
		if err != nil && w.err == nil {
			w.err = err
		}
		p.Items = append(p.Items, pageItem{Title: l.Title, Quantity: l.Quantity, Amount: w.money(gross)})
	}
	p.Sums = append(p.Sums, w.sum("sum.subtotal", q.Subtotal.Minor, q.Currency))
	if q.Discount.Minor > 0 {
		discount := w.sum("sum.discount", q.Discount.Minor, q.Currency)
		discount.Amount = "−" + discount.Amount
		p.Sums = append(p.Sums, discount)
	}
	shipping := w.sum("sum.shipping", q.Shipping.Minor, q.Currency)
	if q.Shipping.Minor == 0 {
		shipping.Amount = w.say("free")
	}
	total := w.sum("sum.total", q.Total.Minor, q.Currency)
	total.Total = true
	p.Sums = append(p.Sums, shipping, total)
	p.Tax = w.say("sum.tax") + ": " + w.money(money.Of(q.Tax.Minor, q.Currency))
}

// addressLines are where the parcels go, a line for each.
func addressLines(c order.Contact) []string {
	a := c.Address
	lines := []string{
		c.Name, a.Line1, a.Line2, strings.TrimSpace(a.Postcode + " " + strings.Trim(a.District+"/"+a.Province, "/")),
	}
	if a.Country != "TR" {
		lines = append(lines, a.Country)
	}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}
