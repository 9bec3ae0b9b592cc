package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bedesten/bedesten/internal/fault"
)

// merged applies a merge patch (RFC 7396) to what a resource is now, and holds the
// result against the resource's schema as if it had been sent as a whole.
func merged[T any](schemas huma.Registry, before T, patch map[string]any) (T, error) {
	var after T
	raw, err := json.Marshal(before)
	if err != nil {
		return after, fmt.Errorf("writing what is to be patched: %w", err)
	}
	var whole map[string]any
	if err := json.Unmarshal(raw, &whole); err != nil {
		return after, fmt.Errorf("reading what is to be patched: %w", err)
	}
	whole = mergePatch(whole, patch)
	if err := valid[T](schemas, whole); err != nil {
		return after, err
	}
	if raw, err = json.Marshal(whole); err != nil {
		return after, fmt.Errorf("writing what was patched: %w", err)
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&after); err != nil {
		return after, fault.New(fault.Invalid, "is none that can be written here").With(detailField, "body")
	}
	return after, nil
}

func mergePatch(target, patch map[string]any) map[string]any {
	if target == nil {
		target = map[string]any{}
	}
	for name, value := range patch {
		switch v := value.(type) {
		case nil:
			delete(target, name)
		case map[string]any:
			below, _ := target[name].(map[string]any)
			target[name] = mergePatch(below, v)
		default:
			target[name] = value
		}
	}
	return target
}

// valid holds a value against the schema of a type, and names every flaw.
func valid[T any](schemas huma.Registry, value any) error {
	var result huma.ValidateResult
	schema := schemas.Schema(reflect.TypeFor[T](), true, "")
	huma.Validate(schemas, schema, huma.NewPathBuffer([]byte("body"), len("body")), huma.ModeWriteToServer, value, &result)
	var flaws []fault.Flaw
	for _, err := range result.Errors {
		var detail *huma.ErrorDetail
		if errors.As(err, &detail) {
			e := fieldError(detail, fault.Invalid, "")
			flaws = append(flaws, fault.Flaw{Field: e.Field, Message: e.Message})
		}
	}
	return fault.Flawed(flaws)
}
