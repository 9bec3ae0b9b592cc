// Command gen writes docs/order-states.md from the tables that the product
// runs on. `make generate` runs it, `make verify` fails when the two disagree.
package main

import (
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
	doc := head + order.Machine.Markdown() + "\n" + payment.Machine.Markdown() + "\n" + stock.Machine.Markdown()
	if err := os.WriteFile("docs/order-states.md", []byte(doc), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
