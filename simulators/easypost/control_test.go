package easypost_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheControlAPIMovesAParcel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID

	for _, step := range []struct {
		path, body string
		status     int
	}{
		{"shipments/" + reference + "/journey", `{"journey":"returned"}`, 204},
		{"shipments/" + reference + "/journey", `{"journey":"by air"}`, 400},
		{"shipments/" + id + "/hand-over", "", 204},
		{"shipments/shp_1/hand-over", "", 404},
		{"shipments/" + id + "/track", `{"status":"delivered","at":"2026-11-25T10:00:00Z","message":"Teslim edildi"}`, 204},
		{"shipments/" + id + "/track", `{"status":"vanished"}`, 400},
		{"shipments/" + id + "/track", `{"state":"delivered"}`, 400},
		{"shipments/" + id + "/refund", `{"granted":true}`, 400},
	} {
		status, body := r.control(t, "POST", step.path, step.body)
		require.Equal(t, step.status, status, "%s %v", step.path, body)
	}
	require.ElementsMatch(t, []string{"in_transit", "delivered"}, r.statuses(t, id))
}

func TestTheBooksCanBeReadAndNarrowed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID
	_, err := r.api.RefundShipment(id)
	require.NoError(t, err)
	status, _ := r.control(t, "POST", "shipments/"+id+"/refund", `{"granted":true}`)
	require.Equal(t, http.StatusNoContent, status)

	_, body := r.control(t, "GET", "books?reference="+reference, "")
	require.Len(t, body["shipments"], 1)
	totals, ok := body["totals"].(map[string]any)
	require.True(t, ok)
	require.InDelta(t, 1, totals["refunds"], 0)
	require.InDelta(t, 0, totals["net_cents"], 0)
	_, body = r.control(t, "GET", "books?reference=another", "")
	require.Empty(t, body["shipments"])
}

func TestAResetForgetsEverything(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bought(t, ankara)
	require.NoError(t, r.Clock().Advance(time.Hour))

	status, _ := r.control(t, "POST", "reset", "")
	require.Equal(t, http.StatusNoContent, status)
	require.Empty(t, r.Books())
	require.Empty(t, r.Calls())
	require.Zero(t, r.Clock().Moved())
}

func TestCallsAreWrittenDownWithTheShipmentTheyAreAbout(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID

	calls := r.Calls()
	require.Len(t, calls, 2)
	require.Equal(t, "shipment.create", calls[0].Operation)
	require.Equal(t, 201, calls[0].Status)
	require.Equal(t, "shipment.buy", calls[1].Operation)
	require.Equal(t, map[string]string{"reference": reference, "shipment_id": id}, calls[1].Metadata)
}
