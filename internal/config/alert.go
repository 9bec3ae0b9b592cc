package config

import (
	"errors"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/notify"
)

// minWebhookSecret is how long the secret of the alerts' webhook must at least be.
const minWebhookSecret = 32

// checkAlerts looks at how people are told of orders that need one. The
// webhook's address is not repeated: it may hold a receiver's token. It may be a
// private one, since it is the operator's own word.
func (c Config) checkAlerts() []error {
	var errs []error
	if a, err := mail.ParseAddress(c.AlertEmail); c.AlertEmail != "" && (err != nil || a.Address != c.AlertEmail) {
		errs = append(errs, errors.New("BEDESTEN_ALERT_EMAIL is not one address, for example nobet@dukkan.example"))
	}
	if !slices.Contains(notify.Languages, c.AlertLanguage) {
		errs = append(errs, errors.New("BEDESTEN_ALERT_LANGUAGE is neither tr nor en"))
	}
	if err := httpURL(c.TemporalUI); c.TemporalUI != "" && err != nil {
		errs = append(errs, errors.New("BEDESTEN_TEMPORAL_UI_URL is not an http or https URL, for example https://temporal.dukkan.example"))
	}
	if c.AlertWebhookURL == "" {
		if c.AlertWebhookSecret != "" {
			errs = append(errs, errors.New("BEDESTEN_ALERT_WEBHOOK_SECRET is of no use without BEDESTEN_ALERT_WEBHOOK_URL"))
		}
		return errs
	}
	if httpURL(c.AlertWebhookURL) != nil {
		errs = append(errs, errors.New("BEDESTEN_ALERT_WEBHOOK_URL is not an http or https URL"))
	}
	if c.Live() && !strings.HasPrefix(c.AlertWebhookURL, "https://") {
		errs = append(errs, errors.New("BEDESTEN_ALERT_WEBHOOK_URL must begin with https:// beside a live Stripe key"))
	}
	if len(c.AlertWebhookSecret) < minWebhookSecret {
		errs = append(errs, errors.New("BEDESTEN_ALERT_WEBHOOK_SECRET is required with BEDESTEN_ALERT_WEBHOOK_URL: at least 32 characters, for example from `openssl rand -hex 24`"))
	}
	return errs
}

// AttentionQuery lists what needs a person in the Temporal UI: orders, and what
// people ask for by law.
const AttentionQuery = `OrderAttention IS NOT NULL`

// TemporalUIOrigin is the origin of the Temporal UI's pages, or empty where there
// is none.
func (c Config) TemporalUIOrigin() string {
	u, err := url.Parse(c.TemporalUI)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// WorkflowsURL opens the list of the workflows that the query finds in the
// Temporal UI, or is empty where nobody said where that is. The UI reads the
// parameter "query" and has no other form for one
// (github.com/temporalio/ui, src/lib/utilities/route-for.ts).
func (c Config) WorkflowsURL(query string) string {
	if c.TemporalUI == "" {
		return ""
	}
	return c.workflows() + "?query=" + url.QueryEscape(query)
}

// WorkflowURL opens a workflow's newest run in the Temporal UI, or is empty like
// WorkflowsURL. A slash within the id is escaped there.
func (c Config) WorkflowURL(workflowID string) string {
	if c.TemporalUI == "" {
		return ""
	}
	return c.workflows() + "/" + url.PathEscape(workflowID)
}

func (c Config) workflows() string {
	return strings.TrimSuffix(c.TemporalUI, "/") + "/namespaces/" + url.PathEscape(c.TemporalNamespace) + "/workflows"
}
