package identity

import (
	"strings"
	"time"
)

// TicketKind says what a link in a mail does.
type TicketKind string

// Kinds of tickets.
const (
	// Register makes the account: until the link was used there is none.
	Register TicketKind = "register"
	// Reset sets another password.
	Reset TicketKind = "reset"
	// ChangeEmail moves the account to another address.
	ChangeEmail TicketKind = "change_email"
	// FetchExport leads to an export; its owner signs in to fetch it.
	FetchExport TicketKind = "fetch_export"
)

// TicketLife is how long the link in a mail is good for.
var TicketLife = map[TicketKind]time.Duration{
	Register: 24 * time.Hour, Reset: time.Hour, ChangeEmail: 24 * time.Hour, FetchExport: ExportLife,
}

// KeepTickets is how long a ticket is kept at all: as long as any is good, and as
// its letter may take.
const KeepTickets = 8 * 24 * time.Hour

// Ticket is something that a mail address has to prove: the row is written for
// every request alike, whether the address is somebody's or not, and whoever
// sends the mail finds out. It is used once.
type Ticket struct {
	ID       string     `bson:"_id"`
	Kind     TicketKind `bson:"kind"`
	Personal Person     `bson:"personal,omitempty"`
	Language string     `bson:"language"`
	// AccountID is whose it is; filled in by whoever sends the mail where the
	// request came from nobody who is signed in.
	AccountID    string `bson:"account_id,omitempty"`
	PasswordHash string `bson:"password_hash,omitempty"`
	// PasswordAt is the account's at the time of the mail: a link of before a
	// change is good for nothing.
	PasswordAt time.Time `bson:"password_at,omitempty"`
	// Previous is the address that an account moves away from.
	Previous  string    `bson:"previous,omitempty"`
	CreatedAt time.Time `bson:"created_at"`
	Used      time.Time `bson:"used,omitempty"`
}

// Good reports whether the ticket can be used at now.
func (t Ticket) Good(now time.Time) bool {
	return t.Used.IsZero() && now.Before(t.CreatedAt.Add(TicketLife[t.Kind]))
}

// NewAccountID is the id of the account that the ticket makes: fixed with it, so
// that the link makes one account however often it is followed.
func (t Ticket) NewAccountID() string {
	return AccountPrefix + strings.TrimPrefix(t.ID, TicketPrefix)
}

// Letter is a mail about an account. It holds nothing personal: whoever sends it
// reads the account and the ticket.
type Letter struct {
	// ID is fixed before the first try: the same one is sent once.
	ID        string     `bson:"_id" json:"id"`
	Kind      NoticeKind `bson:"kind" json:"kind"`
	AccountID string     `bson:"account_id,omitempty" json:"account_id,omitempty"`
	TicketID  string     `bson:"ticket_id,omitempty" json:"ticket_id,omitempty"`
	// SessionID is the session that it happened in, or to: its device is told.
	SessionID string `bson:"session_id,omitempty" json:"session_id,omitempty"`
	// At is when it happened that is told of.
	At time.Time `bson:"at" json:"at"`
}

// NoticeKind says what an account's owner is told of.
type NoticeKind string

// Kinds of notices. Those of tickets carry a link.
const (
	NoticeConfirm       NoticeKind = "confirm_account"
	NoticeAlreadyThere  NoticeKind = "account_exists"
	NoticeReset         NoticeKind = "reset_password"
	NoticePassword      NoticeKind = "password_changed"
	NoticeEmailConfirm  NoticeKind = "confirm_email"
	NoticeEmailChanging NoticeKind = "email_changing"
	// Both addresses are told: the one that the account has left, and the new one.
	NoticeEmailChanged NoticeKind = "email_changed"
	NoticeEmailMoved   NoticeKind = "email_moved"
	NoticeFactorOn     NoticeKind = "second_factor_on"
	NoticeFactorOff    NoticeKind = "second_factor_off"
	NoticeRecoveryUsed NoticeKind = "recovery_code_used"
	NoticePasskeyAdded NoticeKind = "passkey_added"
	NoticePasskeyGone  NoticeKind = "passkey_removed"
	// The passkey was refused: a copy of it was used.
	NoticePasskeyCopied NoticeKind = "passkey_copied"
	NoticeNewDevice     NoticeKind = "new_device"
	NoticeTokenReused   NoticeKind = "session_stolen"
	NoticeManyTries     NoticeKind = "many_tries"
	NoticeExportReady   NoticeKind = "export_ready"
	// The account is to be erased, and its owner may still think better of it.
	NoticeErasureAsked NoticeKind = "erasure_asked"
	NoticeErased       NoticeKind = "account_erased"
)

// NoticeKinds are all of them.
var NoticeKinds = []NoticeKind{
	NoticeConfirm, NoticeAlreadyThere, NoticeReset, NoticePassword, NoticeEmailConfirm, NoticeEmailChanging, NoticeEmailChanged, NoticeEmailMoved,
	NoticeFactorOn, NoticeFactorOff, NoticeRecoveryUsed, NoticePasskeyAdded, NoticePasskeyGone, NoticePasskeyCopied, NoticeNewDevice, NoticeTokenReused, NoticeManyTries,
	NoticeExportReady, NoticeErasureAsked, NoticeErased,
}
