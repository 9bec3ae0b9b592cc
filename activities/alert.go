package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
)

// People are told of orders that need one.
type People struct {
	Alerts order.Alerts
	// Alerters are the ways by which they are told, each for itself.
	Alerters []notify.Alerter
	Shop     string
	// StoryURL opens an order in the Temporal UI and ListURL the list of all that
	// need a person; empty where nobody said where the UI is.
	StoryURL func(orderID string) string
	ListURL  string
}

const (
	// standingLimit bounds what one round reads. A shop of which more orders need a
	// person has one trouble and not many.
	standingLimit = 10_000
	// alertTime is how long a go at telling people may take; then somebody else may
	// try: an alert twice is better than none.
	alertTime = time.Minute
	// alertPauseMax bounds the pause between two goes of a way that fails.
	alertPauseMax = time.Hour
	// lookShare keeps the looks at what needs a person to a twentieth of a slow
	// store's time, at the latest until Policy.AttentionAfter.
	lookShare = 20
)

// alertPause is how long a way rests after it failed tries times: not at all the
// first time, then from a minute on, doubled.
func alertPause(tries int) time.Duration {
	if tries < 2 {
		return 0
	}
	return min(alertTime<<min(tries-2, 16), alertPauseMax)
}

// AlertPeople tells people of orders that have come to need one, once by each
// way: all that became due in a round in one message. What is told stands there
// now; what was dealt with meanwhile is not told. A way that fails is logged and
// tried in a later round.
func (s *Sweeper) AlertPeople(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	began, policy := s.Clock(), order.Policy{AttentionAfter: in.AttentionAfter}
	if began.Before(s.looksAgain) {
		return result, nil
	}
	orders, err := s.standing(ctx)
	if err != nil {
		return result, forTemporal(err)
	}
	now := s.Clock()
	s.looksAgain = now.Add(min(lookShare*now.Sub(began), in.AttentionAfter))
	due := order.Due(orders, policy, now, nil)
	if len(due) == 0 {
		return result, nil
	}
	if len(s.People.Alerters) == 0 {
		s.Log.WarnContext(ctx, "orders need a person, and no way to tell anybody is configured", "due", len(due))
		return result, nil
	}
	for _, way := range s.People.Alerters {
		told, err := s.People.Alerts.Told(ctx, way.Name(), now, alertIDs(due))
		if err != nil {
			return result, forTemporal(err)
		}
		n, err := s.tell(ctx, way, order.Due(orders, policy, now, told), func(mine []order.Alert) notify.Alert {
			return s.message(notify.AlertNew, mine, notify.AlertLines)
		})
		result.Alerted += n
		if err != nil {
			return result, forTemporal(err)
		}
	}
	return result, nil
}

// DigestPeople sends the list of all that stands, the oldest first, once in each
// Policy.DigestEvery. Where nothing stands at its time there is none.
func (s *Sweeper) DigestPeople(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	now := s.Clock()
	digest := order.DigestOf(order.DigestAt(order.Policy{DigestEvery: in.DigestEvery}, now))
	for _, way := range s.People.Alerters {
		told, err := s.People.Alerts.Told(ctx, way.Name(), now, []string{digest.ID()})
		if err != nil {
			return result, forTemporal(err)
		}
		if told[digest.ID()] {
			continue
		}
		orders, err := s.standing(ctx)
		if err != nil {
			return result, forTemporal(err)
		}
		n, err := s.tell(ctx, way, []order.Alert{digest}, func([]order.Alert) notify.Alert {
			return s.message(notify.AlertDigest, order.Standing(orders), notify.DigestLines)
		})
		result.Alerted += n
		if err != nil {
			return result, forTemporal(err)
		}
	}
	return result, nil
}

// standing reads what needs a person.
func (s *Sweeper) standing(ctx context.Context) ([]order.Order, error) {
	orders, err := s.People.Alerts.Standing(ctx, standingLimit)
	if len(orders) == standingLimit {
		s.Log.WarnContext(ctx, "more orders need a person than are looked at", "limit", standingLimit)
	}
	return orders, err
}

// tell writes the alerts ahead and tells those that nobody else tells. It counts
// messages. Only a store that does not answer is an error.
func (s *Sweeper) tell(ctx context.Context, way notify.Alerter, alerts []order.Alert, message func(mine []order.Alert) notify.Alert) (int, error) {
	if len(alerts) == 0 {
		return 0, nil
	}
	store, now := s.People.Alerts, s.Clock()
	try := order.AlertTry{Way: way.Name(), Claim: id.New("alert", now), At: now, Until: now.Add(alertTime)}
	tries, err := store.Claim(ctx, try, alerts)
	if err != nil {
		return 0, err
	}
	crashpoint.Here("alert.claimed")
	mine, most := []order.Alert{}, 0
	for _, a := range alerts {
		if n, claimed := tries[a.ID()]; claimed {
			mine, most = append(mine, a), max(most, n)
		}
	}
	if len(mine) == 0 {
		return 0, nil
	}
	m := message(mine)
	m.ID, m.At = try.Claim, now
	if len(m.Lines) == 0 {
		return 0, store.Done(ctx, try, alertIDs(mine))
	}
	activity.RecordHeartbeat(ctx, try.Claim)
	if err := way.Alert(ctx, m); err != nil {
		s.Log.WarnContext(ctx, "people could not be told of orders that need one; tried again later",
			"way", way.Name(), "orders", m.Total(), "tries", most, "error", err)
		return 0, store.GiveUp(ctx, try, alertIDs(mine), now.Add(alertPause(most)))
	}
	crashpoint.Here("alert.sent")
	return 1, store.Done(ctx, try, alertIDs(mine))
}

// message writes down at most limit of the alerts, and counts the others.
func (s *Sweeper) message(kind notify.AlertKind, alerts []order.Alert, limit int) notify.Alert {
	shown := alerts[:min(len(alerts), limit)]
	m := notify.Alert{Kind: kind, Shop: s.People.Shop, ListURL: s.People.ListURL, More: len(alerts) - len(shown)}
	for _, a := range shown {
		m.Lines = append(m.Lines, notify.AlertLine{
			OrderID: a.OrderID, Number: a.Number, Reason: string(a.Reason), About: a.About, Since: a.Since, Owner: a.Owner, Next: a.Next,
			URL: s.People.StoryURL(a.OrderID),
		})
	}
	return m
}

func alertIDs(alerts []order.Alert) []string {
	ids := make([]string, len(alerts))
	for i, a := range alerts {
		ids[i] = a.ID()
	}
	return ids
}
