package api

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// maxDifference bounds what the audit log keeps of one change.
const maxDifference = 16 << 10

// difference returns the fields of after that are other than in before: what an
// audit log needs of a document of hundreds of variants. What cannot be compared
// is given as a whole.
func difference(before, after any) any {
	was, errWas := asFields(before)
	is, errIs := asFields(after)
	if errWas != nil || errIs != nil {
		return after
	}
	changed := map[string]any{}
	for name, value := range is {
		if reflect.DeepEqual(was[name], value) {
			continue
		}
		changed[name] = value
		if items, list := value.([]any); list {
			changed[name] = otherItems(was[name], items)
		}
	}
	for name := range was {
		if _, there := is[name]; !there {
			changed[name] = nil
		}
	}
	return bounded(changed)
}

func asFields(v any) (map[string]any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("writing what is compared: %w", err)
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("reading what is compared: %w", err)
	}
	return fields, nil
}

// otherItems leaves out items that stand in the other list as well.
func otherItems(before any, items []any) []any {
	others, _ := before.([]any)
	known := map[string]bool{}
	for _, item := range others {
		known[fmt.Sprint(item)] = true
	}
	changed := []any{}
	for _, item := range items {
		if !known[fmt.Sprint(item)] {
			changed = append(changed, item)
		}
	}
	return changed
}

// bounded says of fields that are too long only how long they are.
func bounded(fields map[string]any) map[string]any {
	for name, value := range fields {
		raw, err := json.Marshal(value)
		if err != nil || len(raw) <= maxDifference {
			continue
		}
		if items, list := value.([]any); list {
			fields[name] = fmt.Sprintf("%d entries", len(items))
			continue
		}
		fields[name] = fmt.Sprintf("%d bytes", len(raw))
	}
	return fields
}
