package lab

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/shipping"
)

// Warehouse are the people of the shop: they pack and hand over by the staff's
// routes of the API, and open the door for the carrier's van.
type Warehouse struct {
	Shop *Shop
	van  *EasyPost
}

// Warehouse returns the people of this lab's shop.
func (l *Lab) Warehouse() *Warehouse { return &Warehouse{Shop: l.Shop(), van: l.EasyPost} }

// Parcel is a parcel as the staff see it.
type Parcel struct {
	ID           string         `json:"id"`
	Number       int            `json:"number"`
	State        shipping.State `json:"state"`
	TrackingCode string         `json:"tracking_code"`
	LeftUnpaid   bool           `json:"left_unpaid"`
}

// The staff's actions on a parcel, as the routes name them.
const (
	Pack     = "pack"
	HandOver = "hand-over"
	Scan     = "scan"
	GiveUp   = "cancel"
)

// StaffKey is what the staff's routes are opened with.
func StaffKey() map[string]string {
	return map[string]string{"Authorization": "Bearer " + StaffToken}
}

// Parcels returns the parcels of an order, by their numbers.
func (w *Warehouse) Parcels(ctx context.Context, orderID string) ([]Parcel, error) {
	r, err := w.Shop.expect(ctx, http.StatusOK, http.MethodGet, "/v1/orders/"+orderID+"/shipments", StaffKey(), nil)
	return r.Shipments, err
}

// Do says that something was done with a parcel, or asks for it. The answer may be
// a problem.
func (w *Warehouse) Do(ctx context.Context, parcelID, action, key string, body any) (Reply, error) {
	headers := StaffKey()
	headers["Idempotency-Key"] = key
	return w.Shop.Call(ctx, http.MethodPost, "/v1/shipments/"+parcelID+"/"+action, headers, body)
}

// Await looks at an order's n-th parcel until it stands in one of the states.
func (w *Warehouse) Await(ctx context.Context, orderID string, n int, states ...shipping.State) (Parcel, error) {
	var last Parcel
	for pause := 50 * time.Millisecond; ; pause = min(pause*2, 500*time.Millisecond) {
		parcels, err := w.Parcels(ctx, orderID)
		if i := slices.IndexFunc(parcels, func(p Parcel) bool { return p.Number == n }); err == nil && i >= 0 {
			if last = parcels[i]; slices.Contains(states, last.State) {
				return last, nil
			}
		}
		select {
		case <-ctx.Done():
			return last, fmt.Errorf("waiting for %v: parcel %d of %s stands at %q: %w", states, n, orderID, last.State, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// must is Do, where everything but a yes is an error.
func (w *Warehouse) must(ctx context.Context, parcelID, action string, body any) error {
	r, err := w.Do(ctx, parcelID, action, Key(), body)
	if err == nil && r.Status != http.StatusOK && r.Status != http.StatusAccepted {
		err = fmt.Errorf("%s of %s answered %d: %s", action, parcelID, r.Status, r.Raw)
	}
	return err
}

// Pack packs an order's n-th parcel, once it has its label, and waits until it
// stands in one of the states.
func (w *Warehouse) Pack(ctx context.Context, orderID string, n int, until ...shipping.State) (Parcel, error) {
	p, err := w.Await(ctx, orderID, n, shipping.LabelCreated)
	if err == nil {
		err = w.must(ctx, p.ID, Pack, nil)
	}
	if err != nil {
		return p, err
	}
	return w.Await(ctx, orderID, n, until...)
}

// HandOver hands a parcel that is ready to the carrier's van, which drives off.
func (w *Warehouse) HandOver(ctx context.Context, p Parcel) error {
	if err := w.must(ctx, p.ID, HandOver, nil); err != nil {
		return err
	}
	return w.van.HandOver(p.TrackingCode)
}

// Send packs an order's n-th parcel, waits for its share and hands it over.
func (w *Warehouse) Send(ctx context.Context, orderID string, n int) (Parcel, error) {
	p, err := w.Pack(ctx, orderID, n, shipping.Ready)
	if err != nil {
		return p, err
	}
	return p, w.HandOver(ctx, p)
}
