// Package token makes and reads access tokens: JWTs (RFC 7519) signed with
// Ed25519. The one algorithm, the issuer and the audience are pinned, and a key is
// found by the token's kid among those of the configuration alone.
package token

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

// SeedBytes is the length of a signing key's seed.
const SeedBytes = ed25519.SeedSize

// Key is a signing key. Its id is the kid of every token made with it.
type Key struct {
	ID   string
	Seed []byte
}

// maxToken bounds what is read at all: ours have about 500 bytes.
const maxToken = 2048

// leeway lets clocks differ.
const leeway = 5 * time.Second

var _ identity.Tokens = (*Tokens)(nil)

// Tokens signs with the first key and takes all of them.
type Tokens struct {
	issuer, audience string
	first            string
	signing          ed25519.PrivateKey
	public           map[string]ed25519.PublicKey
	order            []string
	seen             *seen
}

// New returns tokens of an issuer for an audience, or says which key cannot be
// used.
func New(issuer, audience string, keys ...Key) (*Tokens, error) {
	if len(keys) == 0 {
		return nil, errors.New("tokens need at least one signing key")
	}
	t := &Tokens{issuer: issuer, audience: audience, first: keys[0].ID, public: make(map[string]ed25519.PublicKey, len(keys)), seen: newSeen()}
	for _, k := range keys {
		if k.ID == "" || len(k.Seed) != SeedBytes {
			return nil, fmt.Errorf("signing key %q needs an id and a seed of %d bytes", k.ID, SeedBytes)
		}
		if t.public[k.ID] != nil {
			return nil, fmt.Errorf("signing key %q is given twice", k.ID)
		}
		private := ed25519.NewKeyFromSeed(k.Seed)
		if t.signing == nil {
			t.signing = private
		}
		t.public[k.ID], _ = private.Public().(ed25519.PublicKey)
		t.order = append(t.order, k.ID)
	}
	return t, nil
}

// claims is what a token says on the wire.
type claims struct {
	jwt.RegisteredClaims
	Session  string   `json:"sid"`
	Methods  []string `json:"amr"`
	SignedIn int64    `json:"auth_time"`
	Staff    bool     `json:"staff,omitempty"`
}

// Issue signs the claims with the first key.
func (t *Tokens) Issue(c identity.Claims) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: t.issuer, Audience: jwt.ClaimStrings{t.audience}, Subject: c.AccountID,
			IssuedAt: jwt.NewNumericDate(c.IssuedAt), NotBefore: jwt.NewNumericDate(c.IssuedAt), ExpiresAt: jwt.NewNumericDate(c.ExpiresAt),
		},
		Session: c.SessionID, Methods: c.Methods, SignedIn: c.SignedIn.Unix(), Staff: c.Staff,
	})
	token.Header["kid"] = t.first
	signed, err := token.SignedString(t.signing)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return signed, nil
}

// Verify reads a token. What is wrong with one that is refused is said to nobody.
func (t *Tokens) Verify(raw string, now time.Time) (identity.Claims, error) {
	if len(raw) > maxToken {
		return identity.Claims{}, refused(errors.New("longer than any of ours"))
	}
	name := sha256.Sum256([]byte(raw))
	if known, there := t.seen.find(name); there && !now.Before(known.IssuedAt.Add(-leeway)) && now.Before(known.ExpiresAt.Add(leeway)) {
		return known, nil
	}
	verified, err := t.verify(raw, now)
	if err != nil {
		return identity.Claims{}, err
	}
	t.seen.keep(name, verified)
	return verified, nil
}

func (t *Tokens) verify(raw string, now time.Time) (identity.Claims, error) {
	var c claims
	_, err := jwt.ParseWithClaims(raw, &c, t.key,
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(t.issuer), jwt.WithAudience(t.audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return identity.Claims{}, refused(err)
	}
	if !id.Valid(identity.AccountPrefix, c.Subject) || !id.Valid(identity.SessionPrefix, c.Session) || c.IssuedAt == nil {
		return identity.Claims{}, refused(errors.New("a claim is missing"))
	}
	return identity.Claims{
		AccountID: c.Subject, SessionID: c.Session, Staff: c.Staff, Methods: c.Methods,
		SignedIn: time.Unix(c.SignedIn, 0).UTC(), IssuedAt: c.IssuedAt.UTC(), ExpiresAt: c.ExpiresAt.UTC(),
	}, nil
}

func refused(err error) error {
	return fault.Wrap(err, fault.Unauthenticated, "this access token is not good, or not any more: refresh it or sign in again")
}

func (t *Tokens) key(token *jwt.Token) (any, error) {
	kid, _ := token.Header["kid"].(string)
	key, known := t.public[kid]
	if !known {
		return nil, errors.New("signed with a key that is none of ours")
	}
	return key, nil
}

// PublicKeys is the JWKS document of every key, the signing one first.
func (t *Tokens) PublicKeys() ([]byte, error) {
	type jwk struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		Kid string `json:"kid"`
		Alg string `json:"alg"`
		Use string `json:"use"`
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{}
	for _, kid := range t.order {
		set.Keys = append(set.Keys, jwk{
			Kty: "OKP", Crv: "Ed25519", X: base64.RawURLEncoding.EncodeToString(t.public[kid]), Kid: kid, Alg: "EdDSA", Use: "sig",
		})
	}
	raw, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("writing the public keys: %w", err)
	}
	return raw, nil
}
