package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/shipping"
)

var (
	_ shipping.Store = (*Shipments)(nil)
	_ shipping.Inbox = (*ShippingInbox)(nil)
)

// Shipments keeps one document for each parcel, its ops inside as a map by id.
// What a carrier calls a parcel is a second key: a document whose _id it is.
type Shipments struct {
	rows *mongo.Collection
	keys *mongo.Collection
}

// NewShipments returns the store on db.
func NewShipments(db *mongo.Database) *Shipments {
	return &Shipments{rows: db.Collection("shipments"), keys: db.Collection("shipment_keys")}
}

// Create inserts shipments that are not there yet.
func (s *Shipments) Create(ctx context.Context, shipments []shipping.Shipment) error {
	rows := make([]any, len(shipments))
	for i := range shipments {
		rows[i] = shipments[i]
	}
	_, err := s.rows.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
	if err == nil {
		return nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "writing %d shipments", len(shipments))
	}
	// One was there: the others one by one, for a bulk may have stopped at it.
	for i := range rows {
		if _, err := s.rows.InsertOne(ctx, rows[i]); err != nil && !mongo.IsDuplicateKeyError(err) {
			return unavailable(err, "writing shipment %s", shipments[i].ID)
		}
	}
	return nil
}

// Find returns the shipment.
func (s *Shipments) Find(ctx context.Context, shipmentID string) (shipping.Shipment, error) {
	var row shipping.Shipment
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: shipmentID}}).Decode(&row)
	return row, found(err, "shipment", shipmentID)
}

// OfOrder returns the shipments of an order.
func (s *Shipments) OfOrder(ctx context.Context, orderID string) ([]shipping.Shipment, error) {
	cursor, err := s.rows.Find(ctx, byPrefix(orderID+"-"), options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	return drain[shipping.Shipment](ctx, cursor, err, "reading shipments")
}

// These returns the shipments of the ids.
func (s *Shipments) These(ctx context.Context, shipmentIDs []string) ([]shipping.Shipment, error) {
	if len(shipmentIDs) == 0 {
		return nil, nil
	}
	cursor, err := s.rows.Find(ctx, byIDs(shipmentIDs))
	return drain[shipping.Shipment](ctx, cursor, err, "reading shipments")
}

// shipmentKey is a carrier's name for a shipment.
type shipmentKey struct {
	Key        string `bson:"_id"`
	ShipmentID string `bson:"shipment_id"`
}

func refKey(carrier, ref string) string       { return carrier + "/ref/" + ref }
func trackingKey(carrier, code string) string { return carrier + "/tracking/" + code }

// ByRef returns the shipment that a carrier names.
func (s *Shipments) ByRef(ctx context.Context, carrier, ref, trackingCode string) (shipping.Shipment, error) {
	key := refKey(carrier, ref)
	if ref == "" {
		key = trackingKey(carrier, trackingCode)
	}
	var k shipmentKey
	if err := s.keys.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Decode(&k); err != nil {
		return shipping.Shipment{}, found(err, "shipment", key)
	}
	return s.Find(ctx, k.ShipmentID)
}

// nameIt writes what the carrier calls the shipment, before the row says so: the
// carrier may tell of it from now on.
func (s *Shipments) nameIt(ctx context.Context, row shipping.Shipment, p shipping.Picture) error {
	names := []string{}
	if p.Ref != "" && row.Ref != p.Ref {
		names = append(names, refKey(row.Carrier, p.Ref))
	}
	if p.TrackingCode != "" && row.TrackingCode != p.TrackingCode {
		names = append(names, trackingKey(row.Carrier, p.TrackingCode))
	}
	for _, name := range names {
		if _, err := s.keys.InsertOne(ctx, shipmentKey{name, row.ID}); err != nil && !mongo.IsDuplicateKeyError(err) {
			return unavailable(err, "naming shipment %s", row.ID)
		}
	}
	return nil
}

// Apply does one conditional change of the row.
func (s *Shipments) Apply(ctx context.Context, c shipping.Change) (shipping.Shipment, bool, error) {
	if c.Picture != nil {
		row, err := s.Find(ctx, c.ShipmentID)
		if err != nil {
			return row, false, err
		}
		if err := s.nameIt(ctx, row, *c.Picture); err != nil {
			return row, false, err
		}
	}
	filter := bson.D{{Key: "_id", Value: c.ShipmentID}}
	for _, op := range sortedKeys(c.Expect) {
		if states := c.Expect[op]; len(states) == 0 {
			filter = append(filter, bson.E{Key: "ops." + op, Value: bson.D{{Key: "$exists", Value: false}}})
		} else {
			filter = append(filter, bson.E{Key: "ops." + op + ".state", Value: bson.D{{Key: "$in", Value: states}}})
		}
	}
	if len(c.From) > 0 {
		filter = append(filter, bson.E{Key: "state", Value: bson.D{{Key: "$in", Value: c.From}}})
	}
	var row shipping.Shipment
	err := s.rows.FindOneAndUpdate(ctx, filter, bson.D{{Key: "$set", Value: shipmentFields(c)}},
		options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&row)
	if err == nil {
		return row, true, nil
	}
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return shipping.Shipment{}, false, unavailable(err, "changing shipment %s", c.ShipmentID)
	}
	row, err = s.Find(ctx, c.ShipmentID)
	return row, false, err
}

// timeFields are the fields that keep when, and who did it, of a state.
var timeFields = map[shipping.State]struct{ at, by string }{
	shipping.Packed: {"packed_at", "packed_by"}, shipping.Ready: {"captured_at", ""}, shipping.HandedOver: {"handed_over_at", "handed_over_by"},
	shipping.Delivered: {"ended_at", ""}, shipping.ReturnedToSender: {"ended_at", ""}, shipping.Lost: {"ended_at", ""},
	shipping.Damaged: {"ended_at", ""}, shipping.Cancelled: {"ended_at", ""},
}

func shipmentFields(c shipping.Change) bson.D {
	set := bson.D{}
	for _, op := range sortedKeys(c.Ops) {
		set = append(set, bson.E{Key: "ops." + op, Value: c.Ops[op]})
	}
	if c.State != "" {
		set = append(set, bson.E{Key: "state", Value: c.State})
		fields := timeFields[c.State]
		if fields.at != "" && !c.At.IsZero() {
			set = append(set, bson.E{Key: fields.at, Value: c.At})
		}
		if fields.by != "" {
			set = append(set, bson.E{Key: fields.by, Value: c.By})
		}
		set = append(set, bson.E{Key: "over", Value: c.State.Ended()})
	}
	if c.Command != "" {
		set = append(set, bson.E{Key: "command", Value: c.Command})
	}
	if c.RateRef != "" {
		set = append(set, bson.E{Key: "rate_ref", Value: c.RateRef})
	}
	if c.LeftUnpaid {
		set = append(set, bson.E{Key: "left_unpaid", Value: true})
	}
	if p := c.Picture; p != nil {
		set = append(set,
			bson.E{Key: "ref", Value: p.Ref}, bson.E{Key: "tracking_code", Value: p.TrackingCode}, bson.E{Key: "tracking_url", Value: p.TrackingURL},
			bson.E{Key: "service", Value: p.Bought.Service}, bson.E{Key: "carrier_name", Value: p.Bought.CarrierName}, bson.E{Key: "cost", Value: p.Bought.Price})
	}
	if !c.Heard.IsZero() {
		set = append(set, bson.E{Key: "heard", Value: c.Heard})
	}
	return set
}

// Open returns shipments that are not over.
func (s *Shipments) Open(ctx context.Context, after string, limit int) ([]shipping.Shipment, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}, {Key: "over", Value: bson.D{{Key: "$ne", Value: true}}}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return drain[shipping.Shipment](ctx, cursor, err, "walking through shipments")
}

// ShippingInbox keeps webhooks of carriers. Undelivered ones have a nearly empty
// collection of their own.
type ShippingInbox struct {
	waiting *mongo.Collection
	archive *mongo.Collection
}

// NewShippingInbox returns the inbox on db.
func NewShippingInbox(db *mongo.Database) *ShippingInbox {
	return &ShippingInbox{waiting: db.Collection("shipping_inbox"), archive: db.Collection("shipping_inbox_archive")}
}

// Put stores an event that is not known yet.
func (s *ShippingInbox) Put(ctx context.Context, carrier string, e shipping.Event, receivedAt time.Time) (bool, error) {
	l := shipping.Letter{
		ID: carrier + ":" + e.ID, Carrier: carrier, EventID: e.ID, Type: e.Type,
		Ref: e.Ref, TrackingCode: e.TrackingCode, At: e.At, ReceivedAt: receivedAt,
	}
	err := s.archive.FindOne(ctx, bson.D{{Key: "_id", Value: l.ID}}).Err()
	if err == nil {
		return false, nil
	}
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return false, unavailable(err, "looking for event %s", e.ID)
	}
	if _, err := s.waiting.InsertOne(ctx, l); err != nil {
		if mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		return false, unavailable(err, "storing event %s", e.ID)
	}
	return true, nil
}

// Waiting returns undelivered events.
func (s *ShippingInbox) Waiting(ctx context.Context, limit int) ([]shipping.Letter, error) {
	cursor, err := s.waiting.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "received_at", Value: 1}}).SetLimit(int64(limit)))
	return drain[shipping.Letter](ctx, cursor, err, "reading undelivered events")
}

// Delivered moves an event to the archive: there first, then away from here.
func (s *ShippingInbox) Delivered(ctx context.Context, l shipping.Letter, result string) error {
	l.Result = result
	if _, err := s.archive.InsertOne(ctx, l); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "archiving event %s", l.EventID)
	}
	if _, err := s.waiting.DeleteOne(ctx, bson.D{{Key: "_id", Value: l.ID}}); err != nil {
		return unavailable(err, "clearing event %s", l.EventID)
	}
	return nil
}
