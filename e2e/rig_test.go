package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
)

// shared is the lab of every test that kills no stores. It starts with the
// first test that asks for it.
var shared struct {
	once sync.Once
	lab  *lab.Lab
	err  error
	bin  string
}

// rest is how long the audit waits for orders that tests have left on their
// way: a lease and what follows it.
const rest = 60 * time.Second

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.lab != nil {
		if code == 0 {
			code = auditShared()
		}
		if err := shared.lab.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the lab:", err)
			code = 1
		}
	}
	if err := errors.Join(os.RemoveAll(shared.bin), os.RemoveAll(mortals.dir)); err != nil {
		fmt.Fprintln(os.Stderr, "removing the programs:", err)
		code = 1
	}
	os.Exit(code)
}

// auditShared lets the referee look at everything that the tests left behind.
func auditShared() int {
	shared.lab.Stripe.ClearFaults()
	report, err := shared.lab.App.Auditor(rest).Run(context.Background())
	if err != nil || !report.Clean() {
		fmt.Fprintln(os.Stderr, report, err)
		return 1
	}
	fmt.Print(report)
	return 0
}

// rig returns the shared lab. Its worker is a process of its own.
func rig(t *testing.T) *lab.Lab {
	t.Helper()
	if testing.Short() {
		t.Skip("stories over a whole shop belong to `make test`")
	}
	shared.once.Do(func() { shared.err = startShared() })
	require.NoError(t, shared.err)
	return shared.lab
}

func startShared() (err error) {
	// The lab outlives the test that asked for it first.
	ctx := context.Background()
	if shared.bin, err = os.MkdirTemp("", "bedesten-e2e-"); err != nil {
		return err
	}
	worker := filepath.Join(shared.bin, "worker")
	if err := lab.GoBuild(ctx, "..", "./cmd/worker", worker); err != nil {
		return err
	}
	l, err := lab.Start(ctx, lab.Options{})
	if err != nil {
		return err
	}
	shared.lab = l
	if err := l.StartAPI(ctx); err != nil {
		return err
	}
	return l.StartWorkerProcess(ctx, io.Discard, worker)
}

// basket is a shopper with two coffee sets in the cart, of which units are on
// sale to nobody else.
func basket(t *testing.T, units int64) (*lab.Shopper, string) {
	t.Helper()
	l := rig(t)
	sku, err := l.FreshSKU(t.Context(), units)
	require.NoError(t, err)
	p, err := shop(t).Fill(t.Context(), lab.Line{SKU: sku, Quantity: 2})
	require.NoError(t, err)
	return p, sku
}

// placed is a shopper whose order is placed.
func placed(t *testing.T) *lab.Shopper {
	t.Helper()
	p, _ := basket(t, 10)
	r := checkout(t, p, lab.Key(), "pm_card_visa")
	require.Equal(t, http.StatusCreated, r.Status, string(r.Raw))
	return p
}

func checkout(t *testing.T, p *lab.Shopper, key, method string) lab.Reply {
	t.Helper()
	r, err := p.Checkout(t.Context(), key, method)
	require.NoError(t, err)
	return r
}

func payAgain(t *testing.T, p *lab.Shopper, method string) lab.Reply {
	t.Helper()
	r, err := p.PayAgain(t.Context(), lab.Key(), method)
	require.NoError(t, err)
	return r
}

func await(t *testing.T, p *lab.Shopper, states ...order.Status) lab.Reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	r, err := p.Await(ctx, states...)
	require.NoError(t, err)
	return r
}

// said reads an answer's body.
func said(t *testing.T, r lab.Reply) map[string]any {
	t.Helper()
	body := map[string]any{}
	require.NoError(t, json.Unmarshal(r.Raw, &body), string(r.Raw))
	return body
}

// requireProblem checks that an answer is the documented problem, and returns
// what it says.
func requireProblem(t *testing.T, r lab.Reply, status int, code string) map[string]any {
	t.Helper()
	require.Equal(t, status, r.Status, string(r.Raw))
	require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
	body := said(t, r)
	require.Equal(t, code, body["code"], string(r.Raw))
	require.Equal(t, "urn:bedesten:problem:"+code, body["type"])
	require.InDelta(t, status, body["status"], 0)
	require.NotEmpty(t, body["title"])
	require.NotEmpty(t, body["request_id"])
	if status == http.StatusUnprocessableEntity {
		require.NotEmpty(t, body["errors"], string(r.Raw))
	}
	return body
}

// unexpected is the error of an answer that nobody foresaw.
func unexpected(r lab.Reply, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("answered %d: %s", r.Status, r.Raw)
}
