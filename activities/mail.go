package activities

import (
	"context"
	"log/slog"
	"time"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// Mails tells shoppers what became of their orders. Each thing is told once: its
// row is written before the send, and a send without an answer waits for the
// provider's own word.
type Mails struct {
	Orders    order.Store
	Attempts  payment.Store
	Shipments shipping.Store
	Store     notify.Store
	Mailer    notify.Mailer
	// Render writes a view as a mail.
	Render func(notify.View) (notify.Rendered, error)
	Shop   Shop
	Clock  clock.Clock
	Log    *slog.Logger
}

// Shop is what mails say of the shop.
type Shop struct {
	Name, URL, Address, SupportEmail string
	// OrderURL returns the link that opens an order for whoever has the mail,
	// PayURL the one by which it is paid again.
	OrderURL func(o order.Order) string
	PayURL   func(o order.Order) string
}

// MailInput names what a shopper is to be told: its kind, and the parcel,
// attempt or command that it is about.
type MailInput struct {
	OrderID string `json:"order_id"`
	Kind    string `json:"kind"`
	Subject string `json:"subject,omitempty"`
	// Resend is how long a send without an answer waits for the provider's word,
	// NotSentAfter from when on a send of a worker that died is over.
	Resend       time.Duration `json:"resend"`
	NotSentAfter time.Duration `json:"not_sent_after"`
}

// MailResult is how far the mail has come. Wait is how long the next look has
// time.
type MailResult struct {
	State notify.State  `json:"state"`
	Code  string        `json:"code,omitempty"`
	Wait  time.Duration `json:"wait,omitempty"`
}

// SendMail sends a mail, once. A provider neither deduplicates nor looks up: a
// send that may have got through is left alone until the provider's event tells
// of it, and goes out again only when none came in time.
func (m *Mails) SendMail(ctx context.Context, in MailInput) (MailResult, error) {
	var result MailResult
	err := beating(ctx, func(ctx context.Context) (err error) {
		result, err = m.send(ctx, in)
		return err
	})
	if err != nil {
		m.Log.WarnContext(ctx, "a mail step failed", "order", in.OrderID, "kind", in.Kind, "error", err)
	}
	return result, forTemporal(err)
}

// codeErased says that nobody knows any more to whom a mail or a parcel goes: the
// shopper's data was erased. Erasure waits for open orders, so this is an end that
// only an operator can have made.
const codeErased = "contact_erased"

func (m *Mails) send(ctx context.Context, in MailInput) (MailResult, error) {
	o, err := m.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return MailResult{}, err
	}
	kind := notify.Kind(in.Kind)
	row := notify.Mail{
		ID: notify.ID(o.ID, kind, in.Subject), OrderID: o.ID, Kind: kind, Subject: in.Subject, Language: language(o),
		State: notify.Wanted, Tries: map[string]notify.Try{}, CreatedAt: m.Clock().UTC(), Events: map[string]notify.Event{},
	}
	return m.deliver(ctx, row, in, func(row notify.Mail, try int) (notify.Message, error) {
		if o.Erased {
			return notify.Message{}, nil
		}
		return m.compose(ctx, o, row, try)
	})
}

// deliver writes the row ahead and sends what compose writes, if it is time. A
// message to nobody ends the mail without the provider being asked.
func (m *Mails) deliver(ctx context.Context, row notify.Mail, in MailInput, compose func(row notify.Mail, try int) (notify.Message, error)) (MailResult, error) {
	row, err := m.Store.Want(ctx, row)
	if err != nil {
		return MailResult{}, err
	}
	change, wait := m.next(row, in)
	if change == nil {
		return MailResult{State: row.State, Code: row.Current().Code, Wait: wait}, nil
	}
	message, err := compose(row, change.Next)
	if err != nil {
		return MailResult{}, err
	}
	change.Set = notify.Try{State: notify.Sent, Claim: token(ctx), SentAt: m.Clock().UTC()}
	row, won, err := m.Store.Apply(ctx, *change)
	if err != nil || !won {
		return MailResult{State: row.State, Wait: in.NotSentAfter}, err
	}
	crashpoint.Here("mail.before")
	answer := notify.Answer{Outcome: outcome.No, Code: codeErased}
	if message.To != "" {
		answer = m.Mailer.Send(ctx, message)
	}
	crashpoint.Here("mail.answered")
	return m.record(ctx, row, in, answer)
}

func language(o order.Order) string {
	if o.Language == notify.English {
		return notify.English
	}
	return notify.Turkish
}

// next decides whether a mail is sent now, and by which try.
func (m *Mails) next(row notify.Mail, in MailInput) (*notify.Change, time.Duration) {
	again := &notify.Change{
		MailID: row.ID, Try: row.Try, Next: row.Try + 1, From: []notify.State{row.State}, State: notify.Sent, Provider: m.Mailer.Name(),
	}
	switch row.State {
	case notify.Wanted, notify.Refused:
		return again, 0
	case notify.Sent, notify.Unsure:
		wait := in.Resend + in.NotSentAfter - m.Clock().Sub(row.Current().SentAt)
		if wait > 0 {
			return nil, wait
		}
		// Its word was lost, or there was none: the shopper rather reads it twice
		// than never.
		again.Again = true
		return again, 0
	}
	return nil, 0
}

// record writes what came of a send, also when the step's time is over.
func (m *Mails) record(ctx context.Context, row notify.Mail, in MailInput, answer notify.Answer) (MailResult, error) {
	try := row.Current()
	try.AnsweredAt, try.MessageID, try.Code = m.Clock().UTC(), answer.MessageID, answer.Code
	state := notify.Unsure
	switch answer.Outcome {
	case outcome.Yes:
		state = notify.Taken
	case outcome.No, outcome.Missing:
		state = notify.Bounced
	case outcome.RefusedByProvider:
		state = notify.Refused
	case outcome.NotSent:
		state = notify.Wanted
	}
	try.State = state
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	row, _, err := m.Store.Apply(ctx, notify.Change{MailID: row.ID, Try: row.Try, From: []notify.State{notify.Sent}, State: state, Set: try})
	crashpoint.Here("mail.recorded")
	if err != nil {
		return MailResult{}, err
	}
	if row.State == notify.Wanted {
		return MailResult{}, fault.New(fault.Unavailable, "the mail provider takes nothing now (%s)", answer.Code)
	}
	result := MailResult{State: row.State, Code: answer.Code}
	if !row.State.Settled() && row.State != notify.Refused {
		result.Wait = in.Resend + in.NotSentAfter
	}
	return result, nil
}

func (m *Mails) compose(ctx context.Context, o order.Order, row notify.Mail, try int) (notify.Message, error) {
	view, err := m.view(ctx, o, row)
	if err != nil {
		return notify.Message{}, err
	}
	rendered, err := m.Render(view)
	if err != nil {
		return notify.Message{}, err
	}
	return notify.Message{
		Key: notify.SendKey(row.ID, try), To: o.Contact.Email, ToName: o.Contact.Name, Subject: rendered.Subject,
		Text: rendered.Text, HTML: rendered.HTML, Language: view.Language,
	}, nil
}
