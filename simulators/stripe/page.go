package stripe

import "slices"

// Sizes of a page. docs.stripe.com/api/pagination
const (
	defaultLimit = 10
	maxLimit     = 100
)

// listPage returns one page of a table, the newest first.
// docs.stripe.com/api/pagination
func listPage[T entity](c *call, t *table[T], url string, keep func(T) bool) (object, *apiError) {
	limit, err := pageLimit(c.form)
	if err != nil {
		return nil, err
	}
	lo, hi, err := pageBounds(c.form, t)
	if err != nil {
		return nil, err
	}
	rows, more := pick(c.form, t.rows[lo:hi], limit, keep)
	data := make([]object, 0, len(rows))
	for _, row := range rows {
		data = append(data, row.render())
	}
	return object{"object": "list", "url": url, "has_more": more, "data": data}, nil
}

func pageLimit(f form) (int, *apiError) {
	limit := f.number("limit", defaultLimit)
	if limit < 1 {
		return 0, badParam("parameter_invalid_integer", "limit", "This value must be greater than or equal to 1.")
	}
	if limit > maxLimit {
		return 0, badParam("parameter_invalid_integer", "limit", "This value must be less than or equal to %d (it currently is '%d').", maxLimit, limit)
	}
	return int(limit), nil
}

// pageBounds returns the part of the rows that the cursor leaves.
// starting_after asks for older ones, ending_before for newer ones.
func pageBounds[T entity](f form, t *table[T]) (lo, hi int, _ *apiError) {
	after, before := f.str("starting_after"), f.str("ending_before")
	hi = len(t.rows)
	switch {
	case after != "" && before != "":
		return 0, 0, badParam("parameters_exclusive", "starting_after", "You can only pass one of starting_after and ending_before.")
	case after != "":
		i, ok := t.byID[after]
		if !ok {
			return 0, 0, missingRef("object", "starting_after", after)
		}
		hi = i
	case before != "":
		i, ok := t.byID[before]
		if !ok {
			return 0, 0, missingRef("object", "ending_before", before)
		}
		lo = i + 1
	}
	return lo, hi, nil
}

// pick collects a page out of rows, which are in the order of creation. With
// ending_before the page is the one next to the cursor: the oldest of the rows,
// in an answer that still has the newest first.
func pick[T entity](f form, rows []T, limit int, keep func(T) bool) (page []T, more bool) {
	forward := f.str("ending_before") != ""
	take := func(row T) bool {
		if !inTime(f, row.createdAt()) || !keep(row) {
			return true
		}
		if len(page) == limit {
			more = true
			return false
		}
		page = append(page, row)
		return true
	}
	if forward {
		for _, row := range rows {
			if !take(row) {
				break
			}
		}
		slices.Reverse(page)
		return page, more
	}
	for _, row := range slices.Backward(rows) {
		if !take(row) {
			break
		}
	}
	return page, more
}

// inTime applies the created filter.
func inTime(f form, at int64) bool {
	const always = int64(1) << 62
	return at > f.number("created.gt", -1) && at >= f.number("created.gte", -1) &&
		at < f.number("created.lt", always) && at <= f.number("created.lte", always) &&
		at == f.number("created", at)
}
