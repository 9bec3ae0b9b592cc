package api_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/identity/argon"
	"github.com/bedesten/bedesten/internal/identity/passkey"
	"github.com/bedesten/bedesten/internal/identity/token"
	"github.com/bedesten/bedesten/internal/seal"
	"github.com/bedesten/bedesten/internal/secret"
)

// postbox holds letters where the product starts a workflow for each.
type postbox struct {
	mu      sync.Mutex
	letters []identity.Letter
	// away says that nobody takes any.
	away bool
}

var _ identity.Post = (*postbox)(nil)

func (p *postbox) Send(_ context.Context, l identity.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		return fault.New(fault.Unavailable, "Temporal does not answer")
	}
	p.letters = append(p.letters, l)
	return nil
}

// take returns the letters that came since it was last asked.
func (p *postbox) take() []identity.Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.letters
	p.letters = nil
	return taken
}

// erasures holds the accounts whose erasure the product would look at, and the
// exports that it would make.
type erasures struct {
	mu       sync.Mutex
	accounts []string
	exports  []identity.Export
	// away says that nobody can be told.
	away bool
}

var _ identity.Privacy = (*erasures)(nil)

func (e *erasures) Erase(_ context.Context, accountID string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.away {
		return fault.New(fault.Unavailable, "Temporal does not answer")
	}
	e.accounts = append(e.accounts, accountID)
	return nil
}

func (e *erasures) Resume(ctx context.Context, accountID string) error {
	return e.Erase(ctx, accountID)
}

func (e *erasures) Export(_ context.Context, wanted identity.Export) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.exports = append(e.exports, wanted)
	return nil
}

// take returns the accounts that were told of since it was last asked.
func (e *erasures) take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.accounts
	e.accounts = nil
	return taken
}

// kinds are what the letters tell.
func kinds(letters []identity.Letter) []identity.NoticeKind {
	all := make([]identity.NoticeKind, len(letters))
	for i, l := range letters {
		all[i] = l.Kind
	}
	return all
}

// lookup is the look-up of the tests' shop.
var lookup = func() func(kind, value string) string {
	l, err := seal.NewLookup(bytes.Repeat([]byte("l"), seal.KeyBytes))
	if err != nil {
		panic(err)
	}
	return l.Key
}()

// cheap hashes as the product does, at a cost that tests can pay.
func cheap(t *testing.T) *argon.Hasher {
	t.Helper()
	h, err := argon.New(argon.Cost{MemoryKiB: 64, Iterations: 1, Parallelism: 1})
	require.NoError(t, err)
	return h
}

func signing(t *testing.T) *token.Tokens {
	t.Helper()
	tokens, err := token.New("http://127.0.0.1:8080", "http://127.0.0.1:8080", token.Key{ID: "t1", Seed: bytes.Repeat([]byte("t"), token.SeedBytes)})
	require.NoError(t, err)
	return tokens
}

// passkeys are those of a shop at the address.
func passkeys(t *testing.T, publicURL string, origins ...string) *passkey.Passkeys {
	t.Helper()
	p, err := passkey.New("Bedesten", publicURL, origins)
	require.NoError(t, err)
	return p
}

// cutKeys makes the keys of two machines of the staff.
func (r *rig) cutKeys(t *testing.T) {
	t.Helper()
	now := time.Now().UTC()
	for name, key := range map[string][2]string{"ayse": {"aysedepo", ayseSecret}, "mehmet": {"mehmetdp", mehmetSecret}} {
		row, _, err := identity.KeyOf(key[0], key[1], name, []identity.Permission{identity.ReadOrders, identity.FulfilOrders, identity.PublishTerms}, "test", now, now.Add(time.Hour))
		require.NoError(t, err)
		require.NoError(t, r.deps.MachineKeys.Create(t.Context(), row))
	}
}

const (
	ayseEmail    = "ayse.yilmaz@example.com"
	ayseName     = "Ayşe Yılmaz"
	aysePassword = "kadife kedi uyur"
)

// link is what the mail of a ticket carries.
func (r *rig) link(ticketID string) string {
	return ticketID + "~" + r.deps.Secrets.Derive(secret.Ticket, ticketID, 1)
}

// signedIn is somebody with an account who is signed in.
type signedIn struct {
	id, email, password, access, refresh, device, session string
}

// as makes a call of theirs.
func (s signedIn) as(method, path, body string) call {
	return call{method: method, path: path, body: body, headers: map[string]string{"Authorization": "Bearer " + s.access}}
}

func signedInOf(a answer, email, password string) signedIn {
	s := signedIn{email: email, password: password}
	s.id, _ = a.json["account_id"].(string)
	s.access, _ = a.json["access_token"].(string)
	s.refresh, _ = a.json["refresh_token"].(string)
	s.device, _ = a.json["device_token"].(string)
	s.session, _ = a.json["session_id"].(string)
	return s
}

// register makes an account by the way of the mail.
func (r *rig) register(t *testing.T, email string) signedIn {
	t.Helper()
	r.post.take()
	a := r.do(t, call{method: "POST", path: "/v1/accounts", body: `{"email":"` + email + `","password":"` + aysePassword + `","name":"` + ayseName + `"}`})
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	letters := r.post.take()
	require.Len(t, letters, 1)
	a = r.do(t, call{method: "POST", path: "/v1/accounts/confirm", body: `{"ticket":"` + r.link(letters[0].TicketID) + `","password":"` + aysePassword + `"}`})
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	return signedInOf(a, strings.ToLower(email), aysePassword)
}

// login signs in with a password, and whatever else the body holds.
func (r *rig) login(t *testing.T, email, password, more string) answer {
	t.Helper()
	return r.do(t, call{method: "POST", path: "/v1/sessions", body: `{"email":"` + email + `","password":"` + password + `"` + more + `}`})
}

// staff makes an account of the staff and signs it in by the methods.
func (r *rig) staff(t *testing.T, role identity.Role, methods ...string) signedIn {
	t.Helper()
	now := r.deps.Clock().UTC()
	email := string(role) + "-" + strings.ToLower(freshKey()) + "@dukkan.example"
	account := identity.Account{
		ID: id.New(identity.AccountPrefix, now), Personal: identity.Person{Email: email, Name: "Zeynep Çelik"}, Language: "tr", Role: role,
		Handle: string(role) + "-1", PasswordAt: now, Rev: 1, CreatedAt: now, UpdatedAt: now,
	}
	require.NoError(t, r.deps.Accounts.Create(t.Context(), account))
	session := identity.Session{
		ID: id.New(identity.SessionPrefix, now), AccountID: account.ID, Nonce: "n", Methods: methods, Staff: true, Turn: 1, RotatedAt: now, SignedIn: now,
	}
	require.NoError(t, r.deps.Sessions.Start(t.Context(), session))
	access, err := r.deps.Tokens.Issue(identity.Claims{
		AccountID: account.ID, SessionID: session.ID, Staff: true, Methods: methods, SignedIn: now, IssuedAt: now, ExpiresAt: now.Add(time.Minute),
	})
	require.NoError(t, err)
	return signedIn{id: account.ID, email: email, access: access, session: session.ID}
}
