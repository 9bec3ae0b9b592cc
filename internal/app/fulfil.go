package app

import (
	"fmt"
	"net/http"
	"net/mail"
	"os"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/sendgrid"
	"github.com/bedesten/bedesten/internal/notify/smtp"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/secret"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/shipping/easypost"
	"github.com/bedesten/bedesten/internal/shipping/own"
	"github.com/bedesten/bedesten/internal/terms"
)

// adapters connects what parcels and mails need: carriers, the mailer, the
// tariffs, and the keys that links in mails are made with.
func (a *App) adapters() error {
	carriers, err := carriers(a.Config, a.Policy, a.telemetry.Transport())
	if err != nil {
		return err
	}
	mailer, err := mailer(a.Config, a.Policy, a.telemetry.Transport())
	if err != nil {
		return err
	}
	a.Carriers, a.Mailer = a.telemetry.Carriers(carriers), a.telemetry.Mailer(mailer)
	if a.Alerters, err = alerters(a.Config, a.Policy, a.Mailer); err != nil {
		return err
	}
	if a.Tariffs, err = tariffs(a.Config.TariffFile); err != nil {
		return err
	}
	if a.From, err = a.Config.ShipFrom(); err != nil {
		return err
	}
	a.Secrets, err = keyring(a.Config)
	return err
}

// wrap puts something around what requests go out by; nil leaves them alone.
type wrap = func(http.RoundTripper) http.RoundTripper

// carriers are all that parcels may be with: one that new parcels do not go with
// any more still has old ones.
func carriers(cfg config.Config, p order.Policy, transport wrap) (shipping.Carriers, error) {
	all := shipping.Carriers{own.Name: own.New("TRY")}
	if cfg.EasyPostAPIKey == "" {
		return all, nil
	}
	carrier, err := easypost.New(easypost.Config{
		URL: cfg.EasyPostURL, APIKey: cfg.EasyPostAPIKey, WebhookSecrets: cfg.EasyPostWebhookSecrets, CallTimeout: p.ProviderCall,
		Transport: transport,
	})
	if err != nil {
		return nil, fmt.Errorf("EASYPOST_API_URL: %w", err)
	}
	all[easypost.Name] = carrier
	return all, nil
}

func mailer(cfg config.Config, p order.Policy, transport wrap) (notify.Mailer, error) {
	if cfg.Mailer == "sendgrid" {
		m, err := sendgrid.New(sendgrid.Config{
			URL: cfg.SendGridURL, Key: cfg.SendGridAPIKey, PublicKeys: cfg.SendGridWebhookKeys,
			From: cfg.MailFrom, FromName: cfg.ShopName, ReplyTo: cfg.SupportEmail, CallTimeout: p.ProviderCall,
			Transport: transport,
		})
		if err != nil {
			return nil, fmt.Errorf("SENDGRID_WEBHOOK_KEYS: %w", err)
		}
		return m, nil
	}
	m, err := smtp.New(smtp.Config{
		Addr: cfg.SMTPAddr, Encryption: smtp.Encryption(cfg.SMTPEncryption), Username: cfg.SMTPUsername, Password: cfg.SMTPPassword,
		From: cfg.MailFrom, FromName: cfg.ShopName, ReplyTo: cfg.SupportEmail, CallTimeout: p.ProviderCall,
	})
	if err != nil {
		return nil, fmt.Errorf("SMTP_ADDR, SMTP_ENCRYPTION: %w", err)
	}
	return m, nil
}

func tariffs(file string) ([]shipping.Tariff, error) {
	if file == "" {
		return shipping.DefaultTariffs(), nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("BEDESTEN_SHIPPING_TARIFF: %w", err)
	}
	all, err := shipping.ReadTariffs(raw)
	if err != nil {
		return nil, fmt.Errorf("BEDESTEN_SHIPPING_TARIFF: %w", err)
	}
	return all, nil
}

func keyring(cfg config.Config) (*secret.Keyring, error) {
	keys, err := cfg.Keys()
	if err != nil {
		return nil, err
	}
	ring := make([]secret.Key, len(keys))
	for i, k := range keys {
		ring[i] = secret.Key{ID: k.ID, Bytes: k.Secret}
	}
	secrets, err := secret.NewKeyring(ring...)
	if err != nil {
		return nil, fmt.Errorf("reading the server keys: %w", err)
	}
	return secrets, nil
}

// legal is what the texts that shoppers accept say of the shop. The law asks for an
// address: without the shop's own it is the one that parcels leave from, and mail
// goes to where mails come from.
func (a *App) legal() terms.Shop {
	s := terms.Shop{Name: a.Config.ShopName, Address: a.Config.ShopAddress, URL: a.Config.Storefront(), SupportEmail: a.Config.SupportEmail}
	if s.Address == "" {
		lines := []string{a.From.Line1, a.From.Line2, a.From.Postcode + " " + strings.Trim(a.From.District+"/"+a.From.Province, "/")}
		s.Address = strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), ", ")
	}
	if from, err := mail.ParseAddress(a.Config.MailFrom); err == nil && s.SupportEmail == "" {
		s.SupportEmail = from.Address
	}
	return s
}

// shop is what mails say of the shop. Their links carry a token of their own
// purpose: whoever has the mail has the order.
func (a *App) shop() activities.Shop {
	link := func(o order.Order) string {
		return strings.TrimSuffix(a.Config.PublicURL, "/") + "/orders/" + o.Number + "?t=" + a.Secrets.Derive(secret.OrderLink, o.ID, o.SecretEpoch)
	}
	return activities.Shop{
		Name: a.Config.ShopName, URL: a.Config.Storefront(), Address: a.Config.ShopAddress, SupportEmail: a.Config.SupportEmail,
		OrderURL: link, PayURL: link,
	}
}
