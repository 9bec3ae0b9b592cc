package mongo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/seal"
)

// personal are the words of whom the tests are about.
var personal = []string{
	"Işıl", "Özgür", "isil.ozgur", "example.com", "5321234567", "Şair Nedim", "Beşiktaş", "İstanbul", "34357",
}

func resident() order.Contact {
	return order.Contact{
		Name: "Işıl Özgür", Email: "isil.ozgur@example.com", Phone: "+905321234567",
		Address: order.Address{Line1: "Şair Nedim Caddesi No: 8", District: "Beşiktaş", Province: "İstanbul", Postcode: "34357", Country: "TR"},
	}
}

func orderOf(id, customer string) order.Order {
	o := pending(id)
	o.CustomerID, o.Contact = customer, resident()
	return o
}

func cartOf(id, customer string) cart.Cart {
	r := resident()
	return cart.Cart{
		ID: id, Currency: "TRY", Language: "tr", Rev: 1, CustomerID: customer, CreatedAt: noon, UpdatedAt: noon,
		Contact: &cart.Contact{Name: r.Name, Email: r.Email, Phone: r.Phone, Address: cart.Address(r.Address)},
	}
}

// house is a vault with the stores that use it.
type house struct {
	db     *driver.Database
	vault  *mongo.Vault
	orders *mongo.Orders
	carts  *mongo.Carts
}

func masters(t *testing.T, ids ...string) *seal.Keyring {
	t.Helper()
	keys := make([]seal.Key, len(ids))
	for i, id := range ids {
		keys[i] = seal.Key{ID: id, Bytes: bytes.Repeat([]byte(id[1:]), seal.KeyBytes)}
	}
	ring, err := seal.NewKeyring(keys...)
	require.NoError(t, err)
	return ring
}

// houseOf is a process on db, with a memory of its own.
func houseOf(t *testing.T, db *driver.Database, now clock.Clock, ids ...string) house {
	t.Helper()
	v := mongo.NewVault(db, masters(t, ids...), now)
	return house{db: db, vault: v, orders: mongo.NewOrders(db, v), carts: mongo.NewCarts(db, v)}
}

func newHouse(t *testing.T) house {
	t.Helper()
	return houseOf(t, mongotest.Database(t), clock.System, "k1")
}

// stored is everything of a collection as the server has it.
func (h house) stored(t *testing.T, collection string) []bson.Raw {
	t.Helper()
	var rows []bson.Raw
	require.NoError(t, mongo.NewRaw(h.db).All(t.Context(), collection, &rows))
	return rows
}

func (h house) requireNothingPersonal(t *testing.T) {
	t.Helper()
	for _, collection := range []string{"orders", "carts", "person_keys"} {
		for _, row := range h.stored(t, collection) {
			for _, word := range personal {
				require.NotContains(t, string(row), word, collection)
			}
		}
	}
}

func TestVault_NothingPersonalIsReadableInTheStore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.db.Collection("orders").InsertOne(t.Context(), orderOf("ord_plain", "guest"))
	require.NoError(t, err)
	require.Contains(t, string(h.stored(t, "orders")[0]), "Beşiktaş", "the test would see it")
	_, err = h.db.Collection("orders").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: "ord_plain"}})
	require.NoError(t, err)

	for _, customer := range []string{"guest", "usr_1"} {
		created, err := h.orders.Create(t.Context(), orderOf("ord_"+customer, customer))
		require.NoError(t, err)
		require.True(t, created)
		found, err := h.orders.Find(t.Context(), "ord_"+customer)
		require.NoError(t, err)
		require.Equal(t, resident(), found.Contact)

		c := cartOf("crt_"+customer, customer)
		require.NoError(t, h.carts.Create(t.Context(), c))
		c, err = h.carts.Save(t.Context(), c)
		require.NoError(t, err)
		again, err := h.carts.Find(t.Context(), c.ID)
		require.NoError(t, err)
		require.Equal(t, c.Contact, again.Contact)
		require.Equal(t, customer, again.CustomerID)
	}
	h.requireNothingPersonal(t)
	require.Len(t, h.stored(t, "orders"), 2)
	require.Len(t, h.stored(t, "carts"), 2)
	subjects := map[string]bool{}
	for _, row := range h.stored(t, "person_keys") {
		subjects[row.Lookup("_id").StringValue()] = true
	}
	require.Equal(t, map[string]bool{"ord_guest": true, "crt_guest": true, "usr_1": true}, subjects, "one key a person, one for each thing of a guest")
}

func TestVault_ListsAndClosedStoresOpenNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := orderOf("ord_1", "guest")
	o.State.Attention = &order.Attention{Reason: order.ReasonPaymentUnknown, Since: noon}
	_, err := h.orders.Create(t.Context(), o)
	require.NoError(t, err)
	lists := map[string]func() ([]order.Order, error){
		"after":       func() ([]order.Order, error) { return h.orders.After(t.Context(), "", 10) },
		"open":        func() ([]order.Order, error) { return h.orders.Open(t.Context(), "", 10) },
		"need person": func() ([]order.Order, error) { return h.orders.NeedPerson(t.Context(), 10) },
	}
	for name, list := range lists {
		found, err := list()
		require.NoError(t, err, name)
		require.Len(t, found, 1, name)
		require.Equal(t, o.Number, found[0].Number)
		require.Zero(t, found[0].Contact, name)
	}
	found, err := h.orders.Closed().Find(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, o.Number, found.Number)
	require.Zero(t, found.Contact)
	require.False(t, found.Erased, "it is there, for others")
	_, err = h.orders.Closed().Create(t.Context(), orderOf("ord_2", "guest"))
	require.Error(t, err, "nothing is ever written in plain")
}

func TestVault_ADestroyedKeyErasesEverythingOfItsPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, h.carts.Create(t.Context(), cartOf("crt_1", "usr_1")))
	for id, customer := range map[string]string{"ord_1": "usr_1", "ord_2": "usr_1", "ord_3": "usr_2"} {
		_, err := h.orders.Create(t.Context(), orderOf(id, customer))
		require.NoError(t, err)
	}
	require.NoError(t, h.vault.Destroy(t.Context(), "usr_1"))
	require.NoError(t, h.vault.Destroy(t.Context(), "usr_1"), "it is safe to repeat")

	// The process that destroyed it, and one that remembers nothing.
	for _, at := range []house{h, houseOf(t, h.db, clock.System, "k1")} {
		for _, id := range []string{"ord_1", "ord_2"} {
			found, err := at.orders.Find(t.Context(), id)
			require.NoError(t, err)
			require.True(t, found.Erased)
			require.Zero(t, found.Contact)
			require.Equal(t, "7KXM-92QD", found.Number, "the order itself stays")
		}
		c, err := at.carts.Find(t.Context(), "crt_1")
		require.NoError(t, err)
		require.True(t, c.Erased)
		require.Nil(t, c.Contact)
		other, err := at.orders.Find(t.Context(), "ord_3")
		require.NoError(t, err)
		require.False(t, other.Erased)
		require.Equal(t, resident(), other.Contact)

		_, err = at.orders.Create(t.Context(), orderOf("ord_4", "usr_1"))
		require.True(t, fault.Is(err, fault.Conflict), "a key that was destroyed is never made again: %v", err)
		c.Contact = cartOf("", "").Contact
		_, err = at.carts.Save(t.Context(), c)
		require.True(t, fault.Is(err, fault.Conflict))
	}
	for _, row := range h.stored(t, "person_keys") {
		if row.Lookup("_id").StringValue() == "usr_1" {
			_, err := row.LookupErr("wrapped")
			require.Error(t, err, "nothing of the key is left")
			first := row.Lookup("destroyed_at").Time()
			require.False(t, first.IsZero())
		}
	}
}

func TestVault_KeepsWhatTheLawWantsForItsTermAndNoLonger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, id := range []string{"ord_sold", "ord_unpaid"} {
		o := orderOf(id, order.Guest)
		o.AcceptedAt = noon
		o.Invoice = &order.Invoice{Name: "Işıl Özgür"}
		_, err := h.orders.Create(t.Context(), o)
		require.NoError(t, err)
		require.True(t, fault.Is(h.vault.Destroy(t.Context(), order.InvoiceSubject(id)), fault.Conflict))
	}
	for range 2 {
		require.NoError(t, h.vault.Drop(t.Context(), order.InvoiceSubject("ord_unpaid")))
	}
	invoiced := func(id string) bool {
		o, err := houseOf(t, h.db, clock.System, "k1").orders.Find(t.Context(), id)
		require.NoError(t, err)
		return o.Invoice != nil
	}
	require.False(t, invoiced("ord_unpaid"))
	expired, err := h.vault.Expire(t.Context(), noon.AddDate(9, 0, 0))
	require.NoError(t, err)
	require.Zero(t, expired)
	require.True(t, invoiced("ord_sold"))
	expired, err = h.vault.Expire(t.Context(), noon.AddDate(11, 0, 0))
	require.NoError(t, err)
	require.Equal(t, 1, expired)
	require.False(t, invoiced("ord_sold"))
	o, err := h.orders.Find(t.Context(), "ord_sold")
	require.NoError(t, err)
	require.False(t, o.Erased, "the contact's key has no term")
}

func TestVault_WhatIsMovedDoesNotOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := orderOf("ord_2", "usr_1")
	other.Contact.Name = "Mehmet Çağlar"
	for _, o := range []order.Order{orderOf("ord_1", "usr_1"), other, orderOf("ord_3", "guest")} {
		_, err := h.orders.Create(t.Context(), o)
		require.NoError(t, err)
	}
	sealed := map[string]bson.RawValue{}
	for _, row := range h.stored(t, "orders") {
		sealed[row.Lookup("_id").StringValue()] = row.Lookup("sealed")
	}
	move := func(from, to string) {
		t.Helper()
		_, err := h.db.Collection("orders").UpdateByID(t.Context(), to, bson.D{{Key: "$set", Value: bson.D{{Key: "sealed", Value: sealed[from]}}}})
		require.NoError(t, err)
	}
	for _, from := range []string{"ord_2", "ord_3"} {
		move(from, "ord_1")
		_, err := h.orders.Find(t.Context(), "ord_1")
		require.ErrorContains(t, err, "does not open", from)
		require.NotContains(t, err.Error(), "Mehmet")
	}
	move("ord_1", "ord_1")
	_, err := h.db.Collection("orders").UpdateByID(t.Context(), "ord_1", bson.D{{Key: "$set", Value: bson.D{{Key: "sealed.contact.subject", Value: "ord_3"}}}})
	require.NoError(t, err)
	_, err = h.orders.Find(t.Context(), "ord_1")
	require.ErrorContains(t, err, "does not open", "another's key")
}

func TestVault_RotatesItsMasterKeyAndNamesOneThatIsMissing(t *testing.T) {
	t.Parallel()
	first := newHouse(t)
	ids := []string{}
	for i := range 5 {
		id := fmt.Sprint("ord_", i)
		ids = append(ids, id)
		_, err := first.orders.Create(t.Context(), orderOf(id, "guest"))
		require.NoError(t, err)
	}
	require.NoError(t, first.vault.Destroy(t.Context(), "ord_4"))

	early := houseOf(t, first.db, clock.System, "k2")
	_, err := early.vault.Rewrap(t.Context())
	require.ErrorContains(t, err, "master keys that are missing: k1.")
	_, err = early.orders.Find(t.Context(), "ord_0")
	require.True(t, fault.Is(err, fault.Internal), "a missing master key is no erasure: %v", err)

	rolled := houseOf(t, first.db, clock.System, "k2", "k1")
	n, err := rolled.vault.Rewrap(t.Context())
	require.NoError(t, err)
	require.Equal(t, 4, n)
	n, err = rolled.vault.Rewrap(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	for _, at := range []house{rolled, houseOf(t, first.db, clock.System, "k2")} {
		for _, id := range ids {
			found, err := at.orders.Find(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, id == "ord_4", found.Erased)
		}
		_, err := at.vault.Rewrap(t.Context())
		require.NoError(t, err)
	}
}

func TestVault_NamesEveryMasterKeyThatIsMissing(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	for i, master := range []string{"k1", "k2", "k2", "k3", "k4"} {
		_, err := houseOf(t, db, clock.System, master).orders.Create(t.Context(), orderOf(fmt.Sprint("ord_", i), "guest"))
		require.NoError(t, err)
	}
	last := houseOf(t, db, clock.System, "k4")
	require.NoError(t, last.vault.Destroy(t.Context(), "ord_3"))
	absent, err := last.vault.MissingMasters(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"k1", "k2"}, absent, "a key that was destroyed needs no master key")
	absent, err = houseOf(t, db, clock.System, "k4", "k1", "k2").vault.MissingMasters(t.Context())
	require.NoError(t, err)
	require.Empty(t, absent)
}

func TestVault_RemembersForHalfAMinuteAndNotLongerThanAKeyLivesHere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.orders.Create(t.Context(), orderOf("ord_1", "guest"))
	require.NoError(t, err)
	var ahead atomic.Int64
	other := houseOf(t, h.db, func() time.Time { return noon.Add(time.Duration(ahead.Load())) }, "k1")
	erased := func(at house) bool {
		t.Helper()
		found, err := at.orders.Find(t.Context(), "ord_1")
		require.NoError(t, err)
		return found.Erased
	}
	require.False(t, erased(other))
	require.NoError(t, h.vault.Destroy(t.Context(), "ord_1"))
	require.True(t, erased(h), "at once where it was destroyed")
	ahead.Store(int64(29 * time.Second))
	require.False(t, erased(other), "another process remembers it")
	ahead.Store(int64(30 * time.Second))
	require.True(t, erased(other), "for half a minute")
}

func TestVault_DoesNotRememberWhatWasReadBeforeItWasDestroyed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.orders.Create(t.Context(), orderOf("ord_1", "guest"))
	require.NoError(t, err)
	at := houseOf(t, h.db, clock.System, "k1")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			for range 20 {
				_, err := at.orders.Find(t.Context(), "ord_1")
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	require.NoError(t, at.vault.Destroy(t.Context(), "ord_1"))
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	found, err := at.orders.Find(t.Context(), "ord_1")
	require.NoError(t, err)
	require.True(t, found.Erased)
}

func TestVault_OfKeysMadeAtOnceOneStands(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	houses := make([]house, 6)
	for i := range houses {
		houses[i] = houseOf(t, db, clock.System, "k1")
	}
	for _, customer := range []string{"guest", "usr_1"} {
		errs := make([]error, len(houses))
		var wg sync.WaitGroup
		for i, h := range houses {
			o := orderOf(fmt.Sprintf("ord_%s_%d", customer, i), customer)
			if customer == "guest" {
				o.ID = "ord_guest"
			}
			wg.Go(func() { _, errs[i] = h.orders.Create(t.Context(), o) })
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
	}
	require.Len(t, houses[0].stored(t, "person_keys"), 2)
	last := houseOf(t, db, clock.System, "k1")
	for _, row := range last.stored(t, "orders") {
		found, err := last.orders.Find(t.Context(), row.Lookup("_id").StringValue())
		require.NoError(t, err)
		require.Equal(t, resident(), found.Contact)
	}
}

func TestVault_CostsAGuestsOrderOneInsert(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sent := map[string]int{}
	db := mongotest.Watched(t, &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if v := e.Command.Lookup(e.CommandName); v.Type == bson.TypeString && v.StringValue() == "person_keys" {
			mu.Lock()
			defer mu.Unlock()
			sent[e.CommandName]++
		}
	}})
	counted := func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		were := sent
		sent = map[string]int{}
		return were
	}
	h := houseOf(t, db, clock.System, "k1")
	_, err := h.orders.Create(t.Context(), orderOf("ord_1", "guest"))
	require.NoError(t, err)
	for range 5 {
		_, err := h.orders.Find(t.Context(), "ord_1")
		require.NoError(t, err)
	}
	require.Equal(t, map[string]int{"insert": 1}, counted())

	worker := houseOf(t, db, clock.System, "k1")
	for range 5 {
		_, err := worker.orders.Find(t.Context(), "ord_1")
		require.NoError(t, err)
		_, err = worker.orders.Closed().Find(t.Context(), "ord_1")
		require.NoError(t, err)
	}
	require.Equal(t, map[string]int{"find": 1}, counted(), "a process that did not write it")

	_, err = h.orders.Create(t.Context(), orderOf("ord_2", "usr_1"))
	require.NoError(t, err)
	require.Equal(t, map[string]int{"find": 1, "insert": 1}, counted(), "a customer's first order")
	_, err = h.orders.Create(t.Context(), orderOf("ord_3", "usr_1"))
	require.NoError(t, err)
	_, err = worker.orders.Create(t.Context(), orderOf("ord_4", "usr_1"))
	require.NoError(t, err)
	require.Equal(t, map[string]int{"find": 1}, counted(), "and further ones")
}
