package lab

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// Story is one order's life that the rig can play: in the demo, in e2e tests,
// and for the recorded histories.
type Story struct {
	// Name is the golden file's and the recording's.
	Name  string
	Title string
	// Unseen is what the timeline does not show, because it happened to us and
	// not to the order.
	Unseen string
	// Ends is where the order comes to rest.
	Ends order.Status
	// alone marks a beginning that stops the worker, or the provider for whoever
	// asks it next: no other order may be on its way.
	alone bool
	begin func(context.Context, *Lab) (*Shopper, error)
	goOn  func(context.Context, *Lab, *Shopper) error
}

// goldenFiles hold how each story is told.
//
//go:embed golden/*.txt
var goldenFiles embed.FS

// Stories returns every story, in the order in which they are told.
func Stories() []Story {
	return []Story{
		{Name: "placed", Title: "A good card, and a parcel that arrives", Ends: order.Completed, begin: buyWith("pm_card_visa"), goOn: sendOne},
		{Name: "two_cards", Title: "A declined card, and then another", Ends: order.Completed, begin: beginTwoCards, goOn: sendOne},
		{Name: "sold_out", Title: "Somebody else was faster", Ends: order.Rejected, alone: true, begin: beginSoldOut, goOn: nothing},
		{Name: "three_d_secure", Title: "The bank asks the shopper", Ends: order.Completed, begin: beginThreeDSecure, goOn: sendOne},
		{Name: "worker_killed", Title: "The worker dies while the bank is thinking",
			Unseen: "the worker was killed after the card was asked and before it heard; another one looked the payment up",
			Ends:   order.Completed, alone: true, begin: beginWorkerKilled, goOn: sendOne},
		{Name: "part_cancelled", Title: "Two parcels: one has left when the order is cancelled", Ends: order.Completed, begin: beginHeavy, goOn: cancelTheRest},
		{Name: "label_lost", Title: "The carrier's answer is lost, and one label is bought",
			Unseen: "the carrier sold the label and its answer never came: it was looked up before anybody asked again",
			Ends:   order.Completed, begin: buyWith("pm_card_visa"), goOn: sendOneWithLostLabel},
		{Name: "capture_declined", Title: "The bank takes its yes back, until somebody calls it", Ends: order.Completed, begin: buyWith("pm_card_visa"), goOn: repairCapture},
		{Name: "hold_given_up", Title: "The hold runs out before the parcel is packed, and the shopper pays again",
			Ends: order.Completed, begin: beginShortHold, goOn: payAgain},
		{Name: "disputed_after_the_end", Title: "Disputed at the bank after everything was over", Ends: order.Completed, begin: buyWith("pm_card_visa"), goOn: disputeLater},
		{Name: "bounced", Title: "An address that takes no mail", Ends: order.Completed, begin: beginBounced, goOn: sendAfterBounce},
		{Name: "names_of_the_world", Title: "A name in three scripts and a cup of coffee", Ends: order.Completed, begin: beginWorldly, goOn: sendWorldly},
		{Name: "cancelled", Title: "Cancelled before anything was handed over", Ends: order.Cancelled, begin: buyWith("pm_card_visa"), goOn: cancelInTheHouse},
		{Name: "declined", Title: "Every try is declined", Ends: order.PaymentFailed, begin: beginDeclined, goOn: nothing},
		{Name: "unknown_then_yes", Title: "No answer, and it was paid", Ends: order.Completed, alone: true, begin: unanswered("pm_card_visa"), goOn: sendOne},
		{Name: "unknown_then_no", Title: "No answer, and it was declined", Ends: order.Expired, alone: true, begin: unanswered("pm_card_visa_chargeDeclined"), goOn: nothing},
		{Name: "left_at_the_bank", Title: "Left at the bank's page until the lease was over", Ends: order.Expired, begin: buyWith("pm_card_threeDSecure2Required"), goOn: nothing},
	}
}

// storyTime bounds one story.
const storyTime = 2 * time.Minute

// Play plays the story alone and waits until the order rests. It returns the
// shopper with the timeline.
func (s Story) Play(ctx context.Context, l *Lab) (*Shopper, []order.Entry, error) {
	told := s.play(ctx, l, func(ctx context.Context) (*Shopper, error) { return s.begin(ctx, l) })
	return told.Shopper, told.Entries, told.Err
}

// Telling is how a story went.
type Telling struct {
	Story   Story
	Shopper *Shopper
	Entries []order.Entry
	Err     error
}

// Tell plays stories side by side and sends each, in their order, once it is over.
// Those that begin alone do so first, one after the other.
func (l *Lab) Tell(ctx context.Context, stories []Story) <-chan Telling {
	over := make([]chan Telling, len(stories))
	for i := range stories {
		over[i] = make(chan Telling, 1)
	}
	go func() {
		for i, s := range stories {
			if s.alone {
				p, err := s.begin(ctx, l)
				go func() {
					over[i] <- s.play(ctx, l, func(context.Context) (*Shopper, error) { return p, err })
				}()
			}
		}
		for i, s := range stories {
			if !s.alone {
				go func() {
					over[i] <- s.play(ctx, l, func(ctx context.Context) (*Shopper, error) { return s.begin(ctx, l) })
				}()
			}
		}
	}()
	inOrder := make(chan Telling)
	go func() {
		defer close(inOrder)
		for _, one := range over {
			inOrder <- <-one
		}
	}()
	return inOrder
}

func (s Story) play(ctx context.Context, l *Lab, begin func(context.Context) (*Shopper, error)) Telling {
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	t := Telling{Story: s}
	if t.Shopper, t.Err = begin(ctx); t.Err == nil {
		t.Err = s.goOn(ctx, l, t.Shopper)
	}
	if t.Err == nil {
		t.Err = l.rests(ctx, t.Shopper, s.Ends)
	}
	if t.Err == nil {
		t.Entries, t.Err = t.Shopper.Timeline(ctx)
	}
	if t.Err != nil {
		t.Err = fmt.Errorf("story %s: %w", s.Name, t.Err)
	}
	return t
}

// rests waits until the order is over and its last mail is sent.
func (l *Lab) rests(ctx context.Context, p *Shopper, end order.Status) error {
	if _, err := p.Await(ctx, end); err != nil {
		return err
	}
	for {
		o, err := l.App.Orders.Find(ctx, p.OrderID)
		if err == nil && !o.State.Open {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for order %s to leave its run: %w", p.OrderID, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// onTheWay are the carrier's scans that may be skipped where two come between two
// looks.
var onTheWay = []shipping.State{shipping.InTransit, shipping.OutForDelivery}

// busy are the reasons for a person that come and go by themselves when a machine
// is slow.
var busy = []order.Reason{order.ReasonStoreUnavailable, order.ReasonCompensationStuck}

// passing reports whether e is about such a reason.
func passing(e order.Entry) bool {
	reason, _, _ := strings.Cut(e.Detail, " ")
	return (e.Kind == order.EntryAttention || e.Kind == order.EntryAttentionCleared) && slices.Contains(busy, order.Reason(reason))
}

// Told renders a timeline without what differs from run to run: the order's own
// lines, then what each parcel has come to, then the mails. Those three go on
// beside each other.
func Told(entries []order.Entry) string {
	var b strings.Builder
	parcels, mails := map[string][]string{}, []string{}
	for _, e := range entries {
		if passing(e) {
			continue
		}
		switch e.Kind {
		case order.EntryParcel:
			number, state, _ := strings.Cut(e.Detail, " ")
			if !slices.Contains(onTheWay, shipping.State(state)) {
				parcels[number] = append(parcels[number], state)
			}
		case order.EntryMail:
			mails = append(mails, e.Detail)
		case order.EntryMailFailed:
			mails = append(mails, "failed: "+e.Detail)
		default:
			fmt.Fprintf(&b, "%-26s %-18s %s\n", e.Kind, e.Status, e.Detail)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(parcels)) {
		fmt.Fprintf(&b, "%-26s %s\n", "parcel "+number, strings.Join(parcels[number], ", "))
	}
	if slices.Sort(mails); len(mails) > 0 {
		fmt.Fprintf(&b, "%-26s %s\n", "mails", strings.Join(mails, ", "))
	}
	return b.String()
}

// Golden returns how the story is to be told; empty when nobody wrote it down
// yet.
func (s Story) Golden() (string, error) {
	raw, err := goldenFiles.ReadFile("golden/" + s.Name + ".txt")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(raw), err
}
