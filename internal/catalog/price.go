package catalog

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

// Price is what a variant costs by a price list, KDV included, from a moment on.
// Of several prices of one list the latest that has begun counts: one whose From
// is in the future is a price change that is scheduled.
type Price struct {
	List   string       `bson:"list" json:"list"`
	Amount money.Amount `bson:"amount" json:"amount"`
	// CompareAt is the price that is struck through; zero without one.
	CompareAt money.Amount `bson:"compare_at" json:"compare_at"`
	// From is zero for a price that counts from the beginning.
	From time.Time `bson:"from" json:"from"`
}

// PriceList says for whom and when its prices count. Each currency that the shop
// sells in has one base list, for everybody and without dates, whose id is the
// currency in small letters.
type PriceList struct {
	ID       string `bson:"id" json:"id"`
	Name     Text   `bson:"name" json:"name"`
	Currency string `bson:"currency" json:"currency"`
	// Group is the customer group that the list is for; empty means everybody.
	Group string `bson:"group" json:"group"`
	// Priority decides between lists: the highest that has a price for the variant
	// wins. Base lists have 0.
	Priority int64 `bson:"priority" json:"priority"`
	// From and Until bound when the list counts: from From on, until before Until.
	// Zero is no bound.
	From  time.Time `bson:"from" json:"from"`
	Until time.Time `bson:"until" json:"until"`
}

// BaseList returns the id of a currency's base list.
func BaseList(currency string) string { return strings.ToLower(currency) }

// IsBase reports whether the list is its currency's base list.
func (l PriceList) IsBase() bool { return l.ID == BaseList(l.Currency) }

// Base returns the base list of a currency.
func Base(currency string) PriceList {
	return PriceList{ID: BaseList(currency), Name: Text{TR: "Liste fiyatı, " + currency, EN: "List price, " + currency}, Currency: currency}
}

// serves reports whether the list counts for a buyer at a moment.
func (l PriceList) serves(who Buyer, at time.Time) bool {
	return l.Currency == who.Currency && (l.Group == "" || l.Group == who.Group) && !at.Before(l.From) && (l.Until.IsZero() || at.Before(l.Until))
}

// Limits of price lists.
const (
	maxLists    = 200
	maxPriority = 1000
)

var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

// Check returns an Invalid fault that names what is wrong with the list.
func (l PriceList) Check() error {
	var f flaws
	flaw := func(field, said string) { f.add(field, "%s", said) }
	if !keyForm.MatchString(l.ID) {
		flaw("id", saidKey)
	}
	if !money.Known(l.Currency) {
		flaw("currency", "is not a currency that the shop knows: use its three letters, such as TRY")
	}
	if l.Name.IsZero() {
		flaw("name", "needs a name in Turkish or English")
	}
	if l.Group != "" && !keyForm.MatchString(l.Group) {
		flaw("group", saidKey)
	}
	checkMoment("from", l.From, &f)
	checkMoment("until", l.Until, &f)
	if !l.Until.IsZero() && !l.Until.After(l.From) {
		flaw("until", "must be after from")
	}
	switch base := l.IsBase(); {
	case base && (l.Group != "" || !l.From.IsZero() || !l.Until.IsZero() || l.Priority != 0):
		flaw("id", "a base list is for everybody and for ever: it has no group, dates or priority")
	case !base && (l.Priority < 1 || l.Priority > maxPriority):
		flaw("priority", "must be from 1 to 1000; base lists alone have 0")
	}
	return fault.Flawed(f)
}

// Book is every price list of the shop. It is written as a whole.
type Book struct {
	Revision int64                `bson:"revision" json:"revision"`
	Lists    map[string]PriceList `bson:"lists" json:"lists"`
}

// NewBook returns a book with the base lists of the given currencies.
func NewBook(currencies ...string) Book {
	b := Book{Lists: map[string]PriceList{}}
	for _, currency := range currencies {
		b.Lists[BaseList(currency)] = Base(currency)
	}
	return b
}

// With returns the book with a list put in, or an Invalid fault: a list needs its
// currency's base list, and keeps its currency.
func (b Book) With(l PriceList) (Book, error) {
	if err := l.Check(); err != nil {
		return b, err
	}
	if before, there := b.Lists[l.ID]; there && before.Currency != l.Currency {
		return b, fault.New(fault.Invalid, "a list keeps its currency: make another list").With("field", "currency")
	}
	if _, based := b.Lists[BaseList(l.Currency)]; !based && !l.IsBase() {
		return b, fault.New(fault.Invalid, "the shop has no base list in %s yet: make %q first", l.Currency, BaseList(l.Currency)).With("field", "currency")
	}
	if len(b.Lists) >= maxLists && b.Lists[l.ID].ID == "" {
		return b, fault.New(fault.Conflict, "a shop has at most %d price lists: remove one that is over", maxLists)
	}
	lists := maps.Clone(b.Lists)
	if lists == nil {
		lists = map[string]PriceList{}
	}
	lists[l.ID] = l
	return Book{Revision: b.Revision, Lists: lists}, nil
}

// Without returns the book without a list, or a fault: there is none, or it is a
// base list.
func (b Book) Without(id string) (Book, error) {
	l, there := b.Lists[id]
	if !there {
		return b, fault.New(fault.NotFound, "no such price list")
	}
	if l.IsBase() {
		return b, fault.New(fault.Conflict, "a base list stays: products would lose their prices in %s", l.Currency)
	}
	lists := maps.Clone(b.Lists)
	delete(lists, id)
	return Book{Revision: b.Revision, Lists: lists}, nil
}

// Sorted returns the lists by their ids.
func (b Book) Sorted() []PriceList {
	lists := make([]PriceList, 0, len(b.Lists))
	for _, id := range slices.Sorted(maps.Keys(b.Lists)) {
		lists = append(lists, b.Lists[id])
	}
	return lists
}

// Sells reports whether the shop sells in a currency.
func (b Book) Sells(currency string) bool {
	_, based := b.Lists[BaseList(currency)]
	return based
}

// Grouped reports whether any list is for a customer group.
func (b Book) Grouped() bool {
	for _, l := range b.Lists {
		if l.Group != "" {
			return true
		}
	}
	return false
}

// Buyer is what a price depends on beside the product: the currency that is paid
// in, and the customer group that the buyer is in, which may be none.
type Buyer struct {
	Currency string
	Group    string
}

// Quoted is a price as a buyer sees it.
type Quoted struct {
	Amount    money.Amount
	CompareAt money.Amount
	List      string
}

// Quote returns what a buyer pays for a variant at a moment, and whether it is
// sold to them at all. Every price that is shown or charged comes from here.
func (b Book) Quote(v Variant, who Buyer, at time.Time) (Quoted, bool) {
	var best PriceList
	var price, list Price
	found := false
	for _, l := range b.Lists {
		if !l.serves(who, at) {
			continue
		}
		p, priced := current(v.Prices, l.ID, at)
		if !priced || p.Amount.Currency != l.Currency {
			continue // the second: of a list that was there before under this id
		}
		if l.IsBase() {
			list = p
		}
		if !found || beats(l, p, best, price) {
			best, price, found = l, p, true
		}
	}
	if !found {
		return Quoted{}, false
	}
	return Quoted{Amount: price.Amount, CompareAt: struck(price, list), List: best.ID}, true
}

// beats reports whether a list's price goes before another's: the higher priority,
// then the lower price, then the id, so that every process says the same.
func beats(l PriceList, p Price, other PriceList, otherPrice Price) bool {
	switch {
	case l.Priority != other.Priority:
		return l.Priority > other.Priority
	case p.Amount.Minor != otherPrice.Amount.Minor:
		return p.Amount.Minor < otherPrice.Amount.Minor
	}
	return l.ID < other.ID
}

// struck is the price that is shown struck through: the price's own, or that of
// the base list where the buyer pays less.
func struck(p, list Price) money.Amount {
	if p.CompareAt.Minor > p.Amount.Minor {
		return p.CompareAt
	}
	if list.Amount.Minor > p.Amount.Minor {
		return list.Amount
	}
	return money.Amount{}
}

// current returns a list's price at a moment: the latest that has begun.
func current(prices []Price, list string, at time.Time) (Price, bool) {
	var latest Price
	found := false
	for _, p := range prices {
		if p.List == list && !at.Before(p.From) && (!found || p.From.After(latest.From)) {
			latest, found = p, true
		}
	}
	return latest, found
}

// NextChange returns when, after a moment, a price of the product may become
// another by the clock alone; zero when none does.
func (b Book) NextChange(p Product, at time.Time) time.Time {
	var next time.Time
	consider := func(t time.Time) {
		if t.After(at) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, v := range p.Variants {
		for _, price := range v.Prices {
			consider(price.From)
			consider(b.Lists[price.List].From)
			consider(b.Lists[price.List].Until)
		}
	}
	return next
}

// Trim returns the prices without those that a later one of the same list has
// taken the place of.
func Trim(prices []Price, at time.Time) []Price {
	kept := make([]Price, 0, len(prices))
	for _, p := range prices {
		now, _ := current(prices, p.List, at)
		if p.From.After(at) || p.From.Equal(now.From) {
			kept = append(kept, p)
		}
	}
	return kept
}

// SetPrice returns the prices with one put in. One that counts from now on takes the
// place of all of its list that have begun, whenever that was; one that begins later
// that of the same moment.
func SetPrice(prices []Price, p Price, at time.Time) []Price {
	kept := slices.DeleteFunc(slices.Clone(prices), func(other Price) bool {
		if p.From.After(at) {
			return other.List == p.List && other.From.Equal(p.From)
		}
		return other.List == p.List && !other.From.After(at)
	})
	return append(kept, p)
}
