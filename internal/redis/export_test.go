package redis

import "time"

// Unhurried gives calls, loaders and leases time enough for any machine, for a test of
// what is asked and not of how fast it is answered. It is called before Follow.
func (c *Catalog) Unhurried() {
	c.copies.timeout, c.copies.wait, c.copies.epochs.lease = time.Minute, time.Minute, 4*time.Second
}
