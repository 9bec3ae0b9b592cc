package stripe

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

const (
	// keepKeys is how long an answer is kept. docs.stripe.com/api/idempotent_requests
	keepKeys = 24 * time.Hour
	// maxKey is how long a key may be. docs.stripe.com/api/idempotent_requests
	maxKey = 255
	// sweepEvery is after how many new keys the old ones are looked for.
	sweepEvery = 1000
)

// idempotency keeps the answers of POST calls under their keys.
// docs.stripe.com/api/idempotent_requests
type idempotency struct {
	clock *sim.Clock

	mu   sync.Mutex
	keys map[string]*keyed
	news int
}

// keyed is one key: running until it has an answer.
type keyed struct {
	path      string
	print     [32]byte
	since     time.Time
	requestID string
	answer    *answer
}

// answer is what is sent and kept.
type answer struct {
	status int
	body   []byte
	code   string // the error's code, for the journal
}

func newIdempotency(clock *sim.Clock) idempotency {
	return idempotency{clock: clock, keys: map[string]*keyed{}}
}

// begin claims key for a call. It returns the kept call when the key was used
// before, an error when the key can't be used now, and neither when the caller
// is the first: then finish or forget must follow.
func (k *idempotency) begin(key, path, canonical, requestID string) (*keyed, *apiError) {
	k.mu.Lock()
	defer k.mu.Unlock()

	now, print := k.clock.Now(), sha256.Sum256([]byte(canonical))
	old, used := k.keys[key]
	if used && k.expired(old, now) {
		used = false // pruned: the same key is a new request
	}
	if !used {
		k.sweep(now)
		k.keys[key] = &keyed{path: path, print: print, since: now, requestID: requestID}
		return nil, nil
	}
	// A conflict with a running request is found before the parameters are compared
	// (unverified); neither has an effect.
	if old.answer == nil {
		return nil, keyInUse(key)
	}
	if old.path != path {
		return nil, idempotencyMismatch("Keys for idempotent requests can only be used for the same endpoint they were first used for "+
			"('"+path+"' vs '"+old.path+"').", key)
	}
	if old.print != print {
		return nil, idempotencyMismatch("Keys for idempotent requests can only be used with the same parameters they were first used with.", key)
	}
	return old, nil
}

func (k *idempotency) expired(e *keyed, now time.Time) bool {
	return e.answer != nil && now.Sub(e.since) >= k.clock.Scaled(keepKeys)
}

// sweep forgets old answers now and then. The caller holds mu.
func (k *idempotency) sweep(now time.Time) {
	k.news++
	if k.news%sweepEvery != 0 {
		return
	}
	for key, e := range k.keys {
		if k.expired(e, now) {
			delete(k.keys, key)
		}
	}
}

// finish keeps the answer of the first call under key.
func (k *idempotency) finish(key string, a answer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e, ok := k.keys[key]; ok {
		e.answer = &a
	}
}

// forget frees a key whose call failed before the endpoint began.
func (k *idempotency) forget(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, key)
}

func (k *idempotency) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.keys)
}

// keyInUse: docs.stripe.com/error-codes#idempotency-key-in-use
func keyInUse(key string) *apiError {
	return &apiError{
		status: http.StatusConflict, kind: typeInvalid, code: "idempotency_key_in_use", unkept: true,
		message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, " +
			"and the other request is still going through): " + key + ". Try again later.",
	}
}

func idempotencyMismatch(why, key string) *apiError {
	return &apiError{
		status: http.StatusBadRequest, kind: typeIdempotency, unkept: true,
		message: why + " Try using a key other than '" + key + "' if you meant to execute a different request.",
	}
}
