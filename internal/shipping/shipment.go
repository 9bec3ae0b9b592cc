package shipping

import (
	"strconv"
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// Kind is what an op does at the carrier.
type Kind string

// Kinds of ops.
const (
	// OpOpen makes the carrier's shipment object; nothing is bought.
	OpOpen Kind = "open"
	// OpBuy buys the label.
	OpBuy Kind = "label"
	// OpVoid gives the label back.
	OpVoid Kind = "void"
)

// OpState is how far an op has come.
type OpState string

// States of an op.
const (
	OpCreated    OpState = "created"
	OpInFlight   OpState = "sent"
	OpYes        OpState = "yes"
	OpNo         OpState = "no"
	OpUnanswered OpState = "unknown"
)

// Op is one operation at a carrier. Its id is fixed before its first try.
type Op struct {
	Kind       Kind      `bson:"kind"`
	State      OpState   `bson:"state"`
	Claim      string    `bson:"claim"`
	CreatedAt  time.Time `bson:"created_at"`
	SentAt     time.Time `bson:"sent_at"`
	AnsweredAt time.Time `bson:"answered_at"`
	Code       string    `bson:"code"`
}

// Shipment is one parcel of an order: the row that decides. It holds nothing
// personal: the address is the order's.
type Shipment struct {
	ID      string `bson:"_id"`
	OrderID string `bson:"order_id"`
	// Number tells the order's parcels apart for people: 1, 2, ...
	Number   int    `bson:"number"`
	Carrier  string `bson:"carrier"`
	Location string `bson:"location"`
	Lines    []Line `bson:"lines"`
	Grams    int64  `bson:"grams"`
	// Share is what is paid for this parcel: its lines and their part of the
	// shipping. The shares of an order's parcels add up to its total.
	Share money.Amount `bson:"share"`
	State State        `bson:"state"`
	// Command is the command whose label ops are in force.
	Command   string    `bson:"command"`
	CreatedAt time.Time `bson:"created_at"`

	// Ref is the carrier's id of the shipment, stored before a label is bought.
	Ref     string `bson:"ref"`
	RateRef string `bson:"rate_ref"`
	Service string `bson:"service"`
	// CarrierName is who brings the parcel, as shoppers know them; empty when the
	// shop does, whose parcels nobody tracks.
	CarrierName  string       `bson:"carrier_name"`
	Cost         money.Amount `bson:"cost"`
	TrackingCode string       `bson:"tracking_code"`
	TrackingURL  string       `bson:"tracking_url"`
	// Heard is the time of the newest scan.
	Heard time.Time     `bson:"heard"`
	Ops   map[string]Op `bson:"ops"`
	// Over says that the shipment came to its end, for the walks over others.
	Over bool `bson:"over"`
	// LeftUnpaid says that the carrier took the parcel before its share was
	// captured.
	LeftUnpaid   bool      `bson:"left_unpaid"`
	PackedAt     time.Time `bson:"packed_at"`
	CapturedAt   time.Time `bson:"captured_at"`
	HandedOverAt time.Time `bson:"handed_over_at"`
	EndedAt      time.Time `bson:"ended_at"`
	// By is who of the staff packed and handed over.
	PackedBy     string `bson:"packed_by"`
	HandedOverBy string `bson:"handed_over_by"`
}

// FirstCommand names the label ops of a parcel that nobody had to mend.
const FirstCommand = "first"

// ID names an order's parcel. Plan is empty for the parcels that were planned
// when the order was placed, else the command that planned these.
func ID(orderID, plan string, number int) string {
	if plan == "" {
		return orderID + "-parcel-" + strconv.Itoa(number)
	}
	return orderID + "-parcel-" + plan + "-" + strconv.Itoa(number)
}

// OpID names the shipment's op of the given kind that is in force.
func (s Shipment) OpID(kind Kind) string {
	id := s.ID + "-" + string(kind)
	if s.Command != FirstCommand {
		id += "-" + s.Command
	}
	return id
}

// Op returns the shipment's op of the given kind that is in force; its State is
// empty when there is none.
func (s Shipment) Op(kind Kind) Op { return s.Ops[s.OpID(kind)] }

// Change is one conditional write to a shipment's row. It happens only if the
// shipment is in one of From, where From is given, and every op in Expect
// stands as it says there (one with no states must not be there yet).
type Change struct {
	ShipmentID string
	From       []State
	Expect     map[string][]OpState
	Ops        map[string]Op
	// State is empty for a write that leaves it.
	State State
	// Command, when given, is the command whose ops are in force from now on.
	Command string
	// Picture, when given, is written over the row's carrier fields.
	Picture *Picture
	// RateRef, when given, is the rate that is about to be bought.
	RateRef string
	// Heard, when given, is the time of the newest scan.
	Heard time.Time
	// LeftUnpaid, when true, is kept from then on.
	LeftUnpaid bool
	// At and By fill the time, and the name, that belong to State.
	At time.Time
	By string
}
