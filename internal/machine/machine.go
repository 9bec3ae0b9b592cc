// Package machine holds state machines as tables that a person can read. What
// is not in a table is refused; a row that the product does not serve yet says
// so instead of doing half of it.
package machine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
)

// Row is one allowed step: from any of From to To when Trigger happens.
type Row[S ~string, T ~string] struct {
	From    []S
	To      S
	Trigger T
	// Effect says in words what else happens; for the generated documents.
	Effect string
	// Later marks a row that is decided but not built: it is refused with
	// fault.NotSupportedYet.
	Later bool
}

// Table is a whole state machine. Same marks a row whose To is the state it
// came from.
type Table[S ~string, T ~string] struct {
	Noun string
	Rows []Row[S, T]
	Ends []S
}

// Same stands in Row.To for "stays where it is".
const Same = "(same)"

// Next returns the state that follows from after trigger. A step that is not
// in the table is a Conflict, one that is not built yet is NotSupportedYet.
func (t Table[S, T]) Next(from S, trigger T) (S, error) {
	for _, row := range t.Rows {
		if row.Trigger != trigger || !slices.Contains(row.From, from) {
			continue
		}
		if row.Later {
			return from, fault.New(fault.NotSupportedYet, "%s: %s from %s is not supported yet", t.Noun, trigger, from)
		}
		if row.To == Same {
			return from, nil
		}
		return row.To, nil
	}
	return from, fault.New(fault.Conflict, "%s: %s cannot happen in %s", t.Noun, trigger, from)
}

// Ended reports whether s is an end of the machine.
func (t Table[S, T]) Ended(s S) bool { return slices.Contains(t.Ends, s) }

// Markdown renders the table and its Mermaid diagram for docs/.
func (t Table[S, T]) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n```mermaid\nstateDiagram-v2\n", t.Noun)
	for _, row := range t.Rows {
		for _, from := range row.From {
			to := row.To
			if to == Same {
				to = from
			}
			label := strings.ReplaceAll(string(row.Trigger), "_", " ")
			if row.Later {
				label += " (later)"
			}
			fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, label)
		}
	}
	for _, s := range t.Ends {
		fmt.Fprintf(&b, "    %s --> [*]\n", s)
	}
	b.WriteString("```\n\n| from | trigger | to | effect | served |\n|---|---|---|---|---|\n")
	for _, row := range t.Rows {
		served := "yes"
		if row.Later {
			served = "`not_supported_yet`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", join(row.From), row.Trigger, row.To, row.Effect, served)
	}
	return b.String()
}

func join[S ~string](states []S) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
