package own_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/shipping/own"
	"github.com/bedesten/bedesten/internal/shipping/shippingtest"
)

func TestCarrier_KeepsTheContract(t *testing.T) {
	t.Parallel()

	shippingtest.Run(t, func(*testing.T) shippingtest.Bench { return shippingtest.Bench{Carrier: own.New("TRY")} })
}
