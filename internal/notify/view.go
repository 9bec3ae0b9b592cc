package notify

import (
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// Languages that mails are written in.
const (
	Turkish = "tr"
	English = "en"
)

// Languages are all of them; the first is the product's own.
var Languages = []string{Turkish, English}

// Reason says why an order was cancelled, in a word that both languages know.
type Reason string

// Reasons of a cancellation. None at all is one too: the mail gives none then.
const (
	// ByCustomer: the shopper asked for it.
	ByCustomer Reason = "customer"
	// ByShop: the shop decided it, without a reason that a shopper is told.
	ByShop Reason = "shop"
	// OutOfStock: an item could not be found any more.
	OutOfStock Reason = "out_of_stock"
	// NotPaid: a payment that had to be made again was not.
	NotPaid Reason = "payment"
	// Undelivered: no parcel of the order reached the shopper.
	Undelivered Reason = "undelivered"
)

// Reasons are all reasons.
var Reasons = []Reason{ByCustomer, ByShop, OutOfStock, NotPaid, Undelivered}

// Line is one item. Total is its price times its quantity, before any discount,
// so that lines come to the subtotal; in ParcelLines it is not shown.
type Line struct {
	Title    string
	Quantity int64
	Total    money.Amount
}

// Address is where the parcels go, without the name. Country is ISO 3166-1
// alpha-2 and is shown only where it is not TR.
type Address struct {
	Line1, Line2, District, Province, Postcode, Country string
}

// View is everything that a mail shows. Amounts are minor units and never
// negative; times are shown as clocks in Istanbul show them.
//
// Every mail needs Kind, Language, ShopName, ShopURL, Number, Name and OrderURL.
type View struct {
	Kind     Kind
	Language string

	ShopName string
	// ShopURL, OrderURL, PayURL and TrackingURL are http or https.
	ShopURL string
	// ShopAddress and SupportEmail stand in the footer where they are given.
	ShopAddress  string
	SupportEmail string

	// Number is the order's number and Name the recipient's name. A line break in
	// one of them is refused.
	Number string
	Name   string
	// OrderURL opens the order, with its token: whoever has the mail has the order.
	OrderURL string

	// PlacedAt, Address and Held are for order_placed. Held says that the total is
	// only held on the card until the parcel leaves.
	PlacedAt time.Time
	Address  Address
	Held     bool

	// Lines are for order_placed, payment_problem and cancelled: there they are
	// what was cancelled.
	Lines []Line
	// The sums are shown by order_placed and payment_problem, and there they have
	// to add up: Subtotal - Discount + Shipping = Total. Tax is the KDV inside
	// Total.
	Subtotal, Discount, Shipping, Tax, Total money.Amount

	// ParcelNumber, from 1, and ParcelCount, ParcelLines and what follows are for
	// shipped and delivered. ParcelCount is 0 where the numbers of an order's
	// parcels do not run from 1 to it, as after some were packed anew. A parcel
	// without a Carrier is brought by the shop.
	ParcelNumber, ParcelCount int
	ParcelLines               []Line
	Carrier                   string
	TrackingCode              string
	TrackingURL               string
	// Captured is what was taken from the card as the parcel left, if anything.
	Captured money.Amount
	// DeliveredAt and ReturnUntil are for delivered, and left out when zero.
	DeliveredAt, ReturnUntil time.Time

	// PayURL, PayUntil and Due are for payment_problem. A Due of zero stands for
	// Total.
	PayURL   string
	PayUntil time.Time
	Due      money.Amount

	// Reason and what follows are for cancelled. Part says that other items of the
	// order go on. RefundAmount goes back to the card, VoidedAmount was only held;
	// with neither, the mail says that nothing was taken.
	Reason       Reason
	Part         bool
	RefundAmount money.Amount
	VoidedAmount money.Amount
}

// Rendered is a mail as it goes to the provider. Text and HTML say the same.
type Rendered struct {
	Subject    string
	Text, HTML string
}
