package sim

import (
	"sync"
	"time"
)

// journalSize is how many calls are kept; the oldest go first.
const journalSize = 50_000

// Call is one request that reached a simulator. It holds no body and no key of
// the account, for bodies may hold card numbers.
type Call struct {
	N              int               `json:"n"`
	At             time.Time         `json:"at"`   // simulated time
	Wall           time.Time         `json:"wall"` // wall time
	Micros         int64             `json:"micros"`
	Method         string            `json:"method"`
	Path           string            `json:"path"`
	Query          string            `json:"query,omitempty"`
	Operation      string            `json:"operation,omitempty"`
	RequestID      string            `json:"request_id"`
	IdempotencyKey string            `json:"idempotency_key,omitempty"`
	Replayed       bool              `json:"replayed,omitempty"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	// Faults are the kinds of all faults that struck.
	Faults []Kind `json:"faults,omitempty"`
	// Status is the one that was sent, or 0 when the call got no answer.
	Status int    `json:"status"`
	Code   string `json:"code,omitempty"` // the error's code
}

// Journal keeps the latest calls. The zero value is ready to use. It is safe
// for concurrent use.
type Journal struct {
	mu    sync.Mutex
	total int
	calls []Call // a ring once it is full
}

// Add numbers c and keeps it.
func (j *Journal) Add(c Call) {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.total++
	c.N = j.total
	if len(j.calls) < journalSize {
		j.calls = append(j.calls, c)
		return
	}
	j.calls[(j.total-1)%journalSize] = c
}

// List returns the calls that keep accepts (all when it is nil), oldest first.
func (j *Journal) List(keep func(Call) bool) []Call {
	j.mu.Lock()
	defer j.mu.Unlock()

	out := []Call{}
	first := max(0, j.total-journalSize)
	for n := first; n < j.total; n++ {
		c := j.calls[n%journalSize]
		if keep == nil || keep(c) {
			out = append(out, c)
		}
	}
	return out
}

// Clear forgets every call.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.total, j.calls = 0, nil
}
