package notify_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/notify"
)

// eventKinds are all that a provider tells.
var eventKinds = []notify.EventKind{
	notify.EventProcessed, notify.EventDelivered, notify.EventDeferred, notify.EventBounced, notify.EventDropped,
}

var states = []notify.State{
	notify.Wanted, notify.Sent, notify.Unsure, notify.Taken, notify.Delivered, notify.Bounced, notify.Refused,
}

func TestAfter_MovesAMailForwardOnly(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name string
		from notify.State
		kind notify.EventKind
		want notify.State
	}{
		{"taken for delivery", notify.Sent, notify.EventProcessed, notify.Taken},
		{"a mail of unknown fate is there after all", notify.Unsure, notify.EventProcessed, notify.Taken},
		{"told before the answer to the send came", notify.Wanted, notify.EventDelivered, notify.Delivered},
		{"put off is taken, no more", notify.Sent, notify.EventDeferred, notify.Taken},
		{"put off after it was delivered", notify.Delivered, notify.EventDeferred, notify.Delivered},
		{"delivered", notify.Taken, notify.EventDelivered, notify.Delivered},
		{"delivered first, then taken", notify.Delivered, notify.EventProcessed, notify.Delivered},
		{"it came back after it was delivered", notify.Delivered, notify.EventBounced, notify.Bounced},
		{"delivered is not believed after it came back", notify.Bounced, notify.EventDelivered, notify.Bounced},
		{"not even tried", notify.Sent, notify.EventDropped, notify.Bounced},
		{"our request was wrong, and yet it went out", notify.Refused, notify.EventProcessed, notify.Taken},
		{"opened by its reader says nothing", notify.Delivered, "open", notify.Delivered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tt.want, notify.After(tt.from, tt.kind))
		})
	}
}

func TestAfter_EventsInAnyOrderAndHoweverOftenEndTheSame(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		from := rapid.SampledFrom(states).Draw(t, "from")
		kinds := rapid.SliceOfN(rapid.SampledFrom(append([]notify.EventKind{"open"}, eventKinds...)), 0, 8).Draw(t, "kinds")
		follow := func(kinds []notify.EventKind) notify.State {
			s := from
			for _, k := range kinds {
				s = notify.After(s, k)
			}
			return s
		}
		want := follow(kinds)
		require.Equal(t, want, follow(rapid.Permutation(kinds).Draw(t, "as they came")))
		require.Equal(t, want, follow(append(append([]notify.EventKind{}, kinds...), kinds...)), "twice")
		require.True(t, !from.Settled() || want.Settled(), "what is settled stays so")
	})
}

func TestState_IsSettledWhereTheProviderHasTheMailOrItCameBack(t *testing.T) {
	t.Parallel()

	settled := map[notify.State]bool{notify.Taken: true, notify.Delivered: true, notify.Bounced: true}
	for _, s := range states {
		require.Equal(t, settled[s], s.Settled(), "%s", s)
	}
}

func TestMail_IsNamedByWhatItIsAbout(t *testing.T) {
	t.Parallel()

	require.Equal(t, "ord_1-mail-order_placed", notify.ID("ord_1", notify.KindPlaced, ""))
	require.Equal(t, "ord_1-mail-shipped-parcel-2", notify.ID("ord_1", notify.KindShipped, "parcel-2"))
	m := notify.Mail{Try: 2, Tries: map[string]notify.Try{"1": {State: notify.Unsure}, "2": {State: notify.Sent}}}
	require.Equal(t, notify.Sent, m.Current().State)
	require.Zero(t, notify.Mail{}.Current(), "nothing was tried yet")
}

func TestMail_HearsOfAnEarlierTryThatItGotThrough(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name         string
		first, state notify.State
		second       notify.State
		kind         notify.EventKind
		want         notify.State
	}{
		{"the first is there after all", notify.Unsure, notify.Unsure, notify.Unsure, notify.EventProcessed, notify.Taken},
		{"it came back, the second may get through", notify.Unsure, notify.Sent, notify.Sent, notify.EventBounced, notify.Sent},
		{"it came back, the second got through", notify.Unsure, notify.Taken, notify.Taken, notify.EventBounced, notify.Taken},
		{"what the mail stood for came back", notify.Taken, notify.Taken, notify.Unsure, notify.EventBounced, notify.Bounced},
		{"the second came back", notify.Unsure, notify.Bounced, notify.Bounced, notify.EventDelivered, notify.Bounced},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			m := notify.Mail{State: tt.state, Try: 2, Tries: map[string]notify.Try{"1": {State: tt.first}, "2": {State: tt.second}}}
			require.Equal(t, tt.want, m.Hears(1, tt.kind))
		})
	}
}

func TestSendKey_IsCutIntoWhatItWasMadeOf(t *testing.T) {
	t.Parallel()

	for _, kind := range notify.Kinds {
		for _, subject := range []string{"", "parcel-2", "a-7"} {
			for _, n := range []int{1, 2, 10} {
				id := notify.ID("ord_01kz4y", kind, subject)
				mailID, try, ok := notify.CutSendKey(notify.SendKey(id, n))
				require.True(t, ok)
				require.Equal(t, id, mailID)
				require.Equal(t, n, try)
			}
		}
	}
	for _, foreign := range []string{"", "-", "-1", "ord_1", "ord_1-", "ord_1-mail-shipped", "ord_1-mail-shipped-0", "ord_1-mail-shipped-01", "ord_1-mail-shipped-+1", "ord_1-mail-shipped--", "ord_1-mail-shipped-99999999999999999999"} {
		_, _, ok := notify.CutSendKey(foreign)
		require.False(t, ok, foreign)
	}
}
