package workflows_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/worker"
	"github.com/bedesten/bedesten/workflows"
)

// post sends letters as the API does.
func post() *worker.Post { return worker.NewPost(rig.App.Temporal, rig.App.Policy) }

// reset issues a ticket for another password, and returns its letter.
func reset(t *testing.T, email string) identity.Letter {
	t.Helper()
	needsRig(t)
	now := time.Now().UTC()
	ticketID := id.New(identity.TicketPrefix, now)
	require.NoError(t, rig.App.Tickets.Issue(t.Context(), identity.Ticket{
		ID: ticketID, Kind: identity.Reset, Personal: identity.Person{Email: email}, Language: "tr", CreatedAt: now,
	}))
	return identity.Letter{ID: ticketID, Kind: identity.NoticeReset, TicketID: ticketID, At: now}
}

// owner opens an account and returns its mail address.
func owner(t *testing.T) (email string) {
	t.Helper()
	needsRig(t)
	now := time.Now().UTC()
	account := id.New(identity.AccountPrefix, now)
	email = "isil.ozgur+" + account + "@example.com"
	require.NoError(t, rig.App.Accounts.Create(t.Context(), identity.Account{
		ID: account, Personal: identity.Person{Email: email, Name: resident.Name}, Language: "tr", PasswordAt: now, Rev: 1, CreatedAt: now, UpdatedAt: now,
	}))
	return email
}

// became waits for the letter's end and returns what became of it.
func became(t *testing.T, l identity.Letter) activities.MailResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	var result activities.MailResult
	require.NoError(t, rig.App.Temporal.GetWorkflow(ctx, workflows.LetterID(l.ID), "").Get(ctx, &result))
	return result
}

// mailsTo are the letters that the provider took for an address.
func mailsTo(email string) []sendgrid.Mail { return rig.SendGrid.SentTo(email) }

func TestLetter_IsSentOnceHoweverOftenItIsHandedOver(t *testing.T) {
	t.Parallel()

	email := owner(t)
	letter := reset(t, email)
	handed := make(chan error, 4)
	for range cap(handed) {
		go func() { handed <- post().Send(t.Context(), letter) }()
	}
	for range cap(handed) {
		require.NoError(t, <-handed)
	}
	require.Equal(t, notify.Taken, became(t, letter).State)
	require.NoError(t, post().Send(t.Context(), letter), "also when it was sent long ago")
	require.Len(t, mailsTo(email), 1)
	require.Equal(t, "Yeni parolanızı belirleyin · "+rig.Config.ShopName, mailsTo(email)[0].Subject)
	recordWorkflow(t, "letter/sent", workflows.LetterID(letter.ID), "")
}

func TestLetter_ToNobodyEndsLikeAnyOther(t *testing.T) {
	t.Parallel()

	letter := reset(t, "kimse+"+id.Number()+"@example.com")
	require.NoError(t, post().Send(t.Context(), letter))
	require.Equal(t, activities.MailResult{State: notify.Taken, Code: activities.Unaddressed}, became(t, letter))
	recordWorkflow(t, "letter/unaddressed", workflows.LetterID(letter.ID), "")
}

func TestLetter_IsTriedAgainUntilTheProviderTakesIt(t *testing.T) {
	t.Parallel()

	email := owner(t)
	letter := reset(t, email)
	_, err := rig.SendGrid.AddFault(sim.Fault{Kind: sim.RateLimit, Times: 1, Match: sim.Match{Metadata: map[string]string{"to": email}}})
	require.NoError(t, err)
	require.NoError(t, post().Send(t.Context(), letter))
	require.Equal(t, notify.Taken, became(t, letter).State)
	require.Len(t, mailsTo(email), 1)
	recordWorkflow(t, "letter/tried_again", workflows.LetterID(letter.ID), "")
}

func TestLetter_ThatTheProviderRefusesNeedsAPersonAndIsSentOnceThatIsMended(t *testing.T) {
	t.Parallel()

	email := owner(t)
	letter := reset(t, email)
	wrong, err := rig.SendGrid.AddFault(sim.Fault{
		Kind: sim.Answer, Status: http.StatusUnauthorized, Message: "The provided authorization grant is invalid, expired, or revoked", Times: 2,
		Match: sim.Match{Metadata: map[string]string{"to": email}},
	})
	require.NoError(t, err)
	require.NotEmpty(t, wrong.ID)
	require.NoError(t, post().Send(t.Context(), letter))
	reason := func() string {
		found, err := rig.App.Temporal.DescribeWorkflow(t.Context(), workflows.LetterID(letter.ID), "")
		require.NoError(t, err)
		reason, _ := found.TypedSearchAttributes.GetKeyword(workflows.AttrAttention)
		return reason
	}
	require.Eventually(t, func() bool { return reason() == workflows.AttentionLetter }, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, notify.Taken, became(t, letter).State)
	require.Empty(t, reason())
	require.Len(t, mailsTo(email), 1)
	recordWorkflow(t, "letter/refused", workflows.LetterID(letter.ID), "")
}
