package mongo_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

// upside is a look-up that tests can read.
func upside(kind, value string) string { return kind + "/" + fmt.Sprintf("%x", value) }

func ayse(at time.Time) identity.Account {
	return identity.Account{
		ID: id.New(identity.AccountPrefix, at), Personal: identity.Person{Email: "ayse@example.com", Name: "Ayşe Yılmaz"}, Language: "tr",
		Rev: 1, CreatedAt: at, UpdatedAt: at,
	}
}

func TestAccounts_OneAddressHasOneAccount(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewAccounts(db, mongotest.Vault(t, db), upside)
	now := time.Now().UTC()
	var made atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := s.Create(t.Context(), ayse(now))
			if err == nil {
				made.Add(1)
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), made.Load())
	found, err := s.ByEmail(t.Context(), "ayse@example.com")
	require.NoError(t, err)
	require.Equal(t, "Ayşe Yılmaz", found.Personal.Name)
	_, err = s.ByEmail(t.Context(), "kimse@example.com")
	require.True(t, fault.Is(err, fault.NotFound))
}

func TestAccounts_AnAddressIsFreeAgainWhenTheProcessDiedBeforeTheAccount(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewAccounts(db, mongotest.Vault(t, db), upside)
	for name, tt := range map[string]struct {
		email string
		at    time.Time
		free  bool
	}{
		"just now": {"simdi@example.com", time.Now(), false},
		"long ago": {"eski@example.com", time.Now().Add(-time.Hour), true},
	} {
		_, err := db.Collection("account_emails").InsertOne(t.Context(), bson.D{
			{Key: "_id", Value: upside("email", tt.email)}, {Key: "owner", Value: id.New(identity.AccountPrefix, tt.at)},
		})
		require.NoError(t, err)
		a := ayse(time.Now())
		a.Personal.Email = tt.email
		err = s.Create(t.Context(), a)
		require.Equal(t, tt.free, err == nil, name)
	}
}

func TestAccounts_KeepNothingOfTheirOwnersInTheClear(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	vault := mongotest.Vault(t, db)
	accounts, tickets := mongo.NewAccounts(db, vault, upside), mongo.NewTickets(db, vault, upside)
	a := ayse(time.Now().UTC())
	a.Personal.Phone, a.TOTP = "+905321234567", &identity.TOTP{Secret: "GEZDGNBVGY3TQOJQ"}
	a.Personal.Addresses = map[string]identity.Address{"adr_1": {Label: "Ev", Line1: "Moda Caddesi No: 12", District: "Kadıköy"}}
	require.NoError(t, accounts.Create(t.Context(), a))
	require.NoError(t, tickets.Issue(t.Context(), identity.Ticket{ID: "tkt_1", Kind: identity.ChangeEmail, Personal: a.Personal, Previous: "eski@example.com"}))
	for _, collection := range []string{"accounts", "tickets"} {
		raw, err := db.Collection(collection).FindOne(t.Context(), bson.D{}).Raw()
		require.NoError(t, err)
		for _, word := range []string{"Ayşe", "Yılmaz", "ayse@", "eski@", "532", "GEZDGNBV", "Moda", "Kadıköy"} {
			require.NotContains(t, string(raw), word, collection)
		}
	}
	found, err := accounts.Find(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, a.Personal.Phone, found.Personal.Phone)
	require.Equal(t, a.TOTP, found.TOTP)
	require.NoError(t, vault.Destroy(t.Context(), a.ID))
	found, err = accounts.Find(t.Context(), a.ID)
	require.NoError(t, err)
	require.Empty(t, found.Personal)
	require.Nil(t, found.TOTP)
}

func TestAccounts_AWriteOfAnOldRevIsRefusedAndMovesNoAddress(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewAccounts(db, mongotest.Vault(t, db), upside)
	a := ayse(time.Now().UTC().Truncate(time.Millisecond))
	require.NoError(t, s.Create(t.Context(), a))
	mine := a
	mine.Personal.Phone, mine.Personal.Email = "+905321234567", "baska@example.com"
	saved, err := s.Save(t.Context(), mine)
	require.NoError(t, err)
	require.Equal(t, "ayse@example.com", saved.Personal.Email)
	_, err = s.Save(t.Context(), a)
	require.True(t, fault.Is(err, fault.Conflict))
}

func TestAccounts_MoveToAnotherAddressHoweverOftenItIsAsked(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewAccounts(db, mongotest.Vault(t, db), upside)
	now := time.Now().UTC()
	a := ayse(now)
	require.NoError(t, s.Create(t.Context(), a))
	other := ayse(now)
	other.Personal.Email = "mehmet@example.com"
	require.NoError(t, s.Create(t.Context(), other))
	require.True(t, fault.Is(s.MoveEmail(t.Context(), a.ID, "mehmet@example.com", now), fault.Conflict))
	for range 2 {
		require.NoError(t, s.MoveEmail(t.Context(), a.ID, "yeni@example.com", now))
	}
	found, err := s.ByEmail(t.Context(), "yeni@example.com")
	require.NoError(t, err)
	require.Equal(t, a.ID, found.ID)
	_, err = s.ByEmail(t.Context(), "ayse@example.com")
	require.True(t, fault.Is(err, fault.NotFound))
	next := ayse(now)
	require.NoError(t, s.Create(t.Context(), next), "the old address is anybody's again")
}

func TestSessions_TurnOnceAndEndForGood(t *testing.T) {
	t.Parallel()
	s := mongo.NewSessions(mongotest.Database(t))
	now := time.Now().UTC().Truncate(time.Millisecond)
	row := func(n int) identity.Session {
		return identity.Session{ID: fmt.Sprintf("ses_%d", n), AccountID: "usr_1", Turn: 1, RotatedAt: now, SignedIn: now}
	}
	for n := range 3 {
		require.NoError(t, s.Start(t.Context(), row(n)))
	}
	var turned atomic.Int64
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if moved, err := s.Rotate(t.Context(), "ses_0", 1, now); err == nil && moved {
				turned.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), turned.Load())
	require.NoError(t, s.End(t.Context(), "ses_0", identity.EndedByReuse, now))
	require.NoError(t, s.End(t.Context(), "ses_0", identity.EndedByOwner, now.Add(time.Hour)))
	ended, err := s.Find(t.Context(), "ses_0")
	require.NoError(t, err)
	require.Equal(t, identity.EndedByReuse, ended.Why, "the first word counts")
	moved, err := s.Rotate(t.Context(), "ses_0", 2, now)
	require.NoError(t, err)
	require.False(t, moved)
	require.NoError(t, s.EndAll(t.Context(), "usr_1", "ses_2", identity.EndedElsewhere, now))
	left, err := s.Of(t.Context(), "usr_1")
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, "ses_2", left[0].ID)
}

func TestTickets_AreUsedOnceAndForgotten(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := mongo.NewTickets(db, mongotest.Vault(t, db), upside)
	now := time.Now().UTC().Truncate(time.Millisecond)
	require.NoError(t, s.Issue(t.Context(), identity.Ticket{ID: "tkt_1", Kind: identity.Reset, CreatedAt: now}))
	require.NoError(t, s.Bind(t.Context(), "tkt_1", "usr_1", now))
	used := 0
	for range 3 {
		first, err := s.Use(t.Context(), "tkt_1", now)
		require.NoError(t, err)
		if first {
			used++
		}
	}
	require.Equal(t, 1, used)
	found, err := s.Find(t.Context(), "tkt_1")
	require.NoError(t, err)
	require.Equal(t, "usr_1", found.AccountID)
	removed, err := s.Sweep(t.Context(), now.Add(time.Second))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
}

func TestAuditLog_FindsByWhoAndWhatAndWhenTheNewestFirst(t *testing.T) {
	t.Parallel()
	s := mongo.NewAuditLog(mongotest.Database(t))
	now := time.Now().UTC().Truncate(time.Millisecond)
	for n, who := range []string{"zeynep", "kemal", "zeynep"} {
		at := now.Add(time.Duration(n) * time.Minute)
		e := auditlog.Entry{ID: id.New(auditlog.Prefix, at), Who: who, What: "pack-shipment", Phase: auditlog.Done, At: at}
		require.NoError(t, s.Append(t.Context(), e))
		e.Who = "baskasi"
		require.NoError(t, s.Append(t.Context(), e), "an entry that is there is left as it is")
	}
	found, err := s.Find(t.Context(), auditlog.Search{Who: "zeynep", Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.True(t, found[0].At.After(found[1].At))
	older, err := s.Find(t.Context(), auditlog.Search{Who: "zeynep", Before: found[0].ID, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, found[1:], older)
	between, err := s.Find(t.Context(), auditlog.Search{From: now.Add(time.Minute), Until: now.Add(2 * time.Minute), Limit: 10})
	require.NoError(t, err)
	require.Len(t, between, 1)
	require.Equal(t, "kemal", between[0].Who)
}
