package passkey_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/identity/passkey"
)

var ayse = identity.Account{
	ID: "usr_01k3v8m4w0f3q2x9y6z7a1b2c3", Personal: identity.Person{Email: "ayse@example.com", Name: "Ayşe Yılmaz"},
}

// accepted has a device on a page make a passkey for the account.
func accepted(p *passkey.Passkeys, host, page string) error {
	options, state, err := p.Offer(ayse)
	if err != nil {
		return err
	}
	read, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		return err
	}
	answer := virtualwebauthn.CreateAttestationResponse(virtualwebauthn.RelyingParty{ID: host, Origin: page},
		virtualwebauthn.NewAuthenticator(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA), *read)
	_, _, err = p.Accept(ayse, state, []byte(answer), time.Now())
	return err
}

func TestPasskeys_AreOfTheShopsHostAndOfPagesOfItsDomain(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		public, host string
		pages        map[string]bool
	}{
		"a shop with storefronts": {"https://API.Dukkan.com.tr/", "api.dukkan.com.tr", map[string]bool{
			"https://api.dukkan.com.tr": true, "https://vitrin.dukkan.com.tr": true, "https://baska.com.tr": false, "http://api.dukkan.com.tr": false,
		}},
		"a shop on a port":  {"https://dukkan.example:8443", "dukkan.example", map[string]bool{"https://dukkan.example:8443": true, "https://dukkan.example": false}},
		"this machine":      {"http://127.0.0.1:8080", "localhost", map[string]bool{"http://localhost:8080": true, "http://127.0.0.1:8080": false}},
		"this machine's v6": {"http://[::1]", "localhost", map[string]bool{"http://localhost": true}},
	} {
		p, err := passkey.New("Bedesten", of.public, []string{"https://vitrin.dukkan.com.tr/", "https://baska.com.tr"})
		require.NoError(t, err, name)
		for page, may := range of.pages {
			err := accepted(p, of.host, page)
			require.Equal(t, may, err == nil, "%s: %s: %v", name, page, err)
			if !may {
				require.True(t, fault.Is(err, fault.Invalid), page)
			}
		}
	}
}

func TestPasskeys_NeedAName(t *testing.T) {
	t.Parallel()
	p, err := passkey.New("Bedesten", "https://203.0.113.7", nil)
	require.NoError(t, err)
	_, _, err = p.Ask()
	require.True(t, fault.Is(err, fault.NotSupportedYet))
	require.True(t, fault.Is(accepted(p, "203.0.113.7", "https://203.0.113.7"), fault.NotSupportedYet))
	_, err = p.Verify(ayse, nil, nil, time.Now())
	require.True(t, fault.Is(err, fault.NotSupportedYet))
	for _, public := range []string{"", "dukkan", "https://"} {
		_, err := passkey.New("Bedesten", public, nil)
		require.Error(t, err, public)
	}
}

// FuzzPasskeys_AnswersNeverBreakAnything holds whatever is wrong with an answer to
// one fault.
func FuzzPasskeys_AnswersNeverBreakAnything(f *testing.F) {
	p, err := passkey.New("Bedesten", "https://dukkan.example", nil)
	require.NoError(f, err)
	options, offered, err := p.Offer(ayse)
	require.NoError(f, err)
	read, err := virtualwebauthn.ParseAttestationOptions(string(options))
	require.NoError(f, err)
	party, phone := virtualwebauthn.RelyingParty{ID: "dukkan.example", Origin: "https://dukkan.example"}, virtualwebauthn.NewAuthenticator()
	key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	made := virtualwebauthn.CreateAttestationResponse(party, phone, key, *read)
	passkeyID, k, err := p.Accept(ayse, offered, []byte(made), time.Now())
	require.NoError(f, err)
	owner := ayse.WithPasskey(passkeyID, k)
	options, asked, err := p.Ask()
	require.NoError(f, err)
	use, err := virtualwebauthn.ParseAssertionOptions(string(options))
	require.NoError(f, err)
	phone.Options.UserHandle = []byte(ayse.ID)
	signed := virtualwebauthn.CreateAssertionResponse(party, phone, key, *use)
	_, err = p.Verify(owner, asked, []byte(signed), time.Now())
	require.NoError(f, err)
	for _, seed := range []string{made, signed, `{}`, `null`, `[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, try := range []func() error{
			func() error { _, _, err := p.Accept(ayse, offered, answer, time.Now()); return err },
			func() error { _, err := p.Verify(owner, asked, answer, time.Now()); return err },
			func() error { _, err := p.Claimed(answer); return err },
		} {
			if err := try(); err != nil {
				require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			} else {
				require.True(t, json.Valid(answer))
			}
		}
	})
}
