package mongo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/stock"
)

var _ stock.Ledger = (*Stock)(nil)

// Stock keeps one document for each location and SKU:
//
//	{_id: "main/FINCAN-06", on_hand, reserved, committed, available, pruned_to,
//	 ops: {<op>: "<state>:<quantity>:<at ms>"}, dirty}
//
// One conditional update moves the counters and writes the op's entry, so a
// crash can lose neither. dirty marks documents that Relay has to look at.
type Stock struct {
	items     *mongo.Collection
	movements *mongo.Collection

	// noted are the entries that this process has recorded as movements and that
	// still stand in their documents: it does not write them again every round.
	mu    sync.Mutex
	noted map[string]map[string]string
}

// NewStock returns a ledger on db.
func NewStock(db *mongo.Database) *Stock {
	return &Stock{items: db.Collection("stock"), movements: db.Collection("stock_movements"), noted: map[string]map[string]string{}}
}

type stockItem struct {
	ID        string            `bson:"_id"`
	OnHand    int64             `bson:"on_hand"`
	Reserved  int64             `bson:"reserved"`
	Committed int64             `bson:"committed"`
	Available int64             `bson:"available"`
	PrunedTo  time.Time         `bson:"pruned_to"`
	Ops       map[string]string `bson:"ops"`
}

// movement is a line of the append-only ledger.
type movement struct {
	ID       string    `bson:"_id"`
	Item     string    `bson:"item"`
	Op       string    `bson:"op"`
	Kind     string    `bson:"kind"`
	Quantity int64     `bson:"quantity"`
	At       time.Time `bson:"at"`
}

func itemID(location, sku string) string { return location + "/" + sku }

func entryOf(state stock.State, quantity int64, at time.Time) string {
	return fmt.Sprintf("%s:%d:%d", state, quantity, at.UnixMilli())
}

// entryField is the path of op's entry. An op's id holds letters, digits, "_"
// and "-" only; anything else would become a path of its own.
func entryField(op string) (string, error) {
	if op == "" || strings.Trim(op, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		return "", fault.New(fault.Internal, "%q cannot be the id of a stock op", op)
	}
	return "ops." + op, nil
}

// inOrder merges lines of one SKU and location and sorts them, so that two
// orders never wait for each other in opposite order.
func inOrder(lines []stock.Line) []stock.Line {
	merged := map[string]stock.Line{}
	for _, l := range lines {
		key := itemID(l.Location, l.SKU)
		sum := merged[key]
		merged[key] = stock.Line{Location: l.Location, SKU: l.SKU, Quantity: sum.Quantity + l.Quantity}
	}
	sorted := make([]stock.Line, 0, len(merged))
	for _, l := range merged {
		sorted = append(sorted, l)
	}
	slices.SortFunc(sorted, func(a, b stock.Line) int {
		return strings.Compare(itemID(a.Location, a.SKU), itemID(b.Location, b.SKU))
	})
	return sorted
}

// step is one conditional update of a stock document.
type step struct {
	line  stock.Line
	op    stock.Op
	state stock.State
	// held selects a document that holds op reserved; otherwise the op must be
	// new to the document and later than what was pruned.
	held bool
	// floor, when set, is a counter that must be at least the line's quantity.
	floor string
	// move says by how many quantities each counter moves.
	move map[string]int64
}

func (s *Stock) try(ctx context.Context, st step) (done bool, err error) {
	field, err := entryField(st.op.ID)
	if err != nil {
		return false, err
	}
	if st.line.Quantity < 1 && st.state != stock.Adjusted {
		return false, fault.New(fault.Invalid, "%d units of %s cannot be moved", st.line.Quantity, st.line.SKU)
	}
	filter := bson.D{{Key: "_id", Value: itemID(st.line.Location, st.line.SKU)}}
	if st.held {
		filter = append(filter, bson.E{Key: field, Value: entryOf(stock.Reserved, st.line.Quantity, st.op.At)})
	} else {
		filter = append(filter,
			bson.E{Key: "pruned_to", Value: bson.D{{Key: "$lt", Value: st.op.At}}},
			bson.E{Key: field, Value: bson.D{{Key: "$exists", Value: false}}})
	}
	if st.floor != "" {
		filter = append(filter, bson.E{Key: st.floor, Value: bson.D{{Key: "$gte", Value: st.line.Quantity}}})
	}
	update := bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: entryOf(st.state, st.line.Quantity, st.op.At)}, {Key: "dirty", Value: true}}}}
	if len(st.move) > 0 {
		inc := bson.D{}
		for _, counter := range []string{"on_hand", "reserved", "committed", "available"} {
			if n := st.move[counter]; n != 0 {
				inc = append(inc, bson.E{Key: counter, Value: n * st.line.Quantity})
			}
		}
		update = append(update, bson.E{Key: "$inc", Value: inc})
	}
	res, err := s.items.UpdateOne(ctx, filter, update)
	if err != nil {
		return false, unavailable(err, "moving stock of %s", st.line.SKU)
	}
	return res.ModifiedCount == 1, nil
}

// standing is what a document says of an op, after an update matched nothing.
type standing struct {
	known bool
	// state is the op's entry, Absent when the document has none.
	state stock.State
	// other says that the entry has another quantity or time.
	other     bool
	quantity  int64
	available int64
	tooOld    bool
	prunedTo  time.Time
}

func (s *Stock) look(ctx context.Context, op stock.Op, line stock.Line) (standing, error) {
	id := itemID(line.Location, line.SKU)
	var item stockItem
	err := s.items.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&item)
	if err := found(err, "stock item", id); fault.Is(err, fault.NotFound) {
		return standing{state: stock.Absent}, nil
	} else if err != nil {
		return standing{}, err
	}
	// MongoDB keeps milliseconds: compare as the update's own condition did.
	at := standing{known: true, state: stock.Absent, available: item.Available, prunedTo: item.PrunedTo}
	at.tooOld = !item.PrunedTo.Before(op.At.Truncate(time.Millisecond))
	entry, ok := item.Ops[op.ID]
	if ok {
		row, err := readEntry(id, op.ID, entry)
		at.state, at.quantity = stock.State(row.Kind), row.Quantity
		at.other = entry != entryOf(at.state, line.Quantity, op.At)
		return at, err
	}
	if at.tooOld {
		row, err := s.moved(ctx, id, op.ID)
		at.state, at.quantity = stock.State(row.Kind), row.Quantity
		at.other = at.state != stock.Absent && at.quantity != line.Quantity
		return at, err
	}
	return at, nil
}

// moved reads what became of an op whose entry was pruned: its last movement,
// which is of the kind Absent when there is none.
func (s *Stock) moved(ctx context.Context, item, op string) (movement, error) {
	cursor, err := s.movements.Find(ctx, byPrefix(item+"|"+op+"|"))
	rows, err := drain[movement](ctx, cursor, err, "reading stock movements")
	if err != nil {
		return movement{}, err
	}
	last := movement{Kind: string(stock.Absent)}
	for _, row := range rows {
		if stock.State(row.Kind) != stock.Reserved {
			return row, nil
		}
		last = row
	}
	return last, nil
}

// Reserve takes every line for op, or none.
func (s *Stock) Reserve(ctx context.Context, op stock.Op, lines []stock.Line) (stock.Verdict, []string, error) {
	sorted := inOrder(lines)
	for i, line := range sorted {
		v, err := s.reserve(ctx, op, line)
		if err != nil {
			return "", nil, err
		}
		if v == stock.Held {
			continue
		}
		if err := s.Release(ctx, op, sorted[:i]); err != nil {
			return "", nil, err
		}
		if v != stock.Short {
			return v, nil, nil
		}
		short, err := s.short(ctx, line.SKU, sorted[i+1:])
		return stock.Short, short, err
	}
	return stock.Held, nil, nil
}

func (s *Stock) reserve(ctx context.Context, op stock.Op, line stock.Line) (stock.Verdict, error) {
	done, err := s.try(ctx, step{line: line, op: op, state: stock.Reserved, floor: "available",
		move: map[string]int64{"reserved": 1, "available": -1}})
	if err != nil || done {
		return stock.Held, err
	}
	at, err := s.look(ctx, op, line)
	switch {
	case err != nil:
		return "", err
	case at.other:
		return "", fault.New(fault.Conflict, "op %s was made for another quantity of %s", op.ID, line.SKU)
	case at.state == stock.Reserved || at.state == stock.Committed:
		return stock.Held, nil
	case at.state == stock.Released:
		return stock.Gone, nil
	case at.tooOld:
		return stock.TooOld, nil
	}
	return stock.Short, nil
}

// short names first and every further SKU that has too few units, so that the
// shopper hears of all of them at once.
func (s *Stock) short(ctx context.Context, first string, rest []stock.Line) ([]string, error) {
	short := []string{first}
	for _, line := range rest {
		levels, err := s.Levels(ctx, line.Location, []string{line.SKU})
		if err != nil {
			return nil, err
		}
		if levels[line.SKU].Available < line.Quantity {
			short = append(short, line.SKU)
		}
	}
	return short, nil
}

// Commit turns held lines into sold ones.
func (s *Stock) Commit(ctx context.Context, op stock.Op, lines []stock.Line) error {
	for _, line := range inOrder(lines) {
		done, err := s.try(ctx, step{line: line, op: op, state: stock.Committed, held: true,
			move: map[string]int64{"reserved": -1, "committed": 1}})
		if err != nil {
			return err
		}
		if done {
			continue
		}
		at, err := s.look(ctx, op, line)
		if err != nil {
			return err
		}
		if at.state != stock.Committed || at.other {
			return fault.New(fault.Conflict, "%s is not held under %s and cannot be committed", line.SKU, op.ID)
		}
	}
	return nil
}

// Sold parts the lines into those that op committed and the others.
func (s *Stock) Sold(ctx context.Context, op stock.Op, lines []stock.Line) (sold, rest []stock.Line, err error) {
	for _, line := range inOrder(lines) {
		at, err := s.look(ctx, op, line)
		if err != nil {
			return nil, nil, err
		}
		if at.state == stock.Committed {
			sold = append(sold, line)
		} else {
			rest = append(rest, line)
		}
	}
	return sold, rest, nil
}

// Release gives held lines back and bars lines that are not held yet.
func (s *Stock) Release(ctx context.Context, op stock.Op, lines []stock.Line) error {
	sorted := inOrder(lines)
	for _, line := range slices.Backward(sorted) {
		if err := s.release(ctx, op, line); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stock) release(ctx context.Context, op stock.Op, line stock.Line) error {
	steps := []step{
		{line: line, op: op, state: stock.Released, held: true, move: map[string]int64{"reserved": -1, "available": 1}},
		{line: line, op: op, state: stock.Released}, // the tombstone
	}
	for _, st := range steps {
		if done, err := s.try(ctx, st); err != nil || done {
			return err
		}
	}
	at, err := s.look(ctx, op, line)
	switch {
	case err != nil:
		return err
	case at.state == stock.Committed:
		return fault.New(fault.Conflict, "%s was committed under %s and cannot be released", line.SKU, op.ID)
	case at.other:
		return fault.New(fault.Conflict, "op %s was made for another quantity of %s", op.ID, line.SKU)
	case at.state == stock.Reserved:
		// A reserve came between the two tries: release it now.
		return s.release(ctx, op, line)
	}
	// Released before, too old to be reserved any more, or never stocked.
	return nil
}

// Receive adds units that came in; a SKU that is new here gets its document.
func (s *Stock) Receive(ctx context.Context, op stock.Op, line stock.Line) error {
	return s.count(ctx, op, line, stock.Received)
}

// Adjust corrects a count by a signed quantity.
func (s *Stock) Adjust(ctx context.Context, op stock.Op, line stock.Line) error {
	return s.count(ctx, op, line, stock.Adjusted)
}

func (s *Stock) count(ctx context.Context, op stock.Op, line stock.Line, state stock.State) error {
	if err := s.ensure(ctx, line); err != nil {
		return err
	}
	done, err := s.try(ctx, step{line: line, op: op, state: state, move: map[string]int64{"on_hand": 1, "available": 1}})
	if err != nil || done {
		return err
	}
	at, err := s.look(ctx, op, line)
	switch {
	case err != nil:
		return err
	case at.state == state && !at.other:
		return nil
	}
	return fault.New(fault.Conflict, "op %s was used before for %s or is too old", op.ID, line.SKU)
}

func (s *Stock) ensure(ctx context.Context, line stock.Line) error {
	_, err := s.items.InsertOne(ctx, bson.D{
		{Key: "_id", Value: itemID(line.Location, line.SKU)},
		{Key: "on_hand", Value: int64(0)}, {Key: "reserved", Value: int64(0)},
		{Key: "committed", Value: int64(0)}, {Key: "available", Value: int64(0)},
		{Key: "pruned_to", Value: time.UnixMilli(0)}, {Key: "ops", Value: bson.D{}}, {Key: "dirty", Value: false},
	})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "making the stock item %s", line.SKU)
	}
	return nil
}

// Levels returns the level of each SKU at a location.
func (s *Stock) Levels(ctx context.Context, location string, skus []string) (map[string]stock.Level, error) {
	ids := make([]string, len(skus))
	for i, sku := range skus {
		ids[i] = itemID(location, sku)
	}
	cursor, err := s.items.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	items, err := drain[stockItem](ctx, cursor, err, "reading stock levels")
	if err != nil {
		return nil, err
	}
	levels := make(map[string]stock.Level, len(items))
	for _, it := range items {
		sku := strings.TrimPrefix(it.ID, location+"/")
		levels[sku] = stock.Level{OnHand: it.OnHand, Reserved: it.Reserved, Committed: it.Committed, Available: it.Available}
	}
	return levels, nil
}
