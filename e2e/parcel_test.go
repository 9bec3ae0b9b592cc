package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/simulators/sim"
)

// send packs the shopper's only parcel and hands it over.
func send(t *testing.T, p *lab.Shopper) lab.Parcel {
	t.Helper()
	parcel, err := rig(t).Warehouse().Send(t.Context(), p.OrderID, 1)
	require.NoError(t, err)
	return parcel
}

func TestOrder_CompletesAlthoughItsLastMailOutlastsTheReturnWindow(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p := placed(t)
	key := notify.SendKey(notify.ID(p.OrderID, notify.KindDelivered, "parcel-1"), 1)
	_, err := l.SendGrid.AddFault(sim.Fault{
		Kind: sim.Slow, DelayMS: 8_000, Times: 1, Match: sim.Match{Operation: "mail.send", Metadata: map[string]string{"send_key": key}},
	})
	require.NoError(t, err)
	send(t, p)
	await(t, p, order.Completed)
	require.Eventually(t, func() bool {
		o, err := l.App.Orders.Find(t.Context(), p.OrderID)
		return err == nil && !o.State.Open
	}, 30*time.Second, 100*time.Millisecond, "it leaves its run once the mail's word is there")
	require.Len(t, l.SendGrid.SentWith("send_key", key), 1)
}
