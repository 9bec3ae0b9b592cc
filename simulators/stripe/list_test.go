package stripe_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// intents makes n intents and returns their ids, the newest first.
func (r *rig) intents(t *testing.T, n int) []string {
	t.Helper()

	var ids []string
	for range n {
		ids = append(ids, r.newIntent(t, 124990).ID)
	}
	slices.Reverse(ids)
	return ids
}

func (r *rig) listed(t *testing.T, p *stripego.PaymentIntentListParams) (ids []string, more bool) {
	t.Helper()

	it := r.api.PaymentIntents.List(p)
	for it.Next() {
		ids = append(ids, it.PaymentIntent().ID)
	}
	require.NoError(t, it.Err())
	return ids, it.Meta().HasMore
}

func TestAListIsWalkedPageByPageTheNewestFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids := r.intents(t, 25)

	got, more := r.listed(t, &stripego.PaymentIntentListParams{})
	require.Equal(t, ids, got, "the client asks for further pages by itself")
	require.False(t, more)
	// A call stands in the journal a moment after its answer has arrived.
	require.Eventually(t, func() bool { return len(r.Calls()) == 25+3 }, 5*time.Second, time.Millisecond)

	one := &stripego.PaymentIntentListParams{}
	one.Single, one.Limit = true, stripego.Int64(7)
	got, more = r.listed(t, one)
	require.Equal(t, ids[:7], got)
	require.True(t, more)

	one.StartingAfter = stripego.String(ids[20])
	got, more = r.listed(t, one)
	require.Equal(t, ids[21:], got)
	require.False(t, more)

	before := &stripego.PaymentIntentListParams{}
	before.Single, before.Limit, before.EndingBefore = true, stripego.Int64(3), stripego.String(ids[5])
	got, more = r.listed(t, before)
	require.Equal(t, []string{ids[4], ids[3], ids[2]}, got, "the page next to the cursor; the client turns it round to walk on")
	require.True(t, more)
	wire := r.send(t, plain{method: "GET", path: "/v1/payment_intents?limit=3&ending_before=" + ids[5]})
	require.Equal(t, ids[2], wire.body["data"].([]any)[0].(map[string]any)["id"], "on the wire the newest is first")
}

func TestAListIsNarrowedByTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old := r.intents(t, 2)
	require.NoError(t, r.Clock().Advance(time.Hour))
	young := r.intents(t, 2)
	since := r.Clock().Now().Add(-time.Minute).Unix()

	got, _ := r.listed(t, &stripego.PaymentIntentListParams{CreatedRange: &stripego.RangeQueryParams{GreaterThanOrEqual: since}})
	require.Equal(t, young, got)
	got, _ = r.listed(t, &stripego.PaymentIntentListParams{CreatedRange: &stripego.RangeQueryParams{LesserThan: since}})
	require.Equal(t, old, got)
	got, _ = r.listed(t, &stripego.PaymentIntentListParams{Customer: stripego.String("cus_1")})
	require.Empty(t, got)
}

func TestAListRefusesWhatIsNoPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for query, param := range map[string]string{
		"limit=0":                             "limit",
		"limit=101":                           "limit",
		"starting_after=pi_yok":               "starting_after",
		"ending_before=pi_yok":                "ending_before",
		"starting_after=pi_1&ending_before=2": "starting_after",
		"sayfa=2":                             "sayfa",
		"created[gte]=dun":                    "created[gte]",
	} {
		got := r.send(t, plain{method: "GET", path: "/v1/payment_intents?" + query})
		require.Equal(t, 400, got.status, query)
		require.Equal(t, param, got.failure()["param"], query)
	}
}

func TestChargesOfAnIntentAreListedWithTheFailedOnes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.held(t, 5000, "pm_card_visa")
	id := r.newIntent(t, 124990).ID
	_, err := r.confirm(id, "pm_card_visa_chargeDeclined")
	require.Error(t, err)
	pi, err := r.confirm(id, "pm_card_visa")
	require.NoError(t, err)

	var statuses []stripego.ChargeStatus
	it := r.api.Charges.List(&stripego.ChargeListParams{PaymentIntent: stripego.String(id)})
	for it.Next() {
		statuses = append(statuses, it.Charge().Status)
	}
	require.NoError(t, it.Err())
	require.Equal(t, []stripego.ChargeStatus{"succeeded", "failed"}, statuses)

	p := &stripego.ChargeParams{}
	p.AddExpand("payment_intent.latest_charge")
	ch, err := r.api.Charges.Get(pi.LatestCharge.ID, p)
	require.NoError(t, err)
	require.Equal(t, id, ch.PaymentIntent.ID)
	require.Equal(t, ch.ID, ch.PaymentIntent.LatestCharge.ID)
}

func (r *rig) search(t *testing.T, query string) []string {
	t.Helper()

	ids := []string{}
	it := r.api.PaymentIntents.Search(&stripego.PaymentIntentSearchParams{SearchParams: stripego.SearchParams{Query: query}})
	for it.Next() {
		ids = append(ids, it.PaymentIntent().ID)
	}
	require.NoError(t, it.Err())
	return ids
}

func TestTheSearchUnderstandsStripesQueries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := manual(250000)
	p.AddMetadata("order_id", "ord_02K")
	pi, err := r.api.PaymentIntents.New(p)
	require.NoError(t, err)
	big := []string{pi.ID}
	small := []string{r.held(t, 124990, "pm_card_visa").ID}

	require.Equal(t, big, r.search(t, "metadata['order_id']:'ord_02K'"))
	require.Equal(t, small, r.search(t, `metadata["order_id"]:"ord_01H"`))
	require.Equal(t, small, r.search(t, "status:'requires_capture'"))
	require.Equal(t, big, r.search(t, "-status:'requires_capture'"))
	require.Equal(t, big, r.search(t, "amount>124990 AND currency:'try'"))
	require.Equal(t, append(small, big...), r.search(t, "amount:250000 OR amount<=124990"))
	require.Equal(t, small, r.search(t, "metadata['order_id']~'01h' AND created>0 AND amount>=1 AND amount<200000"))
	require.Empty(t, r.search(t, "customer:'cus_1'"))
}

func TestTheSearchIsBehind(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *stripe.Config) { c.SearchLag = 0 }) // Stripe's usual lag
	pi := r.newIntent(t, 124990)

	require.Empty(t, r.search(t, "metadata['order_id']:'ord_01H'"))
	require.NoError(t, r.Clock().Advance(30*time.Second))
	require.Equal(t, []string{pi.ID}, r.search(t, "metadata['order_id']:'ord_01H'"))
}

func TestTheSearchIsWalkedByNextPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids := r.intents(t, 23)

	require.Equal(t, ids, r.search(t, "currency:'try'"))
	got := r.send(t, plain{method: "GET", path: "/v1/payment_intents/search?query=currency:%27try%27&limit=23"})
	require.Nil(t, got.body["next_page"])
	require.Equal(t, false, got.body["has_more"])
}

func TestTheSearchRefusesWhatItCanNotRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for query, says := range map[string]string{
		"query=":                 "unable to parse",
		"query=renk:%27mavi%27":  "unsupported search field",
		"query=metadata:%27x%27": "unsupported search field",
		"query=amount:1%20AND%20amount:2%20OR%20amount:3":   "cannot mix AND and OR",
		"query=amount:1&page=ileri":                         "Invalid page",
		"limit=10":                                          "Missing required param: query",
		"query=amount:1&starting_after=pi_1":                "unknown parameter",
		"query=currency:%27try%27&limit=1000":               "less than or equal to 100",
		"query=metadata%5B%27op_id%27%5D:%27x%27%20AND%20y": "unable to parse",
	} {
		got := r.send(t, plain{method: "GET", path: "/v1/payment_intents/search?" + query})
		require.Equal(t, 400, got.status, query)
		require.Contains(t, got.failure()["message"], says, query)
	}
}
