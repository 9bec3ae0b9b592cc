package app

import (
	"fmt"
	"strings"

	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/identity/argon"
	"github.com/bedesten/bedesten/internal/identity/passkey"
	"github.com/bedesten/bedesten/internal/identity/token"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/secret"
)

// identity connects what accounts need. The shop's address is the issuer and the
// audience of its tokens: another shop's are none of ours.
func (a *App) identity() error {
	signing, err := a.Config.SigningKeys()
	if err != nil {
		return err
	}
	keys := make([]token.Key, len(signing))
	for i, k := range signing {
		keys[i] = token.Key{ID: k.ID, Seed: k.Secret}
	}
	if a.Tokens, err = token.New(a.Config.PublicURL, a.Config.PublicURL, keys...); err != nil {
		return fmt.Errorf("BEDESTEN_TOKEN_KEYS: %w", err)
	}
	if a.Hasher, err = argon.New(argon.Default); err != nil {
		return err
	}
	if a.Passkeys, err = passkey.New(a.Config.ShopName, a.Config.PublicURL, a.Config.StorefrontOrigins); err != nil {
		return fmt.Errorf("BEDESTEN_PUBLIC_URL: %w", err)
	}
	a.Exports, a.Consents = mongo.NewExports(a.DB, a.Vault), mongo.NewConsents(a.DB)
	a.PasskeyOwners, a.Challenges = mongo.NewPasskeyOwners(a.DB), mongo.NewChallenges(a.DB)
	a.Accounts, a.Sessions = mongo.NewAccounts(a.DB, a.Vault, a.Lookup.Key), mongo.NewSessions(a.DB)
	a.Tickets, a.MachineKeys, a.AuditLog = mongo.NewTickets(a.DB, a.Vault, a.Lookup.Key), mongo.NewKeys(a.DB), mongo.NewAuditLog(a.DB)
	return nil
}

// orderEmail stands for a mail address in orders.
func (a *App) orderEmail(email string) string { return identity.OrderEmail(a.Lookup.Key, email) }

// letterPages are the pages that use the tickets of letters.
var letterPages = map[identity.NoticeKind]string{
	identity.NoticeConfirm:      "/account/confirm",
	identity.NoticeReset:        "/account/reset",
	identity.NoticeEmailConfirm: "/account/email",
	identity.NoticeManyTries:    "/account/reset",
	identity.NoticeExportReady:  "/account/export",
}

// letterLink leads to the page that uses the letter's ticket, or shows what it tells
// of; any other one leads to where passwords are reset, which is always open. What
// stands behind "#" is sent to no server and stands in no log.
func (a *App) letterLink(kind identity.NoticeKind, ticketID string) string {
	base := strings.TrimSuffix(a.Config.PublicURL, "/")
	page, asks := letterPages[kind]
	if !asks {
		return base + "/account/forgot"
	}
	return base + page + "#" + ticketID + "~" + a.Secrets.Derive(secret.Ticket, ticketID, 1)
}
