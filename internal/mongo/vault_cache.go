package mongo

import (
	"container/list"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/seal"
)

// How many keys are remembered, and for how long: a key that was destroyed by
// another process opens for so long here.
const (
	cachedKeys = 4096
	cachedFor  = 30 * time.Second
)

// keyState is what is known of a key.
type keyState int

const (
	unknown keyState = iota
	known
	destroyed
)

// keyCache remembers the keys that were used last. A destroyed one is remembered
// too: whoever read it just before does not bring it back.
type keyCache struct {
	now clock.Clock

	mu     sync.Mutex
	bySubj map[string]*list.Element
	newest *list.List
}

type cachedKey struct {
	subject string
	key     seal.DataKey
	state   keyState
	until   time.Time
}

func newKeyCache(now clock.Clock) *keyCache {
	return &keyCache{now: now, bySubj: map[string]*list.Element{}, newest: list.New()}
}

func (c *keyCache) get(subject string) (seal.DataKey, keyState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.live(subject)
	if e == nil {
		return seal.DataKey{}, unknown
	}
	c.newest.MoveToFront(e)
	at := e.Value.(*cachedKey)
	return at.key, at.state
}

func (c *keyCache) put(subject string, key seal.DataKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.live(subject); e != nil && e.Value.(*cachedKey).state == destroyed {
		return
	}
	c.keep(cachedKey{subject: subject, key: key, state: known})
}

// bury forgets the key and remembers that it was destroyed.
func (c *keyCache) bury(subject string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(cachedKey{subject: subject, state: destroyed})
}

// live returns what is remembered of the subject; what is too old is dropped.
func (c *keyCache) live(subject string) *list.Element {
	e, there := c.bySubj[subject]
	if !there {
		return nil
	}
	if c.now().Before(e.Value.(*cachedKey).until) {
		return e
	}
	c.drop(e)
	return nil
}

func (c *keyCache) keep(k cachedKey) {
	if e, there := c.bySubj[k.subject]; there {
		c.drop(e)
	}
	k.until = c.now().Add(cachedFor)
	c.bySubj[k.subject] = c.newest.PushFront(&k)
	for c.newest.Len() > cachedKeys {
		c.drop(c.newest.Back())
	}
}

func (c *keyCache) drop(e *list.Element) {
	c.newest.Remove(e)
	delete(c.bySubj, e.Value.(*cachedKey).subject)
}
