package api

import (
	"context"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/secret"
)

func checkMail() *mailedOutput {
	out := &mailedOutput{}
	out.Body.Next = "check_mail"
	return out
}

// mail issues a ticket and has the letter sent that carries it.
func (a *API) mail(ctx context.Context, t identity.Ticket, kind identity.NoticeKind) (*mailedOutput, error) {
	// Each kind by itself: nobody keeps an owner's reset away by registering for them.
	if err := a.countTry(ctx, LimitLetters, a.Lookup("letters-"+string(t.Kind), t.Personal.Email)); err != nil {
		return nil, err
	}
	return a.issue(ctx, t, kind)
}

// issue is mail for who was counted elsewhere.
func (a *API) issue(ctx context.Context, t identity.Ticket, kind identity.NoticeKind) (*mailedOutput, error) {
	t, err := a.newTicket(ctx, t)
	if err != nil {
		return nil, err
	}
	err = a.Post.Send(ctx, identity.Letter{ID: t.ID, Kind: kind, AccountID: t.AccountID, TicketID: t.ID, At: t.CreatedAt})
	return checkMail(), err
}

// newTicket gives a ticket its id and writes it down.
func (a *API) newTicket(ctx context.Context, t identity.Ticket) (identity.Ticket, error) {
	t.CreatedAt = a.Clock().UTC()
	t.ID = id.New(identity.TicketPrefix, t.CreatedAt)
	return t, a.Tickets.Issue(ctx, t)
}

// inform has a letter sent. What it tells of has happened: that it could not be handed
// over must not undo it.
func (a *API) inform(ctx context.Context, l identity.Letter) {
	l.At = a.Clock().UTC()
	l.ID = id.New("let", l.At)
	err := a.LetterBox.Keep(ctx, l)
	if err == nil {
		sending, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err = a.Post.Send(sending, l); err == nil {
			err = a.LetterBox.Done(ctx, l.ID)
		}
	}
	if err != nil {
		a.Log.ErrorContext(ctx, "a letter about an account could not be handed over, and the sweeper will", "request_id", requestOf(ctx).id, "kind", string(l.Kind), "account", l.AccountID, "error", err)
	}
}

// errTicket is the one answer to every link that is good for nothing.
func errTicket() error {
	return fault.New(fault.Unauthenticated, "this link was used, is too old, or was never one of ours: ask for another")
}

// openTicket returns the ticket of a link while it is good.
func (a *API) openTicket(ctx context.Context, kind identity.TicketKind, given string) (identity.Ticket, error) {
	ticketID, derived, _ := strings.Cut(given, "~")
	if !id.Valid(identity.TicketPrefix, ticketID) || !a.Secrets.Opens(derived, secret.Ticket, ticketID, 1) {
		return identity.Ticket{}, errTicket()
	}
	t, err := a.Tickets.Find(ctx, ticketID)
	if fault.Is(err, fault.NotFound) {
		return identity.Ticket{}, errTicket()
	}
	if err != nil {
		return identity.Ticket{}, err
	}
	if t.Kind != kind || !t.Good(a.Clock()) {
		return identity.Ticket{}, errTicket()
	}
	return t, nil
}

// useTicket marks the ticket as used: of two requests with one link, one goes on.
func (a *API) useTicket(ctx context.Context, t identity.Ticket) error {
	first, err := a.Tickets.Use(ctx, t.ID, a.Clock().UTC())
	if err == nil && !first {
		err = errTicket()
	}
	return err
}
