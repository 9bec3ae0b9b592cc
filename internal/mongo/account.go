package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.Accounts = (*Accounts)(nil)

// Accounts keeps one document for each account, and one for each mail address,
// whose _id stands for the address without being one.
type Accounts struct {
	vault  *Vault
	rows   *mongo.Collection
	emails *mongo.Collection
	lookup func(kind, value string) string
}

// NewAccounts returns the store on db, whose persons vault opens. lookup turns a
// value into what stands for it in a key.
func NewAccounts(db *mongo.Database, vault *Vault, lookup func(kind, value string) string) *Accounts {
	return &Accounts{vault: vault, rows: db.Collection("accounts"), emails: db.Collection("account_emails"), lookup: lookup}
}

// accountRow is the document: the noun without what is personal or secret of it,
// which is sealed, and the key of its mail address.
type accountRow struct {
	identity.Account `bson:",inline"`
	EmailKey         string       `bson:"email_key"`
	Sealed           sealedFields `bson:"sealed"`
}

// private is what of an account its own key seals.
type private struct {
	Person   identity.Person `bson:"person"`
	TOTP     *identity.TOTP  `bson:"totp,omitempty"`
	NextTOTP *identity.TOTP  `bson:"next_totp,omitempty"`
}

// privateField is its name in the document.
const privateField = "private"

func accountPlace(accountID string) place { return place{"accounts", privateField, accountID} }

func (s *Accounts) sealAccount(ctx context.Context, a identity.Account, key string) (accountRow, error) {
	sealed, err := sealField(ctx, s.vault, accountPlace(a.ID), owner{Subject: a.ID}, private{a.Personal, a.TOTP, a.NextTOTP})
	a.Personal, a.TOTP, a.NextTOTP = identity.Person{}, nil, nil
	return accountRow{Account: a, EmailKey: key, Sealed: sealedFields{privateField: sealed}}, err
}

// openAccount reads what is sealed. An account that was erased is nobody's.
func (s *Accounts) openAccount(ctx context.Context, row accountRow) (accountRow, error) {
	sealed, there := row.Sealed[privateField]
	if !there {
		return row, nil
	}
	p, _, err := openField[private](ctx, s.vault, accountPlace(row.ID), sealed)
	row.Personal, row.TOTP, row.NextTOTP = p.Person, p.TOTP, p.NextTOTP
	return row, err
}

func (s *Accounts) key(email string) string { return s.lookup("email", email) }

// Create claims the address first: an account without it could never be found.
func (s *Accounts) Create(ctx context.Context, a identity.Account) error {
	key := s.key(a.Personal.Email)
	if err := s.claim(ctx, key, a.ID); err != nil {
		return err
	}
	row, err := s.sealAccount(ctx, a, key)
	if err != nil {
		return err
	}
	_, err = s.rows.InsertOne(ctx, row)
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "writing account %s", a.ID)
	}
	return nil
}

// orphanAge is how old a claim must be whose account was never written, or has
// moved on, before the address is anybody's again.
const orphanAge = time.Minute

// claim takes the key of an address for an account.
func (s *Accounts) claim(ctx context.Context, key, accountID string) error {
	_, err := s.emails.InsertOne(ctx, claim{Key: key, Owner: accountID})
	if err == nil {
		return nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "claiming a mail address")
	}
	var there claim
	if err := s.emails.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Decode(&there); err != nil {
		return found(err, "mail address", "of the claim")
	}
	if there.Owner == accountID {
		return nil
	}
	taken := fault.New(fault.Conflict, "this mail address has an account already")
	held, err := s.holds(ctx, there.Owner, key)
	if err != nil {
		return err
	}
	if made, ok := id.Time(there.Owner); held || !ok || time.Since(made) < orphanAge {
		return taken
	}
	res, err := s.emails.UpdateOne(ctx, bson.D{{Key: "_id", Value: key}, {Key: "owner", Value: there.Owner}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "owner", Value: accountID}}}})
	if err != nil {
		return unavailable(err, "claiming a mail address")
	}
	if res.MatchedCount == 0 {
		return taken
	}
	return nil
}

// holds reports whether the account is there and has the address of the key.
func (s *Accounts) holds(ctx context.Context, accountID, key string) (bool, error) {
	n, err := s.rows.CountDocuments(ctx, bson.D{{Key: "_id", Value: accountID}, {Key: "email_key", Value: key}})
	if err != nil {
		return false, unavailable(err, "reading account %s", accountID)
	}
	return n > 0, nil
}

// Find returns the account.
func (s *Accounts) Find(ctx context.Context, accountID string) (identity.Account, error) {
	a, err := s.find(ctx, accountID)
	return a.Account, err
}

func (s *Accounts) find(ctx context.Context, accountID string) (accountRow, error) {
	var a accountRow
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: accountID}}).Decode(&a)
	if err := found(err, "account", accountID); err != nil {
		return accountRow{}, err
	}
	return s.openAccount(ctx, a)
}

// nobody is an account's id that no account has.
const nobodysAccount = "usr_00000000000000000000000000"

// ByEmail makes the same three reads whether the address is somebody's or not.
func (s *Accounts) ByEmail(ctx context.Context, email string) (identity.Account, error) {
	key, owner := s.key(email), claim{Owner: nobodysAccount}
	err := s.emails.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Decode(&owner)
	if err := found(err, "account", "of this address"); err != nil && !fault.Is(err, fault.NotFound) {
		return identity.Account{}, err
	}
	// Read whether it is in the cache or not, and of nobody too.
	if _, _, err := s.vault.read(ctx, owner.Owner); err != nil {
		return identity.Account{}, err
	}
	a, err := s.find(ctx, owner.Owner)
	if err != nil {
		return identity.Account{}, err
	}
	if a.EmailKey != key {
		return identity.Account{}, fault.New(fault.NotFound, "no such account")
	}
	return a.Account, nil
}

// Save writes the account but for its address, where nobody wrote it since it was
// read.
func (s *Accounts) Save(ctx context.Context, a identity.Account) (identity.Account, error) {
	there, err := s.find(ctx, a.ID)
	if err != nil {
		return identity.Account{}, err
	}
	filter := bson.D{{Key: "_id", Value: a.ID}, {Key: "rev", Value: a.Rev}, {Key: "email_key", Value: there.EmailKey}}
	a.Personal.Email = there.Personal.Email
	a.Rev++
	row, err := s.sealAccount(ctx, a, there.EmailKey)
	if err != nil {
		return identity.Account{}, err
	}
	res, err := s.rows.ReplaceOne(ctx, filter, row)
	if err != nil {
		return identity.Account{}, unavailable(err, "writing account %s", a.ID)
	}
	if res.MatchedCount == 0 {
		return identity.Account{}, fault.New(fault.Conflict, "the account was changed by another request: look again")
	}
	return a, nil
}

// moveTries is how often an account is read again that is written meanwhile.
const moveTries = 5

// MoveEmail claims, writes and releases, in this order: whatever step the process
// dies behind, the account has an address that finds it.
func (s *Accounts) MoveEmail(ctx context.Context, accountID, email string, now time.Time) error {
	key := s.key(email)
	if err := s.claim(ctx, key, accountID); err != nil {
		return err
	}
	for range moveTries {
		there, err := s.find(ctx, accountID)
		if err != nil {
			return err
		}
		if there.EmailKey == key {
			return s.release(ctx, accountID, key)
		}
		filter := bson.D{{Key: "_id", Value: accountID}, {Key: "rev", Value: there.Rev}}
		there.Personal.Email, there.UpdatedAt = email, now
		there.Rev++
		row, err := s.sealAccount(ctx, there.Account, key)
		if err != nil {
			return err
		}
		res, err := s.rows.ReplaceOne(ctx, filter, row)
		if err != nil {
			return unavailable(err, "writing account %s", accountID)
		}
		if res.MatchedCount == 1 {
			return s.release(ctx, accountID, key)
		}
	}
	return fault.New(fault.Conflict, "the account is being changed by many requests at once: try again")
}

// release gives up every address of the account but one.
func (s *Accounts) release(ctx context.Context, accountID, keep string) error {
	_, err := s.emails.DeleteMany(ctx, bson.D{{Key: "owner", Value: accountID}, {Key: "_id", Value: bson.D{{Key: "$ne", Value: keep}}}})
	if err != nil {
		return unavailable(err, "giving up the old address of account %s", accountID)
	}
	return nil
}

// Erase writes first, and then gives the addresses up: one that is anybody's again
// leads to no account of before.
func (s *Accounts) Erase(ctx context.Context, accountID string, now time.Time) error {
	for range moveTries {
		there, err := s.find(ctx, accountID)
		if err != nil {
			return err
		}
		if !there.ErasedAt.IsZero() {
			return s.release(ctx, accountID, "")
		}
		filter := bson.D{{Key: "_id", Value: accountID}, {Key: "rev", Value: there.Rev}}
		left := there.Forgotten(now)
		left.Rev++
		res, err := s.rows.ReplaceOne(ctx, filter, accountRow{Account: left})
		if err != nil {
			return unavailable(err, "forgetting account %s", accountID)
		}
		if res.MatchedCount == 1 {
			return s.release(ctx, accountID, "")
		}
	}
	return fault.New(fault.Conflict, "the account is being changed by many requests at once: try again")
}

// Shut reads of the account only whether it was closed.
func (s *Accounts) Shut(ctx context.Context, accountID string) (bool, error) {
	var row struct {
		Closed time.Time `bson:"closed"`
	}
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: accountID}}, options.FindOne().SetProjection(bson.D{{Key: "closed", Value: 1}})).Decode(&row)
	err = found(err, "account", accountID)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return !row.Closed.IsZero(), err
}

// Group reads of the account only its customer group.
func (s *Accounts) Group(ctx context.Context, accountID string) (string, error) {
	var row struct {
		Group string `bson:"group"`
	}
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: accountID}}, options.FindOne().SetProjection(bson.D{{Key: "group", Value: 1}})).Decode(&row)
	err = found(err, "account", accountID)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return row.Group, err
}

// Erasing walks over the accounts that are to be forgotten.
func (s *Accounts) Erasing(ctx context.Context, after string, limit int) ([]string, error) {
	filter := append(following(after), bson.E{Key: "erasure.due", Value: bson.D{{Key: "$exists", Value: true}}},
		bson.E{Key: "erased_at", Value: bson.D{{Key: "$exists", Value: false}}})
	cursor, err := s.rows.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)).SetProjection(bson.D{{Key: "_id", Value: 1}}))
	rows, err := drain[struct {
		ID string `bson:"_id"`
	}](ctx, cursor, err, "looking for accounts that are to be forgotten")
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, err
}

// Staff returns the accounts of staff by their handles.
func (s *Accounts) Staff(ctx context.Context) ([]identity.Account, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "role", Value: bson.D{{Key: "$gt", Value: ""}}}},
		options.Find().SetSort(bson.D{{Key: "handle", Value: 1}}))
	rows, err := drain[accountRow](ctx, cursor, err, "reading the accounts of staff")
	if err != nil {
		return nil, err
	}
	staff := make([]identity.Account, len(rows))
	for i, r := range rows {
		opened, err := s.openAccount(ctx, r)
		if err != nil {
			return nil, err
		}
		staff[i] = opened.Account
	}
	return staff, nil
}
