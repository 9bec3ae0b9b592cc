package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// mustAccept are the texts without which nothing is sold.
var mustAccept = []string{"pre_information", "distance_sales"}

// texts: every order names what was accepted, each text is there as it was, and
// none was changed after it was published.
func (c *check) texts() {
	published := map[string]string{}
	for _, v := range c.versions {
		published[v.ID] = v.Hash
		sum := sha256.Sum256([]byte(v.Text))
		if hex.EncodeToString(sum[:]) != v.Hash {
			c.find("terms.never_changed", v.ID, "its text is not the one that was published")
		}
	}
	for _, o := range c.snapshot.orders {
		accepted := map[string]bool{}
		for _, t := range o.Accepted {
			accepted[t.Kind] = true
			id := t.Kind + "/" + t.Language + "/" + strconv.FormatInt(t.Number, 10)
			if hash, there := published[id]; !there || hash != t.Hash {
				c.find("terms.as_accepted", o.ID, "%s was accepted with the hash %s, and its text has %q", id, t.Hash, hash)
			}
		}
		// Orders of before there were texts have no invoice either.
		for _, kind := range mustAccept {
			if _, invoiced := o.Sealed["invoice"]; invoiced && !accepted[kind] {
				c.find("terms.accepted", o.ID, "sold without %s", kind)
			}
		}
	}
}
