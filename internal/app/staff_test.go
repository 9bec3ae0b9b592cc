package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/secret"
)

// office is an app with what accounts of staff need.
func office(t *testing.T) *App {
	t.Helper()
	db := mongotest.Database(t)
	vault := mongotest.Vault(t, db)
	ring, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), secret.MinKeyBytes)})
	require.NoError(t, err)
	lookup := func(kind, value string) string { return kind + "/" + strings.ToUpper(value) }
	return &App{
		Config: config.Config{PublicURL: "https://api.dukkan.example"}, Clock: clock.System, Log: slog.New(slog.DiscardHandler), Secrets: ring,
		Accounts: mongo.NewAccounts(db, vault, lookup),
		Tickets:  mongo.NewTickets(db, vault, lookup), Sessions: mongo.NewSessions(db), AuditLog: mongo.NewAuditLog(db),
		Claims: mongo.NewClaims(db), PasskeyOwners: mongo.NewPasskeyOwners(db),
	}
}

var zeynep = identity.Recruit{Email: "zeynep@dukkan.example", Name: "Zeynep Çelik", Handle: "zeynep", Language: "tr", Role: identity.Administrator}

func TestStaff_ComeInByALinkAndTheLogKnows(t *testing.T) {
	t.Parallel()
	a := office(t)
	link, err := a.CreateStaff(t.Context(), zeynep)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(link, "https://api.dukkan.example/account/reset#tkt_"), link)
	staff, err := a.Accounts.Staff(t.Context())
	require.NoError(t, err)
	require.Len(t, staff, 1)
	require.Empty(t, staff[0].PasswordHash)
	_, err = a.CreateStaff(t.Context(), zeynep)
	require.True(t, fault.Is(err, fault.Conflict))
	require.ErrorContains(t, err, "the handle zeynep is somebody else's: it says who did something", "in the words of the API")
	for field, wrong := range map[string]func(*identity.Recruit){
		"handle": func(s *identity.Recruit) { s.Handle = "Zeynep Çelik" }, "role": func(s *identity.Recruit) { s.Role = "root" },
		"email": func(s *identity.Recruit) { s.Email = "zeynep" }, "name": func(s *identity.Recruit) { s.Name = "" },
	} {
		s := zeynep
		wrong(&s)
		_, err := a.CreateStaff(t.Context(), s)
		var refused *fault.Fault
		require.ErrorAs(t, err, &refused)
		require.Equal(t, fault.Invalid, refused.Code)
		require.Equal(t, field, refused.Details["field"])
	}
	require.ElementsMatch(t, []end{{auditlog.Begun, ""}, {auditlog.Done, ""}, {auditlog.Begun, ""}, {auditlog.Refused, "conflict"}}, ends(t, a, "create-staff"))
	made, err := a.AuditLog.Find(t.Context(), auditlog.Search{Who: "terminal", Target: staff[0].ID, Limit: 10})
	require.NoError(t, err)
	require.Len(t, made, 2)
	require.Equal(t, made[0].ActionID, made[1].ActionID, "how it ended belongs to what began")
	require.NotEqual(t, made[0].ID, made[1].ID)
	require.Equal(t, "terminal", made[0].WhoID)
}

// end is how far an action at the terminal came.
type end struct {
	phase auditlog.Phase
	code  string
}

func ends(t *testing.T, a *App, what string) []end {
	t.Helper()
	entries, err := a.AuditLog.Find(t.Context(), auditlog.Search{Who: "terminal", What: what, Limit: 10})
	require.NoError(t, err)
	all := make([]end, len(entries))
	for i, e := range entries {
		all[i] = end{e.Phase, e.Code}
	}
	return all
}

func TestResetStaff_TakesEveryKeyAway(t *testing.T) {
	t.Parallel()
	a := office(t)
	_, err := a.CreateStaff(t.Context(), zeynep)
	require.NoError(t, err)
	staff, err := a.Accounts.Staff(t.Context())
	require.NoError(t, err)
	armed := staff[0]
	armed.PasswordHash, armed.TOTP = "$argon2id$…", &identity.TOTP{Secret: "GEZDGNBV", ConfirmedAt: time.Now()}
	armed.Passkeys = map[string]identity.Passkey{"k": {Name: "Telefon"}}
	_, err = a.Accounts.Save(t.Context(), armed)
	require.NoError(t, err)
	require.NoError(t, a.Sessions.Start(t.Context(), identity.Session{ID: "ses_1", AccountID: armed.ID}))
	_, err = a.ResetStaff(t.Context(), "zeynep")
	require.NoError(t, err)
	bare, err := a.Accounts.Find(t.Context(), armed.ID)
	require.NoError(t, err)
	require.Empty(t, bare.PasswordHash)
	require.False(t, bare.SecondFactor())
	require.Empty(t, bare.Passkeys)
	open, err := a.Sessions.Of(t.Context(), armed.ID)
	require.NoError(t, err)
	require.Empty(t, open)
	require.ElementsMatch(t, []end{{auditlog.Begun, ""}, {auditlog.Done, ""}}, ends(t, a, "reset-staff"))
	_, err = a.Accounts.Save(t.Context(), bare.Dismissed(a.Clock()))
	require.NoError(t, err)
	link, err := a.ResetStaff(t.Context(), "zeynep")
	require.True(t, fault.Is(err, fault.Conflict), "no link that does not work")
	require.ErrorContains(t, err, "/v1/staff/accounts/"+armed.ID+"/reopen")
	require.Empty(t, link)
	_, err = a.ResetStaff(t.Context(), "kimse")
	require.True(t, fault.Is(err, fault.NotFound))
}
