package activities_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/seal"
	simulator "github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

// office is the telling of accounts' owners, over the desk's provider.
type office struct {
	*desk
	accounts *mongo.Accounts
	sessions *mongo.Sessions
	tickets  *mongo.Tickets
	letters  *activities.Letters
}

func newOffice(t *testing.T) *office {
	t.Helper()
	lookup, err := seal.NewLookup(bytes.Repeat([]byte("l"), seal.KeyBytes))
	require.NoError(t, err)
	db := mongotest.Database(t)
	vault := mongotest.Vault(t, db)
	o := &office{desk: newDesk(t), accounts: mongo.NewAccounts(db, vault, lookup.Key), sessions: mongo.NewSessions(db), tickets: mongo.NewTickets(db, vault, lookup.Key)}
	o.letters = o.by(o.mails)
	return o
}

// by returns the step of a worker that sends by m.
func (o *office) by(m *activities.Mails) *activities.Letters {
	return &activities.Letters{
		Accounts: o.accounts, Sessions: o.sessions, Tickets: o.tickets, Mails: m, Render: templates.RenderLetter,
		Link: func(kind identity.NoticeKind, ticketID string) string {
			return "https://bedesten.example/account/" + string(kind) + "#" + ticketID
		},
		Clock: m.Clock, Log: slog.New(slog.DiscardHandler),
	}
}

// account opens an account.
func (o *office) account(email string) identity.Account {
	o.t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	a := identity.Account{
		ID: id.New(identity.AccountPrefix, now), Personal: identity.Person{Email: email, Name: "Gülşah Çağrı"}, Language: "en",
		PasswordHash: "x", PasswordAt: now, Rev: 1, CreatedAt: now, UpdatedAt: now,
	}
	require.NoError(o.t, o.accounts.Create(o.t.Context(), a))
	return a
}

// ask issues a ticket and returns the letter that carries it.
func (o *office) ask(kind identity.TicketKind, notice identity.NoticeKind, email string) identity.Letter {
	o.t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	t := identity.Ticket{
		ID: id.New(identity.TicketPrefix, now), Kind: kind, Personal: identity.Person{Email: email, Name: "Ucuz Tatil Fırsatı"}, Language: "tr", CreatedAt: now,
	}
	require.NoError(o.t, o.tickets.Issue(o.t.Context(), t))
	return identity.Letter{ID: t.ID, Kind: notice, TicketID: t.ID, At: now}
}

// try runs the step once as an activity.
func (o *office) try(l *activities.Letters, letter identity.Letter) (activities.MailResult, error) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(l)
	var result activities.MailResult
	value, err := env.ExecuteActivity(l.SendLetter, activities.LetterInput{Letter: letter, Resend: resend, NotSentAfter: notSentAfter})
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

// send sends a letter and returns the mail that came of it.
func (o *office) send(letter identity.Letter) simulator.Mail {
	o.t.Helper()
	before := len(o.server.Sent())
	result, err := o.try(o.letters, letter)
	require.NoError(o.t, err)
	require.Contains(o.t, []notify.State{notify.Taken, notify.Delivered}, result.State, "word of its delivery may come first")
	sent := o.server.Sent()
	require.Len(o.t, sent, before+1)
	return sent[before]
}

// insist sends until the letter is settled, as its workflow does.
func (o *office) insist(letter identity.Letter) {
	o.t.Helper()
	for range 6 {
		o.told()
		result, err := o.try(o.letters, letter)
		if err == nil && result.State.Settled() {
			return
		}
		o.ahead.Add(int64(result.Wait + time.Second))
	}
	o.t.Fatal("the letter got nowhere")
}

// got counts the mails that the provider took of a letter.
func (o *office) got(letter identity.Letter) int {
	n := 0
	for _, m := range o.server.Sent() {
		if strings.HasPrefix(m.CustomArgs["send_key"], letter.ID+"-") {
			n++
		}
	}
	return n
}

func TestSendLetter_ToAFreeAddressAsksForItsConfirmation(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	letter := o.ask(identity.Register, identity.NoticeConfirm, "yeni@posta.example")
	mail := o.send(letter)
	require.Equal(t, "yeni@posta.example", mail.To[0].Email)
	require.Equal(t, "Hesabınızı onaylayın · Bedesten", mail.Subject)
	require.Contains(t, mail.Text, "https://bedesten.example/account/confirm_account#"+letter.TicketID)
	require.NotContains(t, mail.Text, "Ucuz Tatil", "whoever typed somebody's address has no words in the mail")
	require.NotContains(t, mail.To[0].Name, "Ucuz Tatil")
}

func TestSendLetter_ToATakenAddressTellsItsOwnerAndGivesNoLink(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	o.account("gulsah@posta.example")
	for _, letter := range []identity.Letter{
		o.ask(identity.Register, identity.NoticeConfirm, "gulsah@posta.example"),
		o.ask(identity.ChangeEmail, identity.NoticeEmailConfirm, "gulsah@posta.example"),
	} {
		mail := o.send(letter)
		require.Equal(t, "gulsah@posta.example", mail.To[0].Email)
		require.Equal(t, "You have an account with this address · Bedesten", mail.Subject, "in the owner's language")
		require.Contains(t, mail.Text, "Hello Gülşah Çağrı,")
		require.NotContains(t, mail.Text, "confirm")
		ticket, err := o.tickets.Find(t.Context(), letter.TicketID)
		require.NoError(t, err)
		require.Empty(t, ticket.AccountID)
		require.True(t, ticket.Used.IsZero())
	}
}

func TestSendLetter_ToWhoeverTheTicketMadeTheAccountOfIsTheSameLetter(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	letter := o.ask(identity.Register, identity.NoticeConfirm, "yeni@posta.example")
	ticket, err := o.tickets.Find(t.Context(), letter.TicketID)
	require.NoError(t, err)
	require.NoError(t, o.accounts.Create(t.Context(), identity.Account{ID: ticket.NewAccountID(), Personal: ticket.Personal, Language: "tr", Rev: 1}))
	require.Equal(t, "Hesabınızı onaylayın · Bedesten", o.send(letter).Subject)
}

func TestSendLetter_OfAResetBindsTheTicketToTheAccountAsItIsNow(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	account := o.account("gulsah@posta.example")
	for _, kind := range []identity.NoticeKind{identity.NoticeReset, identity.NoticeManyTries} {
		letter := o.ask(identity.Reset, kind, "gulsah@posta.example")
		mail := o.send(letter)
		require.Contains(t, mail.Text, "https://bedesten.example/account/"+string(kind)+"#"+letter.TicketID)
		require.Contains(t, mail.Text, "Hello Gülşah Çağrı,", "the name is the account's, and not what was typed")
		require.Contains(t, mail.Text, "The link is good until: ")
		ticket, err := o.tickets.Find(t.Context(), letter.TicketID)
		require.NoError(t, err)
		require.Equal(t, account.ID, ticket.AccountID)
		require.True(t, account.PasswordAt.Equal(ticket.PasswordAt))
	}
}

func TestSendLetter_ToNobodyIsDoneWithAndSendsNothing(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	closed := o.account("kapali@posta.example")
	closed.Closed = time.Now().UTC()
	_, err := o.accounts.Save(t.Context(), closed)
	require.NoError(t, err)
	for _, letter := range []identity.Letter{
		o.ask(identity.Reset, identity.NoticeReset, "kimse@posta.example"),
		o.ask(identity.Reset, identity.NoticeManyTries, "kimse@posta.example"),
		o.ask(identity.Reset, identity.NoticeReset, "kapali@posta.example"),
		{ID: "let_1", Kind: identity.NoticePassword, AccountID: "usr_00000000000000000000000000", At: time.Now()},
		{ID: "let_2", Kind: identity.NoticeReset, TicketID: "tkt_00000000000000000000000000", At: time.Now()},
	} {
		result, err := o.try(o.letters, letter)
		require.NoError(t, err)
		require.Equal(t, activities.MailResult{State: notify.Taken, Code: activities.Unaddressed}, result)
	}
	require.Empty(t, o.server.Sent())
}

func TestSendLetter_OfAMovedAddressReachesBothOfThem(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	account := o.account("eski@posta.example")
	now := time.Now().UTC()
	ticket := identity.Ticket{
		ID: id.New(identity.TicketPrefix, now), Kind: identity.ChangeEmail, Personal: identity.Person{Email: "yeni@posta.example", Name: "Gülşah Çağrı"},
		Language: "tr", AccountID: account.ID, Previous: "eski@posta.example", CreatedAt: now,
	}
	require.NoError(t, o.tickets.Issue(t.Context(), ticket))
	require.NoError(t, o.accounts.MoveEmail(t.Context(), account.ID, "yeni@posta.example", now))
	for kind, to := range map[identity.NoticeKind]string{identity.NoticeEmailChanged: "eski@posta.example", identity.NoticeEmailMoved: "yeni@posta.example"} {
		mail := o.send(identity.Letter{ID: "let_" + string(kind), Kind: kind, AccountID: account.ID, TicketID: ticket.ID, At: now})
		require.Equal(t, to, mail.To[0].Email)
		require.Contains(t, mail.Text, "Merhaba Gülşah Çağrı,")
		require.NotContains(t, mail.Text, ticket.ID)
	}
}

func TestSendLetter_SaysOnWhatDeviceItWasWhileTheSessionIsKnown(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	account, now := o.account("gulsah@posta.example"), time.Now().UTC()
	session := identity.Session{ID: id.New(identity.SessionPrefix, now), AccountID: account.ID, Device: "Firefox, Linux", Turn: 1, RotatedAt: now, SignedIn: now}
	require.NoError(t, o.sessions.Start(t.Context(), session))
	told := func(letterID, sessionID string) string {
		return o.send(identity.Letter{ID: letterID, Kind: identity.NoticeNewDevice, AccountID: account.ID, SessionID: sessionID, At: now}).Text
	}
	require.Contains(t, told("let_1", session.ID), "Device: Firefox, Linux")
	require.NotContains(t, told("let_2", "ses_00000000000000000000000000"), "Device:")
	require.NotContains(t, told("let_3", ""), "Device:")
}

func TestSendLetter_TellsOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	o.account("gulsah@posta.example")
	for moment := 0; ; moment++ {
		letter, l := o.ask(identity.Reset, identity.NoticeReset, "gulsah@posta.example"), &life{left: moment}
		_, _ = o.try(o.by(o.over(mortalMails{o.store, l}, mortalMailer{o.mailer, l})), letter)
		o.insist(letter)
		require.Equal(t, 1, o.got(letter), "died at moment %d", moment)
		o.insist(letter)
		require.Equal(t, 1, o.got(letter), "once more, after moment %d", moment)
		if l.left >= 0 {
			require.Greater(t, moment, 3, "the step was interrupted nowhere")
			return
		}
	}
}

func TestSendLetter_TellsOnceWhateverBecomesOfTheSend(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	o.account("gulsah@posta.example")
	for _, tt := range mailTroubles {
		letter := o.ask(identity.Reset, identity.NoticeReset, "gulsah@posta.example")
		_, err := o.server.AddFault(sim.Fault{Kind: tt.kind, Times: 1, Match: sim.Match{
			Metadata: map[string]string{"send_key": notify.SendKey(notify.ID(letter.ID, notify.Kind(identity.NoticeReset), ""), 1)},
		}})
		require.NoError(t, err)
		o.insist(letter)
		require.Equal(t, 1, o.got(letter), "%s", tt.kind)
		require.Equal(t, 1, o.server.Faults()[0].Hits, "%s", tt.kind)
		o.server.ClearFaults()
	}
}
