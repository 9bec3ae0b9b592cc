package mongo_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
