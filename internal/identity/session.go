package identity

import (
	"strconv"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
)

// How long things last.
const (
	// AccessLife is how long an access token is good for.
	AccessLife = 15 * time.Minute
	// SessionIdle ends a session that is not used, SessionLife any.
	SessionIdle = 30 * 24 * time.Hour
	SessionLife = 180 * 24 * time.Hour
	// StaffIdle and StaffLife are the same for staff: a working day.
	StaffIdle = time.Hour
	StaffLife = 12 * time.Hour
	// RefreshGrace is how long the token before the current one is answered with
	// the same successor: its answer was lost, or two tabs asked at once. After it
	// the token was stolen.
	RefreshGrace = 10 * time.Second
)

// Session is one sign-in and the family of refresh tokens that came of it. Neither
// a token nor its hash is kept: a token is derived from a server key, the session's
// nonce and its turn, so that neither the store nor the key alone makes one.
type Session struct {
	ID        string   `bson:"_id"`
	AccountID string   `bson:"account_id"`
	Nonce     string   `bson:"nonce"`
	Methods   []string `bson:"methods"`
	Staff     bool     `bson:"staff"`
	// Device is what the browser says it is, in a few words.
	Device string `bson:"device"`
	// Turn counts refreshes; RotatedAt is when the last one was.
	Turn      int64     `bson:"turn"`
	RotatedAt time.Time `bson:"rotated_at"`
	SignedIn  time.Time `bson:"signed_in"`
	ExpiresAt time.Time `bson:"expires_at"`
	// Ended is when it was over, Why what ended it.
	Ended time.Time `bson:"ended,omitempty"`
	Why   string    `bson:"why,omitempty"`
}

// Why a session ended.
const (
	EndedByOwner    = "logged_out"
	EndedElsewhere  = "logged_out_elsewhere"
	EndedByReuse    = "token_reused"
	EndedByPassword = "password_changed"
	EndedByStaff    = "ended_by_staff"
	EndedByErasure  = "account_erased"
	// EndedUnused: what had to be looked at did not answer, and nobody got the tokens.
	EndedUnused = "never_handed_out"
)

// Live reports whether the session still stands at now.
func (s Session) Live(now time.Time) bool {
	idle, life := SessionIdle, SessionLife
	if s.Staff {
		idle, life = StaffIdle, StaffLife
	}
	return s.Ended.IsZero() && now.Before(s.RotatedAt.Add(idle)) && now.Before(s.SignedIn.Add(life))
}

// Strong reports whether the sign-in proved two factors, or a passkey, which is
// two by itself.
func (s Session) Strong() bool {
	for _, m := range s.Methods {
		if m == ByOTP || m == ByPasskey || m == ByRecovery {
			return true
		}
	}
	return false
}

// RefreshOf is what the refresh token of a turn is derived from.
func (s Session) RefreshOf() string { return s.ID + "." + s.Nonce }

// RefreshToken writes a token: whose it is, its turn and the secret.
func (s Session) RefreshToken(turn int64, derived string) string {
	return "bdr." + s.ID + "." + strconv.FormatInt(turn, 10) + "." + derived
}

// CutRefreshToken reads what RefreshToken wrote.
func CutRefreshToken(token string) (sessionID string, turn int64, derived string, err error) {
	refused := fault.New(fault.Unauthenticated, "this session is over: sign in again")
	parts := strings.SplitN(token, ".", 4)
	if len(parts) != 4 || parts[0] != "bdr" || !id.Valid(SessionPrefix, parts[1]) {
		return "", 0, "", refused
	}
	turn, err = strconv.ParseInt(parts[2], 10, 64)
	if err != nil || turn < 1 || strconv.FormatInt(turn, 10) != parts[2] {
		return "", 0, "", refused
	}
	return parts[1], turn, parts[3], nil
}

// Claims are what an access token says.
type Claims struct {
	AccountID string
	SessionID string
	// Staff says that the account's role is to be looked up.
	Staff     bool
	Methods   []string
	SignedIn  time.Time
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Tokens makes and reads access tokens.
type Tokens interface {
	// Issue signs the claims.
	Issue(c Claims) (string, error)

	// Verify returns the claims of a token that is ours and good at now, or an
	// Unauthenticated fault. It does no I/O.
	Verify(token string, now time.Time) (Claims, error)

	// PublicKeys is the JWKS document (RFC 7517) of every key that Verify takes.
	PublicKeys() ([]byte, error)
}
