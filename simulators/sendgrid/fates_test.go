package sendgrid_test

import (
	"testing"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/stretchr/testify/require"
)

func TestCertainRecipientsDoNotSimplyGetTheirMail(t *testing.T) {
	t.Parallel()

	tests := []struct {
		to     string
		events []string
		reason string
		status string
		kind   string
		listed bool // on the bounce list
	}{
		{"bounce@posta.example", []string{"processed", "bounce"}, "550 5.1.1 The email account that you tried to reach does not exist", "5.1.1", "bounce", true},
		{"Bounce+48213@baska.example", []string{"processed", "bounce"}, "550 5.1.1 The email account that you tried to reach does not exist", "5.1.1", "bounce", true},
		{"blocked@posta.example", []string{"processed", "bounce"}, "554 5.7.1 Service unavailable; client host is blocked", "5.7.1", "blocked", false},
		{"nohost@posta.example", []string{"processed", "bounce"}, "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized address", "", "blocked", false},
		{"dropped@posta.example", []string{"dropped"}, "Bounced Address", "5.0.0", "", false},
		{"unsubscribed@posta.example", []string{"dropped"}, "Unsubscribed Address", "5.0.0", "", false},
		{"spam@posta.example", []string{"dropped"}, "Spam Reporting Address", "5.0.0", "", false},
		{"invalid@posta.example", []string{"dropped"}, "Invalid", "5.0.0", "", false},
		{"bouncer@posta.example", []string{"processed", "delivered"}, "", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.to, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)

			r.sent(t, letter(tt.to))
			m := r.Sent()[0]
			require.Equal(t, tt.events, kinds(m))
			last := m.Events[len(m.Events)-1]
			require.Equal(t, []string{tt.reason, tt.status, tt.kind}, []string{last.Reason, last.Status, last.BounceType})
			require.Equal(t, tt.to, last.Email)
			require.Equal(t, tt.listed, len(r.Bounced()) == 1)
		})
	}
}

func TestAnAddressThatBouncedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sent(t, letter("bounce@posta.example"))
	r.sent(t, letter("BOUNCE@posta.example"))

	require.Equal(t, []string{"dropped"}, kinds(r.Sent()[1]))
	require.Equal(t, "Bounced Address", r.Sent()[1].Events[0].Reason)
	require.True(t, r.Unbounce("bounce@posta.example"))
	require.False(t, r.Unbounce("bounce@posta.example"))
	r.sent(t, letter("bounce@posta.example"))
	require.Equal(t, []string{"processed", "bounce"}, kinds(r.Sent()[2]))
}

func TestANameWithACommaIsTakenAndDropped(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for _, name := range []string{"Yılmaz, Ayşe", "Ayşe; Mehmet"} {
		m := letter()
		m.Personalizations[0].To[0] = mail.NewEmail(name, "ayse@posta.example")
		r.sent(t, m)
	}
	for _, m := range r.Sent() {
		require.Equal(t, []string{"dropped"}, kinds(m))
		require.Equal(t, "Invalid", m.Events[0].Reason)
	}
}

func TestADeferredMailArrivesLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := newHook(t, r)

	r.sent(t, letter("deferred@posta.example"))
	r.idle(t)
	require.Equal(t, []string{"processed", "deferred"}, h.told(t))
	require.Equal(t, "1", h.got[1][0]["attempt"])
	require.NoError(t, r.Clock().Advance(5*time.Minute))
	require.NoError(t, r.Clock().Advance(14*time.Minute))
	require.Equal(t, []string{"processed", "deferred", "deferred"}, kinds(r.Sent()[0]))
	require.NoError(t, r.Clock().Advance(time.Minute))
	require.Equal(t, []string{"processed", "deferred", "deferred", "delivered"}, kinds(r.Sent()[0]))
	require.NotEqual(t, r.Sent()[0].Events[1].ID, r.Sent()[0].Events[2].ID)
}

func TestAMailThatIsDeferredForThreeDaysBecomesABlock(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	r.sent(t, letter("deferred-always@posta.example"))
	for range 72 {
		require.NoError(t, r.Clock().Advance(time.Hour))
	}
	require.NotContains(t, kinds(r.Sent()[0]), "bounce")
	for range 5 {
		require.NoError(t, r.Clock().Advance(time.Hour))
	}
	events := r.Sent()[0].Events
	last := events[len(events)-1]
	require.Equal(t, []string{"bounce", "blocked"}, []string{last.Type, last.BounceType})
	require.Equal(t, "deferred", events[len(events)-2].Type)
	require.Empty(t, r.Bounced())
}

func TestALateBounceIsToldWithoutArgumentsAndMessageID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := newHook(t, r)

	r.sent(t, letter("late-bounce@posta.example"))
	r.idle(t)
	require.Equal(t, []string{"processed", "delivered"}, h.told(t))
	require.NoError(t, r.Clock().Advance(10*time.Minute))
	r.idle(t)
	require.Equal(t, []string{"processed", "delivered", "bounce"}, h.told(t))
	require.Empty(t, h.got[2][0]["sg_message_id"])
	require.NotContains(t, h.got[2][0], "send_key")
	require.NotContains(t, h.got[2][0], "smtp-id")
	require.Equal(t, []string{"late-bounce@posta.example"}, r.Bounced())
}
