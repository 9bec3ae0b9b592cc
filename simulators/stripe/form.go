package stripe

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// field is one parameter as it was sent.
type field struct {
	name  string   // as sent: shipping[address][city], expand[0], expand[]
	path  []string // {"shipping","address","city"}
	value string
}

// form is the parameters of a call, from a body or a query, in the order in
// which they came. Nested ones are written in brackets.
// docs.stripe.com/api/expanding_objects shows expand[], libraries send expand[0].
type form []field

// parseForm reads a form-encoded body or query.
func parseForm(raw string) (form, *apiError) {
	var f form
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		path, ok := splitName(name)
		if err1 != nil || err2 != nil || !ok {
			return nil, badParam("", "", "Invalid request (could not parse the parameters).")
		}
		f = append(f, field{name, path, value})
	}
	return f, nil
}

// splitName turns a[b][c] into a, b, c.
func splitName(name string) ([]string, bool) {
	head, rest, nested := strings.Cut(name, "[")
	if head == "" || strings.Contains(head, "]") {
		return nil, false
	}
	path := []string{head}
	if !nested {
		return path, true
	}
	inner, ok := strings.CutSuffix(rest, "]")
	if !ok {
		return nil, false
	}
	for part := range strings.SplitSeq(inner, "][") {
		if strings.ContainsAny(part, "[]") {
			return nil, false
		}
		path = append(path, part)
	}
	return path, true
}

// str returns a parameter's value, the last one when it came several times, or
// "" when it was not sent. name is written as the path joined by dots.
func (f form) str(name string) string {
	v, _ := f.get(name)
	return v
}

func (f form) get(name string) (string, bool) {
	for _, fd := range slices.Backward(f) {
		if strings.Join(fd.path, ".") == name {
			return fd.value, true
		}
	}
	return "", false
}

// has reports whether name, or anything under it, was sent.
func (f form) has(name string) bool {
	return slices.ContainsFunc(f, func(fd field) bool { return fd.path[0] == name })
}

// number returns an integer parameter, or otherwise when it was not sent. The
// schema has refused what is no integer.
func (f form) number(name string, otherwise int64) int64 {
	v, ok := f.get(name)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// flag reports whether a boolean parameter is true.
func (f form) flag(name string) bool { return f.str(name) == "true" }

// list returns the values of an array parameter in their order.
func (f form) list(name string) []string {
	var out []string
	for _, fd := range f {
		if len(fd.path) == 2 && fd.path[0] == name {
			out = append(out, fd.value)
		}
	}
	return out
}

// metadata returns the one-level parameter of that name, or nil.
func (f form) metadata() map[string]string {
	var out map[string]string
	for _, fd := range f {
		if len(fd.path) != 2 || fd.path[0] != "metadata" {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[fd.path[1]] = fd.value
	}
	return out
}

// tree returns everything under name as a nested object, or nil.
func (f form) tree(name string) object {
	var out object
	for _, fd := range f {
		if fd.path[0] != name || len(fd.path) < 2 {
			continue
		}
		if out == nil {
			out = object{}
		}
		at := out
		for _, p := range fd.path[1 : len(fd.path)-1] {
			next, ok := at[p].(object)
			if !ok {
				next = object{}
				at[p] = next
			}
			at = next
		}
		at[fd.path[len(fd.path)-1]] = fd.value
	}
	return out
}

// canonical returns a text that is equal for equal parameters, whatever their
// order.
func (f form) canonical() string {
	parts := make([]string, 0, len(f))
	for _, fd := range f {
		parts = append(parts, url.QueryEscape(fd.name)+"="+url.QueryEscape(fd.value))
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}
