package cart

import (
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// Hand makes a guest's cart the customer's: their own from now on or, where into is
// named, one whose lines go into that cart. The guest's secret opens it no more: what
// its owner writes is not for whoever uses the browser next.
func (c *Cart) Hand(customerID, into string, now time.Time) {
	c.CustomerID, c.MergedInto, c.UpdatedAt = customerID, into, now
	c.SecretEpoch++
}

// Merge puts the lines of another cart into this one, as many of each as a cart may
// hold, and its contact and invoice where there are none. It returns the SKUs of
// which not everything found room. The same cart is merged once. Carts of two
// currencies are an Invalid fault.
func (c *Cart) Merge(other Cart, now time.Time) (left []string, err error) {
	if other.Currency != c.Currency {
		return nil, fault.New(fault.Invalid, "that cart is in %s and this one in %s", other.Currency, c.Currency)
	}
	if c.Merged(other.ID) {
		return nil, nil
	}
	for _, line := range other.Sorted() {
		mine, there := c.Lines[line.ID]
		if !there && len(c.Lines) >= MaxLines {
			left = append(left, line.SKU)
			continue
		}
		if !there {
			mine = Line{ID: line.ID, SKU: line.SKU, AddedAt: line.AddedAt}
		}
		if mine.Quantity+line.Quantity > MaxQuantity {
			left = append(left, line.SKU)
		}
		mine.Quantity = min(MaxQuantity, mine.Quantity+line.Quantity)
		c.put(mine, now)
	}
	if c.Contact == nil {
		c.Contact = other.Contact
	}
	if c.Invoice == nil {
		c.Invoice = other.Invoice
	}
	c.UpdatedAt = now
	c.remember(mergeOp(other.ID), now)
	return left, nil
}

// Merged reports whether the other cart's lines are in this one, as far as it
// remembers.
func (c *Cart) Merged(otherID string) bool {
	_, done := c.Applied[mergeOp(otherID)]
	return done
}

func mergeOp(cartID string) string { return "merge-" + cartID }

// Empty takes out everything, once it stands in another cart.
func (c *Cart) Empty(now time.Time) {
	c.Lines, c.Contact, c.Invoice, c.UpdatedAt = map[string]Line{}, nil, nil, now
}
