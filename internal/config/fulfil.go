package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/mail"

	"github.com/bedesten/bedesten/internal/shipping"
)

// ShipFrom is where parcels leave from.
func (c Config) ShipFrom() (shipping.Address, error) {
	var a struct {
		Name     string `json:"name"`
		Line1    string `json:"line1"`
		Line2    string `json:"line2"`
		District string `json:"district"`
		Province string `json:"province"`
		Postcode string `json:"postcode"`
		Country  string `json:"country"`
		Phone    string `json:"phone"`
		Email    string `json:"email"`
	}
	if c.Warehouse == "" {
		return shipping.Address{}, errors.New("BEDESTEN_WAREHOUSE is required: where parcels leave from, as JSON, see .env.example")
	}
	if err := strictJSON([]byte(c.Warehouse), &a); err != nil {
		return shipping.Address{}, fmt.Errorf("BEDESTEN_WAREHOUSE: %w", err)
	}
	if a.Name == "" || a.Line1 == "" || a.Province == "" || a.Postcode == "" || len(a.Country) != 2 {
		return shipping.Address{}, errors.New("BEDESTEN_WAREHOUSE needs name, line1, province, postcode and a country of two letters")
	}
	return shipping.Address{
		Name: a.Name, Line1: a.Line1, Line2: a.Line2, District: a.District, Province: a.Province, Postcode: a.Postcode,
		Country: a.Country, Phone: a.Phone, Email: a.Email,
	}, nil
}

func strictJSON(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("not the JSON that is wanted: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON")
	}
	return nil
}

func (c Config) checkCarrier() []error {
	var errs []error
	if _, err := c.ShipFrom(); err != nil {
		errs = append(errs, err)
	}
	if err := httpURL(c.EasyPostURL); c.EasyPostURL != "" && err != nil {
		errs = append(errs, fmt.Errorf("EASYPOST_API_URL: %w", err))
	}
	switch c.Carrier {
	case "own":
	case "easypost":
		if c.EasyPostAPIKey == "" {
			errs = append(errs, errors.New("EASYPOST_API_KEY is required with BEDESTEN_CARRIER=easypost: from the EasyPost dashboard"))
		}
		if len(c.EasyPostWebhookSecrets) == 0 {
			errs = append(errs, errors.New("EASYPOST_WEBHOOK_SECRETS is required with BEDESTEN_CARRIER=easypost: the secret that the webhook was made with"))
		}
	default:
		errs = append(errs, fmt.Errorf("BEDESTEN_CARRIER: %q is neither easypost nor own", c.Carrier))
	}
	return errs
}

func (c Config) checkMailer() []error {
	var errs []error
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		errs = append(errs, errors.New("BEDESTEN_MAIL_FROM is required: the address that mails come from, for example siparis@dukkan.example"))
	}
	if err := httpURL(c.SendGridURL); c.SendGridURL != "" && err != nil {
		errs = append(errs, fmt.Errorf("SENDGRID_API_URL: %w", err))
	}
	if err := httpURL(c.ShopURL); c.ShopURL != "" && err != nil {
		errs = append(errs, fmt.Errorf("BEDESTEN_SHOP_URL: %w", err))
	}
	switch c.Mailer {
	case "sendgrid":
		if c.SendGridAPIKey == "" {
			errs = append(errs, errors.New("SENDGRID_API_KEY is required with BEDESTEN_MAILER=sendgrid: SG.… with the right to send"))
		}
		if len(c.SendGridWebhookKeys) == 0 {
			errs = append(errs, errors.New("SENDGRID_WEBHOOK_KEYS is required with BEDESTEN_MAILER=sendgrid: the public key of the signed event webhook"))
		}
	case "smtp":
		if c.SMTPAddr == "" {
			errs = append(errs, errors.New("SMTP_ADDR is required with BEDESTEN_MAILER=smtp, for example smtp.dukkan.example:587"))
		}
	default:
		errs = append(errs, fmt.Errorf("BEDESTEN_MAILER: %q is neither sendgrid nor smtp", c.Mailer))
	}
	return errs
}

// Storefront is where mails and pages send shoppers.
func (c Config) Storefront() string {
	if c.ShopURL != "" || len(c.StorefrontOrigins) == 0 {
		return c.ShopURL
	}
	return c.StorefrontOrigins[0]
}
