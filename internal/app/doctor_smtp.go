package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"strings"

	"github.com/bedesten/bedesten/internal/config"
)

// examineSMTP greets the mail server, encrypts as is configured and logs in. It
// names no recipient, so that no mail comes of it.
func examineSMTP(ctx context.Context, cfg config.Config) (string, error) {
	host, _, err := net.SplitHostPort(cfg.SMTPAddr)
	if err != nil {
		return "", fmt.Errorf("SMTP_ADDR: %w", err)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", cfg.SMTPAddr)
	if err != nil {
		return "", away("the mail server takes no connection: %w", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return "", away("the mail server takes no connection: %w", err)
		}
	}
	secure := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if cfg.SMTPEncryption == "implicit" {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return "", unserved("greeting", err)
	}
	if name, err := os.Hostname(); err == nil {
		if err := c.Hello(name); err != nil {
			return "", unserved("EHLO", err)
		}
	}
	offered, _ := c.Extension("STARTTLS")
	switch {
	case cfg.SMTPEncryption == "starttls" && !offered:
		return "", errors.New("the mail server does not offer STARTTLS")
	case cfg.SMTPEncryption == "starttls", cfg.SMTPEncryption == "opportunistic" && offered:
		if err := c.StartTLS(secure); err != nil {
			return "", unserved("STARTTLS", err)
		}
	}
	how, err := logIn(c, cfg, host)
	if err != nil {
		return "", err
	}
	return "the mail server answers at " + cfg.SMTPAddr + how, c.Quit()
}

// logIn says how it went. What only go-mail speaks, such as SCRAM, is not tried.
func logIn(c *smtp.Client, cfg config.Config, host string) (string, error) {
	if cfg.SMTPUsername == "" {
		return "; nobody logs in", nil
	}
	_, methods := c.Extension("AUTH")
	var auth smtp.Auth
	switch offered := " " + methods + " "; {
	case methods == "":
		return "", errors.New("the mail server takes no log-in over a connection that is encrypted like this")
	case strings.Contains(offered, " PLAIN "):
		auth = smtp.PlainAuth("", cfg.SMTPUsername, cfg.SMTPPassword, host)
	case strings.Contains(offered, " LOGIN "):
		auth = loginAuth{cfg.SMTPUsername, cfg.SMTPPassword, smtp.PlainAuth("", "", "", host)}
	default:
		return "; the log-in was not tried, by " + methods, nil
	}
	if err := c.Auth(auth); err != nil {
		return "", unserved("AUTH", err)
	}
	return " and lets us in", nil
}

// unserved tells a server that is away, or says that it cannot at present (4yz,
// RFC 5321, 4.2.1), from one that says no.
func unserved(step string, err error) error {
	var said *textproto.Error
	var broken net.Error
	if errors.Is(err, io.EOF) || errors.As(err, &broken) || errors.As(err, &said) && said.Code < 500 {
		return away("the mail server does not go on at %s: %w", step, err)
	}
	return fmt.Errorf("the mail server refuses us at %s: %w", step, err)
}

// loginAuth answers a server that asks for name and password one after the other.
// Whether they may be sent over the connection is for plain to say.
type loginAuth struct {
	username, password string
	plain              smtp.Auth
}

// Start implements smtp.Auth.
func (a loginAuth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	_, _, err := a.plain.Start(server)
	return "LOGIN", nil, err
}

// Next implements smtp.Auth.
func (a loginAuth) Next(asked []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case strings.HasPrefix(strings.ToLower(string(asked)), "user"):
		return []byte(a.username), nil
	}
	return []byte(a.password), nil
}
