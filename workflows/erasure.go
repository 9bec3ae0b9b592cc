package workflows

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

// PrivacyQueue is the task queue of what people ask for by law: it takes its time
// and must hold nobody up.
const PrivacyQueue = "privacy"

// ErasureID returns the workflow id of an account's erasure: there is one.
func ErasureID(accountID string) string { return "privacy-erasure/" + accountID }

// SignalErasure says that the account's row has another word on its erasure.
const SignalErasure = "erasure"

// ErasureInput starts an erasure. Whether and when stands in the account's row.
type ErasureInput struct {
	AccountID string       `json:"account_id"`
	Policy    order.Policy `json:"policy"`
}

// ErasureResult is what an operator sees of an erasure that is over.
type ErasureResult struct {
	Withdrawn bool `json:"withdrawn,omitempty"`
	Orders    int  `json:"orders"`
}

// Erasure closes an account once its owner can no longer withdraw, waits until
// none of its orders needs a contact any more, tells the owner, and forgets them.
// The key of their data is destroyed last: nothing that runs ever misses it.
func Erasure(ctx workflow.Context, in ErasureInput) (ErasureResult, error) {
	in.Policy = in.Policy.Complete()
	e := &erasure{in: in}
	step, err := e.due(ctx)
	if err != nil || step.Withdrawn {
		return ErasureResult{Withdrawn: step.Withdrawn}, err
	}
	if err := e.ordersClosed(ctx); err != nil {
		return ErasureResult{}, err
	}
	if err := e.farewell(ctx, step.LetterID); err != nil {
		return ErasureResult{}, err
	}
	orders, err := e.walk(ctx, privacy.EraseOrders, "EraseOrders", "make the contacts of its orders unreadable")
	if err != nil {
		return ErasureResult{}, err
	}
	err = insist(ctx, in.Policy, privacy.EraseAccount, "EraseAccount", "forget the account, destroy its key", activities.PrivacyInput{AccountID: in.AccountID}, nil)
	return ErasureResult{Orders: orders.Orders}, err
}

// privacy is what activities are named by.
var privacy *activities.Privacy

type erasure struct {
	in ErasureInput
	// told is the erasure of which the owner was told.
	told string
}

// insist runs a step until it is done: a person's right does not end with a store
// that is down for a day. Who runs the shop sees that it does not get through.
func insist(ctx workflow.Context, p order.Policy, run any, name, summary string, input, result any) error {
	return insistOn(ctx, PrivacyQueue, p, needPerson, run, name, summary, input, result)
}

// insistOn is insist for the steps of a queue; need asks for a person, and takes that
// back where no step is named.
func insistOn(ctx workflow.Context, queue string, p order.Policy, need func(workflow.Context, string) error, run any, name, summary string, input, result any) error {
	return untilDone(ctx, optionsOn(ctx, queue, p, name, summary), p, name, need, run, input, result)
}

// untilDone runs a step under its options until it is done. stuck puts the workflow on
// the list of those that need a person while it is not.
func untilDone(ctx, step workflow.Context, p order.Policy, name string, stuck func(workflow.Context, string) error, run, input, result any) error {
	for n := 0; ; n++ {
		err := workflow.ExecuteActivity(step, run, input).Get(ctx, result)
		if ctx.Err() != nil {
			return err
		}
		if err == nil {
			if n > 0 {
				return stuck(ctx, "")
			}
			return nil
		}
		workflow.GetLogger(ctx).Warn("a step failed and is tried again", "step", name, "error", err)
		if n == 0 {
			if err := stuck(ctx, name); err != nil {
				return err
			}
		}
		if err := workflow.Sleep(ctx, min(p.ResolveFirst<<min(n, 16), p.ResolveMax)); err != nil {
			return err
		}
	}
}

// AttentionPrivacy is why what people ask for by law needs a person of the shop.
const AttentionPrivacy = order.StillPrivacy

// needPerson puts the workflow on the list of those that need a person, and takes it
// off where no step is named.
func needPerson(ctx workflow.Context, step string) error {
	if step == "" {
		return attention(ctx, "privacy-attention", "", "")
	}
	return attention(ctx, "privacy-attention", AttentionPrivacy, step+" fails and is tried until it is done. The failed activity below says why: mend that; nothing has to be done here.")
}

// attention writes why a workflow that is no order's needs a person, where operators
// look: its search attribute, and the details on its page. No reason takes both off.
// Runs of before the change did neither.
func attention(ctx workflow.Context, change, reason, next string) error {
	value, details := AttrAttention.ValueUnset(), ""
	if reason != "" {
		value = AttrAttention.ValueSet(reason)
		details = "### Needs a person: " + reason + "\n\nSince " + workflow.Now(ctx).Format(time.DateTime+" MST") + "\n\n" + next
	}
	workflow.SetCurrentDetails(ctx, details)
	if workflow.GetVersion(ctx, change, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	return workflow.UpsertTypedSearchAttributes(ctx, value)
}

// due waits until the account could be closed, or its owner has thought better of
// it. The row decides; a signal only says that it is worth another look.
func (e *erasure) due(ctx workflow.Context) (activities.ErasureStep, error) {
	changed := workflow.GetSignalChannel(ctx, SignalErasure)
	for {
		for changed.ReceiveAsync(nil) {
		}
		var step activities.ErasureStep
		input := activities.PrivacyInput{AccountID: e.in.AccountID}
		if err := insist(ctx, e.in.Policy, privacy.CloseAccount, "CloseAccount", "close the account if its erasure is due", input, &step); err != nil {
			return step, err
		}
		if err := e.announce(ctx, step); err != nil {
			return step, err
		}
		if step.Wait == 0 {
			if step.Withdrawn && changed.Len() > 0 {
				continue
			}
			return step, nil
		}
		timer, cancel := workflow.WithCancel(ctx)
		wake := workflow.NewSelector(ctx)
		wake.AddFuture(workflow.NewTimer(timer, step.Wait), func(workflow.Future) {})
		wake.AddReceive(changed, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil) })
		wake.Select(ctx)
		cancel()
		if ctx.Err() != nil {
			return step, ctx.Err()
		}
	}
}

// announce tells the owner that the account is to be forgotten: whoever did not ask
// for it can withdraw it. Nothing waits for the letter.
func (e *erasure) announce(ctx workflow.Context, step activities.ErasureStep) error {
	if step.AskedID == "" || e.told == step.ErasureID || workflow.GetVersion(ctx, "erasure-announced", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	e.told = step.ErasureID
	letter := identity.Letter{ID: step.AskedID, Kind: identity.NoticeErasureAsked, AccountID: e.in.AccountID, At: workflow.Now(ctx)}
	err := hand(ctx, e.in.Policy, letter).GetChildWorkflowExecution().Get(ctx, nil)
	if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return err
	}
	return nil
}

// ordersClosed waits until every order of the account is over. It asks their
// documents: no order must know that somebody waits for it.
func (e *erasure) ordersClosed(ctx workflow.Context) error {
	for {
		orders, err := e.walk(ctx, privacy.CountOpenOrders, "CountOpenOrders", "count the orders that still need their contact")
		if err != nil || orders.Open == 0 {
			return err
		}
		workflow.SetCurrentDetails(ctx, "waits for "+itoa(orders.Open)+" open orders of the account")
		if err := workflow.Sleep(ctx, e.in.Policy.ErasePoll); err != nil {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, Erasure, e.in)
		}
	}
}

// walk runs a step over all orders of the account, and adds up what it counted.
func (e *erasure) walk(ctx workflow.Context, run any, name, summary string) (total activities.OrdersStep, err error) {
	input := activities.PrivacyInput{AccountID: e.in.AccountID}
	for {
		var step activities.OrdersStep
		if err := insist(ctx, e.in.Policy, run, name, summary, input, &step); err != nil {
			return total, err
		}
		total.Orders += step.Orders
		total.Open += step.Open
		if input.Before = step.Next; step.Next == "" {
			return total, nil
		}
	}
}

// farewell tells the owner while their address is still known.
func (e *erasure) farewell(ctx workflow.Context, letterID string) error {
	return tell(ctx, e.in.Policy, identity.Letter{ID: letterID, Kind: identity.NoticeErased, AccountID: e.in.AccountID, At: workflow.Now(ctx)})
}

// tell has a letter sent and waits until it is out. What becomes of it holds
// nothing up for ever: it has tried for a day.
func tell(ctx workflow.Context, p order.Policy, letter identity.Letter) error {
	err := hand(ctx, p, letter).Get(ctx, nil)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		workflow.GetLogger(ctx).Warn("a letter about an account did not go out", "kind", letter.Kind, "error", err)
	}
	return nil
}

// hand starts the workflow of a letter.
func hand(ctx workflow.Context, p order.Policy, letter identity.Letter) workflow.ChildWorkflowFuture {
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: LetterID(letter.ID), TaskQueue: MailQueue, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, WorkflowExecutionTimeout: 2 * 24 * time.Hour,
		StaticSummary: "tell the owner of an account: " + string(letter.Kind),
	})
	return workflow.ExecuteChildWorkflow(child, Letter, LetterInput{Letter: letter, Policy: p})
}
