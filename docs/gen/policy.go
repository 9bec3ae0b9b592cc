package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/order"
)

// Where the table of policies stands, between which marks, and what explains
// the fields.
const (
	policyDocument = "docs/operations.md"
	policySource   = "internal/order/policy.go"

	policyBegin = "<!-- policy: written by `make generate` from internal/order/policy.go; do not edit -->\n"
	policyEnd   = "<!-- policy: end -->\n"
)

// row is what one comment of order.Policy explains: one field, or several that
// belong together.
type row struct {
	fields []string
	what   string
}

func writePolicies() error {
	rows, err := policyRows(policySource)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(policyDocument)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(raw), policyBegin)
	_, after, ended := strings.Cut(rest, policyEnd)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the table of policies", policyDocument)
	}
	return os.WriteFile(policyDocument, []byte(before+policyBegin+policyTable(rows)+policyEnd+after), 0o644) //nolint:gosec // the path is a constant; what is written there came from it
}

// policyRows reads the fields of order.Policy and their comments. A field
// without a comment belongs to the one above it.
func policyRows(source string) ([]row, error) {
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var rows []row
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Policy" {
			return true
		}
		fields, ok := spec.Type.(*ast.StructType)
		if !ok {
			return false
		}
		for _, f := range fields.Fields.List {
			if f.Doc != nil {
				rows = append(rows, row{what: strings.Join(strings.Fields(f.Doc.Text()), " ")})
			}
			last := &rows[len(rows)-1]
			for _, name := range f.Names {
				last.fields = append(last.fields, name.Name)
			}
		}
		return false
	})
	return rows, nil
}

func policyTable(rows []row) string {
	var b strings.Builder
	b.WriteString("| Policy | production | scaled | what |\n|---|---|---|---|\n")
	production, scaled := reflect.ValueOf(order.Production()), reflect.ValueOf(order.Scaled())
	for _, r := range rows {
		if r.fields[0] == "Name" {
			continue // the columns are named after it
		}
		what := strings.TrimPrefix(r.what, r.fields[0]+" is ")
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.Join(r.fields, ", "), values(production, r.fields), values(scaled, r.fields), what)
	}
	return b.String()
}

func values(policy reflect.Value, fields []string) string {
	words := make([]string, len(fields))
	for i, name := range fields {
		switch v := policy.FieldByName(name).Interface().(type) {
		case time.Duration:
			words[i] = duration(v)
		default:
			words[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(words, ", ")
}

// duration writes d in the largest unit that needs no fraction, or in seconds.
func duration(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + " h"
	case d >= time.Minute && d%time.Minute == 0:
		return strconv.FormatInt(int64(d/time.Minute), 10) + " min"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}
