package activities_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// copyist is what gathers, over an archive's stores.
type copyist struct {
	*archive
	exports *activities.Exports
}

func newCopyist(t *testing.T) *copyist {
	t.Helper()
	a := newArchive(t)
	return &copyist{a, &activities.Exports{
		Accounts: a.Accounts, Sessions: a.Sessions, Tickets: a.Tickets, Orders: a.Orders, Attempts: mongo.NewAttempts(a.db), Parcels: mongo.NewShipments(a.db), Carts: a.Carts, AuditLog: mongo.NewAuditLog(a.db), Consents: mongo.NewConsents(a.db),
		Store: a.Exports, OrderEmail: a.OrderEmail, Clock: time.Now,
	}}
}

// lives gives somebody an account with one of everything, in which mark stands.
func (c *copyist) lives(id, mark string) {
	c.t.Helper()
	ctx, now := c.t.Context(), time.Now().UTC()
	require.NoError(c.t, c.Accounts.Create(ctx, identity.Account{
		ID: id, Language: "tr", PasswordHash: "$argon2id$gizli", CartID: "crt_" + mark, Rev: 1, CreatedAt: now,
		TOTP:     &identity.TOTP{Secret: "GIZLISIRRIM", ConfirmedAt: now},
		Passkeys: map[string]identity.Passkey{"pk": {Name: mark + " telefonu", Credential: []byte("acik-anahtar")}},
		Personal: identity.Person{Email: mark + "@example.com", Name: "Ayşe " + mark, Phone: "+90532", Addresses: map[string]identity.Address{"a": {Label: "Ev", Line1: mark + " Sok."}}},
	}))
	require.NoError(c.t, c.Sessions.Start(ctx, identity.Session{ID: "ses_1" + mark, AccountID: id, Nonce: "gizli-nonce", Device: mark + " tarayıcısı", Ended: now}))
	require.NoError(c.t, c.Sessions.Start(ctx, identity.Session{ID: "ses_2" + mark, AccountID: id, Nonce: "gizli-nonce", Device: "Firefox"}))
	k, err := cart.New("crt_"+mark, "TRY", "tr", now)
	require.NoError(c.t, err)
	k.CustomerID, k.Contact = id, &cart.Contact{Name: mark + " sepette"}
	require.NoError(c.t, c.Carts.Create(ctx, k))
	_, err = c.Orders.Create(ctx, order.Order{
		ID: "ord_" + mark, Number: "NO-" + mark, CustomerID: id, Contact: order.Contact{Name: mark + " alıcı"}, Invoice: &order.Invoice{Name: mark + " fatura"},
		Quote: order.Quote{Currency: "TRY", Total: money.Of(5_000, "TRY"), Lines: []order.QuoteLine{{Title: mark + " fincanı"}}},
	})
	require.NoError(c.t, err)
	_, err = c.Orders.Save(ctx, order.Save{OrderID: "ord_" + mark, Run: "r", Owned: true, State: order.Projection{Rev: 1}, Entries: []order.Entry{
		{ID: "1", Kind: order.EntryAccepted, At: now, Ref: mark + "-ref", By: "depo-2"},
	}})
	require.NoError(c.t, err)
	attempt := payment.New("ord_"+mark, "checkout", now)
	attempt.Provider, attempt.Amount, attempt.DeclineCode = "stripe", money.Of(5_000, "TRY"), "card-of-"+mark
	require.NoError(c.t, c.exports.Attempts.Create(ctx, attempt))
	require.NoError(c.t, c.exports.Parcels.Create(ctx, []shipping.Shipment{{
		ID: shipping.ID("ord_"+mark, "", 1), OrderID: "ord_" + mark, Number: 1, State: shipping.Delivered, TrackingCode: "TR-" + mark, PackedBy: "depo-2", CreatedAt: now,
	}}))
	require.NoError(c.t, c.exports.AuditLog.Append(ctx, auditlog.Entry{ID: "aud_" + mark, Who: "zeynep-3", What: "look-at-" + mark, Target: id, Phase: auditlog.Done, At: now}))
	require.NoError(c.t, c.exports.Consents.Append(ctx, identity.Consent{ID: "con_" + mark, AccountID: id, Kind: "marketing", Hash: "onay-" + mark, Given: true, At: now}))
}

func (c *copyist) build(exportID string) (result activities.ExportResult) {
	c.t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(c.exports)
	value, err := env.ExecuteActivity(c.exports.BuildExport, activities.ExportInput{ExportID: exportID})
	require.NoError(c.t, err)
	require.NoError(c.t, value.Get(&result))
	return result
}

// unpacked returns the files of an export.
func (c *copyist) unpacked(exportID string) map[string]string {
	c.t.Helper()
	e, err := c.Exports.Find(c.t.Context(), exportID)
	require.NoError(c.t, err)
	var content []byte
	for n := range e.Chunks {
		chunk, err := c.Exports.Chunk(c.t.Context(), e, n)
		require.NoError(c.t, err)
		content = append(content, chunk...)
	}
	require.EqualValues(c.t, len(content), e.Size)
	z, err := zip.NewReader(bytes.NewReader(content), e.Size)
	require.NoError(c.t, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(c.t, err)
		raw, err := io.ReadAll(r)
		require.NoError(c.t, err)
		files[f.Name] = string(raw)
	}
	return files
}

func TestBuildExport_HoldsEverythingOfOneAndNothingOfAnother(t *testing.T) {
	t.Parallel()
	c := newCopyist(t)
	c.lives("usr_1", "Gülşah")
	c.lives("usr_2", "Mehmet")
	require.NoError(t, c.Exports.Ask(t.Context(), identity.Export{ID: "exp_1", AccountID: "usr_1", AskedAt: time.Now()}))
	first := c.build("exp_1")
	require.Equal(t, 1, first.Orders)
	require.Equal(t, identity.NoticeExportReady, first.Letter.Kind)
	require.Equal(t, "tkt_1", first.Letter.TicketID)
	require.Equal(t, first, c.build("exp_1"), "a second try finds the first one's")

	files := c.unpacked("exp_1")
	for name, words := range map[string][]string{
		"account.json":   {"Ayşe Gülşah", "Gülşah@example.com", "Gülşah Sok.", "Gülşah telefonu", `"second_factor": true`},
		"sessions.json":  {"Gülşah tarayıcısı", "ses_2Gülşah"},
		"orders.json":    {"NO-Gülşah", "Gülşah alıcı", "Gülşah fatura", "Gülşah fincanı", "Gülşah-ref", "card-of-Gülşah", "TR-Gülşah"},
		"carts.json":     {"Gülşah sepette"},
		"audit-log.json": {"look-at-Gülşah"},
		"consents.json":  {"onay-Gülşah", `"given": true`},
		"okuyun.txt":     {"Ayşe Gülşah", "Gülşah Sok.", "NO-Gülşah", "50,00", "Gülşah tarayıcısı", "look-at-Gülşah"},
	} {
		if name == "okuyun.txt" {
			words[3] = money.Of(5_000, "TRY").String()
		} else {
			require.True(t, json.Valid([]byte(files[name])), name)
		}
		for _, word := range words {
			require.Contains(t, files[name], word, name)
		}
	}
	require.Len(t, files, 7)
	all := strings.Builder{}
	for _, text := range files {
		all.WriteString(text)
	}
	for _, never := range []string{"Mehmet", "gizli", "GIZLI", "acik-anahtar", "depo-2", "zeynep-3"} {
		require.NotContains(t, all.String(), never)
	}
}

func TestBuildExport_MakesNoneForAnAccountThatIsClosed(t *testing.T) {
	t.Parallel()
	c := newCopyist(t)
	c.lives("usr_1", "Gülşah")
	require.NoError(t, c.Exports.Ask(t.Context(), identity.Export{ID: "exp_1", AccountID: "usr_1", AskedAt: time.Now()}))
	account, err := c.Accounts.Find(t.Context(), "usr_1")
	require.NoError(t, err)
	account.Closed = time.Now()
	_, err = c.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	require.Equal(t, activities.ExportResult{}, c.build("exp_1"))
	require.Equal(t, activities.ExportResult{}, c.build("exp_gone"))
}

func TestExports_AreSealedInChunksAndSwept(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("eight megabytes are sealed twice: make test does it")
	}
	c := newCopyist(t)
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	e := identity.Export{ID: "exp_1", AccountID: "usr_1", AskedAt: now}
	require.NoError(t, c.Exports.Ask(ctx, e))
	content := bytes.Repeat([]byte("Gülşah Çağlayan\n"), 1<<19)
	for range 2 {
		kept, err := c.Exports.Keep(ctx, e, content, now)
		require.NoError(t, err)
		require.Greater(t, kept.Chunks, 1)
		e = kept
	}
	var whole []byte
	for n := range e.Chunks {
		chunk, err := c.Exports.Chunk(ctx, e, n)
		require.NoError(t, err)
		require.Less(t, len(chunk), 8<<20)
		whole = append(whole, chunk...)
	}
	require.Equal(t, content, whole)
	var rows []map[string]any
	require.NoError(t, mongo.NewRaw(c.db).All(ctx, "export_chunks", &rows))
	raw, err := json.Marshal(rows)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "Gülşah")

	require.NoError(t, c.vault.Destroy(ctx, "usr_1"))
	_, err = c.Exports.Chunk(ctx, e, 0)
	require.True(t, fault.Is(err, fault.NotFound))
	swept, err := c.Exports.Sweep(ctx, now.Add(time.Millisecond))
	require.NoError(t, err)
	require.Equal(t, 1, swept)
	rows = nil
	require.NoError(t, mongo.NewRaw(c.db).All(ctx, "export_chunks", &rows))
	require.Empty(t, rows)
	_, err = c.Exports.Keep(ctx, e, nil, now)
	require.True(t, fault.Is(err, fault.NotFound), "what was removed stays away")
}
