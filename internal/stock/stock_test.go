package stock_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/machine/machinetest"
	"github.com/bedesten/bedesten/internal/stock"
)

func TestMachine_KeepsWhatEveryTablePromises(t *testing.T) {
	t.Parallel()

	machinetest.Run(t, stock.Machine)
}
