package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/secret"
)

// hotline hands hints on within the test.
type hotline struct {
	mu        sync.Mutex
	heard     func(string)
	listening int
}

func (h *hotline) Listen(ctx context.Context, heard func(string)) error {
	h.mu.Lock()
	h.heard = heard
	h.listening++
	h.mu.Unlock()
	<-ctx.Done()
	return nil
}

func (h *hotline) say(orderID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.heard != nil {
		h.heard(orderID)
	}
}

// countedStories counts the looks at orders.
type countedStories struct {
	order.Stories
	mu    sync.Mutex
	looks [][]string
}

func (c *countedStories) Revisions(ctx context.Context, ids []string) (map[string]string, error) {
	c.mu.Lock()
	c.looks = append(c.looks, ids)
	c.mu.Unlock()
	return c.Stories.Revisions(ctx, ids)
}

// teller writes the story of an order that has no workflow.
type teller struct {
	*written
	rev int64
}

func (w *teller) tell(t *testing.T, entries ...order.Entry) {
	t.Helper()
	w.rev++
	for i := range entries {
		if entries[i].At.IsZero() {
			entries[i].At = noon.Add(time.Duration(w.rev) * time.Second)
		}
		entries[i].Seq, entries[i].Status = w.rev*10+int64(i), order.Processing
	}
	state := w.order.State
	state.Rev = w.rev
	_, err := w.deps.Orders.Save(t.Context(), order.Save{OrderID: w.order.ID, Run: "run-1", State: state, Entries: entries})
	require.NoError(t, err)
}

func entry(id string, kind order.EntryKind, detail string) order.Entry {
	return order.Entry{ID: id, Kind: kind, Detail: detail, By: "mehmet"}
}

func newTeller(t *testing.T) *teller {
	t.Helper()
	w := &teller{written: writeOrder(t, order.Projection{Status: order.Processing, Open: true, PlacedAt: noon})}
	w.tell(t, entry("checkout-order_placed", order.EntryPlaced, ""), entry("checkout-parcels_planned", order.EntryPlanned, "1"))
	return w
}

// followed is an open stream.
type followed struct {
	res    *http.Response
	lines  chan string
	cancel context.CancelFunc
}

// follow opens a stream of the order with its cookie.
func (w *teller) follow(t *testing.T, query string, headers map[string]string) *followed {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/v1/orders/"+w.order.ID+"/events"+query, nil)
	require.NoError(t, err)
	req.AddCookie(&http.Cookie{Name: "bedesten_order_" + w.order.ID, Value: w.deps.Secrets.Derive(secret.Order, w.order.ID, w.order.SecretEpoch)})
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	f := &followed{res: res, lines: make(chan string, 1000), cancel: cancel}
	t.Cleanup(f.leave)
	go func() {
		defer close(f.lines)
		scanner := bufio.NewScanner(res.Body)
		for scanner.Scan() {
			f.lines <- scanner.Text()
		}
	}()
	return f
}

func (f *followed) leave() {
	f.cancel()
	_ = f.res.Body.Close()
}

// next returns the id and the data of the next event.
func (f *followed) next(t *testing.T) (string, map[string]any) {
	t.Helper()
	id := ""
	for {
		select {
		case line, open := <-f.lines:
			require.True(t, open, "the stream has ended")
			if rest, is := strings.CutPrefix(line, "id: "); is {
				id = rest
			}
			if rest, is := strings.CutPrefix(line, "data: "); is {
				var data map[string]any
				require.NoError(t, json.Unmarshal([]byte(rest), &data))
				return id, data
			}
		case <-time.After(5 * time.Second):
			require.Fail(t, "no event came")
		}
	}
}

func TestEvents_TellTheStoryAndThenWhatIsWrittenOfIt(t *testing.T) {
	t.Parallel()
	w := newTeller(t)
	f := w.follow(t, "", map[string]string{"Accept-Language": "en"})
	require.Equal(t, http.StatusOK, f.res.StatusCode)
	require.Equal(t, "text/event-stream; charset=utf-8", f.res.Header.Get("Content-Type"))
	require.Equal(t, "no-store", f.res.Header.Get("Cache-Control"))
	id, data := f.next(t)
	require.Equal(t, "checkout-order_placed", id)
	require.Equal(t, "Your order is placed", data["text"])
	require.NotContains(t, data, "by", "who of the staff did it is not the shopper's business")
	id, _ = f.next(t)
	require.Equal(t, "checkout-parcels_planned", id)

	w.tell(t, entry("parcel-1-in_transit-parcel_moved", order.EntryParcel, "1 in_transit"))
	id, data = f.next(t)
	require.Equal(t, "parcel-1-in_transit-parcel_moved", id)
	require.Equal(t, "Parcel 1 is on its way", data["text"])

	again := w.follow(t, "", map[string]string{"Last-Event-ID": "checkout-parcels_planned"})
	id, _ = again.next(t)
	require.Equal(t, "parcel-1-in_transit-parcel_moved", id, "it goes on after the last line that was read")
	after := w.follow(t, "?after=parcel-1-in_transit-parcel_moved", nil)
	w.tell(t, entry("parcels-order_fulfilled", order.EntryFulfilled, ""))
	for _, each := range []*followed{f, again, after} {
		id, _ = each.next(t)
		require.Equal(t, "parcels-order_fulfilled", id)
	}
	lost := w.follow(t, "?after=yok", nil)
	id, _ = lost.next(t)
	require.Equal(t, "checkout-order_placed", id, "who names no line of ours hears all of them")

	timeline := w.call("/timeline", "")
	timeline.method = http.MethodGet
	a := w.do(t, timeline.with("Accept-Language", "tr"))
	require.Len(t, a.json["entries"], 4)
	require.Equal(t, "Siparişiniz teslim edildi", a.json["entries"].([]any)[3].(map[string]any)["text"])
	require.NotContains(t, a.raw, "mehmet")
}

func TestEvents_SayALineAgainThatWasWrittenAnew(t *testing.T) {
	t.Parallel()
	w := newTeller(t)
	f := w.follow(t, "?after=checkout-parcels_planned", nil)
	w.tell(t, entry("parcel-1-exception", order.EntryParcel, "1 exception"))
	id, _ := f.next(t)
	require.Equal(t, "parcel-1-exception", id)
	w.tell(t, entry("parcel-1-exception", order.EntryParcel, "1 exception"))
	id, data := f.next(t)
	require.Equal(t, "parcel-1-exception", id)
	require.Equal(t, noon.Add(3*time.Second).Format(time.RFC3339), data["at"])
}

func TestEvents_AreForWhoHasTheOrderOnly(t *testing.T) {
	t.Parallel()
	w := newTeller(t)
	c := call{method: "GET", path: "/v1/orders/" + w.order.ID + "/events"}
	requireProblem(t, w.do(t, c), 404, "not_found")
	requireProblem(t, w.do(t, c.with("X-Order-Secret", "k1.yok")), 404, "not_found")
	requireProblem(t, w.do(t, c.with("Cookie", "bedesten_order_"+w.order.ID+"=k1.yok")), 404, "not_found")
	long := w.call("/events", "")
	long.method = "GET"
	requireProblem(t, w.do(t, long.with("Last-Event-ID", strings.Repeat("a", 500))), 422, "invalid")
}

func TestEvents_AHintBringsWhatTheLookWouldHaveBroughtLater(t *testing.T) {
	t.Parallel()
	w := newTeller(t)
	line := &hotline{}
	counted := &countedStories{Stories: w.deps.Stories}
	w.deps.Hints, w.deps.Stories = line, counted
	w.serve(t)
	streams := []*followed{}
	for range 5 {
		f := w.follow(t, "?after=checkout-parcels_planned", nil)
		streams = append(streams, f)
	}
	for n := range 3 {
		w.tell(t, entry(fmt.Sprintf("parcel-%d", n), order.EntryParcel, "1 in_transit"))
		line.say(w.order.ID)
		line.say("ord_baska")
		for _, f := range streams {
			id, _ := f.next(t)
			require.Equal(t, fmt.Sprintf("parcel-%d", n), id)
		}
	}
	line.mu.Lock()
	require.Equal(t, 1, line.listening, "one subscription for the process")
	line.mu.Unlock()
	counted.mu.Lock()
	defer counted.mu.Unlock()
	for _, ids := range counted.looks {
		require.Equal(t, []string{w.order.ID}, ids, "one question for all who follow")
	}
}

// another goes on with a further order of the same shop.
func (w *teller) another(t *testing.T) {
	t.Helper()
	o := w.order
	o.ID, o.Number = id.New(id.Order, noon), id.Number()
	created, err := w.deps.Orders.Create(t.Context(), o)
	require.NoError(t, err)
	require.True(t, created)
	w.order = o
}

func TestEvents_LimitHowManyFollowOneOrder(t *testing.T) {
	t.Parallel()
	w := newTeller(t)
	streams := []*followed{}
	for range 10 {
		f := w.follow(t, "", nil)
		require.Equal(t, http.StatusOK, f.res.StatusCode)
		streams = append(streams, f)
	}
	look := w.call("/events", "")
	look.method = "GET"
	a := w.do(t, look)
	requireProblem(t, a, 429, "rate_limited")
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	first := w.order
	w.another(t)
	require.Equal(t, http.StatusOK, w.follow(t, "", nil).res.StatusCode, "another order is another's")
	w.order = first
	streams[0].leave()
	require.Eventually(t, func() bool {
		f := w.follow(t, "", nil)
		defer f.leave()
		return f.res.StatusCode == http.StatusOK
	}, 5*time.Second, 20*time.Millisecond, "who leaves makes room")
}

func TestEvents_LimitHowManyOneAddressFollows(t *testing.T) {
	t.Parallel()
	w := newTeller(t)
	streams := []*followed{}
	for n := range 20 {
		if n == 10 {
			w.another(t)
		}
		f := w.follow(t, "", nil)
		require.Equal(t, http.StatusOK, f.res.StatusCode)
		streams = append(streams, f)
	}
	w.another(t)
	look := w.call("/events", "")
	look.method = "GET"
	a := w.do(t, look)
	requireProblem(t, a, 429, "rate_limited")
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	streams[0].leave()
	require.Eventually(t, func() bool {
		f := w.follow(t, "", nil)
		defer f.leave()
		return f.res.StatusCode == http.StatusOK
	}, 5*time.Second, 20*time.Millisecond, "who leaves makes room")
}

func TestEvents_EndWithTheServerAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	w := newTeller(t)
	w.deps.Hints = &hotline{}
	handler, err := api.New(w.deps)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(handler)
	server.Config.WriteTimeout = 300 * time.Millisecond
	server.Config.RegisterOnShutdown(handler.EndStreams)
	server.Start()
	w.url = server.URL
	f := w.follow(t, "", nil)
	_, _ = f.next(t)
	_, _ = f.next(t)
	beyond := time.NewTimer(600 * time.Millisecond)
	<-beyond.C
	w.tell(t, entry("parcel-1", order.EntryParcel, "1 in_transit"))
	id, _ := f.next(t)
	require.Equal(t, "parcel-1", id, "a stream outlives the deadline of an answer")

	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, server.Config.Shutdown(ctx))
	handler.Wait()
	require.Less(t, time.Since(began), 5*time.Second)
	for range f.lines { // what was left, until the end
	}
}

func TestEvents_NobodyLooksWhereNobodyListens(t *testing.T) {
	t.Parallel()
	w := newTeller(t)
	counted := &countedStories{Stories: w.deps.Stories}
	w.deps.Hints, w.deps.Stories = &hotline{}, counted
	handler, err := api.New(w.deps)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w.url = server.URL
	for range 3 {
		f := w.follow(t, "", nil)
		_, _ = f.next(t)
		f.leave()
		ended := make(chan struct{})
		go func() {
			handler.Wait() // for the look and the subscription
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			require.Fail(t, "something still looks for news")
		}
	}
	counted.mu.Lock()
	defer counted.mu.Unlock()
	require.LessOrEqual(t, len(counted.looks), 3)
}
