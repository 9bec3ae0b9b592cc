package easypost

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// maxBody is far above what any call needs.
const maxBody = 1 << 20

// params are the decoded fields of one JSON object of a request.
type params struct {
	at     string // where the object stands, for messages: shipment.parcel
	fields map[string]any
}

// decodeBody reads the body of a POST: a JSON object, or nothing. EasyPost's own
// clients send "null" where a call has no parameters.
func decodeBody(contentType string, body []byte) (params, *apiError) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return params{}, nil
	}
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		return params{}, badRequest("The Content-Type must be application/json.")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return params{}, badRequest("The body is not valid JSON.")
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return params{}, badRequest("The body is not one JSON value.")
	}
	if v == nil {
		return params{}, nil
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return params{}, badRequest("The body must be a JSON object.")
	}
	return params{fields: fields}, nil
}

func (p params) name(key string) string { return strings.TrimPrefix(p.at+"."+key, ".") }

// only refuses fields that the simulator has no use for, so that the product
// can't come to rely on what nothing here answers to. EasyPost itself passes
// over them (unverified).
func (p params) only(known ...string) *apiError {
	for _, key := range slices.Sorted(maps.Keys(p.fields)) {
		if !slices.Contains(known, key) {
			return invalid(codeForbidden, "Unknown parameter.", field(p.name(key), "is not permitted"))
		}
	}
	return nil
}

// has reports whether a field was sent with a value.
func (p params) has(key string) bool { return p.fields[key] != nil }

// object returns a field that is an object; an absent one is empty.
func (p params) object(key string) (params, *apiError) {
	v := p.fields[key]
	if v == nil {
		return params{at: p.name(key)}, nil
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return params{}, p.wrong(key, "must be an object")
	}
	return params{at: p.name(key), fields: fields}, nil
}

// text returns a field that is a text.
func (p params) text(key string) (string, *apiError) {
	switch v := p.fields[key].(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	default:
		return "", p.wrong(key, "must be a string")
	}
}

// number returns a field that is a number, or a text that holds one: EasyPost's
// own examples send both (github.com/EasyPost/examples, shipments.http).
func (p params) number(key string) (float64, *apiError) {
	var digits string
	switch v := p.fields[key].(type) {
	case nil:
		return 0, nil
	case json.Number:
		digits = v.String()
	case string:
		digits = v
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, p.wrong(key, "must be a number")
	}
	return n, nil
}

func (p params) wrong(key, message string) *apiError {
	return invalid(codeInvalid, "Invalid parameter.", field(p.name(key), message))
}

// texts reads several text fields into the places given by name.
func (p params) texts(into map[string]*string) *apiError {
	for _, key := range slices.Sorted(maps.Keys(into)) {
		v, err := p.text(key)
		if err != nil {
			return err
		}
		*into[key] = v
	}
	return nil
}

// decimals is how many digits stand behind the point of a number.
func decimals(n float64) int {
	_, behind, _ := strings.Cut(strconv.FormatFloat(n, 'f', -1, 64), ".")
	return len(behind)
}
