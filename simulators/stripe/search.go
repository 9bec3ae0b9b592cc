package stripe

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// clause is one condition of a search: -metadata['op_id']:'ord_1'.
type clause struct {
	not   bool
	field string
	key   string // of metadata
	op    string
	value string
}

var (
	clauseShape = regexp.MustCompile(`^\s*(-?)([a-z_]+)(?:\[["']([^"']+)["']\])?\s*(:|~|>=|<=|>|<)\s*(?:"([^"]*)"|'([^']*)'|(\S+))\s*$`)
	joinShape   = regexp.MustCompile(`\s+(?i:(AND|OR))\s+`)
)

// searchFields: docs.stripe.com/search#query-fields-for-payment-intents
var searchFields = []string{"amount", "created", "currency", "customer", "metadata", "status"}

// searchIntents: docs.stripe.com/api/payment_intents/search. The index is behind:
// what was created within the lag is not found.
func (s *Server) searchIntents(c *call) (object, *apiError) {
	limit, err := pageLimit(c.form)
	if err != nil {
		return nil, err
	}
	clauses, any, err := parseQuery(c.form.str("query"))
	if err != nil {
		return nil, err
	}
	from, err := searchStart(c.form.str("page"))
	if err != nil {
		return nil, err
	}
	var found []object
	more := false
	for _, pi := range slices.Backward(s.store.intents.rows) {
		if !s.indexed(pi) || !matches(pi, clauses, any) {
			continue
		}
		if from > 0 {
			from--
			continue
		}
		if more = len(found) == limit; more {
			break
		}
		found = append(found, pi.render())
	}
	return searchResult(c, found, more), nil
}

func searchResult(c *call, found []object, more bool) object {
	var next any
	if more {
		start, _ := searchStart(c.form.str("page")) // checked before
		next = strconv.Itoa(start + len(found))
	}
	if found == nil {
		found = []object{}
	}
	return object{"object": "search_result", "url": "/v1/payment_intents/search", "has_more": more, "next_page": next, "data": found}
}

// indexed reports whether the search knows pi yet.
func (s *Server) indexed(pi *intent) bool {
	lag := max(s.cfg.SearchLag, 0)
	return s.clock.Now().Sub(pi.born) >= lag
}

// searchStart reads the cursor. Stripe's is opaque; here it counts.
func searchStart(page string) (int, *apiError) {
	if page == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(page)
	if err != nil || n < 0 {
		return 0, badParam("", "page", "Invalid page: %s", page)
	}
	return n, nil
}

// parseQuery reads clauses joined by AND or by OR, not both.
// docs.stripe.com/search#search-query-language
func parseQuery(query string) ([]clause, bool, *apiError) {
	joins := joinShape.FindAllStringSubmatch(query, -1)
	any := len(joins) > 0 && strings.EqualFold(joins[0][1], "OR")
	for _, j := range joins {
		if strings.EqualFold(j[1], "OR") != any {
			return nil, false, badParam("", "query", "You cannot mix AND and OR in the same query.")
		}
	}
	var out []clause
	for _, part := range joinShape.Split(query, -1) {
		m := clauseShape.FindStringSubmatch(part)
		if m == nil {
			return nil, false, badParam("", "query", "We were unable to parse your search query. Try using the format `metadata[\"key\"]:\"value\"` to query for metadata.")
		}
		if !slices.Contains(searchFields, m[2]) || (m[2] == "metadata") != (m[3] != "") {
			return nil, false, badParam("", "query", "Field `%s` is an unsupported search field for resource `payment_intents`.", m[2])
		}
		out = append(out, clause{not: m[1] == "-", field: m[2], key: m[3], op: m[4], value: m[5] + m[6] + m[7]})
	}
	return out, any, nil
}

func matches(pi *intent, clauses []clause, any bool) bool {
	for _, cl := range clauses {
		if cl.matches(pi) == any {
			return any
		}
	}
	return !any
}

func (cl clause) matches(pi *intent) bool { return cl.holds(pi) != cl.not }

func (cl clause) holds(pi *intent) bool {
	switch cl.field {
	case "amount":
		return cl.compare(pi.amount)
	case "created":
		return cl.compare(pi.created)
	case "metadata":
		v, ok := pi.metadata[cl.key]
		return ok && cl.equal(v)
	case "currency":
		return cl.equal(pi.currency)
	case "status":
		return cl.equal(pi.status)
	}
	return cl.equal(pi.customer)
}

func (cl clause) equal(v string) bool {
	if cl.op == "~" {
		return strings.Contains(strings.ToLower(v), strings.ToLower(cl.value))
	}
	return strings.EqualFold(v, cl.value)
}

func (cl clause) compare(v int64) bool {
	want, err := strconv.ParseInt(cl.value, 10, 64)
	if err != nil {
		return false
	}
	switch cl.op {
	case ">":
		return v > want
	case ">=":
		return v >= want
	case "<":
		return v < want
	case "<=":
		return v <= want
	}
	return v == want
}
