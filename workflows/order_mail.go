package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
)

// MailQueue is the task queue of mails: a slow mail provider starves nobody else.
const MailQueue = "mails"

// wantMail writes down that the shopper is to be told something. A thing is told
// once: it is named by its kind and what it is about.
func (o *orderRun) wantMail(kind, subject string) {
	if o.state.Mails == nil {
		o.state.Mails = map[string]order.MailSummary{}
	}
	key := kind
	if subject != "" {
		key += "-" + subject
	}
	if _, there := o.state.Mails[key]; !there {
		o.state.Mails[key] = order.MailSummary{Kind: kind, Subject: subject}
	}
}

// mail wants a mail about something of a placed order. It goes out beside the
// loop, once the order's document says that it is wanted.
func (o *orderRun) mail(kind, subject string) {
	if o.state.PlacedAt.IsZero() {
		return
	}
	o.wantMail(kind, subject)
}

// sendMails starts the sending of every mail that is not on its way yet.
func (o *orderRun) sendMails(ctx workflow.Context) {
	if o.mailing == nil {
		o.mailing = map[string]bool{}
	}
	for _, key := range workflow.DeterministicKeys(o.state.Mails) {
		if o.state.Mails[key].State != "" || o.mailing[key] {
			continue
		}
		o.mailing[key] = true
		o.leftovers++
		workflow.Go(ctx, func(ctx workflow.Context) {
			o.sendMail(ctx, key)
			o.leftovers--
		})
	}
}

// sendMail sends one mail until the provider has it, or will not take it. A send
// without an answer waits for the provider's own word.
func (o *orderRun) sendMail(ctx workflow.Context, key string) {
	began := workflow.Now(ctx)
	for n := 0; ; n++ {
		in := o.mailInput(key)
		var result activities.MailResult
		actx := optionsOn(ctx, MailQueue, o.policy, "SendMail", "tell the shopper: "+in.Kind)
		err := workflow.ExecuteActivity(actx, mails.SendMail, in).Get(ctx, &result)
		if err == nil && result.State.Settled() {
			o.mailed(ctx, key, result)
			return
		}
		pause := max(result.Wait, min(o.policy.ResolveFirst<<min(n, 16), o.policy.ResolveMax))
		if err == nil && result.State == notify.Refused {
			o.note(ctx, order.EntryMailFailed, key+"-"+itoa(int(o.state.Rev)), result.Code)
			o.attendTo(ctx, order.ReasonMailRefused, strings.TrimSpace(key+" "+result.Code))
			o.facts++
			pause = 12 * o.policy.ResolveMax
		} else if workflow.Now(ctx).Sub(began) >= o.policy.AttentionAfter && !o.state.Attention.Has(order.ReasonMailUnknown) {
			o.attendTo(ctx, order.ReasonMailUnknown, strings.TrimSpace(key+" "+result.Code))
			o.facts++
		}
		o.awaitMail(ctx, pause)
	}
}

// awaitMail waits for the provider's word, an operator's retry, or the time.
func (o *orderRun) awaitMail(ctx workflow.Context, pause time.Duration) {
	heard, retry := o.mailNews, o.retry
	await(ctx, pause, "until the mail provider tells of it, or it is tried again", func() bool { return o.mailNews != heard || o.retry != retry })
}

// mailed takes a mail that the provider has, or that it will never deliver. What
// the order writes next holds it.
func (o *orderRun) mailed(ctx workflow.Context, key string, result activities.MailResult) {
	m := o.state.Mails[key]
	m.State = string(result.State)
	o.state.Mails[key] = m
	o.clear(ctx, order.ReasonMailRefused)
	o.clear(ctx, order.ReasonMailUnknown)
	if result.State == notify.Bounced {
		o.note(ctx, order.EntryMailFailed, key, result.Code)
		o.attendTo(ctx, order.ReasonMailBounced, strings.TrimSpace(key+" "+result.Code))
		o.facts++
		return
	}
	o.note(ctx, order.EntryMail, key, m.Kind)
}

// hearMail takes the provider's later word about a mail: one that bounced needs a
// person, since the shopper does not know.
func (o *orderRun) hearMail(f order.Fact) {
	o.mailNews++
	if f.State != string(notify.Bounced) || o.state.Mails == nil {
		return
	}
	o.bounced = append(o.bounced, f)
	o.facts++
}

// takeBounces writes down which mails came back.
func (o *orderRun) takeBounces(ctx workflow.Context) {
	for _, f := range o.bounced {
		o.note(ctx, order.EntryMailFailed, f.ID, f.Code)
		o.attendTo(ctx, order.ReasonMailBounced, strings.TrimSpace(o.parcelName(f.ID)+" "+f.Code))
	}
	o.bounced = nil
}
