package mongo

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/stock"
)

// settlement is a movement of units that were sold: each has an op of its own.
type settlement struct {
	state stock.State
	floor string
	move  map[string]int64
	// doing is for the fault of a document that has too few.
	doing string
}

var (
	uncommitted = settlement{stock.Uncommit, "committed", map[string]int64{"committed": -1, "available": 1}, "gives back"}
	shipped     = settlement{stock.Shipped, "committed", map[string]int64{"committed": -1, "on_hand": -1}, "ships"}
	returnedIn  = settlement{stock.ReturnIn, "", map[string]int64{"on_hand": 1, "available": 1}, "takes back"}
)

// Uncommit gives committed lines back under an op of its own. TooOld is its
// verdict only when nothing was given back: another op for lines of which some
// are back already would give those back twice.
func (s *Stock) Uncommit(ctx context.Context, op stock.Op, lines []stock.Line) (stock.Verdict, error) {
	sorted := inOrder(lines)
	var old []stock.Line
	for _, line := range sorted {
		v, _, err := s.settle(ctx, uncommitted, op, line)
		if err != nil {
			return "", err
		}
		if v == stock.TooOld {
			old = append(old, line)
		}
	}
	if len(old) == len(sorted) && len(old) > 0 {
		return stock.TooOld, nil
	}
	for _, line := range old {
		if err := s.settleLate(ctx, uncommitted, op, line); err != nil {
			return "", err
		}
	}
	return stock.Gone, nil
}

// Ship takes committed lines out of the house.
func (s *Stock) Ship(ctx context.Context, op stock.Op, lines []stock.Line) error {
	return s.settleAll(ctx, shipped, op, lines)
}

// TakeBack puts lines that came back on sale again.
func (s *Stock) TakeBack(ctx context.Context, op stock.Op, lines []stock.Line) error {
	return s.settleAll(ctx, returnedIn, op, lines)
}

// settleAll does the settlement for every line, under the op's own id, however
// late it is asked for.
func (s *Stock) settleAll(ctx context.Context, kind settlement, op stock.Op, lines []stock.Line) error {
	for _, line := range inOrder(lines) {
		if err := s.settleLate(ctx, kind, op, line); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stock) settle(ctx context.Context, kind settlement, op stock.Op, line stock.Line) (stock.Verdict, standing, error) {
	done, err := s.try(ctx, step{line: line, op: op, state: kind.state, floor: kind.floor, move: kind.move})
	if err != nil || done {
		return stock.Gone, standing{}, err
	}
	at, err := s.look(ctx, op, line)
	switch {
	case err != nil:
		return "", at, err
	case at.state == kind.state && at.quantity == line.Quantity:
		return stock.Gone, at, nil
	case at.state == stock.Absent && at.tooOld:
		return stock.TooOld, at, nil
	}
	return "", at, fault.New(fault.Conflict, "%s has fewer units than %s %s", line.SKU, op.ID, kind.doing)
}

// settleLate does a settlement also for a document that was pruned since the op
// was fixed: the same op with a time that the document still takes. Its id keeps
// it from happening twice; a prune in between is seen because the new time is
// the first one after what was pruned.
func (s *Stock) settleLate(ctx context.Context, kind settlement, op stock.Op, line stock.Line) error {
	for range 3 {
		v, at, err := s.settle(ctx, kind, op, line)
		if err != nil || v != stock.TooOld {
			return err
		}
		op.At = at.prunedTo.Add(time.Millisecond)
	}
	return fault.New(fault.Unavailable, "%s is pruned faster than its units can be moved", line.SKU)
}
