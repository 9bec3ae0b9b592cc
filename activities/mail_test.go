package activities_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/simulators/sim"
)

// mailTroubles are all ways in which one send can go wrong; again says that it
// leaves open whether the shopper has a mail although the provider tells of none.
var mailTroubles = []struct {
	kind  sim.Kind
	again bool
}{
	{sim.TimeoutBefore, true}, {sim.TimeoutAfter, false}, {sim.ResetBefore, true}, {sim.ResetAfter, false},
	{sim.Error500Before, true}, {sim.Error500After, false}, {sim.RateLimit, false}, {sim.BrokenBody, false},
}

func TestSendMail_TellsOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.everyDeath(func() *wish { return d.placed("ayse@posta.example") }, func(w *wish) {
		d.told()
		claimed := w.tries() > 0
		sent := len(w.got()) > 0
		w.insist()
		w.once(claimed && !sent)
		w.send()
		w.once(claimed && !sent)
	})
}

func TestSendMail_TellsOnceWhateverBecomesOfTheSend(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	for _, tt := range mailTroubles {
		w := d.placed("ayse@posta.example")
		w.strike(sim.Fault{Kind: tt.kind})
		w.insist()
		w.once(tt.again)
		require.Len(t, d.server.Faults(), 1)
		require.Equal(t, 1, d.server.Faults()[0].Hits, "%s", tt.kind)
		d.server.ClearFaults()
	}
}

func TestSendMail_TellsOnceWhenManyWorkersTryAtATime(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	for _, kind := range []sim.Kind{"", sim.ResetAfter, sim.RateLimit} {
		w := d.placed("ayse@posta.example")
		if kind != "" {
			w.strike(sim.Fault{Kind: kind})
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _, _ = w.try(w.mails) })
		}
		wg.Wait()
		w.insist()
		w.once(false)
	}
}

func TestSendMail_WithoutAnAnswerWaitsForTheProvidersWordAndIsThenSentAgainOnRecord(t *testing.T) {
	t.Parallel()

	w := newDesk(t).placed("zeynep@posta.example")
	w.mute()
	w.strike(sim.Fault{Kind: sim.TimeoutAfter})
	result := w.send()
	require.Equal(t, notify.Unsure, result.State)
	require.Equal(t, resend+notSentAfter, result.Wait)
	w.ahead.Add(int64(resend))
	result = w.send()
	require.Equal(t, notify.Unsure, result.State, "its word may still come")
	require.InDelta(t, notSentAfter, result.Wait, float64(10*time.Second))
	require.Len(t, w.got(), 1)

	w.ahead.Add(int64(result.Wait))
	require.Equal(t, notify.Taken, w.send().State)
	require.Equal(t, []string{notify.SendKey(w.mailID(), 1), notify.SendKey(w.mailID(), 2)}, w.got(), "rather twice than never")
	require.True(t, w.found().Again)
}

func TestSendMail_IsNotSentAThirdTimeWhenTheWordOfTheFirstComesAfterTheSecond(t *testing.T) {
	t.Parallel()

	w := newDesk(t).placed("zeynep@posta.example")
	w.mute()
	w.strike(sim.Fault{Kind: sim.TimeoutAfter})
	require.Equal(t, notify.Unsure, w.send().State)
	w.ahead.Add(int64(resend + notSentAfter + time.Second))
	w.strike(sim.Fault{Kind: sim.TimeoutBefore})
	require.Equal(t, notify.Unsure, w.send().State)

	w.server.ClearFaults()
	require.NoError(t, w.server.ResendEvent(w.server.Sent()[0].Events[1].ID), "delivered")
	w.insist()
	w.once(true)
}

func TestSendMail_StandsRefusedUntilTheShopHasMendedIt(t *testing.T) {
	t.Parallel()

	for _, f := range []sim.Fault{
		{Kind: sim.Answer, Status: http.StatusBadRequest, Code: "from.email", Times: 3},
		{Kind: sim.Answer, Status: http.StatusUnauthorized, Times: 3},
		{Kind: sim.Answer, Status: http.StatusForbidden, Code: "from", Times: 3},
	} {
		w := newDesk(t).placed("ayse@posta.example")
		f.Match.Operation = "mail.send"
		_, err := w.server.AddFault(f)
		require.NoError(t, err)
		for range 3 {
			result := w.send()
			require.Equal(t, notify.Refused, result.State)
			require.NotEmpty(t, result.Code, "the operator reads why")
		}
		require.Empty(t, w.got())
		w.insist()
		w.once(false)
	}
}

func TestSendMail_ToAnAddressThatTheProviderRefusesEndsBouncedAtOnce(t *testing.T) {
	t.Parallel()

	w := newDesk(t).placed("ayse@posta")
	for range 2 {
		result := w.send()
		require.Equal(t, notify.Bounced, result.State)
		require.Contains(t, result.Code, "400 personalizations.0.to.0.email")
		require.Zero(t, result.Wait)
	}
	require.Empty(t, w.got())
	require.Len(t, w.server.Calls(), 1, "asked once")
}

func TestSendMail_ToSomebodyWhoWasErasedEndsWithoutAskingTheProvider(t *testing.T) {
	t.Parallel()

	w := newDesk(t).placed("ayse@posta.example")
	require.NoError(t, w.vault.Destroy(t.Context(), w.orderID))
	for range 2 {
		result := w.send()
		require.Equal(t, notify.Bounced, result.State)
		require.Equal(t, "contact_erased", result.Code)
	}
	require.Empty(t, w.server.Calls())
}

func TestSendMail_ThatBouncesIsNotSentAgain(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	for _, email := range []string{"bounce+ayse@posta.example", "blocked+ayse@posta.example", "dropped+ayse@posta.example"} {
		for _, kind := range []sim.Kind{"", sim.ResetAfter} {
			w := d.placed(email)
			if kind != "" {
				w.strike(sim.Fault{Kind: kind})
			}
			w.send()
			d.told()
			result := w.send()
			require.Equal(t, notify.Bounced, result.State, email)
			require.Len(t, w.got(), 1)
			require.False(t, w.found().Again)
		}
	}
}
