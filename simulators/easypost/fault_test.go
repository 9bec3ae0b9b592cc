package easypost_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sim"
)

func TestACallWithoutAnAnswerHasItsEffectOrNot(t *testing.T) {
	t.Parallel()

	for kind, sold := range map[sim.Kind]bool{
		sim.TimeoutBefore: false, sim.TimeoutAfter: true, sim.ResetBefore: false, sim.ResetAfter: true, sim.BrokenBody: true,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			shp := r.opened(t, ankara)
			r.fault(t, sim.Fault{Kind: kind, Times: 1, DelayMS: 200, Match: sim.Match{Operation: "shipment.buy"}})

			_, err := r.buy(shp)
			requireNoAnswer(t, err)
			require.Equal(t, sold, r.get(t, shp.ID).PostageLabel != nil)
			_, err = r.buy(shp)
			if sold {
				requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.POSTAGE.EXISTS")
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, 1, r.LabelsOf(reference))
		})
	}
}

func TestACreationWithoutAnAnswerIsFoundInTheListAndRepeatedItIsASecond(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.TimeoutAfter, Times: 1, DelayMS: 100, Match: sim.Match{Metadata: map[string]string{"reference": reference}}})

	_, err := r.api.CreateShipment(parcelTo(ankara))
	requireNoAnswer(t, err)
	require.Len(t, r.Books(), 1)
	r.opened(t, ankara)
	require.Len(t, r.Books(), 2)
}

func TestServerErrorsHaveTheirEffectOrNot(t *testing.T) {
	t.Parallel()

	for kind, sold := range map[sim.Kind]bool{sim.Error500Before: false, sim.Error500After: true} {
		r := newRig(t)
		shp := r.opened(t, ankara)
		r.fault(t, sim.Fault{Kind: kind, Times: 1, Match: sim.Match{Operation: "shipment.buy"}})

		_, err := r.buy(shp)
		requireError(t, err, http.StatusInternalServerError, "INTERNAL_SERVER_ERROR")
		require.Equal(t, sold, r.get(t, shp.ID).PostageLabel != nil)
	}
}

func TestAPurchaseComesBack200WithAnErrorInIt(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name   string
		fault  sim.Fault
		inside bool // an error object instead of a shipment
		sold   bool
	}{
		{"an error object", sim.Fault{Kind: sim.ErrorIn200, Code: "SHIPMENT.POSTAGE.FAILURE"}, true, false},
		{"a shipment with messages", sim.Fault{Kind: sim.ErrorIn200, Type: "messages", Message: "Invalid account"}, false, false},
		{"an error object, and bought all the same", sim.Fault{Kind: sim.ErrorIn200After}, true, true},
		{"a shipment with messages, and bought all the same", sim.Fault{Kind: sim.ErrorIn200After, Type: "messages"}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.opened(t, ankara).ID
			rate := r.get(t, id).Rates[0].ID
			tt.fault.Times = 1
			tt.fault.Match.Operation = "shipment.buy"
			r.fault(t, tt.fault)

			status, body := r.send(t, "POST", "/v2/shipments/"+id+"/buy", `{"rate":{"id":"`+rate+`"}}`)
			require.Equal(t, http.StatusOK, status)
			require.Nil(t, body["postage_label"])
			if tt.inside {
				require.Contains(t, body, "error")
			} else {
				require.Equal(t, id, body["id"])
				require.NotEmpty(t, body["messages"])
			}
			require.Equal(t, tt.sold, r.get(t, id).PostageLabel != nil)
		})
	}
}

func TestACarrierSaysNo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shp := r.opened(t, ankara)
	r.fault(t, sim.Fault{Kind: sim.Decline, Times: 1, Message: "Missing or invalid ship to attention name", Match: sim.Match{Operation: "shipment.buy"}})
	r.fault(t, sim.Fault{Kind: sim.Decline, Times: 1, Match: sim.Match{Operation: "shipment.refund"}})
	r.fault(t, sim.Fault{Kind: sim.Decline, Times: 1, Match: sim.Match{Operation: "shipment.create"}})

	_, err := r.buy(shp)
	e := requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.POSTAGE.FAILURE")
	require.Equal(t, "Missing or invalid ship to attention name", e.Message)
	_, err = r.buy(shp)
	require.NoError(t, err)
	_, err = r.api.RefundShipment(shp.ID)
	requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.REFUND.FAILURE")
	require.Empty(t, r.get(t, shp.ID).RefundStatus)

	empty, err := r.api.CreateShipment(parcelTo(ankara))
	require.NoError(t, err)
	require.Empty(t, empty.Rates)
	require.Len(t, empty.Messages, 1)
}

func TestAnswersAreScriptedLimitedAndBroken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.Answer, Times: 1, Status: 503, Code: "SERVICE_UNAVAILABLE", Message: "The carrier is away."})
	r.fault(t, sim.Fault{Kind: sim.RateLimit, Times: 1})
	r.fault(t, sim.Fault{Kind: sim.BrokenBody, Status: 502, Skip: 2, Times: 1})

	_, err := r.api.CreateShipment(parcelTo(ankara))
	requireError(t, err, http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE")
	_, err = r.api.CreateShipment(parcelTo(ankara))
	requireError(t, err, http.StatusTooManyRequests, "RATE_LIMITED")
	_, err = r.api.CreateShipment(parcelTo(ankara))
	requireError(t, err, http.StatusBadGateway, "RESPONSE.PARSE_ERROR")
	require.Len(t, r.Books(), 1, "the proxy lost the answer, not the shipment")
}

func TestAFaultThatNeverStrikesIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	_, err := r.AddFault(sim.Fault{Kind: sim.Error500Kept})
	require.ErrorContains(t, err, "this simulator has no error_500_kept")
	r.fault(t, sim.Fault{Kind: sim.RateLimit})
	require.Len(t, r.Faults(), 1)
	r.ClearFaults()
	r.opened(t, ankara)
}

func TestAHangingCallEndsWhenTheSimulatorCloses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.TimeoutBefore, Times: 1, DelayMS: 60_000})
	gone := make(chan error, 1)
	go func() {
		_, err := r.api.CreateShipment(parcelTo(ankara))
		gone <- err
	}()
	require.Eventually(t, func() bool { return r.Faults()[0].Hits == 1 }, 2*time.Second, time.Millisecond)
	require.NoError(t, r.Close(t.Context()))
	requireNoAnswer(t, <-gone)
}
