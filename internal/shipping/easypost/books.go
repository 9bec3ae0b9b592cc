package easypost

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/EasyPost/easypost-go/v5"

	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

const (
	// pageSize is the largest that EasyPost gives. docs.easypost.com/docs/pagination
	pageSize = 100
	// pause keeps the pages of one walk below five lists a second.
	// docs.easypost.com/guides/rate-limiting-guide
	pause = 250 * time.Millisecond
	// ahead is how far beyond our clock a list reaches: without an end EasyPost
	// stops a month after the start.
	ahead = 30 * 24 * time.Hour
	// behind makes up for times that EasyPost gives in whole seconds.
	behind = 2 * time.Second
)

// Search looks through the list for the shipment under our reference. Nothing
// keeps references unique at EasyPost: of several the one with a label counts,
// else the first that was made.
func (c *Carrier) Search(ctx context.Context, reference string, since time.Time) shipping.Answer {
	ctx, told := listen(ctx)
	all, err := c.shipments(ctx, since)
	if err != nil {
		how, code := refusal(err)
		if how == outcome.Missing {
			how = outcome.Unsure // a list that is not there says nothing of what it would hold
		}
		return shipping.Answer{Outcome: how, Code: code, RequestID: told.requestID}
	}
	found := shipping.Answer{Outcome: outcome.Missing, Code: "not_in_list", RequestID: told.requestID}
	for _, shp := range all {
		if shp.Reference != reference {
			continue
		}
		p := picture(shp)
		if found.Outcome == outcome.Missing || found.Picture.Standing == shipping.StandsOpen && p.Standing != shipping.StandsOpen {
			found = shipping.Answer{Outcome: outcome.Yes, Picture: p, RequestID: told.requestID}
		}
	}
	return found
}

// List returns every shipment since a time, the oldest first.
func (c *Carrier) List(ctx context.Context, since time.Time) ([]shipping.Picture, error) {
	all, err := c.shipments(ctx, since)
	if err != nil {
		return nil, err
	}
	pictures := make([]shipping.Picture, 0, len(all))
	for _, shp := range all {
		pictures = append(pictures, picture(shp))
	}
	return pictures, nil
}

// Events returns one event for each shipment with a label that has changed since
// a time. EasyPost's own list of events does not say what each is about
// (docs.easypost.com/docs/events/list); the list of shipments does.
func (c *Carrier) Events(ctx context.Context, since time.Time) ([]shipping.Event, error) {
	all, err := c.walk(ctx, since.Add(-c.follow), true)
	if err != nil {
		return nil, err
	}
	events := []shipping.Event{}
	for _, shp := range all {
		at := moment(shp.UpdatedAt)
		if shp.Tracker != nil {
			at = slices.MaxFunc([]time.Time{at, moment(shp.Tracker.UpdatedAt)}, time.Time.Compare)
		}
		if at.Before(since.Truncate(time.Second)) {
			continue
		}
		events = append(events, shipping.Event{
			ID: shp.ID + "@" + strconv.FormatInt(at.Unix(), 10), Type: "shipment.changed", Ref: shp.ID, TrackingCode: shp.TrackingCode, At: at,
		})
	}
	slices.SortStableFunc(events, func(a, b shipping.Event) int { return a.At.Compare(b.At) })
	return events, nil
}

// shipments returns every shipment since a time, the oldest first. Those without
// a label are listed apart, and before the others: one that is bought meanwhile
// is in one of the two lists, or in both.
func (c *Carrier) shipments(ctx context.Context, since time.Time) ([]*easypost.Shipment, error) {
	byID := map[string]*easypost.Shipment{}
	for _, purchased := range []bool{false, true} {
		list, err := c.walk(ctx, since, purchased)
		if err != nil {
			return nil, err
		}
		for _, shp := range list {
			byID[shp.ID] = shp
		}
	}
	all := make([]*easypost.Shipment, 0, len(byID))
	for _, shp := range byID {
		all = append(all, shp)
	}
	slices.SortFunc(all, func(a, b *easypost.Shipment) int {
		return cmp.Or(moment(a.CreatedAt).Compare(moment(b.CreatedAt)), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// walk returns all pages of a list of shipments, the newest first
// (docs.easypost.com/docs/pagination).
func (c *Carrier) walk(ctx context.Context, since time.Time, purchased bool) ([]*easypost.Shipment, error) {
	query := url.Values{
		"page_size": {strconv.Itoa(pageSize)}, "purchased": {strconv.FormatBool(purchased)},
		"start_datetime": {since.Add(-behind).UTC().Format(time.RFC3339)},
		"end_datetime":   {time.Now().Add(ahead).UTC().Format(time.RFC3339)},
	}
	var all []*easypost.Shipment
	for {
		page, err := c.page(ctx, query)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Shipments...)
		if !page.HasMore || len(page.Shipments) == 0 {
			return all, nil
		}
		query.Set("before_id", page.Shipments[len(page.Shipments)-1].ID)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// page asks for one page by hand: easypost-go's own ListShipments panics when the
// call fails (v5.0.0 writes into a result that is not there).
func (c *Carrier) page(ctx context.Context, query url.Values) (*easypost.ListShipmentsResult, error) {
	at := c.base.ResolveReference(&url.URL{Path: "shipments", RawQuery: query.Encode()})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask for the list of shipments: %w", err)
	}
	req.SetBasicAuth(c.key, "")
	res, err := c.http(c.transport).Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for the list of shipments: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, easypost.BuildErrorFromResponse(res)
	}
	// A pointer tells an empty list from an answer that has none.
	var out struct {
		Shipments *[]*easypost.Shipment `json:"shipments"`
		HasMore   bool                  `json:"has_more"`
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return nil, fmt.Errorf("read the list of shipments: %w", err)
	}
	if out.Shipments == nil {
		return nil, errors.New("the answer holds no list of shipments")
	}
	for _, shp := range *out.Shipments {
		if shp == nil || shp.ID == "" {
			return nil, errors.New("the list of shipments holds one without an id")
		}
	}
	return &easypost.ListShipmentsResult{Shipments: *out.Shipments, PaginatedCollection: easypost.PaginatedCollection{HasMore: out.HasMore}}, nil
}
