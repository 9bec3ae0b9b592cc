package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
)

// LetterID returns the workflow id of a letter: the same letter is sent once.
func LetterID(letterID string) string { return "letter/" + letterID }

// LetterInput starts a letter's workflow.
type LetterInput struct {
	Letter identity.Letter `json:"letter"`
	Policy order.Policy    `json:"policy"`
}

// letterTries is how often runs of before tried, which took the provider's refusal
// for an end as well.
const letterTries = 60

// AttentionLetter is why a letter needs a person of the shop: our request is wrong,
// not the address.
const AttentionLetter = "letter_refused"

// TypeLetterLost is the error of a letter that could not be sent for
// Policy.ResolveBudget.
const TypeLetterLost = "letter_not_sent"

// Letter sends a mail about an account until the provider has it, or knows that it
// can never be delivered. One whose request the provider refuses needs a person,
// and is tried on: with the key mended, what happened to accounts is told after
// all. A letter that does not go out within Policy.ResolveBudget fails, and is seen.
func Letter(ctx workflow.Context, in LetterInput) (activities.MailResult, error) {
	l := &letter{in: in, policy: in.Policy.Complete(), began: workflow.Now(ctx)}
	for n := 0; ; n++ {
		if n == letterTries && !l.insists(ctx) {
			return l.result, nil
		}
		err := l.send(ctx)
		if err == nil && l.result.State.Settled() {
			return l.result, l.clear(ctx)
		}
		pause := max(l.result.Wait, min(l.policy.ResolveFirst<<min(n, 16), l.policy.ResolveMax, 24*time.Hour/letterTries))
		if err == nil && l.result.State == notify.Refused {
			if !l.insists(ctx) {
				return l.result, nil
			}
			if err := l.refused(ctx); err != nil {
				return l.result, err
			}
			pause = 2 * l.policy.ResolveMax
		}
		if workflow.Now(ctx).Sub(l.began) >= l.policy.ResolveBudget && l.insists(ctx) {
			return l.result, temporal.NewNonRetryableApplicationError("the letter could not be sent: "+l.result.Code, TypeLetterLost, nil)
		}
		if err := workflow.Sleep(ctx, pause); err != nil {
			return l.result, err
		}
	}
}

// letters is what activities are named by.
var letters *activities.Letters

// letter is one that is being sent.
type letter struct {
	in     LetterInput
	policy order.Policy
	began  time.Time
	result activities.MailResult
	// asked says that a person was asked to look.
	asked bool
}

func (l *letter) send(ctx workflow.Context) error {
	actx := optionsOn(ctx, MailQueue, l.policy, "SendLetter", "tell the account's owner: "+string(l.in.Letter.Kind))
	return workflow.ExecuteActivity(actx, letters.SendLetter, activities.LetterInput{
		Letter: l.in.Letter, Resend: l.policy.MailResend, NotSentAfter: 2*l.policy.ProviderCall + l.policy.StoreCall,
	}).Get(ctx, &l.result)
}

// insists reports whether the run goes on where runs of before ended.
func (l *letter) insists(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, "letter-insists", workflow.DefaultVersion, 1) != workflow.DefaultVersion
}

func (l *letter) refused(ctx workflow.Context) error {
	if l.asked {
		return nil
	}
	l.asked = true
	return attention(ctx, "letter-insists", AttentionLetter, "The mail provider refuses our request ("+l.result.Code+"): check key, sender and template. The letter is tried on, for a day.")
}

func (l *letter) clear(ctx workflow.Context) error {
	if !l.asked {
		return nil
	}
	return attention(ctx, "letter-insists", "", "")
}
