package audit_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// violation plants one break of an invariant and returns whom the audit has to
// name for it.
type violation struct {
	invariant, when string
	plant           func(*testing.T, scene) string
}

const nobody = "ord_nobody"

func violations() []violation {
	all := []violation{
		{"order.known_state", "an order stands where none can", setOrder("state.status", "on_holiday")},
		{"order.not_stuck", "an open order waits for nobody", setOrder("state.status", "authorized")},
		{"order.has_its_run", "a closed order's workflow runs", setOrder("state.open", false)},
		{"order.on_its_way_is_open", "an order on its way is closed", func(t *testing.T, s scene) string {
			change(t, "orders", s.rejected.OrderID, set("state.status", "awaiting_customer"))
			return s.rejected.OrderID
		}},
		{"order.has_its_run", "an open order's workflow is over", func(t *testing.T, s scene) string {
			change(t, "orders", s.rejected.OrderID, set("state.open", true))
			return s.rejected.OrderID
		}},
		{"quote.adds_up", "the total is no sum of the lines", setOrder("quote.total.amount", int64(1))},
		{"quote.adds_up", "the total is in another currency", setOrder("quote.total.currency", "EUR")},
		{"quote.adds_up", "a line is not its price times its quantity", setOrder("quote.lines.0.unit_price.amount", int64(1))},
		{"story.placed_once", "the timeline says it twice", func(t *testing.T, s scene) string {
			change(t, "timelines", s.placed.OrderID+"/0", set("entries.again.kind", "order_placed"))
			return s.placed.OrderID
		}},
		{"story.placed_once", "the timeline of a rejected order says it", func(t *testing.T, s scene) string {
			change(t, "timelines", s.rejected.OrderID+"/0", set("entries.again.kind", "order_placed"))
			return s.rejected.OrderID
		}},
		{"outbox.placed_once", "the event is another order's", func(t *testing.T, s scene) string {
			var told struct {
				ID string `bson:"_id"`
			}
			of := bson.D{field("order_id", s.placed.OrderID), field("kind", "order.placed")}
			require.NoError(t, rig.App.DB.Collection(eventsOf(t, of)).FindOne(t.Context(), of).Decode(&told))
			change(t, eventsOf(t, of), told.ID, set("order_id", nobody))
			return s.placed.OrderID
		}},
		{"outbox.placed_once", "a second event was told", func(t *testing.T, s scene) string {
			add(t, "outbox_told", s.placed.OrderID+":order.placed:again", field("order_id", s.placed.OrderID), field("kind", "order.placed"))
			return s.placed.OrderID
		}},
		{"claim.ends_with_order", "a cancelled order keeps its cart", func(t *testing.T, s scene) string {
			return add(t, "claims", order.CartKey(s.cancelled.CartID), field("owner", s.cancelled.OrderID))
		}},
		{"claim.lasts_with_order", "somebody else has a placed order's cart", func(t *testing.T, s scene) string {
			change(t, "claims", order.CartKey(s.placed.CartID), set("owner", nobody))
			return s.placed.OrderID
		}},
		{"inbox.is_delivered", "a webhook lies there", func(t *testing.T, _ scene) string {
			return add(t, "payment_inbox", "stripe:evt_kept")
		}},
	}
	return slices.Concat(all, attemptViolations(), paymentViolations(), stockViolations(), parcelViolations(), mailViolations(), termsViolations(), privacyViolations(), catalogViolations())
}

func termsViolations() []violation {
	return []violation{
		{"terms.accepted", "nothing was accepted", setOrder("accepted_terms", bson.A{})},
		{"terms.accepted", "another text was accepted twice", setOrder("accepted_terms.1.kind", "pre_information")},
		{"terms.as_accepted", "the hash is another text's", setOrder("accepted_terms.0.hash", strings.Repeat("0", 64))},
		{"terms.as_accepted", "the version was never published", setOrder("accepted_terms.0.number", int64(99))},
		{"terms.never_changed", "a contract was edited where it stands", func(t *testing.T, _ scene) string {
			change(t, "terms", "distance_sales/tr/1", set("text", "# Bambaşka bir sözleşme"))
			return "distance_sales/tr/1"
		}},
	}
}

func privacyViolations() []violation {
	destroy := func(t *testing.T, of, part string) {
		t.Helper()
		var row struct {
			Sealed map[string]struct {
				Subject string `bson:"subject"`
			} `bson:"sealed"`
		}
		require.NoError(t, rig.App.DB.Collection("orders").FindOne(t.Context(), bson.D{field("_id", of)}).Decode(&row))
		change(t, "person_keys", row.Sealed[part].Subject, set("destroyed_at", time.Now().UTC()))
	}
	return []violation{
		{"privacy.open_order_is_readable", "the contact of an order that runs was destroyed", func(t *testing.T, s scene) string {
			destroy(t, s.placed.OrderID, "contact")
			return s.placed.OrderID
		}},
		{"privacy.key_is_there", "its key is another's", setOrder("sealed.contact.subject", nobody)},
		{"privacy.forgotten", "it was erased and its key was not", func(t *testing.T, _ scene) string {
			return add(t, "accounts", "usr_nobody", field("erased_at", time.Now().UTC()))
		}},
		{"privacy.forgotten", "its erasure was due and did nothing", func(t *testing.T, _ scene) string {
			return add(t, "accounts", "usr_overdue", field("erasure", bson.D{field("due", time.Now().UTC().Add(-time.Hour))}))
		}},
		{"privacy.forgotten", "a mail address still leads to what they bought", func(t *testing.T, s scene) string {
			change(t, "orders", s.cancelled.OrderID, bson.D{field("customer_id", "usr_gone"), field("email_key", "k")})
			add(t, "person_keys", "usr_gone", field("destroyed_at", time.Now().UTC()))
			add(t, "accounts", "usr_gone", field("erased_at", time.Now().UTC()))
			return s.cancelled.OrderID
		}},
		{"privacy.waits_for_orders", "it was erased before its order was over", func(t *testing.T, s scene) string {
			change(t, "orders", s.placed.OrderID, set("customer_id", "usr_early"))
			add(t, "person_keys", "usr_early", field("destroyed_at", time.Now().UTC()))
			return add(t, "accounts", "usr_early", field("erased_at", time.Now().UTC()))
		}},
	}
}

func attemptViolations() []violation {
	return []violation{
		{"attempt.has_its_order", "its order does not exist", func(t *testing.T, _ scene) string {
			return add(t, "payment_attempts", nobody+"-attempt-lost", field("order_id", nobody), field("ref", "pi_asked"))
		}},
		{"attempt.asks_the_total", "it asks for more", setAttempt("amount.amount", int64(9_999_999))},
		{"attempt.is_at_provider", "the provider does not know it", setAttempt("ref", "pi_nowhere")},
		{"attempt.agrees", "it says less is held", setAttempt("held", int64(1))},
		{"payment.has_its_attempt", "the attempt forgot it", func(t *testing.T, s scene) string {
			a := paid(t, s.placed)
			change(t, "payment_attempts", a.ID, set("ref", ""))
			return a.Ref
		}},
		{"op.named_after_order", "it bears another order's name", func(t *testing.T, s scene) string {
			op := nobody + "-void-lost"
			change(t, "payment_attempts", paid(t, s.placed).ID, set("ops."+op, bson.D{field("kind", "void"), field("state", "yes")}))
			return op
		}},
		{"op.same_amount", "it is over another amount", setOp("amount.amount", int64(1))},
		{"op.is_answered", "a placed order's was sent and never answered", setOp("state", string(payment.OpInFlight))},
		{"op.is_answered", "a placed order's is unknown", setOp("state", string(payment.OpUnanswered))},
	}
}

func paymentViolations() []violation {
	return []violation{
		{"payment.has_its_order", "an unknown order's money is held", func(t *testing.T, _ scene) string {
			return hold(t, nobody, 10_000, "try")
		}},
		{"payment.leaves_nothing", "an open payment was left behind", func(t *testing.T, s scene) string {
			return intent(t, intentForm(s.placed.OrderID, 10_000, "try"))
		}},
		{"payment.held_once", "the shopper pays twice", func(t *testing.T, s scene) string {
			hold(t, s.placed.OrderID, 10_000, "try")
			return s.placed.OrderID
		}},
		{"payment.held_in_full", "the order costs more than is held", setOrder("quote.total.amount", int64(9_999_999))},
		{"payment.held_in_full", "a person was asked for another reason", func(t *testing.T, s scene) string {
			change(t, "orders", s.placed.OrderID, bson.D{field("quote.total.amount", int64(9_999_999)), field("state.attention", bson.D{field("reason", "run_was_lost")})})
			return s.placed.OrderID
		}},
		{"payment.given_back", "a cancelled order holds money", func(t *testing.T, s scene) string {
			hold(t, s.cancelled.OrderID, 10_000, "try")
			return s.cancelled.OrderID
		}},
		{"payment.not_too_much", "more is held than an order on its way costs", func(t *testing.T, s scene) string {
			change(t, "orders", s.placed.OrderID, bson.D{field("state.status", "authorized"), field("quote.total.amount", int64(1))})
			return s.placed.OrderID
		}},
		{"payment.captured_once", "more was captured than the order costs", func(t *testing.T, s scene) string {
			change(t, "orders", s.completed.OrderID, set("quote.total.amount", int64(1)))
			return s.completed.OrderID
		}},
		{"payment.same_currency", "another currency is held", func(t *testing.T, s scene) string {
			return hold(t, s.placed.OrderID, 10_000, "usd")
		}},
	}
}

func stockViolations() []violation {
	return []violation{
		{"stock.adds_up", "units are available from nowhere", func(t *testing.T, s scene) string {
			return changeItem(t, s.placed, set("available", int64(1_000)))
		}},
		{"stock.not_oversold", "more is sold than there is", func(t *testing.T, s scene) string {
			return changeItem(t, s.placed, set("available", int64(-1)))
		}},
		{"stock.rebuilt", "a counter moved without a movement", func(t *testing.T, s scene) string {
			return changeItem(t, s.placed, bson.D{field("on_hand", int64(11)), field("available", int64(9))})
		}},
		{"stock.entry_reads", "an entry is no entry", func(t *testing.T, s scene) string {
			return changeItem(t, s.placed, set("ops.odd", "nonsense"))
		}},
		{"stock.entry_reads", "an entry is of no kind", func(t *testing.T, s scene) string {
			return changeItem(t, s.placed, set("ops.odd", "z:1:1"))
		}},
		{"stock.has_its_order", "a movement is an unknown order's", func(t *testing.T, s scene) string {
			item := itemOf(t, s.placed)
			add(t, "stock_movements", item+"|"+nobody+"-reserve-lost|x", field("item", item),
				field("op", nobody+"-reserve-lost"), field("kind", "x"), field("quantity", int64(2)))
			return item
		}},
		{"stock.sold_once", "an order took its units twice", func(t *testing.T, s scene) string {
			changeItem(t, s.placed, set("ops."+s.placed.OrderID+"-reserve-again", "c:2:1"))
			return s.placed.OrderID
		}},
		{"stock.sold_once", "an order took what it never bought", func(t *testing.T, s scene) string {
			changeItem(t, s.twoCards, set("ops."+s.placed.OrderID+"-reserve-other", "c:1:1"))
			return s.placed.OrderID
		}},
		{"stock.given_back", "a cancelled order keeps units", func(t *testing.T, s scene) string {
			changeItem(t, s.cancelled, set("ops."+s.cancelled.OrderID+"-reserve-again", "r:2:1"))
			return s.cancelled.OrderID
		}},
	}
}

func field(name string, value any) bson.E { return bson.E{Key: name, Value: value} }

func set(name string, value any) bson.D { return bson.D{field(name, value)} }

// setOrder changes the placed order, and has it named.
func setOrder(name string, value any) func(*testing.T, scene) string {
	return func(t *testing.T, s scene) string {
		change(t, "orders", s.placed.OrderID, set(name, value))
		return s.placed.OrderID
	}
}

// setAttempt changes the attempt that paid the placed order.
func setAttempt(name string, value any) func(*testing.T, scene) string {
	return func(t *testing.T, s scene) string {
		a := paid(t, s.placed)
		change(t, "payment_attempts", a.ID, set(name, value))
		return a.ID
	}
}

// setOp changes the op that brought the placed order its money.
func setOp(name string, value any) func(*testing.T, scene) string {
	return func(t *testing.T, s scene) string {
		a := paid(t, s.placed)
		op := strings.Replace(a.ID, "-attempt-", "-"+string(payment.OpAuthorize)+"-", 1)
		require.Contains(t, a.Ops, op)
		change(t, "payment_attempts", a.ID, set("ops."+op+"."+name, value))
		return op
	}
}

func paid(t *testing.T, p *lab.Shopper) payment.Attempt {
	t.Helper()
	o, err := rig.App.Orders.Find(t.Context(), p.OrderID)
	require.NoError(t, err)
	a, err := rig.App.Attempts.Find(t.Context(), o.State.AttemptID)
	require.NoError(t, err)
	return a
}

// eventsOf names the collection that an event stands in.
func eventsOf(t *testing.T, event bson.D) string {
	t.Helper()
	told, err := rig.App.DB.Collection("outbox_told").CountDocuments(t.Context(), event)
	require.NoError(t, err)
	if told > 0 {
		return "outbox_told"
	}
	return "outbox"
}

func itemOf(t *testing.T, p *lab.Shopper) string {
	t.Helper()
	o, err := rig.App.Orders.Find(t.Context(), p.OrderID)
	require.NoError(t, err)
	return stock.DefaultLocation + "/" + o.Quote.Lines[0].SKU
}

func changeItem(t *testing.T, p *lab.Shopper, fields bson.D) string {
	t.Helper()
	item := itemOf(t, p)
	change(t, "stock", item, fields)
	return item
}

func intentForm(orderID string, minor int64, currency string) url.Values {
	return url.Values{
		"amount": {strconv.FormatInt(minor, 10)}, "currency": {currency}, "metadata[order_id]": {orderID},
		"capture_method": {"manual"}, "confirmation_method": {"manual"}, "payment_method_types[]": {"card"},
	}
}

// hold has the provider hold money for an order behind the product's back.
func hold(t *testing.T, orderID string, minor int64, currency string) string {
	t.Helper()
	form := intentForm(orderID, minor, currency)
	form.Set("payment_method", "pm_card_visa")
	form.Set("confirm", "true")
	return intent(t, form)
}

// intent makes a payment at the provider, and cancels it when the row is over.
func intent(t *testing.T, form url.Values) string {
	t.Helper()
	ref := post(t, "/v1/payment_intents", form)
	t.Cleanup(func() { post(t, "/v1/payment_intents/"+ref+"/cancel", url.Values{}) })
	return ref
}

func post(t *testing.T, path string, form url.Values) string {
	t.Helper()
	// A row's own context is over when its clean-up cancels a payment.
	req, err := http.NewRequest(http.MethodPost, rig.Stripe.URL+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+stripe.DefaultSecretKey)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	var answer struct {
		ID    string          `json:"id"`
		Error json.RawMessage `json:"error"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
	require.Equal(t, http.StatusOK, res.StatusCode, string(answer.Error))
	return answer.ID
}
