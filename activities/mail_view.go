package activities

import (
	"context"
	"slices"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// view gathers what a mail shows, from the order's frozen quote and from its
// parcels and payments as they stand.
func (m *Mails) view(ctx context.Context, o order.Order, row notify.Mail) (notify.View, error) {
	v := notify.View{
		Kind: row.Kind, Language: row.Language, ShopName: m.Shop.Name, ShopURL: m.Shop.URL, ShopAddress: m.Shop.Address,
		SupportEmail: m.Shop.SupportEmail, Number: o.Number, Name: o.Contact.Name, OrderURL: m.Shop.OrderURL(o),
		PlacedAt: o.State.PlacedAt, Address: viewAddress(o.Contact.Address),
	}
	if v.PlacedAt.IsZero() {
		v.PlacedAt = row.CreatedAt
	}
	if err := addQuote(&v, o.Quote); err != nil {
		return v, err
	}
	switch row.Kind {
	case notify.KindPlaced:
		v.Held = true
	case notify.KindPaymentProblem:
		v.PayURL, v.PayUntil = m.Shop.PayURL(o), row.CreatedAt.Add(o.Policy.Complete().RepayWithin)
	case notify.KindShipped, notify.KindDelivered:
		return v, m.addParcel(ctx, &v, o, row)
	case notify.KindCancelled:
		return v, m.addEnd(ctx, &v, o, row)
	}
	return v, nil
}

func viewAddress(a order.Address) notify.Address {
	return notify.Address{Line1: a.Line1, Line2: a.Line2, District: a.District, Province: a.Province, Postcode: a.Postcode, Country: a.Country}
}

func addQuote(v *notify.View, q order.Quote) error {
	v.Subtotal, v.Discount, v.Shipping, v.Tax, v.Total = q.Subtotal, q.Discount, q.Shipping, q.Tax, q.Total
	for _, l := range q.Lines {
		gross, err := l.UnitPrice.Times(l.Quantity)
		if err != nil {
			return err
		}
		v.Lines = append(v.Lines, notify.Line{Title: l.Title, Quantity: l.Quantity, Total: gross})
	}
	return nil
}

// addParcel fills in the parcel that the mail is about.
func (m *Mails) addParcel(ctx context.Context, v *notify.View, o order.Order, row notify.Mail) error {
	rows, err := m.Shipments.OfOrder(ctx, o.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rows, func(s shipping.Shipment) bool { return s.ID == o.ID+"-"+row.Subject })
	if i < 0 || rows[i].State == shipping.Cancelled {
		return fault.New(fault.Internal, "the order has no parcel %s to tell of", row.Subject)
	}
	s := rows[i]
	v.ParcelNumber, v.ParcelCount = s.Number, countParcels(o, rows)
	if s.CarrierName != "" {
		v.Carrier, v.TrackingCode, v.TrackingURL = s.CarrierName, s.TrackingCode, s.TrackingURL
	}
	for _, l := range s.Lines {
		v.ParcelLines = append(v.ParcelLines, notify.Line{Title: titleOf(o, l.SKU), Quantity: l.Quantity})
	}
	if row.Kind == notify.KindDelivered {
		v.DeliveredAt, v.ReturnUntil = s.EndedAt, s.EndedAt.Add(o.Policy.Complete().ReturnWindow)
	}
	return nil
}

// countParcels is how many parcels an order goes out in, or 0 where "number 3 of
// the 2" would be said of one: numbers of parcels that were packed anew, or
// cancelled, are not given again.
func countParcels(o order.Order, rows []shipping.Shipment) int {
	count, highest := 0, 0
	for _, s := range rows {
		if s.State != shipping.Cancelled && !o.State.Shipments[s.ID].Replaced {
			count, highest = count+1, max(highest, s.Number)
		}
	}
	if highest != count {
		return 0
	}
	return count
}

func titleOf(o order.Order, sku string) string {
	for _, l := range o.Quote.Lines {
		if l.SKU == sku {
			return l.Title
		}
	}
	return sku
}

// addEnd fills in what was cancelled, and where the money went.
func (m *Mails) addEnd(ctx context.Context, v *notify.View, o order.Order, row notify.Mail) error {
	v.Part = row.Subject != ""
	v.Reason = reasonOf(o)
	attempts, err := m.Attempts.OfOrder(ctx, o.ID)
	if err != nil {
		return err
	}
	back, held := int64(0), int64(0)
	for _, a := range attempts {
		for _, op := range a.Ops {
			switch {
			case op.Kind == payment.OpRefund && op.State != payment.OpNo:
				back += op.Amount.Minor
			case op.Kind == payment.OpVoid && op.State == payment.OpYes && a.State == payment.Voided:
				held = op.Amount.Minor
			}
		}
	}
	if v.Part {
		return m.addCancelledPart(ctx, v, o)
	}
	if back > 0 {
		v.RefundAmount = money.Of(back, o.Quote.Currency)
	} else if held > 0 {
		v.VoidedAmount = money.Of(held, o.Quote.Currency)
	}
	return nil
}

// addCancelledPart narrows the mail to the parcels that were stopped.
func (m *Mails) addCancelledPart(ctx context.Context, v *notify.View, o order.Order) error {
	rows, err := m.Shipments.OfOrder(ctx, o.ID)
	if err != nil {
		return err
	}
	v.Lines = nil
	share := money.Of(0, o.Quote.Currency)
	for _, s := range rows {
		if s.State != shipping.Cancelled || o.State.Shipments[s.ID].Replaced {
			continue
		}
		if share, err = share.Add(s.Share); err != nil {
			return err
		}
		for _, l := range s.Lines {
			v.Lines = append(v.Lines, notify.Line{Title: titleOf(o, l.SKU), Quantity: l.Quantity, Total: lineTotal(o, l)})
		}
	}
	if h := o.State.Hold; h != nil && h.State == order.HoldCaptured {
		v.RefundAmount = share
	} else {
		v.VoidedAmount = share
	}
	return nil
}

func lineTotal(o order.Order, line shipping.Line) money.Amount {
	for _, l := range o.Quote.Lines {
		if l.SKU == line.SKU {
			if total, err := l.UnitPrice.Times(line.Quantity); err == nil {
				return total
			}
		}
	}
	return money.Of(0, o.Quote.Currency)
}

func reasonOf(o order.Order) notify.Reason {
	switch {
	case o.State.Reason == "nothing_delivered":
		return notify.Undelivered
	case o.State.CancelWanted != nil && o.State.CancelWanted.By == "customer":
		return notify.ByCustomer
	}
	return notify.ByShop
}
