// Command gen writes what the documents repeat of the product: the machines in
// docs/order-states.md and the policies in docs/operations.md. `make generate`
// runs it, `make verify` fails when document and product disagree.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
)

const head = `# The states of an order

Generated from the tables in internal/order/status.go, internal/payment/attempt.go and internal/stock/stock.go; do not edit.
Everything that is not in a table is refused. A row that is decided but not served yet is refused with ` + "`not_supported_yet`" + `.

`

func main() {
	if err := errors.Join(writeStates(), writePolicies()); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func writeStates() error {
	doc := head + order.Machine.Markdown() + "\n" + payment.Machine.Markdown() + "\n" + stock.Machine.Markdown()
	return os.WriteFile("docs/order-states.md", []byte(doc), 0o644)
}
