package api_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

// bring signs Ayşe in with a guest's cart.
func (r *rig) bring(t *testing.T, c openedCart) answer {
	t.Helper()
	return r.do(t, call{method: "POST", path: "/v1/sessions", body: `{"email":"` + ayseEmail + `","password":"` + aysePassword + `","cart_id":"` + c.id + `"}`,
		headers: map[string]string{"X-Cart-Secret": c.secret}})
}

func (r *rig) cartWith(t *testing.T, sku string, quantity int) openedCart {
	t.Helper()
	c := r.newCart(t)
	a := r.do(t, c.in("POST", "/lines", `{"sku":"`+sku+`","quantity":`+strconv.Itoa(quantity)+`}`))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	return c
}

// ownLines are the quantities in the account's cart.
func (r *rig) ownLines(t *testing.T, me signedIn) map[string]float64 {
	t.Helper()
	a := r.do(t, me.as("GET", "/v1/account/cart", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	quantities := map[string]float64{}
	for _, each := range a.json["lines"].([]any) {
		line := each.(map[string]any)
		quantities[line["sku"].(string)] = line["quantity"].(float64)
	}
	return quantities
}

func TestOwnCart_LeavesNothingOfTheGuestsBehind(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	own, guest := r.cartWith(t, "CAY-06", 1), r.cartWith(t, "CAY-06", 2)
	require.Equal(t, http.StatusCreated, r.bring(t, own).StatusCode)
	address := `{"name":"Gülşah Çağlayan","email":"gulsah@example.com","phone":"0532 123 45 67","address":{"line1":"Moda Caddesi 12","district":"Kadıköy","province":"İstanbul","postcode":"34710","country":"TR"}}`
	require.Equal(t, http.StatusOK, r.do(t, guest.in("PUT", "/address", address)).StatusCode)
	for range 2 {
		a := r.bring(t, guest)
		require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
		require.Equal(t, own.id, a.json["cart_id"])
	}
	require.Equal(t, map[string]float64{"CAY-06": 3}, r.ownLines(t, me))
	requireProblem(t, r.do(t, guest.in("GET", "", "")), 404, "not_found")
	requireProblem(t, r.do(t, guest.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}`)), 404, "not_found")
	requireProblem(t, r.do(t, me.as("GET", "/v1/carts/"+guest.id, "")), 404, "not_found")
	left, err := r.deps.Carts.Find(t.Context(), guest.id)
	require.NoError(t, err)
	require.Nil(t, left.Contact)
	require.Empty(t, left.Lines)

	for range 51 {
		add := me.as("POST", "/v1/carts/"+own.id+"/lines", `{"sku":"AYVA-01","quantity":1}`)
		require.Equal(t, http.StatusOK, r.do(t, add.with("Idempotency-Key", freshKey())).StatusCode)
	}
	r.bring(t, guest)
	require.Equal(t, map[string]float64{"CAY-06": 3, "AYVA-01": 51}, r.ownLines(t, me), "however much was changed since")
}

func TestOwnCart_HoldsAllThatWasBroughtAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	carts := make([]openedCart, 4)
	for i := range carts {
		carts[i] = r.cartWith(t, "CAY-06", 1)
	}
	var devices sync.WaitGroup
	for _, c := range carts {
		devices.Go(func() {
			for range 3 {
				if a := r.bring(t, c); a.StatusCode == http.StatusCreated {
					return
				}
			}
		})
	}
	devices.Wait()
	require.Equal(t, map[string]float64{"CAY-06": 4}, r.ownLines(t, me))
}

// dying fails at one write, as a process that is killed before or after it.
type dying struct {
	at    int64
	after bool
	seen  atomic.Int64
}

func (d *dying) write(do func() error) error {
	if d.seen.Add(1) != d.at {
		return do()
	}
	dead := fault.New(fault.Unavailable, "the process died")
	if d.after {
		if err := do(); err != nil {
			return err
		}
	}
	return dead
}

type dyingCarts struct {
	cart.Store
	*dying
}

func (d dyingCarts) Save(ctx context.Context, c cart.Cart) (saved cart.Cart, err error) {
	err = d.write(func() error { saved, err = d.Store.Save(ctx, c); return err })
	return saved, err
}

type dyingAccounts struct {
	identity.Accounts
	*dying
}

func (d dyingAccounts) Save(ctx context.Context, a identity.Account) (saved identity.Account, err error) {
	err = d.write(func() error { saved, err = d.Accounts.Save(ctx, a); return err })
	return saved, err
}

func TestOwnCart_LosesAndDoublesNothingWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	for _, has := range []bool{false, true} {
		for at := range int64(3) {
			for _, after := range []bool{false, true} {
				name := "cut " + map[bool]string{true: "after", false: "before"}[after] + " write " + strconv.FormatInt(at+1, 10) + map[bool]string{true: " beside an own cart", false: ""}[has]
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					death := &dying{after: after}
					r := newRig(t, func(d *api.Deps) { d.Carts, d.Accounts = dyingCarts{d.Carts, death}, dyingAccounts{d.Accounts, death} })
					me := r.register(t, ayseEmail)
					want := float64(2)
					if has {
						want++
						require.Equal(t, http.StatusCreated, r.bring(t, r.cartWith(t, "CAY-06", 1)).StatusCode)
					}
					guest := r.cartWith(t, "CAY-06", 2)
					death.seen.Store(0)
					death.at = at + 1
					r.bring(t, guest)
					require.Equal(t, http.StatusCreated, r.bring(t, guest).StatusCode)
					require.Equal(t, map[string]float64{"CAY-06": want}, r.ownLines(t, me))
					rows, err := r.db.Collection("carts").CountDocuments(t.Context(), bson.D{{Key: "lines", Value: bson.D{{Key: "$ne", Value: bson.D{}}}}})
					require.NoError(t, err)
					require.EqualValues(t, 1, rows, "what was bought stands in one cart")
				})
			}
		}
	}
}

func TestOwnCart_TakesNoCartThatIsAnOrderAlready(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	own, bought := r.cartWith(t, "CAY-06", 1), r.cartWith(t, "CAY-06", 3)
	require.Equal(t, http.StatusCreated, r.bring(t, own).StatusCode)
	_, err := r.deps.Claims.Claim(t.Context(), order.CartKey(bought.id), "ord_bir")
	require.NoError(t, err)
	a := r.bring(t, bought)
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	require.Equal(t, own.id, a.json["cart_id"])
	require.Equal(t, "cart_checked_out", a.json["cart_refused"])
	require.Equal(t, "not_found", r.bring(t, openedCart{id: r.newCart(t).id}).json["cart_refused"], "its secret is missing")
	require.Equal(t, map[string]float64{"CAY-06": 1}, r.ownLines(t, me))
	put := me.as("PUT", "/v1/account/cart", `{"cart_id":"`+bought.id+`"}`).with("X-Cart-Secret", bought.secret)
	requireProblem(t, r.do(t, put), 409, "cart_checked_out")
	require.Equal(t, http.StatusOK, r.do(t, bought.in("GET", "", "")).StatusCode, "its buyer sees it as before")
}

func TestOwnCart_SaysWhatFoundNoRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	require.Equal(t, http.StatusCreated, r.bring(t, r.cartWith(t, "CAY-06", 98)).StatusCode)
	guest := r.cartWith(t, "CAY-06", 2)
	put := me.as("PUT", "/v1/account/cart", `{"cart_id":"`+guest.id+`"}`).with("X-Cart-Secret", guest.secret)
	a := r.do(t, put)
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, []any{"CAY-06"}, a.json["left_out"])
}
