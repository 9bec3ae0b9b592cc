package stripe

import (
	"math/rand/v2"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// object is a JSON object as Stripe renders it.
type object = map[string]any

// store is everything the simulator remembers. Slices are in the order of
// creation; lists are read from their end.
type store struct {
	intents   *table[*intent]
	charges   *table[*charge]
	refunds   *table[*refund]
	disputes  *table[*dispute]
	balances  *table[*balance]
	events    *table[*event]
	methods   *table[*method]
	challenge map[string]string // challenge id -> intent id
}

func newStore() store {
	return store{
		intents: newTable[*intent](), charges: newTable[*charge](), refunds: newTable[*refund](), disputes: newTable[*dispute](),
		balances: newTable[*balance](), events: newTable[*event](), methods: newTable[*method](), challenge: map[string]string{},
	}
}

// entity is what a table holds.
type entity interface {
	ident() string
	createdAt() int64
	render() object
}

// head is what every object begins with.
type head struct {
	id      string
	created int64 // unix seconds of simulated time
	born    time.Time
}

func (h head) ident() string    { return h.id }
func (h head) createdAt() int64 { return h.created }

// table holds the objects of one kind.
type table[T entity] struct {
	rows []T
	byID map[string]int
}

func newTable[T entity]() *table[T] { return &table[T]{byID: map[string]int{}} }

func (t *table[T]) add(row T) {
	t.byID[row.ident()] = len(t.rows)
	t.rows = append(t.rows, row)
}

func (t *table[T]) get(id string) (T, bool) {
	i, ok := t.byID[id]
	if !ok {
		var none T
		return none, false
	}
	return t.rows[i], true
}

const idLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newID returns an id that looks like Stripe's: pi_3Kdf...
func newID(prefix string) string { return prefix + randomText(24) }

func randomText(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = idLetters[rand.IntN(len(idLetters))]
	}
	return string(b)
}

// head returns the beginning of a new object.
func (s *Server) head(prefix string) head {
	now := s.clock.Now()
	return head{id: newID(prefix), created: now.Unix(), born: now}
}

// Reset forgets every object, key, call, delivery and fault, and puts the clock
// back to wall time.
func (s *Server) Reset() {
	s.clock.Reset()
	s.courier.Reset()
	s.faults.Clear()
	s.journal.Clear()
	s.keys.clear()

	s.mu.Lock()
	defer s.mu.Unlock()
	s.store = newStore()
}

// unixOrNil renders a time that may be absent.
func unixOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// textOrNil renders a text that may be absent.
func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// AddFault takes in a rule and returns it with its id.
func (s *Server) AddFault(f sim.Fault) (sim.Fault, error) { return s.faults.Add(f) }

// Faults returns every rule with its hits.
func (s *Server) Faults() []sim.Fault { return s.faults.List() }

// ClearFaults takes every rule out.
func (s *Server) ClearFaults() { s.faults.Clear() }

// Calls returns the latest calls of Stripe's API, oldest first.
func (s *Server) Calls() []sim.Call { return s.journal.List(nil) }
