package easypost

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// object is a JSON object as EasyPost renders it.
type object = map[string]any

// store is everything the simulator remembers. Rows are in the order of
// creation; lists are read from their end.
type store struct {
	shipments *table[*shipment]
	trackers  *table[*tracker]
	events    *table[*event]
	files     map[string]file // by name
}

func newStore() store {
	return store{shipments: newTable[*shipment](), trackers: newTable[*tracker](), events: newTable[*event](), files: map[string]file{}}
}

// stopAll takes back everything that waits for the clock.
func (st *store) stopAll() {
	for _, t := range st.trackers.rows {
		t.halt()
	}
	for _, shp := range st.shipments.rows {
		if shp.settle != nil {
			shp.settle()
		}
	}
}

// entity is what a table holds.
type entity interface {
	ident() string
	createdAt() time.Time
}

// head is what every object begins with.
type head struct {
	id      string
	born    time.Time // simulated
	updated time.Time
}

func (h *head) ident() string        { return h.id }
func (h *head) createdAt() time.Time { return h.born }

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

// newID returns an id as EasyPost's: a prefix and 32 hex digits.
// www.easypost.com/docs/api#easypost-objects
func newID(prefix string) string { return prefix + randomHex(16) }

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b)
}

// head returns the beginning of a new object.
func (s *Server) head(prefix string) head {
	now := s.clock.Now()
	return head{id: newID(prefix), born: now, updated: now}
}

// stamp renders a time as most objects have it, in whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// textOrNil renders a text that may be absent.
func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
