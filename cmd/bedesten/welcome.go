package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
)

// welcome says what runs where, what a person looks for first at the top.
func (c devCmd) welcome(out io.Writer, l *lab.Lab, products int, took time.Duration) {
	cfg := l.Config
	api := cfg.PublicURL
	fmt.Fprintf(out, `
  Temporal UI  %s

  Bedesten is open: %d products, ready in %.1f s. Policy: %s (%d× faster than a real shop).

    API                %s
    reference          %s/docs
    accounts           %s/account   (passkeys need the name localhost)
    health             %s/readyz
    storefront         %s   (where the bank's page sends shoppers back; --storefront)
    mails              %s/inbox   (their templates: %s/dev/mails)
    alerts             %s
    Stripe simulator   %s   (books: %s/_control/books)
    EasyPost simulator %s
    Temporal           %s   (gRPC; namespace %s)
    MongoDB            %s/%s
    Redis              %s
    staff's key        Authorization: Bearer %s

  In the Temporal UI
%s
  Try
    curl -s '%s/v1/products?limit=3'
    curl -s -X POST %s/v1/carts
  and go on with the README's tour: cards pm_card_visa, pm_card_visa_chargeDeclined, pm_card_threeDSecure2Required.

  bin/bedesten doctor, attention, repair, acknowledge and audit find this shop by themselves. Ctrl-C stops everything.
`, cmp.Or(cfg.TemporalUI, "of the Temporal at "+cfg.TemporalAddr), products, took.Seconds(), l.App.Policy.Name, lab.Scale,
		api, api, strings.Replace(api, "//127.0.0.1", "//localhost", 1), api, c.Storefront, l.SendGrid.URL, api, alerted(cfg), l.Stripe.URL, l.Stripe.URL,
		l.EasyPost.URL, cfg.TemporalAddr, cfg.TemporalNamespace, cfg.MongoURL, cfg.MongoDatabase, cfg.RedisAddr, lab.StaffToken, views(cfg, time.Now()), api, api)
}

// alerted says who is told of orders that need a person. Of a webhook only the
// host is shown: its path may hold a token.
func alerted(cfg config.Config) string {
	var ways []string
	if cfg.AlertEmail != "" {
		ways = append(ways, cfg.AlertEmail+" (in the inbox of mails)")
	}
	if u, err := url.Parse(cfg.AlertWebhookURL); err == nil && u.Host != "" {
		ways = append(ways, "webhook at "+u.Host)
	}
	return cmp.Or(strings.Join(ways, ", "), "nobody is told: set BEDESTEN_ALERT_EMAIL or BEDESTEN_ALERT_WEBHOOK_URL")
}

// view is a list of the Temporal UI that is worth keeping.
type view struct{ name, query string }

// savedViews are what an operator looks for in the Temporal UI, each with a query
// that is short enough to be read in its link. today is the midnight that the
// present day began with. What reports a failed workflow task is Temporal's own
// attribute (docs.temporal.io/search-attribute).
func savedViews(today time.Time) []view {
	return []view{
		{"needs a person", "OrderAttention IS NOT NULL"},
		{"parcels to send", `ParcelState IN ("label_created", "ready")`},
		{"orders of today", `OrderStatus IS NOT NULL AND StartTime >= "` + today.UTC().Format(time.RFC3339) + `"`},
		{"failed tasks", "TemporalReportedProblems IS NOT NULL"},
	}
}

// views shows the lists with their links, or only what to filter by where the
// UI is not ours.
func views(cfg config.Config, now time.Time) string {
	var b strings.Builder
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	for _, v := range savedViews(today) {
		fmt.Fprintf(&b, "    %-18s %s\n", v.name, cmp.Or(cfg.WorkflowsURL(v.query), v.query))
	}
	return b.String()
}
