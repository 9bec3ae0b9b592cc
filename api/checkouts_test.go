package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/workflows"
)

// startedRun is oneRun for orders that are begun: it keeps what each start was
// given, as it goes to Temporal.
type startedRun struct {
	oneRun
	starts []string
}

func (s *startedRun) NewWithStartWorkflowOperation(_ client.StartWorkflowOptions, _ any, args ...any) client.WithStartWorkflowOperation {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, err := json.Marshal(args)
	if err != nil {
		panic(err) // what goes to Temporal is JSON
	}
	s.starts = append(s.starts, string(raw))
	return nil
}

func (s *startedRun) UpdateWithStartWorkflow(ctx context.Context, u client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	return s.UpdateWorkflow(ctx, u.UpdateOptions)
}

// till is a shop whose orders begin and stay pending.
type till struct {
	*rig
	run *startedRun
}

func newTill(t *testing.T, change ...func(*api.Deps)) *till {
	t.Helper()
	w := &till{run: &startedRun{oneRun: oneRun{answer: workflows.Answer{Status: order.Pending}}}}
	w.rig = newRig(t, append([]func(*api.Deps){func(d *api.Deps) {
		d.Temporal = w.run
		d.Gateways = payment.Gateways{stripe.Name: stripe.New(stripe.Config{SecretKey: "sk_test_1", CallTimeout: time.Second})}
	}}, change...)...)
	w.publishTerms(t)
	return w
}

// filled is a cart with tea and an address, and what it shows.
func (w *till) filled(t *testing.T) (openedCart, map[string]any) {
	t.Helper()
	c := w.newCart(t)
	require.Equal(t, http.StatusOK, w.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}`)).StatusCode)
	shown := w.do(t, c.in("PUT", "/address", moda))
	require.Equal(t, http.StatusOK, shown.StatusCode, "%s", shown.raw)
	return c, shown.json
}

// accepts are the texts that a cart showed, as a checkout accepts them.
func accepts(t *testing.T, shown map[string]any) []map[string]any {
	t.Helper()
	var accepted []map[string]any
	for _, one := range shown["terms"].([]any) {
		text := one.(map[string]any)
		accepted = append(accepted, map[string]any{"kind": text["kind"], "hash": text["hash"]})
	}
	require.Len(t, accepted, 2)
	return accepted
}

// wish is the checkout of a cart as it was shown, with what is changed in it.
func wish(t *testing.T, c openedCart, shown map[string]any, change ...func(map[string]any)) call {
	t.Helper()
	body := map[string]any{
		"cart_id": c.id, "quote_hash": shown["quote_hash"], "accepted_terms": accepts(t, shown),
		"payment": map[string]any{"provider": "stripe", "payment_method": "pm_card_visa", "return_url": storefront + "/thanks"},
	}
	for _, one := range change {
		one(body)
	}
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	return call{method: "POST", path: "/v1/checkouts", body: string(raw), headers: map[string]string{
		"X-Cart-Secret": c.secret, "Idempotency-Key": freshKey(),
	}}
}

// order reads the order that a checkout answered with.
func (w *till) order(t *testing.T, checkedOut answer) answer {
	t.Helper()
	require.Equal(t, http.StatusAccepted, checkedOut.StatusCode, "%s", checkedOut.raw)
	return w.do(t, call{method: "GET", path: "/v1/orders/" + checkedOut.json["id"].(string), headers: map[string]string{
		"X-Order-Secret": checkedOut.json["secret"].(string),
	}})
}
