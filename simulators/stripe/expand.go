package stripe

import "strings"

// expandAll replaces the ids that a call wants expanded by their objects.
// docs.stripe.com/api/expanding_objects
func (s *Server) expandAll(out object, f form) *apiError {
	for _, path := range f.list("expand") {
		if !s.expand(out, strings.Split(path, ".")) {
			return refused("", "expand", "This property cannot be expanded (%s).", path)
		}
	}
	return nil
}

// expand follows one path and reports whether it exists. What is null stays so.
func (s *Server) expand(at object, path []string) bool {
	name, rest := path[0], path[1:]
	v, ok := at[name]
	if !ok {
		return false
	}
	switch v := v.(type) {
	case nil:
		return true
	case string:
		found, ok := s.lookUp(name, v)
		if !ok {
			return false
		}
		at[name] = found
		return len(rest) == 0 || s.expand(found, rest)
	case object:
		return len(rest) > 0 && s.expand(v, rest)
	case []object:
		return len(rest) > 0 && s.expandEach(v, rest)
	}
	return false
}

func (s *Server) expandEach(list []object, path []string) bool {
	for _, o := range list {
		if !s.expand(o, path) {
			return false
		}
	}
	return true
}

// lookUp finds the object behind an id. Only fields that hold ids are asked.
func (s *Server) lookUp(field, id string) (object, bool) {
	st := &s.store
	switch field {
	case "latest_charge", "charge":
		return rendered(st.charges, id)
	case "payment_intent":
		return rendered(st.intents, id)
	case "payment_method":
		return rendered(st.methods, id)
	case "balance_transaction", "failure_balance_transaction":
		return rendered(st.balances, id)
	case "source":
		return s.lookUpSource(id)
	}
	return nil, false
}

// lookUpSource: a balance transaction comes from one of several kinds.
// docs.stripe.com/api/balance_transactions/object#balance_transaction_object-source
func (s *Server) lookUpSource(id string) (object, bool) {
	if o, ok := rendered(s.store.charges, id); ok {
		return o, true
	}
	if o, ok := rendered(s.store.refunds, id); ok {
		return o, true
	}
	return rendered(s.store.disputes, id)
}

func rendered[T entity](t *table[T], id string) (object, bool) {
	row, ok := t.get(id)
	if !ok {
		return nil, false
	}
	return row.render(), true
}
