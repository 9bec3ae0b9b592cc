package activities

import (
	"context"
	"log/slog"
	"time"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/notify"
)

// Letters sends mails about accounts, by the same rows and rules as mails about
// orders. It alone finds out whether an address has an account: whoever asked was
// told nothing.
type Letters struct {
	Accounts identity.Accounts
	Sessions identity.Sessions
	Tickets  identity.Tickets
	Mails    *Mails
	// Render writes a letter, Link makes the address of its link.
	Render func(notify.LetterView) (notify.Rendered, error)
	Link   func(kind identity.NoticeKind, ticketID string) string
	Clock  clock.Clock
	Log    *slog.Logger
}

// LetterInput names the letter; the times are those of every mail.
type LetterInput struct {
	Letter       identity.Letter `json:"letter"`
	Resend       time.Duration   `json:"resend"`
	NotSentAfter time.Duration   `json:"not_sent_after"`
}

// addressed is a letter with whom it goes to.
type addressed struct {
	kind     identity.NoticeKind
	to       identity.Person
	language string
	until    time.Time
	device   string
}

// SendLetter sends a letter, once. A letter to nobody is done with at once.
func (l *Letters) SendLetter(ctx context.Context, in LetterInput) (MailResult, error) {
	var result MailResult
	err := beating(ctx, func(ctx context.Context) (err error) {
		result, err = l.send(ctx, in)
		return err
	})
	if err != nil {
		l.Log.WarnContext(ctx, "a letter step failed", "letter", in.Letter.ID, "kind", string(in.Letter.Kind), "error", err)
	}
	return result, forTemporal(err)
}

// Unaddressed is the code of a letter that nobody gets: the address has no account.
const Unaddressed = "no_such_account"

func (l *Letters) send(ctx context.Context, in LetterInput) (MailResult, error) {
	a, err := l.address(ctx, in.Letter)
	if fault.Is(err, fault.NotFound) {
		return MailResult{State: notify.Taken, Code: Unaddressed}, nil
	}
	if err != nil {
		return MailResult{}, err
	}
	row := notify.Mail{
		ID: notify.ID(in.Letter.ID, notify.Kind(in.Letter.Kind), ""), OrderID: in.Letter.ID, Kind: notify.Kind(a.kind), Language: a.language, State: notify.Wanted,
		Tries: map[string]notify.Try{}, CreatedAt: l.Clock().UTC(), Events: map[string]notify.Event{},
	}
	times := MailInput{Resend: in.Resend, NotSentAfter: in.NotSentAfter}
	return l.Mails.deliver(ctx, row, times, func(row notify.Mail, try int) (notify.Message, error) {
		view := notify.LetterView{
			Kind: string(a.kind), Language: a.language, ShopName: l.Mails.Shop.Name, ShopURL: l.Mails.Shop.URL,
			ShopAddress: l.Mails.Shop.Address, SupportEmail: l.Mails.Shop.SupportEmail,
			Name: a.to.Name, Link: l.Link(a.kind, in.Letter.TicketID), Until: a.until, At: in.Letter.At, Device: a.device,
		}
		rendered, err := l.Render(view)
		if err != nil {
			return notify.Message{}, err
		}
		return notify.Message{
			Key: notify.SendKey(row.ID, try), To: a.to.Email, ToName: a.to.Name, Subject: rendered.Subject, Text: rendered.Text, HTML: rendered.HTML,
			Language: a.language,
		}, nil
	})
}

// errNobody says that there is nobody whom the letter could reach.
func errNobody() error { return fault.New(fault.NotFound, "the address has no account") }

// address finds out whom a letter goes to and what it tells.
func (l *Letters) address(ctx context.Context, letter identity.Letter) (addressed, error) {
	device, err := l.device(ctx, letter.SessionID)
	if err != nil {
		return addressed{}, err
	}
	if letter.TicketID == "" {
		account, err := l.Accounts.Find(ctx, letter.AccountID)
		if err == nil && (account.Personal.Email == "" || letter.Kind == identity.NoticeErasureAsked && account.Erasure == nil) {
			err = errNobody() // forgotten, or withdrawn already
		}
		a := addressed{kind: letter.Kind, to: account.Personal, language: account.Language, device: device}
		if account.Erasure != nil {
			a.until = account.Erasure.Due
		}
		return a, err
	}
	t, err := l.Tickets.Find(ctx, letter.TicketID)
	if err != nil {
		return addressed{}, err
	}
	a := addressed{kind: letter.Kind, to: t.Personal, language: t.Language, device: device}
	switch letter.Kind {
	case identity.NoticeEmailChanged:
		a.to.Email = t.Previous
		return a, nil
	case identity.NoticeEmailMoved:
		return a, nil
	}
	a.until = t.CreatedAt.Add(identity.TicketLife[t.Kind])
	return l.byOwner(ctx, a, t)
}

// device returns what the session's browser says it is; nothing where the session is
// not known any more.
func (l *Letters) device(ctx context.Context, sessionID string) (string, error) {
	if sessionID == "" {
		return "", nil
	}
	session, err := l.Sessions.Find(ctx, sessionID)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return session.Device, err
}

// byOwner tells whoever has the address already something else than who does not.
func (l *Letters) byOwner(ctx context.Context, a addressed, t identity.Ticket) (addressed, error) {
	owner, err := l.Accounts.ByEmail(ctx, t.Personal.Email)
	missing := fault.Is(err, fault.NotFound)
	if err != nil && !missing {
		return addressed{}, err
	}
	switch t.Kind {
	case identity.Register, identity.ChangeEmail:
		if !missing && owner.ID != t.NewAccountID() && owner.ID != t.AccountID {
			return addressed{kind: identity.NoticeAlreadyThere, to: owner.Personal, language: owner.Language}, nil
		}
		a.to.Name = "" // whoever typed the address chose the name too
	case identity.Reset:
		if missing || !owner.Open() {
			return addressed{}, errNobody()
		}
		if err := l.Tickets.Bind(ctx, t.ID, owner.ID, owner.PasswordAt); err != nil {
			return addressed{}, err
		}
		a.to, a.language = owner.Personal, owner.Language
	}
	return a, nil
}
