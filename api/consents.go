package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/terms"
)

type giveConsentInput struct {
	Body struct {
		Kind terms.Kind `json:"kind" enum:"privacy,marketing"`
		Hash string     `json:"hash" minLength:"1" maxLength:"100" doc:"Of the text that was shown, as GET /v1/terms has it."`
	}
}

type withdrawInput struct {
	Kind terms.Kind `path:"kind" enum:"privacy,marketing"`
}

type consentsOutput struct {
	Body struct {
		Consents []ConsentView `json:"consents" nullable:"false" doc:"The last word about each text."`
	}
}

// ConsentView is what the account's owner said last about a text.
type ConsentView struct {
	Kind     string    `json:"kind" example:"marketing"`
	Given    bool      `json:"given"`
	Language string    `json:"language"`
	Number   int64     `json:"number" doc:"The version that was shown."`
	Hash     string    `json:"hash"`
	At       time.Time `json:"at"`
}

func (a *API) consentRoutes() {
	handle(a, Route{
		ID: "list-consents", Method: http.MethodGet, Path: "/v1/account/consents", Tag: tagAccount, Access: SignedIn, Summary: "Show what the account agreed to",
	}, a.listConsents)
	handle(a, Route{
		ID: "give-consent", Method: http.MethodPost, Path: "/v1/account/consents", Tag: tagAccount, Access: SignedIn,
		Summary: "Agree to a text", Codes: []fault.Code{fault.TermsChanged},
		Description: "Every word is kept with its time and the version that was shown; the last one counts.",
	}, a.giveConsent)
	handle(a, Route{
		ID: "withdraw-consent", Method: http.MethodDelete, Path: "/v1/account/consents/{kind}", Tag: tagAccount, Access: SignedIn,
		Summary: "Agree no more", Codes: []fault.Code{fault.NotFound},
	}, a.withdrawConsent)
}

func (a *API) showConsents(ctx context.Context, accountID string) (*consentsOutput, error) {
	all, err := a.Consents.OfAccount(ctx, accountID)
	if err != nil {
		return nil, err
	}
	out := &consentsOutput{}
	out.Body.Consents = []ConsentView{}
	last := identity.LastWords(all)
	for _, kind := range terms.ToConsent {
		if c, said := last[string(kind)]; said {
			out.Body.Consents = append(out.Body.Consents, ConsentView{
				Kind: c.Kind, Given: c.Given, Language: c.Language, Number: c.Number, Hash: c.Hash, At: c.At,
			})
		}
	}
	return out, nil
}

func (a *API) listConsents(ctx context.Context, _ *struct{}) (*consentsOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	return a.showConsents(ctx, account.ID)
}

func (a *API) giveConsent(ctx context.Context, in *giveConsentInput) (*consentsOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := a.shownTerms.now(ctx)
	if err != nil {
		return nil, err
	}
	matches := func(c terms.Current) bool { return c.Kind == in.Body.Kind && c.Hash == in.Body.Hash }
	i := slices.IndexFunc(shown, matches)
	if i < 0 {
		if shown, err = a.shownTerms.renew(ctx); err != nil {
			return nil, err
		}
		if i = slices.IndexFunc(shown, matches); i < 0 {
			return nil, fault.New(fault.TermsChanged, "this is not the text that is shown now: show it, and send its hash").With("kind", in.Body.Kind)
		}
	}
	return a.say(ctx, account.ID, identity.Consent{
		Kind: string(shown[i].Kind), Language: shown[i].Language, Number: shown[i].Number, Hash: shown[i].Hash, Given: true,
	})
}

// withdrawConsent takes the last word back; who withdrew it already has said so.
func (a *API) withdrawConsent(ctx context.Context, in *withdrawInput) (*consentsOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	all, err := a.Consents.OfAccount(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	last, said := identity.LastWords(all)[string(in.Kind)]
	switch {
	case !said:
		return nil, fault.New(fault.NotFound, "nothing was said about this text")
	case !last.Given:
		return a.showConsents(ctx, account.ID)
	}
	last.Given = false
	return a.say(ctx, account.ID, last)
}

// say appends a word of the account's owner and shows where they stand.
func (a *API) say(ctx context.Context, accountID string, c identity.Consent) (*consentsOutput, error) {
	c.At = a.Clock().UTC()
	c.ID, c.AccountID = id.New(identity.ConsentPrefix, c.At), accountID
	if err := a.Consents.Append(ctx, c); err != nil {
		return nil, err
	}
	return a.showConsents(ctx, accountID)
}
