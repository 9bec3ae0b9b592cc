package sendgrid_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sendgrid"
)

func TestAMailOfSendGridsOwnClientIsTakenAndKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := letter()
	m.SetReplyTo(mail.NewEmail("Müşteri hizmetleri", "yardim@bedesten.example"))
	m.SetHeader("X-Bedesten-Mail", "order_placed").AddCategories("order_placed")
	off := false
	m.SetTrackingSettings(&mail.TrackingSettings{ClickTracking: &mail.ClickTrackingSetting{Enable: &off, EnableText: &off}})
	m.AddAttachment(mail.NewAttachment().SetContent("UERG").SetType("application/pdf").SetFilename("fatura.pdf").SetDisposition("attachment"))

	id := r.sent(t, m)
	sent := r.Sent()
	require.Len(t, sent, 1)
	got := sent[0]
	require.Len(t, id, 22)
	require.Equal(t, id, got.MessageID)
	require.Equal(t, sendgrid.Address{Email: "siparis@bedesten.example", Name: "Bedesten"}, got.From)
	require.Equal(t, &sendgrid.Address{Email: "yardim@bedesten.example", Name: "Müşteri hizmetleri"}, got.ReplyTo)
	require.Equal(t, []sendgrid.Address{{Email: "ayse@posta.example", Name: "Ayşe Yılmaz"}}, got.To)
	require.Equal(t, "Siparişiniz alındı: 48213", got.Subject)
	require.Equal(t, "Merhaba Ayşe, siparişiniz alındı.", got.Text)
	require.Contains(t, got.HTML, "<b>Ayşe</b>")
	require.Equal(t, map[string]string{"send_key": "mail_01H-1", "order_id": "ord_01H"}, got.CustomArgs)
	require.Equal(t, map[string]string{"X-Bedesten-Mail": "order_placed"}, got.Headers)
	require.Equal(t, []string{"order_placed"}, got.Categories)
	require.Equal(t, []sendgrid.Attachment{{Filename: "fatura.pdf", Type: "application/pdf", Bytes: 3}}, got.Attachments)
	require.False(t, got.ClickTracking)
	require.True(t, got.OpenTracking, "an account tracks until it is told not to")
	require.Equal(t, []string{"processed", "delivered"}, kinds(got))
}

func TestTheSameRequestTwiceIsTwoMails(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	first, second := r.sent(t, letter()), r.sent(t, letter())
	require.NotEqual(t, first, second)
	require.Len(t, r.SentWith("send_key", "mail_01H-1"), 2)
	require.Len(t, r.SentTo("AYSE@posta.example"), 2)
	require.Empty(t, r.SentWith("send_key", "mail_02K-1"))
}

func TestEachPersonalizationIsAMailOfItsOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := letter()
	m.Subject = "Merhaba -ad-"
	m.SetCustomArg("kind", "order_placed").SetCustomArg("send_key", "overridden")
	m.Personalizations[0].SetSubstitution("-ad-", "Ayşe")
	p := mail.NewPersonalization()
	p.AddTos(mail.NewEmail("محمد", "mehmet@posta.example"))
	p.AddBCCs(mail.NewEmail("", "arsiv@bedesten.example"))
	p.Subject = "Kargoda 📦"
	m.AddPersonalizations(p)

	id := r.sent(t, m)
	sent := r.Sent()
	require.Len(t, sent, 2)
	require.Equal(t, []string{id, id}, []string{sent[0].MessageID, sent[1].MessageID})
	require.Equal(t, "Merhaba Ayşe", sent[0].Subject)
	require.Equal(t, "mail_01H-1", sent[0].CustomArgs["send_key"], "the personalization's own wins")
	require.Equal(t, "Kargoda 📦", sent[1].Subject)
	require.Equal(t, map[string]string{"kind": "order_placed", "send_key": "overridden"}, sent[1].CustomArgs)
	require.Equal(t, []string{"processed", "delivered", "processed", "delivered"}, kinds(sent[1]), "each recipient has events")
	ids := map[string]bool{}
	for _, m := range sent {
		for _, e := range m.Events {
			require.False(t, ids[e.ID], "event ids are unique")
			ids[e.ID] = true
			require.True(t, strings.HasPrefix(e.MessageID, id+"."), e.MessageID)
		}
	}
}

func TestSandboxModeChecksAndSendsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := letter()
	m.SetMailSettings(mail.NewMailSettings().SetSandboxMode(mail.NewSetting(true)))

	resp, err := r.send(t, m)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Empty(t, r.Sent())
}

func TestAScheduledMailWaitsForItsTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := letter()
	m.SetSendAt(int(time.Now().Add(time.Hour).Unix()))

	r.sent(t, m)
	require.Empty(t, r.Sent()[0].Events)
	require.NoError(t, r.Clock().Advance(59*time.Minute))
	require.Empty(t, r.Sent()[0].Events)
	require.NoError(t, r.Clock().Advance(2*time.Minute))
	require.Equal(t, []string{"processed", "delivered"}, kinds(r.Sent()[0]))
}

func TestWhatWasShownIsNotChangedLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sent(t, letter())
	before := r.Sent()[0]
	before.CustomArgs["send_key"], before.To[0].Email, before.Events[0].Type = "x", "x", "x"

	require.Equal(t, "mail_01H-1", r.Sent()[0].CustomArgs["send_key"])
	require.Equal(t, "ayse@posta.example", r.Sent()[0].To[0].Email)
	require.Equal(t, "processed", r.Sent()[0].Events[0].Type)
}

func TestAResetForgetsWhatWasSentAndWhatIsPlanned(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *sendgrid.Config) { c.DeliveryTime = time.Hour })
	r.sent(t, letter("bounce@posta.example"))
	r.Reset()

	require.Empty(t, r.Sent())
	require.Empty(t, r.Calls())
	require.NoError(t, r.Clock().Advance(2*time.Hour))
	require.Empty(t, r.Bounced())
	r.idle(t)
	r.sent(t, letter())
	require.Equal(t, 1, r.Sent()[0].Number)
}
