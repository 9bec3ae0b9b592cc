package app

import (
	"fmt"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/notify/webhook"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/workflows"
)

// alerters are the ways by which people are told of orders that need one. The
// webhook's requests are not traced: its address may hold a receiver's token.
func alerters(cfg config.Config, p order.Policy, mailer notify.Mailer) ([]notify.Alerter, error) {
	var ways []notify.Alerter
	if cfg.AlertEmail != "" {
		ways = append(ways, &notify.AlertMails{Mailer: mailer, To: cfg.AlertEmail, Language: cfg.AlertLanguage, Render: templates.RenderAlert})
	}
	if cfg.AlertWebhookURL != "" {
		poster, err := webhook.New(webhook.Config{
			URL: cfg.AlertWebhookURL, Secret: cfg.AlertWebhookSecret, CallTimeout: p.ProviderCall, Clock: clock.System,
		})
		if err != nil {
			return nil, fmt.Errorf("BEDESTEN_ALERT_WEBHOOK_URL: %w", err)
		}
		ways = append(ways, poster)
	}
	return ways, nil
}

// people are told by whatever is configured, with links into the Temporal UI.
func (a *App) people() activities.People {
	return activities.People{
		Alerts: mongo.NewAlerts(a.DB), Alerters: a.Alerters, Shop: a.Config.ShopName, ListURL: a.Config.WorkflowsURL(config.AttentionQuery),
		StoryURL: func(orderID string) string { return a.Config.WorkflowURL(workflows.OrderID(orderID)) },
	}
}
