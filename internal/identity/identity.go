// Package identity is the noun of who somebody is and what they may do:
// accounts of shoppers and staff, the sessions in which they are signed in, the
// keys of machines, and roles made of permissions. It knows no wire and no
// store: how a password is hashed and a token signed stands in the packages
// below it, how rows are kept in internal/mongo.
package identity

import (
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// Prefixes of the noun's ids.
const (
	AccountPrefix = "usr"
	SessionPrefix = "ses"
	TicketPrefix  = "tkt"
)

// Account is one person who can sign in. Rev counts its writes.
type Account struct {
	ID       string `bson:"_id"`
	Personal Person `bson:"personal,omitempty"`
	Language string `bson:"language"`
	// Role is empty for a shopper. Handle is the name by which staff stand beside
	// what they did: it is no personal name, since it goes into workflows.
	Role   Role   `bson:"role"`
	Handle string `bson:"handle"`

	// PasswordHash holds algorithm, cost and salt; empty for who has passkeys
	// only. PasswordAt is when it was set.
	PasswordHash string    `bson:"password_hash"`
	PasswordAt   time.Time `bson:"password_at"`

	TOTP *TOTP `bson:"totp,omitempty"`
	// NextTOTP is set up and not proved yet.
	NextTOTP *TOTP `bson:"next_totp,omitempty"`
	// Recovery are the hashes of codes that replace the second factor, and when
	// each was used.
	Recovery map[string]time.Time `bson:"recovery,omitempty"`
	Passkeys map[string]Passkey   `bson:"passkeys,omitempty"`

	// Group is the customer group whose price lists count for the shopper; empty for
	// who is in none.
	Group string `bson:"group,omitempty"`
	// CartID is the cart that follows the shopper.
	CartID string `bson:"cart_id,omitempty"`
	// Erasure is that the account is to be forgotten.
	Erasure *Erasure `bson:"erasure,omitempty"`
	// Closed is when the account ended; it signs nobody in any more. ErasedAt is when
	// it was forgotten.
	Closed    time.Time `bson:"closed,omitempty"`
	ErasedAt  time.Time `bson:"erased_at,omitempty"`
	Rev       int64     `bson:"rev"`
	CreatedAt time.Time `bson:"created_at"`
	UpdatedAt time.Time `bson:"updated_at"`
}

// Person is what is personal of an account: it never leaves MongoDB but to its
// owner, to staff who may see customers, and to the mail provider.
type Person struct {
	Email string `bson:"email" json:"email"`
	Name  string `bson:"name" json:"name"`
	Phone string `bson:"phone" json:"phone"`
	// Addresses are the shopper's address book, under their ids.
	Addresses map[string]Address `bson:"addresses,omitempty" json:"addresses,omitempty"`
}

// MaxAddresses is how many an address book holds.
const MaxAddresses = 20

// Address is an entry of an address book: who receives there, and who the invoice
// is made out to. Its parts were checked when it was written.
type Address struct {
	Label     string      `bson:"label" json:"label"`
	Name      string      `bson:"name" json:"name"`
	Phone     string      `bson:"phone" json:"phone"`
	Line1     string      `bson:"line1" json:"line1"`
	Line2     string      `bson:"line2" json:"line2"`
	District  string      `bson:"district" json:"district"`
	Province  string      `bson:"province" json:"province"`
	Postcode  string      `bson:"postcode" json:"postcode"`
	Country   string      `bson:"country" json:"country"`
	Invoice   *InvoiceFor `bson:"invoice,omitempty" json:"invoice,omitempty"`
	CreatedAt time.Time   `bson:"created_at" json:"created_at"`
}

// InvoiceFor is who an invoice is made out to: a person, or a company.
type InvoiceFor struct {
	Kind           string `bson:"kind" json:"kind"`
	Name           string `bson:"name" json:"name"`
	IdentityNumber string `bson:"identity_number" json:"identity_number"`
	Title          string `bson:"title" json:"title"`
	TaxNumber      string `bson:"tax_number" json:"tax_number"`
	TaxOffice      string `bson:"tax_office" json:"tax_office"`
}

// TOTP is a second factor by time (RFC 6238). Secret is base32.
type TOTP struct {
	Secret string `bson:"secret"`
	// ConfirmedAt is when a first code proved that the owner's app has it.
	ConfirmedAt time.Time `bson:"confirmed_at,omitempty"`
	// LastStep is the time step of the last code taken: none is taken twice.
	LastStep int64 `bson:"last_step"`
}

// SecondFactor reports whether signing in by password takes a second factor.
func (a Account) SecondFactor() bool { return a.TOTP != nil && !a.TOTP.ConfirmedAt.IsZero() }

// Staff reports whether the account is one of the staff's.
func (a Account) Staff() bool { return a.Role != "" }

// Open reports whether the account can be signed in to.
func (a Account) Open() bool { return a.Closed.IsZero() }

// Methods by which somebody proved to be who they are, as RFC 8176 names them.
const (
	ByPassword = "pwd"
	ByOTP      = "otp"
	ByPasskey  = "hwk"
	ByRecovery = "mfa"
)

// ErrWrong is the one answer to every sign-in that failed, whatever was wrong.
func ErrWrong() error {
	return fault.New(fault.Unauthenticated, "mail address, password or code is wrong")
}

// UseRecovery marks a recovery code as used.
func (a *Account) UseRecovery(code string, now time.Time) {
	kept := make(map[string]time.Time, len(a.Recovery))
	for hash, used := range a.Recovery {
		kept[hash] = used
	}
	kept[RecoveryHash(code)] = now
	a.Recovery = kept
}
