package activities

import (
	"context"
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// Exports gathers everything that is known of an account's owner.
type Exports struct {
	Accounts identity.Accounts
	Sessions identity.Sessions
	Tickets  identity.Tickets
	Orders   order.Store
	Attempts payment.Store
	Parcels  shipping.Store
	Carts    cart.Store
	AuditLog auditlog.Store
	Consents identity.Consents
	Store    identity.Exports
	// OrderEmail stands for a mail address in orders.
	OrderEmail func(email string) string
	Clock      clock.Clock
}

// ExportInput names the export.
type ExportInput struct {
	ExportID string `json:"export_id"`
}

// ExportResult is what an operator sees of an export.
type ExportResult struct {
	Orders int   `json:"orders"`
	Bytes  int64 `json:"bytes"`
	// Letter tells the owner; empty where the export is not wanted any more.
	Letter identity.Letter `json:"letter,omitzero"`
}

// BuildExport gathers, writes and keeps an export, and issues the ticket of the
// letter about it. An account that was closed meanwhile gets none.
func (x *Exports) BuildExport(ctx context.Context, in ExportInput) (ExportResult, error) {
	var result ExportResult
	err := beating(ctx, func(ctx context.Context) (err error) {
		result, err = x.build(ctx, in.ExportID)
		return err
	})
	return result, forTemporal(err)
}

// wanted returns the export and its owner, or a NotFound fault where nobody wants it
// any more.
func (x *Exports) wanted(ctx context.Context, exportID string) (identity.Export, identity.Account, error) {
	e, err := x.Store.Find(ctx, exportID)
	if err != nil {
		return e, identity.Account{}, err
	}
	account, err := x.Accounts.Find(ctx, e.AccountID)
	if err == nil && !account.Open() {
		err = fault.New(fault.NotFound, "account %s is closed", account.ID)
	}
	return e, account, err
}

func (x *Exports) build(ctx context.Context, exportID string) (ExportResult, error) {
	e, account, err := x.wanted(ctx, exportID)
	if fault.Is(err, fault.NotFound) {
		return ExportResult{}, nil
	}
	if err != nil {
		return ExportResult{}, err
	}
	// What they bought as a guest with the address that they proved is theirs too.
	if _, err := x.Orders.ClaimGuests(ctx, x.OrderEmail(account.Personal.Email), account.ID); err != nil {
		return ExportResult{}, err
	}
	g, err := x.gather(ctx, account)
	if err != nil {
		return ExportResult{}, err
	}
	content, err := g.archive(x.Clock().UTC())
	if err != nil {
		return ExportResult{}, fault.Wrap(err, fault.Internal, "export %s cannot be written", e.ID)
	}
	result, err := x.keep(ctx, e, account, content)
	if result.Letter.ID != "" {
		result.Orders = len(g.Orders)
	}
	return result, err
}

// keep keeps the content last: an export that is ready has its ticket.
func (x *Exports) keep(ctx context.Context, e identity.Export, account identity.Account, content []byte) (ExportResult, error) {
	at := e.ReadyAt
	if at.IsZero() {
		at = x.Clock().UTC().Truncate(time.Millisecond)
	}
	letter, err := x.ticket(ctx, e, account, at)
	if err != nil {
		return ExportResult{}, err
	}
	crashpoint.Here("export.ticketed")
	if e.ReadyAt.IsZero() {
		e, err = x.Store.Keep(ctx, e, content, at)
	}
	if fault.Is(err, fault.NotFound) {
		return ExportResult{}, nil // it was removed meanwhile
	}
	if err != nil {
		return ExportResult{}, err
	}
	crashpoint.Here("export.kept")
	return ExportResult{Bytes: e.Size, Letter: letter}, nil
}

// ticket issues what the letter about the export carries, once.
func (x *Exports) ticket(ctx context.Context, e identity.Export, account identity.Account, at time.Time) (identity.Letter, error) {
	t := identity.Ticket{
		ID: e.TicketID(), Kind: identity.FetchExport, Personal: identity.Person{Email: account.Personal.Email, Name: account.Personal.Name},
		Language: account.Language, AccountID: account.ID, PasswordAt: account.PasswordAt, CreatedAt: at,
	}
	letter := identity.Letter{ID: t.ID, Kind: identity.NoticeExportReady, AccountID: account.ID, TicketID: t.ID, At: at}
	_, err := x.Tickets.Find(ctx, t.ID)
	if fault.Is(err, fault.NotFound) {
		err = x.Tickets.Issue(ctx, t)
	}
	return letter, err
}

// gathered is everything that is known of somebody, in the order of the archive.
type gathered struct {
	language string
	Account  exportedAccount
	Sessions []exportedSession
	Orders   []exportedOrder
	Carts    []exportedCart
	AuditLog []exportedAction
	Consents []exportedConsent
}

type exportedConsent struct {
	Kind     string    `json:"kind"`
	Given    bool      `json:"given"`
	Language string    `json:"language"`
	Number   int64     `json:"number"`
	Hash     string    `json:"hash"`
	At       time.Time `json:"at"`
}

type exportedAccount struct {
	ID           string                      `json:"id"`
	Email        string                      `json:"email"`
	Name         string                      `json:"name"`
	Phone        string                      `json:"phone"`
	Language     string                      `json:"language"`
	CreatedAt    time.Time                   `json:"created_at"`
	PasswordAt   time.Time                   `json:"password_set_at"`
	SecondFactor bool                        `json:"second_factor"`
	Addresses    map[string]identity.Address `json:"addresses"`
	Passkeys     []exportedPasskey           `json:"passkeys"`
}

type exportedPasskey struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	LastUsed  time.Time `json:"last_used_at,omitzero"`
}

type exportedSession struct {
	ID       string    `json:"id"`
	Device   string    `json:"device"`
	Methods  []string  `json:"methods"`
	SignedIn time.Time `json:"signed_in_at"`
	LastUsed time.Time `json:"last_used_at"`
	Ended    time.Time `json:"ended_at,omitzero"`
	Why      string    `json:"ended_because,omitempty"`
}

type exportedOrder struct {
	ID         string             `json:"id"`
	Number     string             `json:"number"`
	AcceptedAt time.Time          `json:"accepted_at"`
	Status     order.Status       `json:"status"`
	Contact    *order.Contact     `json:"contact,omitempty"`
	Invoice    *order.Invoice     `json:"invoice,omitempty"`
	Accepted   []order.Acceptance `json:"accepted_terms"`
	Quote      order.Quote        `json:"quote"`
	Timeline   []order.Entry      `json:"timeline"`
	Payments   []exportedPayment  `json:"payments"`
	Parcels    []exportedParcel   `json:"parcels"`
}

// exportedPayment is an attempt to pay. Ref is the provider's, which knows the card.
type exportedPayment struct {
	ID        string        `json:"id"`
	Provider  string        `json:"provider"`
	Ref       string        `json:"provider_reference,omitempty"`
	State     payment.State `json:"state"`
	Amount    money.Amount  `json:"amount"`
	Captured  money.Amount  `json:"captured"`
	Refunded  money.Amount  `json:"refunded"`
	Declined  string        `json:"decline_code,omitempty"`
	CreatedAt time.Time     `json:"created_at"`
}

type exportedParcel struct {
	Number       int            `json:"number"`
	State        shipping.State `json:"state"`
	Carrier      string         `json:"carrier,omitempty"`
	TrackingCode string         `json:"tracking_code,omitempty"`
	TrackingURL  string         `json:"tracking_url,omitempty"`
	HandedOverAt time.Time      `json:"handed_over_at,omitzero"`
	EndedAt      time.Time      `json:"ended_at,omitzero"`
}

type exportedCart struct {
	ID        string         `json:"id"`
	Lines     []exportedLine `json:"lines"`
	Contact   *cart.Contact  `json:"contact,omitempty"`
	Invoice   *cart.Invoice  `json:"invoice,omitempty"`
	UpdatedAt time.Time      `json:"updated_at"`
}

type exportedLine struct {
	SKU      string    `json:"sku"`
	Quantity int64     `json:"quantity"`
	AddedAt  time.Time `json:"added_at"`
}

// exportedAction is what staff did about the person, without who did it.
type exportedAction struct {
	At     time.Time      `json:"at"`
	What   string         `json:"what"`
	Phase  auditlog.Phase `json:"phase"`
	Status int            `json:"status,omitempty"`
}

func (x *Exports) gather(ctx context.Context, account identity.Account) (*gathered, error) {
	g := &gathered{language: account.Language, Account: exportAccount(account), Sessions: []exportedSession{}, Orders: []exportedOrder{}, Carts: []exportedCart{}, AuditLog: []exportedAction{}, Consents: []exportedConsent{}}
	for _, part := range []func(context.Context, identity.Account, *gathered) error{x.sessions, x.orders, x.carts, x.actions, x.consents} {
		if err := part(ctx, account, g); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func exportAccount(a identity.Account) exportedAccount {
	view := exportedAccount{
		ID: a.ID, Email: a.Personal.Email, Name: a.Personal.Name, Phone: a.Personal.Phone, Language: a.Language, CreatedAt: a.CreatedAt,
		PasswordAt: a.PasswordAt, SecondFactor: a.SecondFactor(), Addresses: a.Personal.Addresses, Passkeys: []exportedPasskey{},
	}
	for passkeyID, k := range a.Passkeys {
		view.Passkeys = append(view.Passkeys, exportedPasskey{ID: passkeyID, Name: k.Name, CreatedAt: k.CreatedAt, LastUsed: k.LastUsedAt})
	}
	slices.SortFunc(view.Passkeys, func(a, b exportedPasskey) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return view
}

func (x *Exports) consents(ctx context.Context, account identity.Account, g *gathered) error {
	said, err := x.Consents.OfAccount(ctx, account.ID)
	for _, c := range said {
		g.Consents = append(g.Consents, exportedConsent{Kind: c.Kind, Given: c.Given, Language: c.Language, Number: c.Number, Hash: c.Hash, At: c.At})
	}
	return err
}

func (x *Exports) sessions(ctx context.Context, account identity.Account, g *gathered) error {
	sessions, err := x.Sessions.All(ctx, account.ID)
	for _, s := range sessions {
		g.Sessions = append(g.Sessions, exportedSession{
			ID: s.ID, Device: s.Device, Methods: s.Methods, SignedIn: s.SignedIn, LastUsed: s.RotatedAt, Ended: s.Ended, Why: s.Why,
		})
	}
	return err
}

// exportStep is how many rows one look at a list reads.
const exportStep = 100

func (x *Exports) orders(ctx context.Context, account identity.Account, g *gathered) error {
	before := ""
	for {
		orders, err := x.Orders.OfCustomer(ctx, account.ID, before, exportStep)
		if err != nil {
			return err
		}
		for _, listed := range orders {
			before = listed.ID
			view, err := x.order(ctx, listed.ID)
			if err != nil {
				return err
			}
			g.Orders = append(g.Orders, view)
		}
		if len(orders) < exportStep {
			return nil
		}
	}
}

func (x *Exports) order(ctx context.Context, orderID string) (exportedOrder, error) {
	o, err := x.Orders.Find(ctx, orderID)
	if err != nil {
		return exportedOrder{}, err
	}
	view := exportedOrder{
		ID: o.ID, Number: o.Number, AcceptedAt: o.AcceptedAt, Status: o.State.Status, Invoice: o.Invoice, Accepted: o.Accepted, Quote: o.Quote,
		Payments: []exportedPayment{}, Parcels: []exportedParcel{},
	}
	if !o.Contact.IsZero() {
		view.Contact = &o.Contact
	}
	if view.Timeline, err = x.Orders.Timeline(ctx, o.ID); err != nil {
		return view, err
	}
	for i := range view.Timeline {
		view.Timeline[i].By = "" // of the staff, whose name is theirs
	}
	attempts, err := x.Attempts.OfOrder(ctx, o.ID)
	if err != nil {
		return view, err
	}
	for _, a := range attempts {
		view.Payments = append(view.Payments, exportedPayment{
			ID: a.ID, Provider: a.Provider, Ref: a.Ref, State: a.State, Amount: a.Amount, Declined: a.DeclineCode, CreatedAt: a.CreatedAt,
			Captured: money.Of(a.Captured, a.Amount.Currency), Refunded: money.Of(a.Refunded, a.Amount.Currency),
		})
	}
	parcels, err := x.Parcels.OfOrder(ctx, o.ID)
	for _, p := range parcels {
		view.Parcels = append(view.Parcels, exportedParcel{
			Number: p.Number, State: p.State, Carrier: p.CarrierName, TrackingCode: p.TrackingCode, TrackingURL: p.TrackingURL,
			HandedOverAt: p.HandedOverAt, EndedAt: p.EndedAt,
		})
	}
	return view, err
}

func (x *Exports) carts(ctx context.Context, account identity.Account, g *gathered) error {
	if account.CartID == "" {
		return nil
	}
	c, err := x.Carts.Find(ctx, account.CartID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || c.CustomerID != account.ID {
		return err
	}
	view := exportedCart{ID: c.ID, Lines: []exportedLine{}, Contact: c.Contact, Invoice: c.Invoice, UpdatedAt: c.UpdatedAt}
	for _, line := range c.Sorted() {
		view.Lines = append(view.Lines, exportedLine{SKU: line.SKU, Quantity: line.Quantity, AddedAt: line.AddedAt})
	}
	g.Carts = append(g.Carts, view)
	return nil
}

func (x *Exports) actions(ctx context.Context, account identity.Account, g *gathered) error {
	search := auditlog.Search{Target: account.ID, Limit: exportStep}
	for {
		entries, err := x.AuditLog.Find(ctx, search)
		if err != nil {
			return err
		}
		for _, e := range entries {
			g.AuditLog = append(g.AuditLog, exportedAction{At: e.At, What: e.What, Phase: e.Phase, Status: e.Status})
			search.Before = e.ID
		}
		if len(entries) < exportStep {
			return nil
		}
	}
}
