package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/order"
)

func TestAttention_KeepsEveryReasonWithTheGravestInFront(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	var a *order.Attention
	require.False(t, a.Has(order.ReasonRunWasLost))
	require.Nil(t, a.Without(order.ReasonRunWasLost))

	a = a.With(order.ReasonRunWasLost, "", at)
	a = a.With(order.ReasonMoneyMoved, "", at.Add(time.Minute))
	a = a.With(order.ReasonRunWasLost, "", at.Add(time.Hour))
	require.Equal(t, order.ReasonMoneyMoved, a.Reason)
	require.True(t, a.Has(order.ReasonRunWasLost))
	require.Len(t, a.Also, 1)
	require.Equal(t, at, a.Also[0].Since, "a reason keeps its time")
	require.NotEmpty(t, a.Also[0].Next)

	a = a.Without(order.ReasonMoneyMoved)
	require.Equal(t, order.ReasonRunWasLost, a.Reason)
	require.Empty(t, a.Also)
	require.Nil(t, a.Without(order.ReasonRunWasLost))
}

func TestReason_OfAStepThatIsStillTriedIsRetriedAndTheOthersAreAcknowledged(t *testing.T) {
	t.Parallel()

	require.Equal(t, order.RepairRetry, order.ReasonCompensationStuck.Repair())
	require.Equal(t, order.RepairRetry, order.ReasonManualReview.Repair())
	require.Equal(t, order.RepairAcknowledge, order.ReasonMoneyMoved.Repair())
	require.Equal(t, order.RepairAcknowledge, order.ReasonRunWasLost.Repair())
}
