package sim

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// atOnce is how many deliveries may be under way at the same time.
	atOnce = 16
	// logSize is how many deliveries are kept; the oldest go first.
	logSize = 20_000
	// defaultHold is how long a reordered webhook waits for the next one.
	defaultHold = time.Second
)

// Message is one webhook to deliver.
type Message struct {
	ID   string
	Type string
	// Key names the object the message is about: messages of one key are sent in
	// their order, of different keys side by side.
	Key      string
	Metadata map[string]string
	Body     []byte
}

// CourierConfig is what a courier needs.
type CourierConfig struct {
	Clock  *Clock
	Faults *Injector

	// Sign returns the headers that prove a body, made at a moment of wall time:
	// receivers compare it with their own clock, wherever the simulator's stands.
	Sign func(body []byte, wall time.Time) http.Header

	// Pauses are the provider's pauses between tries, stretched by the clock; the
	// message is given up after the last one.
	Pauses []time.Duration

	// Timeout is how long, in wall time, an endpoint may take to answer.
	Timeout time.Duration

	// Delivered, when set, hears once of every message that was accepted.
	Delivered func(id string)
}

// Delivery is one try to deliver a webhook.
type Delivery struct {
	Event   string    `json:"event"`
	Type    string    `json:"type"`
	Attempt int       `json:"attempt"` // from 1; 0 for one that was dropped
	Wall    time.Time `json:"wall"`
	URL     string    `json:"url,omitempty"`
	Status  int       `json:"status,omitempty"` // 0 when there was no answer
	Error   string    `json:"error,omitempty"`
	Fault   Kind      `json:"fault,omitempty"`
}

// Courier delivers webhooks beside the calls that cause them, tries again when
// an endpoint does not answer 2xx, and obeys the faults of webhooks. It is safe
// for concurrent use.
type Courier struct {
	cfg    CourierConfig
	client *http.Client
	slots  chan struct{}
	ctx    context.Context
	stop   context.CancelFunc

	mu      sync.Mutex
	url     string
	closed  bool
	pending int                      // messages with a try still to come, retries left out
	idle    chan struct{}            // closed when pending falls to zero
	queues  map[string][]Message     // by key; a present key has a goroutine
	held    map[string][]heldMessage // by key; reordered ones
	retries map[int]func() bool      // stops of the tries that wait for the clock
	lastTry int
	log     []Delivery
}

// heldMessage is a reordered message and what ends its wait.
type heldMessage struct {
	msg  Message
	wake *time.Timer
}

// NewCourier returns a courier without an endpoint. Close it.
func NewCourier(cfg CourierConfig) *Courier {
	ctx, stop := context.WithCancel(context.Background())
	return &Courier{
		cfg: cfg,
		client: &http.Client{
			Timeout: cfg.Timeout,
			// A redirect is not a 2xx: providers count it as a failure.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		slots:   make(chan struct{}, atOnce),
		ctx:     ctx,
		stop:    stop,
		idle:    make(chan struct{}),
		queues:  map[string][]Message{},
		held:    map[string][]heldMessage{},
		retries: map[int]func() bool{},
	}
}

// SetURL names the endpoint for every later try; empty means none.
func (c *Courier) SetURL(url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.url = url
}

// URL returns the endpoint.
func (c *Courier) URL() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.url
}

// Send takes a message in and returns at once. Without an endpoint the message
// is forgotten.
func (c *Courier) Send(m Message) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.url == "" || c.closed {
		return
	}
	m.Metadata = maps.Clone(m.Metadata)
	c.pending++
	c.enqueue(m)
}

// enqueue puts m behind the others of its key and starts the key's goroutine
// when it has none. The caller holds mu.
func (c *Courier) enqueue(m Message) {
	_, running := c.queues[m.Key]
	c.queues[m.Key] = append(c.queues[m.Key], m)
	if !running {
		go c.drain(m.Key)
	}
}

// drain sends the messages of one key until none is left.
func (c *Courier) drain(key string) {
	for {
		m, ok := c.next(key)
		if !ok {
			return
		}
		c.dispatch(m)
	}
}

func (c *Courier) next(key string) (Message, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	q := c.queues[key]
	if len(q) == 0 {
		delete(c.queues, key)
		return Message{}, false
	}
	c.queues[key] = q[1:]
	return q[0], true
}

// dispatch sends m as the faults of webhooks will have it.
func (c *Courier) dispatch(m Message) {
	f, struck := c.cfg.Faults.Pick(StageWebhook, Target{Event: m.Type, Metadata: m.Metadata})
	if !struck {
		f = Fault{}
	}
	switch f.Kind {
	case WebhookDrop:
		c.note(Delivery{Event: m.ID, Type: m.Type, Wall: time.Now(), Fault: f.Kind})
		c.done(1)
		return
	case WebhookDelay:
		time.AfterFunc(millis(f.DelayMS), func() { c.finish(m, f.Kind) })
		return
	case WebhookReorder:
		c.hold(m, f)
		return
	case WebhookDuplicate:
		c.try(m, 1, f.Kind)
	}
	c.finish(m, f.Kind)
	c.releaseHeld(m.Key)
}

// finish makes the first regular try of m and counts m as dealt with.
func (c *Courier) finish(m Message, fault Kind) {
	c.try(m, 1, fault)
	c.done(1)
}

// hold keeps m back until another message of its key was sent.
func (c *Courier) hold(m Message, f Fault) {
	wait := millis(f.DelayMS)
	if wait == 0 {
		wait = defaultHold
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	wake := time.AfterFunc(wait, func() { c.releaseHeld(m.Key) })
	c.held[m.Key] = append(c.held[m.Key], heldMessage{m, wake})
}

// releaseHeld sends what was held back for key.
func (c *Courier) releaseHeld(key string) {
	c.mu.Lock()
	held := c.held[key]
	delete(c.held, key)
	c.mu.Unlock()

	for _, h := range held {
		h.wake.Stop()
		c.finish(h.msg, WebhookReorder)
	}
}

// done counts n messages as dealt with and wakes who waits for the last.
func (c *Courier) done(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.pending -= n
	if c.pending == 0 {
		close(c.idle)
		c.idle = make(chan struct{})
	}
}

// Idle returns when every message has had its first try, or with ctx's error.
// Tries that wait for the clock are not waited for.
func (c *Courier) Idle(ctx context.Context) error {
	c.mu.Lock()
	idle, pending := c.idle, c.pending
	c.mu.Unlock()

	if pending == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close takes no more messages, waits until those under way had their first
// try or ctx ends, and gives up the rest.
func (c *Courier) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()

	err := c.Idle(ctx)
	c.stop()
	c.dropRetries()
	c.client.CloseIdleConnections()
	return err
}

// Reset gives up every try that waits for the clock and forgets the log.
func (c *Courier) Reset() {
	c.dropRetries()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = nil
}

func (c *Courier) dropRetries() {
	c.mu.Lock()
	stops := slices.Collect(maps.Values(c.retries))
	clear(c.retries)
	c.mu.Unlock()

	for _, stop := range stops {
		stop()
	}
}

// Deliveries returns the latest tries, oldest first.
func (c *Courier) Deliveries() []Delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Delivery{}, c.log...)
}

func (c *Courier) note(d Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if len(c.log) >= logSize {
		c.log = append(c.log[:0], c.log[logSize/2:]...)
	}
	c.log = append(c.log, d)
}

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
