// Package passkey speaks WebAuthn for the identity noun: passkeys that a browser
// finds by itself, whose user is verified by the device. No attestation is asked
// for, so that nobody's device is told apart from another of its kind.
package passkey

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"golang.org/x/net/publicsuffix"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.Passkeys = (*Passkeys)(nil)

// Passkeys are those of one shop.
type Passkeys struct {
	// party is nil where the shop's address is a number.
	party *webauthn.WebAuthn
}

// New returns the passkeys of the shop at publicURL, whose host they are bound to.
// Pages of publicURL may use them, and those of the origins that share its
// registrable domain. Browsers bind passkeys to names and not to numbers: this
// machine's own is localhost, any other has none.
func New(shopName, publicURL string, origins []string) (*Passkeys, error) {
	public, err := url.Parse(publicURL)
	if err != nil || public.Hostname() == "" {
		return nil, fmt.Errorf("passkeys: the shop's address is no URL")
	}
	host := strings.ToLower(public.Hostname())
	if ip := net.ParseIP(host); ip != nil {
		if !ip.IsLoopback() {
			return &Passkeys{}, nil
		}
		host = "localhost"
		public.Host = strings.TrimSuffix(net.JoinHostPort(host, public.Port()), ":")
	}
	pages := []string{public.Scheme + "://" + public.Host}
	for _, origin := range origins {
		if u, err := url.Parse(origin); err == nil && related(host, u.Hostname()) {
			pages = append(pages, strings.TrimSuffix(origin, "/"))
		}
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: shopName, RPOrigins: pages, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login: webauthn.TimeoutConfig{Timeout: identity.ChallengeLife}, Registration: webauthn.TimeoutConfig{Timeout: identity.ChallengeLife},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys of %s: %w", host, err)
	}
	return &Passkeys{party: party}, nil
}

// Pages are the origins whose pages may use the shop's passkeys.
func (p *Passkeys) Pages() []string {
	if p.party == nil {
		return nil
	}
	return p.party.Config.RPOrigins
}

// related reports whether two hosts are of one registrable domain.
func related(host, other string) bool {
	other = strings.ToLower(other)
	if host == other {
		return true
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return false
	}
	others, err := publicsuffix.EffectiveTLDPlusOne(other)
	return err == nil && domain == others
}

// errNumber is what a shop hears that is reached by a number.
func errNumber() error {
	return fault.New(fault.NotSupportedYet, "passkeys need a shop that is reached by a name: this one's address is a number")
}

// errAnswer is the one word on whatever is wrong with an answer.
func errAnswer() error {
	return fault.New(fault.Invalid, "this is not the answer of a passkey to this challenge: begin anew with fresh options")
}

// Offer begins to add a passkey to the account, other than those that it has.
func (p *Passkeys) Offer(a identity.Account) (options, state []byte, err error) {
	if p.party == nil {
		return nil, nil, errNumber()
	}
	owner, err := ownerOf(a)
	if err != nil {
		return nil, nil, err
	}
	creation, session, err := p.party.BeginRegistration(owner,
		webauthn.WithExclusions(webauthn.Credentials(owner.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "a passkey cannot be offered")
	}
	return written(creation, session)
}

// Accept returns the passkey of an answer to Offer.
func (p *Passkeys) Accept(a identity.Account, state, answer []byte, now time.Time) (passkeyID string, k identity.Passkey, err error) {
	session, err := p.read(state)
	if err != nil {
		return "", identity.Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return "", identity.Passkey{}, errAnswer()
	}
	owner, err := ownerOf(a)
	if err != nil {
		return "", identity.Passkey{}, err
	}
	credential, err := p.party.CreateCredential(owner, session, parsed)
	if err != nil {
		return "", identity.Passkey{}, errAnswer()
	}
	credential.Attestation = webauthn.CredentialAttestation{} // not asked for, and of no use once it was read
	kept, err := json.Marshal(credential)
	if err != nil {
		return "", identity.Passkey{}, fault.Wrap(err, fault.Internal, "a passkey cannot be written")
	}
	return base64.RawURLEncoding.EncodeToString(credential.ID), identity.Passkey{Credential: kept, CreatedAt: now}, nil
}

// Ask begins a sign-in by whoever has a passkey.
func (p *Passkeys) Ask() (options, state []byte, err error) {
	if p.party == nil {
		return nil, nil, errNumber()
	}
	assertion, session, err := p.party.BeginDiscoverableLogin()
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "a passkey cannot be asked for")
	}
	return written(assertion, session)
}

// Claimed returns the id of the passkey that an answer says it is of.
func (p *Passkeys) Claimed(answer []byte) (string, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", errAnswer()
	}
	return base64.RawURLEncoding.EncodeToString(parsed.RawID), nil
}

// Verify compares an answer with Ask and with the account's passkey.
func (p *Passkeys) Verify(a identity.Account, state, answer []byte, now time.Time) (identity.Proof, error) {
	session, err := p.read(state)
	if err != nil {
		return identity.Proof{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return identity.Proof{}, errAnswer()
	}
	owner, err := ownerOf(a)
	if err != nil {
		return identity.Proof{}, err
	}
	found := func(_, _ []byte) (webauthn.User, error) { return owner, nil }
	_, credential, err := p.party.ValidatePasskeyLogin(found, session, parsed)
	if err != nil {
		return identity.Proof{}, errAnswer()
	}
	cloned := credential.Authenticator.CloneWarning
	credential.Authenticator.CloneWarning = false // said once, and not of the next answer
	kept, err := json.Marshal(credential)
	if err != nil {
		return identity.Proof{}, fault.Wrap(err, fault.Internal, "a passkey cannot be written")
	}
	k := a.Passkeys[base64.RawURLEncoding.EncodeToString(credential.ID)]
	k.Credential, k.LastUsedAt = kept, now
	return identity.Proof{Passkey: k, Cloned: cloned}, nil
}

// written puts the browser's options and our own state into words.
func written(options, session any) (forBrowser, state []byte, err error) {
	if forBrowser, err = json.Marshal(options); err == nil {
		state, err = json.Marshal(session)
	}
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "a passkey's options cannot be written")
	}
	return forBrowser, state, nil
}

func (p *Passkeys) read(state []byte) (webauthn.SessionData, error) {
	if p.party == nil {
		return webauthn.SessionData{}, errNumber()
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return session, fault.Wrap(err, fault.Internal, "a passkey's challenge cannot be read")
	}
	return session, nil
}

// owner is an account as the library sees it. Its handle, which authenticators
// keep, is the account's id.
type owner struct {
	account     identity.Account
	credentials []webauthn.Credential
}

var _ webauthn.User = owner{}

func ownerOf(a identity.Account) (owner, error) {
	o := owner{account: a}
	for passkeyID, k := range a.Passkeys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Credential, &c); err != nil {
			return owner{}, fault.Wrap(err, fault.Internal, "passkey %s of %s cannot be read", passkeyID, a.ID)
		}
		o.credentials = append(o.credentials, c)
	}
	return o, nil
}

// WebAuthnID is the account's id.
func (o owner) WebAuthnID() []byte { return []byte(o.account.ID) }

// WebAuthnName is by what a device tells its owner's accounts apart.
func (o owner) WebAuthnName() string { return o.account.Personal.Email }

// WebAuthnDisplayName is what a device shows beside it.
func (o owner) WebAuthnDisplayName() string { return o.account.Personal.Name }

// WebAuthnCredentials are the account's passkeys.
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }
