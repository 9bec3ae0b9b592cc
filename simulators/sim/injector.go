package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
)

// Injector holds the fault rules of one simulator. The zero value has none and
// is ready to use. It is safe for concurrent use.
type Injector struct {
	mu    sync.Mutex
	last  int
	rules []*rule
	kinds map[Kind]bool // kinds that differ from the rule: allowed or not
}

// unusual kinds are refused unless the simulator allows them.
var unusual = map[Kind]bool{ErrorIn200: true, ErrorIn200After: true}

// Allow takes in rules of kinds that only some providers' simulators have.
func (in *Injector) Allow(kinds ...Kind) { in.set(true, kinds) }

// Refuse takes no more rules of kinds that this provider has no use for, so that
// a test can't wait for a fault that never strikes.
func (in *Injector) Refuse(kinds ...Kind) { in.set(false, kinds) }

func (in *Injector) set(allowed bool, kinds []Kind) {
	in.mu.Lock()
	defer in.mu.Unlock()

	if in.kinds == nil {
		in.kinds = map[Kind]bool{}
	}
	for _, k := range kinds {
		in.kinds[k] = allowed
	}
}

func (in *Injector) allows(k Kind) bool {
	if allowed, said := in.kinds[k]; said {
		return allowed
	}
	return !unusual[k]
}

// rule is a fault with what it needs to count and to draw.
type rule struct {
	Fault
	seen int
	draw *rand.Rand
}

// Add takes a rule in and returns it with its id. Rules are asked in the order
// in which they were added; the first that strikes wins.
func (in *Injector) Add(f Fault) (Fault, error) {
	if err := f.Validate(); err != nil {
		return Fault{}, err
	}
	in.mu.Lock()
	defer in.mu.Unlock()

	if !in.allows(f.Kind) {
		return Fault{}, fmt.Errorf("this simulator has no %s", f.Kind)
	}
	in.last++
	f = f.clone()
	f.ID, f.Hits = "flt_"+strconv.Itoa(in.last), 0
	in.rules = append(in.rules, &rule{Fault: f, draw: rand.New(rand.NewPCG(f.Seed, 0))})
	return f.clone(), nil
}

// Pick returns the fault that strikes t at the given stage, if any, and counts
// it.
func (in *Injector) Pick(stage Stage, t Target) (Fault, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()

	for _, r := range in.rules {
		if stageOf[r.Kind] == stage && r.Match.fits(t) && r.strikes() {
			r.Hits++
			return r.clone(), true
		}
	}
	return Fault{}, false
}

// Aims reports whether a rule that is not spent fits t at the given stage. It
// counts nothing and draws nothing: whether the rule strikes is for Pick to say.
func (in *Injector) Aims(stage Stage, t Target) bool {
	in.mu.Lock()
	defer in.mu.Unlock()

	return slices.ContainsFunc(in.rules, func(r *rule) bool {
		return stageOf[r.Kind] == stage && r.Match.fits(t) && (r.Times == 0 || r.Hits < r.Times)
	})
}

// strikes reports whether a rule that fits really strikes this time.
func (r *rule) strikes() bool {
	if r.Times > 0 && r.Hits >= r.Times {
		return false
	}
	r.seen++
	if r.seen <= r.Skip {
		return false
	}
	if r.Probability > 0 && r.Probability < 1 {
		return r.draw.Float64() < r.Probability
	}
	return true
}

// List returns every rule, the spent ones with their hits too.
func (in *Injector) List() []Fault {
	in.mu.Lock()
	defer in.mu.Unlock()

	out := make([]Fault, 0, len(in.rules))
	for _, r := range in.rules {
		out = append(out, r.clone())
	}
	return out
}

// Remove takes one rule out and reports whether it was there.
func (in *Injector) Remove(id string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()

	n := len(in.rules)
	in.rules = slices.DeleteFunc(in.rules, func(r *rule) bool { return r.ID == id })
	return len(in.rules) < n
}

// Clear takes every rule out.
func (in *Injector) Clear() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.rules = nil
}
