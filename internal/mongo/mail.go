package mongo

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
)

var _ notify.Store = (*Mails)(nil)

// Mails keeps one document for each thing that somebody is told, its tries and
// the provider's events inside. It holds no address.
type Mails struct{ rows *mongo.Collection }

// NewMails returns the store on db.
func NewMails(db *mongo.Database) *Mails { return &Mails{rows: db.Collection("mails")} }

// Want writes a mail ahead.
func (s *Mails) Want(ctx context.Context, m notify.Mail) (notify.Mail, error) {
	_, err := s.rows.InsertOne(ctx, m)
	if err == nil {
		return m, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return notify.Mail{}, unavailable(err, "writing mail %s", m.ID)
	}
	return s.FindMail(ctx, m.ID)
}

// FindMail returns the mail.
func (s *Mails) FindMail(ctx context.Context, mailID string) (notify.Mail, error) {
	var m notify.Mail
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: mailID}}).Decode(&m)
	return m, found(err, "mail", mailID)
}

// OfOrder returns the mails of an order.
func (s *Mails) OfOrder(ctx context.Context, orderID string) ([]notify.Mail, error) {
	cursor, err := s.rows.Find(ctx, byPrefix(orderID+"-"), options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	return drain[notify.Mail](ctx, cursor, err, "reading mails")
}

// Apply does one conditional change of the row.
func (s *Mails) Apply(ctx context.Context, c notify.Change) (notify.Mail, bool, error) {
	current := max(c.Try, c.Next)
	set := bson.D{
		{Key: "state", Value: c.State}, {Key: "try", Value: current},
		{Key: "tries." + strconv.Itoa(current), Value: c.Set},
	}
	if c.Again {
		set = append(set, bson.E{Key: "again", Value: true})
	}
	if c.Provider != "" {
		set = append(set, bson.E{Key: "provider", Value: c.Provider})
	}
	return s.change(ctx, bson.D{
		{Key: "_id", Value: c.MailID}, {Key: "try", Value: c.Try}, {Key: "state", Value: bson.D{{Key: "$in", Value: c.From}}},
	}, set)
}

func (s *Mails) change(ctx context.Context, filter, set bson.D) (notify.Mail, bool, error) {
	var row notify.Mail
	err := s.rows.FindOneAndUpdate(ctx, filter, bson.D{{Key: "$set", Value: set}},
		options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&row)
	if err == nil {
		return row, true, nil
	}
	id, _ := filter[0].Value.(string)
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return notify.Mail{}, false, unavailable(err, "changing mail %s", id)
	}
	row, err = s.FindMail(ctx, id)
	return row, false, err
}

// fieldUnsafe is what a name of a field may not hold.
var fieldUnsafe = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// maxEvents bounds what a provider may tell of one mail.
const maxEvents = 50

// tellTries is how often an event is written down anew because the mail changed
// under it: the answer to the send, and other events, come at the same time.
const tellTries = 10

// Tell records an event. Its place in the row is its id, so it counts once.
func (s *Mails) Tell(ctx context.Context, e notify.Event) (notify.Mail, bool, error) {
	for range tellTries {
		row, fresh, err := s.tellOnce(ctx, e)
		if !errors.Is(err, errChangedUnder) {
			return row, fresh, err
		}
	}
	return notify.Mail{}, false, unavailable(errChangedUnder, "telling a mail of event %s", e.ID)
}

var errChangedUnder = errors.New("the mail changed under the event")

func (s *Mails) tellOnce(ctx context.Context, e notify.Event) (notify.Mail, bool, error) {
	mailID, n, ours := notify.CutSendKey(e.Key)
	if !ours {
		return notify.Mail{}, false, nil
	}
	try := strconv.Itoa(n)
	row, err := s.FindMail(ctx, mailID)
	if fault.Is(err, fault.NotFound) {
		return notify.Mail{}, false, nil
	}
	if err != nil {
		return row, false, err
	}
	if _, sent := row.Tries[try]; !sent || len(row.Events) >= maxEvents {
		return row, false, nil // a key that names no try of ours is somebody else's
	}
	name := fieldUnsafe.ReplaceAllString(e.ID, "_")
	if _, there := row.Events[name]; there {
		return row, false, nil
	}
	field := "events." + name
	set := bson.D{{Key: field, Value: e}}
	t := row.Tries[try]
	t.State = notify.After(t.State, e.Kind)
	t.AnsweredAt = e.At
	set = append(set, bson.E{Key: "tries." + try, Value: t}, bson.E{Key: "state", Value: row.Hears(n, e.Kind)})
	row, applied, err := s.change(ctx, bson.D{
		{Key: "_id", Value: mailID}, {Key: field, Value: bson.D{{Key: "$exists", Value: false}}},
		{Key: "try", Value: row.Try}, {Key: "state", Value: row.State}, {Key: "tries." + try, Value: row.Tries[try]},
	}, set)
	if _, there := row.Events[name]; err == nil && !applied && !there {
		return row, false, errChangedUnder
	}
	return row, applied, err
}
