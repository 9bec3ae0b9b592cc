package workflows

import (
	"time"

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

// letterTries is how often a letter is tried: with the pauses between, for a day.
// Who waits for it asks for another long before.
const letterTries = 60

// Letter sends a mail about an account until the provider has it, or will not take
// it. It returns what became of it, which is all that an operator needs: whoever
// waited for a link asks for another.
func Letter(ctx workflow.Context, in LetterInput) (activities.MailResult, error) {
	policy := in.Policy.Complete()
	var letters *activities.Letters
	var result activities.MailResult
	for n := range letterTries {
		actx := optionsOn(ctx, MailQueue, policy, "SendLetter", "tell the account's owner: "+string(in.Letter.Kind))
		err := workflow.ExecuteActivity(actx, letters.SendLetter, activities.LetterInput{
			Letter: in.Letter, Resend: policy.MailResend, NotSentAfter: 2*policy.ProviderCall + policy.StoreCall,
		}).Get(ctx, &result)
		if err == nil && (result.State.Settled() || result.State == notify.Refused) {
			return result, nil
		}
		pause := max(result.Wait, min(policy.ResolveFirst<<min(n, 16), policy.ResolveMax, 24*time.Hour/letterTries))
		if err := workflow.Sleep(ctx, pause); err != nil {
			return result, err
		}
	}
	return result, nil
}
