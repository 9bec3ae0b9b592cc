package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/media/disk"
	"github.com/bedesten/bedesten/internal/notify/notifytest"
	"github.com/bedesten/bedesten/simulators/cloudinary"
	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// fault is a rule that a simulator obeys once.
type fault = func(sim.Fault) (sim.Fault, error)

func TestDoctor_TellsAProviderThatIsDownFromAKeyThatIsRefused(t *testing.T) {
	t.Parallel()

	pay, err := lab.StartStripe("", 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pay.Stop()) })
	carry, err := lab.StartEasyPost("", 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, carry.Stop()) })
	write, err := lab.StartSendGrid("", 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, write.Stop()) })
	cfg := config.Config{
		StripeURL: pay.URL, StripeSecretKey: stripe.DefaultSecretKey,
		Carrier: "easypost", EasyPostURL: carry.URL, EasyPostAPIKey: easypost.DefaultAPIKey,
		Mailer: "sendgrid", SendGridURL: write.URL, SendGridAPIKey: sendgrid.DefaultKey,
	}
	for name, tt := range map[string]struct {
		says, key, url string
		strike         fault
		change         func(*config.Config, string, string)
	}{
		"Stripe": {"answers as a test account", "STRIPE_SECRET_KEY", pay.URL, pay.AddFault, func(c *config.Config, key, url string) {
			c.StripeSecretKey, c.StripeURL = key, url
		}},
		"Carrier": {"EasyPost answers; new parcels go by easypost", "EASYPOST_API_KEY", carry.URL, carry.AddFault, func(c *config.Config, key, url string) {
			c.EasyPostAPIKey, c.EasyPostURL = key, url
		}},
		"Mails": {"SendGrid answers, and the key may send", "SENDGRID_API_KEY", write.URL, write.AddFault, func(c *config.Config, key, url string) {
			c.SendGridAPIKey, c.SendGridURL = key, url
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := app.ExamineOne(t.Context(), cfg, name)
			require.NoError(t, found.Err)
			require.Equal(t, tt.says, found.Detail)

			wrong := cfg
			tt.change(&wrong, "sk_test_yanlis", tt.url)
			found = app.ExamineOne(t.Context(), wrong, name)
			require.ErrorContains(t, found.Err, "refuses us")
			require.Contains(t, found.Remedy, "correct "+tt.key)

			for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable} {
				_, err := tt.strike(sim.Fault{Kind: sim.Answer, Status: status, Times: 1})
				require.NoError(t, err)
				found = app.ExamineOne(t.Context(), cfg, name)
				require.ErrorContains(t, found.Err, "does not answer")
				require.Contains(t, found.Remedy, "wait for")
				require.NotContains(t, found.Remedy, tt.key)
			}

			tt.change(&wrong, "sk_test_yanlis", "http://127.0.0.1:1")
			found = app.ExamineOne(t.Context(), wrong, name)
			require.ErrorContains(t, found.Err, "does not answer")
			require.NotContains(t, found.Remedy, tt.key)
		})
	}
}

func TestDoctor_NoticesAKeyThatMayNotSendMails(t *testing.T) {
	t.Parallel()

	server := sendgrid.New(sendgrid.Config{Unscoped: "SG.okur.yazamaz"})
	t.Cleanup(func() { require.NoError(t, server.Close(context.Background())) })
	url := serve(t, server)
	found := app.ExamineOne(t.Context(), config.Config{Mailer: "sendgrid", SendGridURL: url, SendGridAPIKey: "SG.okur.yazamaz"}, "Mails")
	require.ErrorContains(t, found.Err, "may not send")
	require.Contains(t, found.Remedy, "mail.send")
}

func TestDoctor_SaysWhetherPicturesCanBeKept(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	found := app.ExamineOne(t.Context(), config.Config{Media: "disk", MediaDir: dir}, "Pictures")
	require.NoError(t, found.Err)
	require.Contains(t, found.Detail, dir)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	// Whoever is root may write everywhere, but not below a file.
	for _, folder := range disk.Folders() {
		below := filepath.Join(dir, folder)
		require.NoError(t, os.Mkdir(below, 0o750))
		require.NoError(t, app.ExamineOne(t.Context(), config.Config{Media: "disk", MediaDir: dir}, "Pictures").Err)
		require.NoError(t, os.Remove(below))
		require.NoError(t, os.WriteFile(below, nil, 0o600))
		found = app.ExamineOne(t.Context(), config.Config{Media: "disk", MediaDir: dir}, "Pictures")
		require.ErrorContains(t, found.Err, below)
		require.NoError(t, os.Remove(below))
	}
	found = app.ExamineOne(t.Context(), config.Config{Media: "disk", MediaDir: filepath.Join(dir, "yok")}, "Pictures")
	require.Error(t, found.Err)
	require.Contains(t, found.Remedy, "BEDESTEN_MEDIA_DIR")

	server := cloudinary.New(cloudinary.Config{})
	t.Cleanup(func() { require.NoError(t, server.Close(context.Background())) })
	cfg := config.Config{Media: "cloudinary", CloudinaryURL: server.URL(), CloudinaryAPIURL: serve(t, server)}
	found = app.ExamineOne(t.Context(), cfg, "Pictures")
	require.NoError(t, found.Err)
	require.Equal(t, "Cloudinary answers", found.Detail)
	wrong := cfg
	wrong.CloudinaryURL = "cloudinary://" + cloudinary.DefaultAPIKey + ":yanlis@" + cloudinary.DefaultCloudName
	found = app.ExamineOne(t.Context(), wrong, "Pictures")
	require.ErrorContains(t, found.Err, "refuses us")
	require.NotContains(t, found.Err.Error(), "yanlis")
	_, err = server.AddFault(sim.Fault{Kind: sim.Error500Before})
	require.NoError(t, err)
	found = app.ExamineOne(t.Context(), cfg, "Pictures")
	require.ErrorContains(t, found.Err, "does not answer")
	require.Contains(t, found.Remedy, "wait for Cloudinary")

	found = app.ExamineOne(t.Context(), config.Config{Media: "s3", MediaBucket: "resimler", MediaRegion: "auto", MediaEndpoint: "http://127.0.0.1:1"}, "Pictures")
	require.ErrorContains(t, found.Err, "does not answer")
	require.Contains(t, found.Remedy, "BEDESTEN_MEDIA_ENDPOINT")
}

func TestDoctor_AsksNobodyForTheShopsOwnDelivery(t *testing.T) {
	t.Parallel()

	found := app.ExamineOne(t.Context(), config.Config{Carrier: "own"}, "Carrier")
	require.NoError(t, found.Err)
	require.Contains(t, found.Detail, "the shop brings parcels itself")
}

func TestDoctor_LogsInAtTheMailServerAndSendsNothing(t *testing.T) {
	t.Parallel()

	server := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{Username: "dukkan", Password: "parola"})
	cfg := config.Config{Mailer: "smtp", SMTPAddr: server.Addr, SMTPEncryption: "none", SMTPUsername: "dukkan", SMTPPassword: "parola"}
	found := app.ExamineOne(t.Context(), cfg, "Mails")
	require.NoError(t, found.Err)
	require.Contains(t, found.Detail, "answers at "+server.Addr+" and lets us in")

	wrong := cfg
	wrong.SMTPPassword = "yanlis"
	found = app.ExamineOne(t.Context(), wrong, "Mails")
	require.ErrorContains(t, found.Err, "refuses us at AUTH")
	require.NotContains(t, found.Err.Error(), "yanlis")
	require.Contains(t, found.Remedy, "SMTP_PASSWORD")

	wrong = cfg
	wrong.SMTPEncryption = "starttls"
	require.ErrorContains(t, app.ExamineOne(t.Context(), wrong, "Mails").Err, "does not offer STARTTLS")

	server.Act(notifytest.Scene{At: notifytest.AtGreeting, Reply: "421 4.3.2 come back later"})
	require.Contains(t, app.ExamineOne(t.Context(), cfg, "Mails").Remedy, "start the mail server")
	wrong.SMTPAddr = "127.0.0.1:1"
	require.Contains(t, app.ExamineOne(t.Context(), wrong, "Mails").Remedy, "start the mail server")
	require.Empty(t, server.Received())

	encrypted := notifytest.NewSMTPServer(t, notifytest.SMTPOptions{Encryption: notifytest.StartTLS})
	found = app.ExamineOne(t.Context(), config.Config{Mailer: "smtp", SMTPAddr: encrypted.Addr, SMTPEncryption: "starttls"}, "Mails")
	require.ErrorContains(t, found.Err, "refuses us at STARTTLS", "its certificate is the test's own")
}

func TestDoctor_SaysWhoIsToldOfOrdersThatNeedAPerson(t *testing.T) {
	t.Parallel()

	detail := func(cfg config.Config) string { return app.ExamineOne(t.Context(), cfg, "Alerts").Detail }
	require.Contains(t, detail(config.Config{}), "nobody is told")
	require.Contains(t, detail(config.Config{}), "set BEDESTEN_ALERT_EMAIL")
	require.Equal(t, "on: by mail to nobet@dukkan.example and by webhook to nobet.example",
		detail(config.Config{AlertEmail: "nobet@dukkan.example", AlertWebhookURL: "https://nobet.example/gizli"}))
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
