package shipping

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/outcome"
)

// Address is one end of a parcel's way. Country is ISO 3166-1 alpha-2. It is
// personal: it goes from the order's document to the carrier and nowhere else.
type Address struct {
	Name     string
	Company  string
	Line1    string
	Line2    string
	District string
	Province string
	Postcode string
	Country  string
	Phone    string
	Email    string
}

// OpenRequest asks a carrier for a shipment object and its rates; nothing is
// bought. Reference is our own name for it: the op's id.
type OpenRequest struct {
	Reference   string
	From, To    Address
	WeightGrams int64
}

// BuyRequest buys the label of an opened shipment. RateRef is one of the rates
// that the shipment showed. OpID names the op for carriers that keep keys.
type BuyRequest struct {
	OpID    string
	Ref     string
	RateRef string
}

// VoidRequest gives a label back before it was used.
type VoidRequest struct {
	OpID string
	Ref  string
}

// Rate is what a carrier asks for one service. It is what the shop pays, in the
// carrier account's currency; what the shopper pays comes from our own Tariff.
type Rate struct {
	Ref string
	// Service is for the staff; it may hold the carrier's own codes.
	Service string
	// CarrierName is who brings the parcel, as shoppers know them; empty when the
	// shop does.
	CarrierName string
	Price       money.Amount
}

// Standing is how a label stands at the carrier.
type Standing string

// Standings of a label.
const (
	// StandsOpen: the shipment is there, no label was bought.
	StandsOpen Standing = "open"
	// StandsBought: the label is paid for and can be printed.
	StandsBought Standing = "bought"
	// StandsVoiding: the carrier has the label back and has not said yes yet.
	StandsVoiding Standing = "voiding"
	// StandsVoided: the label was given back; it can't be used any more.
	StandsVoided Standing = "voided"
	// StandsKept: the carrier refused to take the label back.
	StandsKept Standing = "kept"
)

// Scan is one line of a parcel's way, as the carrier tells it.
type Scan struct {
	// State is the shipment's state that the scan means: HandedOver or later.
	// Empty for a scan that says nothing of it, such as "label printed".
	State State
	At    time.Time
	// Code is the carrier's own word.
	Code string
}

// Picture is what a carrier says of one shipment.
type Picture struct {
	Ref       string
	Reference string
	Standing  Standing
	// Rates are those that can be bought, cheapest first.
	Rates []Rate
	// Bought is the rate that was bought.
	Bought Rate
	// TrackingCode and TrackingURL are what a shopper may be shown.
	TrackingCode string
	TrackingURL  string
	Scans        []Scan
	CreatedAt    time.Time
}

// Answer is what came of one call. Picture is filled when the carrier showed
// the shipment, also beside a No.
type Answer struct {
	Outcome outcome.Outcome
	Picture Picture
	// Code is the carrier's own word, for the operator; it holds nothing personal.
	Code      string
	RequestID string
}

// Format is the form of a label.
type Format string

// Formats of a label.
const (
	PDF Format = "pdf"
	ZPL Format = "zpl"
)

// Event is a verified webhook: a hint to read the shipment again.
type Event struct {
	ID   string
	Type string
	// Ref is the carrier's id of the shipment, empty when the event is about
	// something else; TrackingCode is there when the event knows only that.
	Ref          string
	TrackingCode string
	At           time.Time
}

// Carrier moves parcels. A method about one shipment returns an Answer and
// never an error: what cannot be told for certain is an Unsure answer. A No is
// definite: the address, the parcel or the rate is not taken. Label, List,
// Events and ReadWebhook return an error: no parcel hangs on them.
//
// Open is not idempotent at carriers: who had no answer finds what became of it
// by Search, and believes that there is none only after a while. Buy and Void
// are: a label that was bought, or given back, is shown as it stands.
type Carrier interface {
	// Name returns the carrier's name, as in routes and rows.
	Name() string

	// Tracks reports whether the carrier tells how a parcel travels. Where it
	// does not, staff do.
	Tracks() bool

	// Open makes a shipment with our reference and asks for rates.
	Open(ctx context.Context, r OpenRequest) Answer

	// Buy buys the label. One that is bought already is a Yes and shows it.
	Buy(ctx context.Context, r BuyRequest) Answer

	// Void gives the label back: Yes with StandsVoiding or StandsVoided. One that
	// was never bought is a Yes with StandsOpen; one in use is a No.
	Void(ctx context.Context, r VoidRequest) Answer

	// Lookup reads the shipment with its scans, oldest first.
	Lookup(ctx context.Context, ref string) Answer

	// Search finds the shipment with our reference among those made since a
	// time. Missing means: not in the list now.
	Search(ctx context.Context, reference string, since time.Time) Answer

	// Label returns the bought label for the printer. A shipment without one is a
	// NotFound fault.
	Label(ctx context.Context, ref string, f Format) ([]byte, error)

	// List returns every shipment made since a time: the carrier's own books,
	// for the audit. An error means that the list is not whole.
	List(ctx context.Context, since time.Time) ([]Picture, error)

	// Events returns the carrier's events since a time, oldest first: what a lost
	// webhook would have told. An error means that the list is not whole.
	Events(ctx context.Context, since time.Time) ([]Event, error)

	// ReadWebhook verifies a webhook against now and returns its event; a forged
	// or stale one is an Invalid fault, one that is signed and cannot be read a
	// Malformed one. A carrier without webhooks answers with a NotFound fault.
	ReadWebhook(header http.Header, body []byte, now time.Time) (Event, error)
}

// Carriers finds a carrier by its name.
type Carriers map[string]Carrier
