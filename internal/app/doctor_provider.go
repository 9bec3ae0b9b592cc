package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/internal/shipping/easypost"
)

// awayError is the error of a server that does not answer, or says that it cannot
// at present: nothing of ours is to be corrected.
type awayError struct{ error }

// Unwrap returns what happened.
func (e *awayError) Unwrap() error { return e.error }

func away(format string, args ...any) error { return &awayError{fmt.Errorf(format, args...)} }

// verdict makes an error of what came of a question about something that is not
// there: an account that answers says so.
func verdict(who string, how outcome.Outcome, code string) error {
	switch how {
	case outcome.Yes, outcome.Missing:
		return nil
	case outcome.NotSent, outcome.Unsure:
		return away("%s does not answer: %s", who, code)
	}
	return fmt.Errorf("%s refuses us: %s", who, code)
}

// unknownOp is the name of an op that nobody made.
const unknownOp = "doctor"

func stripeLook() look {
	return look{
		name: "Stripe", look: examineStripe,
		remedy: "correct STRIPE_SECRET_KEY, or STRIPE_API_URL if a simulator is meant; a restricted key needs PaymentIntents, Refunds and Events",
		away: "wait for Stripe (https://status.stripe.com), or start the simulator that STRIPE_API_URL names; the key is not the cause. " +
			"Orders look up by themselves what became of them",
	}
}

// examineStripe asks for payments, whose answer tells a refusal from silence, and
// for events, which a restricted key has to be granted apart.
func examineStripe(ctx context.Context, cfg config.Config) (string, error) {
	g := stripe.New(stripe.Config{URL: cfg.StripeURL, SecretKey: cfg.StripeSecretKey, CallTimeout: examineTimeout})
	now := time.Now()
	a := g.Search(ctx, unknownOp, now)
	if err := verdict("Stripe", a.Outcome, a.Code); err != nil {
		return "", err
	}
	if _, err := g.Events(ctx, now); err != nil {
		return "", fmt.Errorf("listing events: %w", err)
	}
	kind := "a test account"
	if cfg.Live() {
		kind = "a live account"
	}
	return "answers as " + kind, nil
}

func carrierLook(cfg config.Config) look {
	l := look{
		name: "Carrier", look: examineEasyPost,
		remedy: "correct EASYPOST_API_KEY, or EASYPOST_API_URL if a simulator is meant",
		away: "wait for EasyPost (https://www.easypoststatus.com), or start the simulator that EASYPOST_API_URL names; the key is not the cause. " +
			"Parcels ask again by themselves",
	}
	if cfg.EasyPostAPIKey == "" {
		l.look = func(context.Context, config.Config) (string, error) {
			return "the shop brings parcels itself and asks nobody", nil
		}
	}
	return l
}

// examineEasyPost asks for the shipments of this moment. A shop that brings new
// parcels itself may still have old ones there.
func examineEasyPost(ctx context.Context, cfg config.Config) (string, error) {
	carrier, err := easypost.New(easypost.Config{URL: cfg.EasyPostURL, APIKey: cfg.EasyPostAPIKey, CallTimeout: examineTimeout})
	if err != nil {
		return "", fmt.Errorf("EASYPOST_API_URL: %w", err)
	}
	a := carrier.Search(ctx, unknownOp, time.Now())
	if err := verdict("EasyPost", a.Outcome, a.Code); err != nil {
		return "", err
	}
	return "EasyPost answers; new parcels go by " + cfg.Carrier, nil
}

func mailerLook(cfg config.Config) look {
	if cfg.Mailer == "sendgrid" {
		return look{
			name: "Mails", look: examineSendGrid,
			remedy: "correct SENDGRID_API_KEY, which needs the scope mail.send, or SENDGRID_API_URL if a simulator is meant",
			away: "wait for SendGrid (https://status.sendgrid.com), or start the simulator that SENDGRID_API_URL names; the key is not the cause. " +
				"Mails wait and go out later",
		}
	}
	return look{
		name: "Mails", look: examineSMTP,
		remedy: "correct SMTP_ENCRYPTION, SMTP_USERNAME and SMTP_PASSWORD",
		away:   "start the mail server, or correct SMTP_ADDR; mails wait and go out later",
	}
}

// examineSendGrid asks what the key may do, which sends nothing
// (twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access).
func examineSendGrid(ctx context.Context, cfg config.Config) (string, error) {
	base := cfg.SendGridURL
	if base == "" {
		base = "https://api.sendgrid.com"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/v3/scopes", nil)
	if err != nil {
		return "", errors.New("SENDGRID_API_URL is not a URL")
	}
	req.Header.Set("Authorization", "Bearer "+cfg.SendGridAPIKey)
	// The key goes to nobody whom SendGrid names.
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	if err != nil {
		return "", away("SendGrid does not answer: %w", err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode >= http.StatusInternalServerError, res.StatusCode == http.StatusTooManyRequests:
		return "", away("SendGrid does not answer: %s", res.Status)
	case res.StatusCode != http.StatusOK:
		return "", fmt.Errorf("SendGrid refuses us: %s", res.Status)
	}
	var key struct {
		Scopes []string `json:"scopes"`
	}
	if err := json.NewDecoder(res.Body).Decode(&key); err != nil {
		return "", away("SendGrid's answer cannot be read: %w", err)
	}
	if !slices.Contains(key.Scopes, "mail.send") {
		return "", errors.New("SendGrid knows the key, and the key may not send mails")
	}
	return "SendGrid answers, and the key may send", nil
}

// examineAlerts only says who is told: an alert to try it would get somebody up.
// The webhook's path is not shown: it may hold a receiver's token.
func examineAlerts(_ context.Context, cfg config.Config) (string, error) {
	var ways []string
	if cfg.AlertEmail != "" {
		ways = append(ways, "by mail to "+cfg.AlertEmail)
	}
	if u, err := url.Parse(cfg.AlertWebhookURL); err == nil && u.Host != "" {
		ways = append(ways, "by webhook to "+u.Host)
	}
	if len(ways) == 0 {
		return "off: nobody is told of orders that need a person, only the worker's log: set BEDESTEN_ALERT_EMAIL or BEDESTEN_ALERT_WEBHOOK_URL", nil
	}
	return "on: " + strings.Join(ways, " and "), nil
}
