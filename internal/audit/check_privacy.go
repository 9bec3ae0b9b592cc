package audit

import (
	"maps"
	"slices"
	"time"
)

// privacy: nobody's data is unreadable while something still needs it, and nobody's
// is readable once they were forgotten.
func (c *check) privacy() {
	keys := map[string]keyRow{}
	for _, k := range c.keys {
		keys[k.ID] = k
	}
	open := c.openOrders()
	for _, o := range c.snapshot.orders {
		for _, name := range slices.Sorted(maps.Keys(o.Sealed)) {
			subject := o.Sealed[name].Subject
			key, there := keys[subject]
			switch {
			case !there:
				c.find("privacy.key_is_there", o.ID, "the key of %s, of its %s, is neither there nor destroyed", subject, name)
			case key.destroyed() && o.State.Open:
				c.find("privacy.open_order_is_readable", o.ID, "it is open, and the key of %s, of its %s, was destroyed", subject, name)
			}
		}
	}
	forgotten := map[string]bool{}
	for _, a := range c.accounts {
		forgotten[a.ID] = !a.ErasedAt.IsZero()
	}
	for _, o := range c.snapshot.orders {
		if forgotten[o.CustomerID] && o.EmailKey != "" {
			c.find("privacy.forgotten", o.ID, "its account was erased, and a mail address still leads to it")
		}
	}
	for _, a := range c.accounts {
		key := keys[a.ID]
		switch {
		case !a.ErasedAt.IsZero() && !key.destroyed():
			c.find("privacy.forgotten", a.ID, "it was erased, and its key still opens what was sealed")
		case !a.ErasedAt.IsZero() && open[a.ID] > 0:
			c.find("privacy.waits_for_orders", a.ID, "it was erased while %d of its orders are open", open[a.ID])
		case a.erasureDue(c.at) && open[a.ID] == 0:
			c.find("privacy.forgotten", a.ID, "its erasure was due at %s, and nothing of it holds it up", a.Erasure.Due.Format(time.DateTime))
		}
	}
}

// openOrders counts each customer's orders that are not over.
func (s snapshot) openOrders() map[string]int {
	open := map[string]int{}
	for _, o := range s.orders {
		if o.State.Open {
			open[o.CustomerID]++
		}
	}
	return open
}

// erasureDue reports whether the account should have been forgotten by at, as far
// as its own row tells.
func (a accountRow) erasureDue(at time.Time) bool {
	return a.ErasedAt.IsZero() && a.Erasure != nil && a.Erasure.Due.Before(at)
}

func (k keyRow) destroyed() bool { return !k.DestroyedAt.IsZero() }

// forgetting reports whether somebody is about to be forgotten.
func (s snapshot) forgetting() bool {
	open := s.openOrders()
	return slices.ContainsFunc(s.accounts, func(a accountRow) bool { return a.erasureDue(s.at) && open[a.ID] == 0 })
}
