package mongo_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/notify"
)

func TestMails_LoseNoEventThatComesWithTheAnswerToTheSend(t *testing.T) {
	t.Parallel()
	store := mongo.NewMails(mongotest.Database(t))
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for n := range 5 {
		mailID := notify.ID(fmt.Sprintf("ord_%d", n), notify.KindShipped, "parcel-1")
		_, err := store.Want(t.Context(), notify.Mail{
			ID: mailID, OrderID: fmt.Sprintf("ord_%d", n), Kind: notify.KindShipped, State: notify.Sent, Try: 1,
			Tries: map[string]notify.Try{"1": {State: notify.Sent, SentAt: at}}, CreatedAt: at, Events: map[string]notify.Event{},
		})
		require.NoError(t, err)
		var all sync.WaitGroup
		fresh := make(chan bool, 8)
		for i, kind := range []notify.EventKind{notify.EventProcessed, notify.EventDeferred, notify.EventDelivered, notify.EventDelivered} {
			for range 2 {
				all.Go(func() {
					_, counted, err := store.Tell(t.Context(), notify.Event{ID: fmt.Sprintf("olay.%d", i), Kind: kind, Key: notify.SendKey(mailID, 1), At: at})
					if err == nil {
						fresh <- counted
					}
				})
			}
		}
		all.Go(func() {
			_, _, _ = store.Apply(t.Context(), notify.Change{MailID: mailID, Try: 1, From: []notify.State{notify.Sent}, State: notify.Taken, Set: notify.Try{State: notify.Taken, SentAt: at, MessageID: "m1"}})
		})
		all.Wait()
		close(fresh)
		counted := 0
		for c := range fresh {
			if c {
				counted++
			}
		}
		require.Equal(t, 4, counted, "each event counts once")
		row, err := store.FindMail(t.Context(), mailID)
		require.NoError(t, err)
		require.Len(t, row.Events, 4)
		require.Equal(t, notify.Delivered, row.State)
	}
}

// sentMail writes a mail whose first try was sent.
func sentMail(t *testing.T) (*mongo.Mails, notify.Mail) {
	t.Helper()
	s := mongo.NewMails(mongotest.Database(t))
	m, err := s.Want(t.Context(), notify.Mail{
		ID: notify.ID("ord_1", notify.KindShipped, "parcel-1"), OrderID: "ord_1", Kind: notify.KindShipped, Subject: "parcel-1",
		Language: notify.Turkish, Provider: "sendgrid", State: notify.Sent, Try: 1, CreatedAt: opening,
		Tries:  map[string]notify.Try{"1": {State: notify.Sent, Claim: "run/1/1", SentAt: opening}},
		Events: map[string]notify.Event{},
	})
	require.NoError(t, err)
	return s, m
}

func TestMails_AreWrittenAheadOnce(t *testing.T) {
	t.Parallel()

	s, m := sentMail(t)
	again := m
	again.State, again.Provider = notify.Wanted, "smtp"
	row, err := s.Want(t.Context(), again)
	require.NoError(t, err)
	require.Equal(t, m, row, "one that is there stays as it is")
	_, err = s.Want(t.Context(), notify.Mail{ID: notify.ID("ord_10", notify.KindPlaced, ""), OrderID: "ord_10"})
	require.NoError(t, err)
	rows, err := s.OfOrder(t.Context(), "ord_1")
	require.NoError(t, err)
	require.Equal(t, []notify.Mail{m}, rows, "of another order whose id only begins so there is none")
	_, err = s.FindMail(t.Context(), notify.ID("ord_1", notify.KindPlaced, ""))
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestMails_ApplyHappensOnlyInTheStateAndTheTryItNames(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name string
		try  int
		from []notify.State
		want bool
	}{
		{"as it stands", 1, []notify.State{notify.Sent}, true},
		{"in one of these", 1, []notify.State{notify.Unsure, notify.Sent}, true},
		{"in another state", 1, []notify.State{notify.Wanted}, false},
		{"another try counts", 2, []notify.State{notify.Sent}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			s, m := sentMail(t)
			row, applied, err := s.Apply(t.Context(), notify.Change{
				MailID: m.ID, Try: tt.try, From: tt.from, State: notify.Sent, Next: tt.try + 1, Again: true, Provider: "smtp",
				Set: notify.Try{State: notify.Sent, Claim: "run/2/1", SentAt: opening.Add(time.Hour)},
			})
			require.NoError(t, err)
			require.Equal(t, tt.want, applied)
			if !tt.want {
				require.Equal(t, m, row)
				return
			}
			require.Equal(t, 2, row.Try)
			require.True(t, row.Again)
			require.Equal(t, "smtp", row.Provider)
			require.Equal(t, "run/2/1", row.Current().Claim)
			require.Equal(t, m.Tries["1"], row.Tries["1"], "the first try stays as it was")
		})
	}
	s, _ := sentMail(t)
	_, _, err := s.Apply(t.Context(), notify.Change{MailID: "ord_1-mail-yok", Try: 1, From: []notify.State{notify.Sent}, State: notify.Taken})
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestMails_AreToldOfAnEventOnce(t *testing.T) {
	t.Parallel()

	s, m := sentMail(t)
	tell := func(id string, kind notify.EventKind) (notify.Mail, bool) {
		t.Helper()
		row, fresh, err := s.Tell(t.Context(), notify.Event{ID: id, Kind: kind, Key: notify.SendKey(m.ID, 1), At: opening.Add(time.Minute)})
		require.NoError(t, err)
		return row, fresh
	}
	row, fresh := tell("ev.1", notify.EventDelivered)
	require.True(t, fresh)
	require.Equal(t, notify.Delivered, row.State)
	require.Equal(t, notify.Delivered, row.Current().State)
	told, fresh := tell("ev.1", notify.EventDelivered)
	require.False(t, fresh)
	require.Equal(t, row, told)
	row, fresh = tell("ev.2", notify.EventProcessed)
	require.True(t, fresh, "late, and news all the same")
	require.Equal(t, notify.Delivered, row.State, "it takes nothing back")
	require.Len(t, row.Events, 2)
}

func TestMails_AnEventOfAnEarlierTryIsKeptThere(t *testing.T) {
	t.Parallel()

	s, m := sentMail(t)
	_, applied, err := s.Apply(t.Context(), notify.Change{
		MailID: m.ID, Try: 1, From: []notify.State{notify.Sent}, State: notify.Sent, Next: 2, Again: true, Set: notify.Try{State: notify.Sent},
	})
	require.NoError(t, err)
	require.True(t, applied)
	row, fresh, err := s.Tell(t.Context(), notify.Event{ID: "ev.1", Kind: notify.EventBounced, Key: notify.SendKey(m.ID, 1), At: opening})
	require.NoError(t, err)
	require.True(t, fresh)
	require.Equal(t, notify.Sent, row.State, "the second try counts")
	require.Equal(t, notify.Bounced, row.Tries["1"].State)
	require.Equal(t, notify.Sent, row.Current().State)
}

func TestMails_AnEventWithAKeyOfNoMailIsSomebodyElses(t *testing.T) {
	t.Parallel()

	s, m := sentMail(t)
	for _, key := range []string{"", "baska", "ord_9-mail-shipped-parcel-1-1", m.ID, m.ID + "-", notify.SendKey(m.ID, 2), m.ID + "-01", m.ID + "-$x", m.ID + "-1.state"} {
		_, fresh, err := s.Tell(t.Context(), notify.Event{ID: "ev.1", Kind: notify.EventBounced, Key: key, At: opening})
		require.NoError(t, err, key)
		require.False(t, fresh, key)
	}
	row, err := s.FindMail(t.Context(), m.ID)
	require.NoError(t, err)
	require.Equal(t, m, row)
}
