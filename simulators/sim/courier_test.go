package sim_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sim"
)

func newCourier(t *testing.T, endpoint http.HandlerFunc, pauses ...time.Duration) (*sim.Courier, *sim.Clock) {
	t.Helper()

	clock := sim.NewClock(1)
	c := sim.NewCourier(sim.CourierConfig{
		Clock: clock, Faults: &sim.Injector{}, Pauses: pauses, Timeout: 300 * time.Millisecond,
		Sign: func([]byte, time.Time) http.Header { return http.Header{"X-Proof": {"iyi"}} },
	})
	srv := httptest.NewServer(endpoint)
	t.Cleanup(srv.Close)
	c.SetURL(srv.URL)
	t.Cleanup(func() { require.NoError(t, c.Close(context.Background())) })
	return c, clock
}

func TestMessagesOfOneKeyKeepTheirOrderAndOthersRunBesideThem(t *testing.T) {
	t.Parallel()
	c, _ := newCourier(t, func(http.ResponseWriter, *http.Request) {})

	for i := range 40 {
		c.Send(sim.Message{ID: "evt_" + strconv.Itoa(i), Key: "pi_" + strconv.Itoa(i%4), Body: []byte("{}")})
	}
	require.NoError(t, c.Idle(t.Context()))
	byKey := map[int][]int{}
	for _, d := range c.Deliveries() {
		n, err := strconv.Atoi(d.Event[4:])
		require.NoError(t, err)
		byKey[n%4] = append(byKey[n%4], n)
	}
	require.Len(t, byKey, 4)
	for _, ns := range byKey {
		require.True(t, slices.IsSorted(ns), ns)
		require.Len(t, ns, 10)
	}
}

func TestAnEndpointThatHangsIsTimedOutAndTriedAgain(t *testing.T) {
	t.Parallel()
	calls := make(chan struct{}, 8)
	release := make(chan struct{})
	c, clock := newCourier(t, func(_ http.ResponseWriter, r *http.Request) {
		calls <- struct{}{}
		if len(calls) == 1 {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}, time.Hour)
	defer close(release)

	c.Send(sim.Message{ID: "evt_1", Key: "pi_1", Body: []byte("{}")})
	require.NoError(t, c.Idle(t.Context()))
	require.Contains(t, c.Deliveries()[0].Error, "Timeout")
	require.NoError(t, clock.Advance(time.Hour))
	require.Eventually(t, func() bool { return len(c.Deliveries()) == 2 }, 2*time.Second, time.Millisecond)
	require.Equal(t, http.StatusOK, c.Deliveries()[1].Status)
}

func TestARedirectIsAFailure(t *testing.T) {
	t.Parallel()
	c, _ := newCourier(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/baska", http.StatusFound) })

	c.Send(sim.Message{ID: "evt_1", Key: "pi_1", Body: []byte("{}")})
	require.NoError(t, c.Idle(t.Context()))
	require.Len(t, c.Deliveries(), 1)
	require.Equal(t, http.StatusFound, c.Deliveries()[0].Status)
}

func TestAMessageIsGivenUpAfterTheLastPause(t *testing.T) {
	t.Parallel()
	c, clock := newCourier(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, time.Minute)

	c.Send(sim.Message{ID: "evt_1", Key: "pi_1", Body: []byte("{}")})
	require.NoError(t, c.Idle(t.Context()))
	require.NoError(t, clock.Advance(time.Minute))
	require.Eventually(t, func() bool { return len(c.Deliveries()) == 2 }, 2*time.Second, time.Millisecond)
	require.NoError(t, clock.Advance(72*time.Hour))
	require.NoError(t, c.Idle(t.Context()))
	require.Len(t, c.Deliveries(), 2)
}

func TestClosingWaitsForWhatIsUnderWayAndTakesNothingMore(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	c, _ := newCourier(t, func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-release
	})
	c.Send(sim.Message{ID: "evt_1", Key: "pi_1", Body: []byte("{}")})
	<-entered

	short, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Close(short), context.Canceled)
	c.Send(sim.Message{ID: "evt_2", Key: "pi_1", Body: []byte("{}")})
	close(release)
	require.NoError(t, c.Idle(t.Context()))
	require.Len(t, c.Deliveries(), 1)
}
