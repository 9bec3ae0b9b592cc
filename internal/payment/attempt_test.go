package payment_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/machine/machinetest"
	"github.com/bedesten/bedesten/internal/payment"
)

func TestMachine_KeepsWhatEveryTablePromises(t *testing.T) {
	t.Parallel()

	machinetest.Run(t, payment.Machine)
}
