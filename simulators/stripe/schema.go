package stripe

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits of metadata. docs.stripe.com/api/metadata
const (
	maxMetadataKeys  = 50
	maxMetadataKey   = 40
	maxMetadataValue = 500
)

// rule checks one parameter's value.
type rule struct {
	check    func(name, value string) *apiError
	required bool
}

// schema is the parameters that an operation knows. A name is the path joined by
// dots, with * for any key and # for a place in an array.
type schema map[string]rule

var (
	text    = rule{check: anything}
	integer = rule{check: wholeNumber}
	boolean = rule{check: trueOrFalse}
)

// must makes a rule's parameter mandatory.
func must(r rule) rule {
	r.required = true
	return r
}

// oneOf allows the given values only.
func oneOf(values ...string) rule {
	return rule{check: func(name, value string) *apiError {
		if slices.Contains(values, value) {
			return nil
		}
		last := len(values) - 1
		want := strings.Join(values[:last], ", ")
		if last > 0 {
			want += ", or "
		}
		return badParam("", name, "Invalid %s: must be one of %s", name, want+values[last])
	}}
}

func anything(string, string) *apiError { return nil }

// wholeNumber: docs.stripe.com/error-codes#parameter-invalid-integer
func wholeNumber(name, value string) *apiError {
	if value == "" {
		return emptyParam(name)
	}
	if _, err := strconv.ParseInt(value, 10, 64); err != nil {
		return badParam("parameter_invalid_integer", name, "Invalid integer: %s", value)
	}
	return nil
}

func trueOrFalse(name, value string) *apiError {
	if value == "true" || value == "false" {
		return nil
	}
	if value == "" {
		return emptyParam(name)
	}
	return badParam("", name, "Invalid boolean: %s", value)
}

// emptyParam: docs.stripe.com/error-codes#parameter-invalid-empty
func emptyParam(name string) *apiError {
	return badParam("parameter_invalid_empty", name, "You passed an empty string for '%[1]s'. We assume empty values are an attempt to unset a parameter; "+
		"however '%[1]s' cannot be unset. You should remove '%[1]s' from your request or supply a non-empty value.", name)
}

// with returns a schema that knows the parameters of both.
func (s schema) with(more schema) schema {
	out := schema{}
	for _, part := range []schema{s, more} {
		for k, v := range part {
			out[k] = v
		}
	}
	return out
}

// validate checks f against s: unknown parameters first, then missing ones, then
// values. docs.stripe.com/error-codes#parameter-unknown, #parameter-missing
func (s schema) validate(f form) *apiError {
	if err := s.refuseUnknown(f); err != nil {
		return err
	}
	for _, name := range s.requiredNames() {
		if !f.has(name) {
			return badParam("parameter_missing", name, "Missing required param: %s.", name)
		}
	}
	for _, fd := range f {
		r, _ := s.find(fd.path)
		if err := r.check(fd.name, fd.value); err != nil {
			return err
		}
	}
	return checkMetadata(f)
}

func (s schema) refuseUnknown(f form) *apiError {
	var unknown []string
	for _, fd := range f {
		if _, ok := s.find(fd.path); !ok && !slices.Contains(unknown, fd.name) {
			unknown = append(unknown, fd.name)
		}
	}
	switch len(unknown) {
	case 0:
		return nil
	case 1:
		return badParam("parameter_unknown", unknown[0], "Received unknown parameter: %s", unknown[0])
	}
	return badParam("parameter_unknown", unknown[0], "Received unknown parameters: %s", strings.Join(unknown, ", "))
}

func (s schema) requiredNames() []string {
	var out []string
	for name, r := range s {
		if r.required {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// find returns the rule of a parameter's path.
func (s schema) find(path []string) (rule, bool) {
	if r, ok := s[strings.Join(path, ".")]; ok {
		return r, true
	}
	if len(path) < 2 {
		return rule{}, false
	}
	head, last := strings.Join(path[:len(path)-1], "."), path[len(path)-1]
	if r, ok := s[head+".#"]; ok && isPlace(last) {
		return r, true
	}
	r, ok := s[head+".*"]
	return r, ok
}

// isPlace reports whether s is a place in an array: expand[] or expand[0].
func isPlace(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil
}

// checkMetadata: docs.stripe.com/api/metadata
func checkMetadata(f form) *apiError {
	m := f.metadata()
	if len(m) > maxMetadataKeys {
		return badParam("", "metadata", "You can only set up to %d keys in metadata.", maxMetadataKeys)
	}
	for k, v := range m {
		if len([]rune(k)) > maxMetadataKey || k == "" {
			return badParam("", "metadata", "Metadata keys can have up to %d characters. Invalid key: %s", maxMetadataKey, k)
		}
		if len([]rune(v)) > maxMetadataValue {
			return badParam("", "metadata", "Metadata values can have up to %d characters, but you passed in a value that is %d characters.", maxMetadataValue, len([]rune(v)))
		}
	}
	return nil
}

var expandable = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+){0,3}$`)

// expansion: docs.stripe.com/api/expanding_objects allows four levels.
var expansion = rule{check: func(name, value string) *apiError {
	if !expandable.MatchString(value) {
		return badParam("", name, "This property cannot be expanded (%s).", value)
	}
	return nil
}}

// common is known to every operation.
var common = schema{"expand.#": expansion}

// paging is known to every list. docs.stripe.com/api/pagination
var paging = common.with(schema{"limit": integer, "starting_after": text, "ending_before": text})

// created is the time filter of lists.
var created = schema{"created": integer, "created.gt": integer, "created.gte": integer, "created.lt": integer, "created.lte": integer}
