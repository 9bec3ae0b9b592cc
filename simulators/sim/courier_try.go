package sim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"
)

// try delivers m once and plans the next try when the endpoint did not answer
// 2xx.
func (c *Courier) try(m Message, attempt int, fault Kind) {
	select {
	case c.slots <- struct{}{}:
	case <-c.ctx.Done():
		return
	}
	d := c.post(m)
	<-c.slots

	d.Attempt, d.Fault = attempt, fault
	c.note(d)
	if d.Status >= 200 && d.Status < 300 {
		if c.cfg.Delivered != nil {
			c.cfg.Delivered(m.ID)
		}
		return
	}
	c.planRetry(m, attempt)
}

// post sends the request and reports what came of it.
func (c *Courier) post(m Message) Delivery {
	wall := time.Now()
	d := Delivery{Event: m.ID, Type: m.Type, Wall: wall, URL: c.URL()}
	if d.URL == "" {
		d.Error = "no endpoint"
		return d
	}
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, d.URL, bytes.NewReader(m.Body))
	if err != nil {
		d.Error = fmt.Sprintf("make the request: %v", err)
		return d
	}
	req.Header = c.cfg.Sign(m.Body, wall)
	resp, err := c.client.Do(req)
	if err != nil {
		d.Error = err.Error()
		return d
	}
	defer resp.Body.Close()
	// The rest of the body is read so that the connection can be used again; what
	// it says, and whether it arrives, makes no difference.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	d.Status = resp.StatusCode
	return d
}

// planRetry waits, on the clock, for the pause after the given attempt.
func (c *Courier) planRetry(m Message, attempt int) {
	if attempt > len(c.cfg.Pauses) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.lastTry++
	n := c.lastTry
	c.retries[n] = c.cfg.Clock.AfterFunc(c.cfg.Clock.Scaled(c.cfg.Pauses[attempt-1]), func() {
		c.mu.Lock()
		delete(c.retries, n)
		c.pending++
		c.mu.Unlock()
		// The clock may be moved by a call that the endpoint itself waits for: the
		// try must not run on the mover's goroutine.
		go func() {
			c.try(m, attempt+1, "")
			c.done(1)
		}()
	})
}
