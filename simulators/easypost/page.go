package easypost

import (
	"strconv"
	"time"
)

// Sizes of a page. docs.easypost.com/docs/pagination
const (
	defaultPage = 20
	maxPage     = 100
)

// between is a span of time: from is left out of it, until too.
type between struct{ from, until time.Time }

func (b between) holds(t time.Time) bool {
	return (b.from.IsZero() || t.After(b.from)) && (b.until.IsZero() || t.Before(b.until))
}

// page returns one page of a table, the newest first. before_id asks for older
// rows, after_id for newer ones: the oldest of them, next to the cursor.
// docs.easypost.com/docs/pagination
func page[T entity](c *call, t *table[T], span between, keep func(T) bool) (rows []T, more bool, _ *apiError) {
	size, err := c.pageSize()
	if err != nil {
		return nil, false, err
	}
	before, after := c.query.Get("before_id"), c.query.Get("after_id")
	if before != "" && after != "" {
		return nil, false, invalid(codeInvalid, "Invalid parameter.", field("after_id", "can't be used with before_id"))
	}
	lo, hi := 0, len(t.rows)
	for name, at := range map[string]*int{"before_id": &hi, "after_id": &lo} {
		id := c.query.Get(name)
		if id == "" {
			continue
		}
		i, found := t.byID[id]
		if !found {
			return nil, false, notFound()
		}
		*at = i
		if name == "after_id" {
			*at++
		}
	}
	fitting := []T{}
	for _, row := range t.rows[lo:hi] {
		if span.holds(row.createdAt()) && keep(row) {
			fitting = append(fitting, row)
		}
	}
	more = len(fitting) > size
	switch {
	case more && after != "":
		fitting = fitting[:size]
	case more:
		fitting = fitting[len(fitting)-size:]
	}
	rows = make([]T, 0, len(fitting))
	for i := len(fitting) - 1; i >= 0; i-- {
		rows = append(rows, fitting[i])
	}
	return rows, more, nil
}

func (c *call) pageSize() (int, *apiError) {
	raw := c.query.Get("page_size")
	if raw == "" {
		return defaultPage, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 || n > maxPage {
		return 0, invalid(codeInvalid, "Invalid parameter.", field("page_size", "must be from 1 to 100"))
	}
	return n, nil
}

// span reads start_datetime and end_datetime, with the month that stands for the
// one that is absent. www.easypost.com/docs/api#retrieve-a-list-of-shipments
func (c *call) span(now time.Time) (between, *apiError) {
	from, err := c.moment("start_datetime")
	if err != nil {
		return between{}, err
	}
	until, err := c.moment("end_datetime")
	if err != nil {
		return between{}, err
	}
	switch {
	case from.IsZero() && until.IsZero():
		from = now.Add(-month)
	case from.IsZero():
		from = until.Add(-month)
	case until.IsZero():
		until = from.Add(month)
	}
	return between{from, until}, nil
}

// moment reads a time: DATE.PARSE.FAILURE is EasyPost's own code for a bad one.
func (c *call) moment(name string) (time.Time, *apiError) {
	raw := c.query.Get(name)
	if raw == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, raw)
	if err != nil {
		return time.Time{}, invalid(codeDate, "The date could not be read.", field(name, "must be an ISO 8601 time"))
	}
	return t, nil
}

func (c *call) flag(name string, otherwise bool) (bool, *apiError) {
	switch c.query.Get(name) {
	case "":
		return otherwise, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, invalid(codeInvalid, "Invalid parameter.", field(name, "must be true or false"))
}
