package audit

import (
	"strconv"
	"strings"
)

// mailsOf: each thing was told once. A second send is there only where the first
// was definitely not taken, or is on record as sent again after its word was
// lost; and what the provider took is what our rows say.
func (c *check) mailsOf() {
	rows, tries := map[string]mailRow{}, map[string]bool{}
	for _, m := range c.mails {
		rows[m.ID] = m
		for n := range m.Tries {
			tries[m.ID+"-"+n] = true
		}
		if aboutAccount(m.OrderID) {
			c.tries(m)
			continue
		}
		if _, ok := c.byID[m.OrderID]; !ok {
			c.find("mail.has_its_order", m.ID, "order %s does not exist", m.OrderID)
			continue
		}
		c.tries(m)
	}
	for _, o := range c.snapshot.orders {
		for key := range o.State.Fulfilment.Mails {
			m, there := rows[o.ID+"-mail-"+key]
			if !o.mailing() && (!there || m.State == "wanted" || m.State == "sent" || m.State == "unknown") {
				c.find("mail.was_sent", o.ID, "its mail %s was never sent for certain", key)
			}
		}
		c.wantedMails(o)
	}
	for key := range c.sent {
		// What people of the shop are told goes out under the id of whoever told it,
		// which a later go replaces: an alert twice is better than none.
		if !tries[key] && !strings.HasPrefix(key, "alert_") {
			c.find("mail.is_on_record", key, "the provider took it, and no row of ours is about it")
		}
	}
}

// aboutAccount reports whether a mail is about an account, and so of no order.
func aboutAccount(of string) bool {
	return strings.HasPrefix(of, "tkt_") || strings.HasPrefix(of, "let_")
}

// wantedMails: the shopper is told of everything that happened to an order whose
// parcels were planned.
func (c *check) wantedMails(o orderRow) {
	parcels := o.State.Fulfilment.Shipments
	if len(parcels) == 0 {
		return
	}
	wanted := []string{"order_placed"}
	if o.State.Status == "cancelled" {
		wanted = append(wanted, "cancelled")
	}
	for id, p := range parcels {
		name := strings.TrimPrefix(id, o.ID+"-")
		if left[p.State] {
			wanted = append(wanted, "shipped-"+name)
		}
		if p.State == "delivered" {
			wanted = append(wanted, "delivered-"+name)
		}
	}
	for _, key := range wanted {
		if _, there := o.State.Fulfilment.Mails[key]; !there {
			c.find("mail.was_wanted", o.ID, "nobody wanted to tell of %s", key)
		}
	}
}

// tries: one send that may have got through, unless on record.
func (c *check) tries(m mailRow) {
	maybe, took := 0, 0
	for n, t := range m.Tries {
		if t.State != "wanted" && t.State != "refused" {
			maybe++
		}
		took += c.sent[m.ID+"-"+n]
		if number, err := strconv.Atoi(n); err != nil || number < 1 {
			c.find("mail.one_for_key", m.ID, "has a try %q", n)
		}
	}
	switch {
	case maybe > 1 && !m.Again:
		c.find("mail.one_for_key", m.ID, "may have been sent %d times, and no word was lost", maybe)
	case c.sent != nil && took > 1 && !m.Again:
		c.find("mail.one_for_key", m.ID, "the provider took it %d times", took)
	case c.sent != nil && took == 0 && (m.State == "taken" || m.State == "delivered"):
		c.find("mail.was_sent", m.OrderID, "mail %s is %s, the provider never took it", m.ID, m.State)
	}
}
