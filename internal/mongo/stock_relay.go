package mongo

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/stock"
)

// Relay copies the entries of changed documents to the movements and prunes
// what is settled, recorded and old.
func (s *Stock) Relay(ctx context.Context, now time.Time, prune time.Duration) (int, error) {
	cursor, err := s.items.Find(ctx, bson.D{{Key: "dirty", Value: true}})
	items, err := drain[stockItem](ctx, cursor, err, "reading changed stock")
	if err != nil {
		return 0, err
	}
	wrote := 0
	for _, item := range items {
		n, err := s.relay(ctx, item, now.Add(-prune))
		if err != nil {
			return wrote, err
		}
		wrote += n
	}
	return wrote, nil
}

func (s *Stock) relay(ctx context.Context, item stockItem, old time.Time) (int, error) {
	before := s.recorded(item.ID)
	rows, settled := make([]any, 0, len(item.Ops)), bson.D{}
	newest := item.PrunedTo
	for op, entry := range item.Ops {
		row, err := readEntry(item.ID, op, entry)
		if err != nil {
			return 0, err
		}
		if before[op] != entry {
			rows = append(rows, row)
		}
		if stock.State(row.Kind) == stock.Reserved || !row.At.Before(old) {
			continue
		}
		settled = append(settled, bson.E{Key: "ops." + op, Value: ""})
		if row.At.After(newest) {
			newest = row.At
		}
	}
	wrote, err := s.record(ctx, rows)
	if err != nil {
		return 0, err
	}
	s.note(item)
	return wrote, s.prune(ctx, item.ID, settled, newest)
}

// recorded returns the entries of an item that this process recorded in its
// last round.
func (s *Stock) recorded(itemID string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noted[itemID]
}

// note remembers that every entry of the item as it was read is recorded.
func (s *Stock) note(item stockItem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(item.Ops) == 0 {
		delete(s.noted, item.ID)
		return
	}
	s.noted[item.ID] = item.Ops
}

// record appends movements; those that were written before stay as they are.
func (s *Stock) record(ctx context.Context, rows []any) (int, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	res, err := s.movements.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
	if err != nil && !onlyDuplicates(err) {
		return 0, unavailable(err, "recording stock movements")
	}
	if res == nil {
		return 0, nil
	}
	return len(res.InsertedIDs), nil
}

// onlyDuplicates reports whether every write that failed was one of a row that
// is there already: one other failure, and nothing may be pruned.
func onlyDuplicates(err error) bool {
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil {
		return false
	}
	return !slices.ContainsFunc(bulk.WriteErrors, func(e mongo.BulkWriteError) bool { return e.Code != duplicateKey })
}

// duplicateKey is the server's code for an _id that is taken.
const duplicateKey = 11000

func (s *Stock) prune(ctx context.Context, id string, settled bson.D, newest time.Time) error {
	if len(settled) > 0 {
		_, err := s.items.UpdateOne(ctx, bson.D{{Key: "_id", Value: id}}, bson.D{
			{Key: "$unset", Value: settled},
			{Key: "$max", Value: bson.D{{Key: "pruned_to", Value: newest}}},
		})
		if err != nil {
			return unavailable(err, "pruning stock %s", id)
		}
	}
	_, err := s.items.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: id}, {Key: "ops", Value: bson.D{}}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "dirty", Value: false}}}})
	if err != nil {
		return unavailable(err, "marking stock %s as recorded", id)
	}
	return nil
}

func readEntry(item, op, entry string) (movement, error) {
	parts := strings.Split(entry, ":")
	if len(parts) != 3 {
		return movement{}, fault.New(fault.Internal, "stock entry %q of %s cannot be read", entry, item)
	}
	quantity, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return movement{}, fault.Wrap(err, fault.Internal, "stock entry %q of %s cannot be read", entry, item)
	}
	at, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return movement{}, fault.Wrap(err, fault.Internal, "stock entry %q of %s cannot be read", entry, item)
	}
	return movement{
		ID: item + "|" + op + "|" + parts[0], Item: item, Op: op, Kind: parts[0],
		Quantity: quantity, At: time.UnixMilli(at).UTC(),
	}, nil
}
