package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

type newKeyInput struct {
	Body struct {
		Name      string                `json:"name" minLength:"2" maxLength:"40" pattern:"^[a-z0-9._-]+$" doc:"Stands beside what is done with the key." example:"vitrin-sunucusu"`
		Scopes    []identity.Permission `json:"scopes" minItems:"1" maxItems:"20" nullable:"false"`
		ExpiresAt time.Time             `json:"expires_at" doc:"Within a year." example:"2027-03-01T00:00:00Z"`
	}
}

type newKeyOutput struct {
	Body struct {
		KeyView
		Key string `json:"key" doc:"The key itself. It is not shown again."`
	}
}

// KeyView is a machine's key, as staff see it.
type KeyView struct {
	Prefix    string                `json:"prefix" doc:"How the key begins after bdk_." example:"k7f2m9qa"`
	Name      string                `json:"name"`
	Scopes    []identity.Permission `json:"scopes" nullable:"false"`
	CreatedBy string                `json:"created_by"`
	CreatedAt time.Time             `json:"created_at"`
	ExpiresAt time.Time             `json:"expires_at"`
	LastUsed  time.Time             `json:"last_used_at,omitzero" doc:"To the minute."`
	RevokedAt time.Time             `json:"revoked_at,omitzero"`
	RevokedBy string                `json:"revoked_by,omitempty"`
}

func viewKey(k identity.Key) KeyView {
	return KeyView{
		Prefix: k.Prefix, Name: k.Name, Scopes: k.Scopes, CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt,
		LastUsed: k.LastUsedAt, RevokedAt: k.Revoked, RevokedBy: k.RevokedBy,
	}
}

type keysOutput struct {
	Body struct {
		Keys []KeyView `json:"keys" nullable:"false"`
	}
}

type keyAccess struct {
	Prefix string `path:"prefix" doc:"The key's prefix" example:"k7f2m9qa"`
}

func (a *API) keyRoutes() {
	handle(a, Route{
		ID: "list-keys", Method: http.MethodGet, Path: "/v1/staff/keys", Tag: tagStaff, Access: Staff, Permission: identity.ManageKeys,
		Summary: "List the keys of machines",
	}, a.listKeys)
	handle(a, Route{
		ID: "create-key", Method: http.MethodPost, Path: "/v1/staff/keys", Tag: tagStaff, Access: Staff, Permission: identity.ManageKeys,
		Summary: "Make a key for a machine", Status: http.StatusCreated, Codes: []fault.Code{fault.Conflict},
		Description: "Nobody gives a scope away that is not theirs.",
	}, a.createKey)
	handle(a, Route{
		ID: "revoke-key", Method: http.MethodDelete, Path: "/v1/staff/keys/{prefix}", Tag: tagStaff, Access: Staff, Permission: identity.ManageKeys,
		Summary: "Revoke a key", Status: http.StatusNoContent,
	}, a.revokeKey)
}

// machines own the names of keys, of which one may follow another.
const machines = "machines"

func (a *API) listKeys(ctx context.Context, _ *struct{}) (*keysOutput, error) {
	keys, err := a.MachineKeys.All(ctx)
	out := &keysOutput{}
	out.Body.Keys = []KeyView{}
	for _, k := range keys {
		out.Body.Keys = append(out.Body.Keys, viewKey(k))
	}
	return out, err
}

func (a *API) createKey(ctx context.Context, in *newKeyInput) (*newKeyOutput, error) {
	p, err := a.whoAsks(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range in.Body.Scopes {
		if !p.may(s) && s != identity.ActForShoppers {
			return nil, fault.New(fault.Forbidden, "the scope %s is not yours to give", s).With("permission", string(s))
		}
	}
	row, key, err := identity.NewKey(in.Body.Name, in.Body.Scopes, p.name, a.Clock().UTC(), in.Body.ExpiresAt.UTC())
	if err != nil {
		return nil, inField(err, "body")
	}
	owner, err := a.Claims.Claim(ctx, identity.HandleKey(row.Name), machines)
	if err == nil && owner != machines {
		err = fault.New(fault.Conflict, "the name %s is somebody's handle: it says who did something", row.Name)
	}
	if err != nil {
		return nil, err
	}
	if err := a.MachineKeys.Create(ctx, row); err != nil {
		return nil, err
	}
	a.target(ctx, row.Prefix)
	a.changed(ctx, nil, viewKey(row))
	out := &newKeyOutput{}
	out.Body.KeyView, out.Body.Key = viewKey(row), key
	return out, nil
}

func (a *API) revokeKey(ctx context.Context, in *keyAccess) (*struct{}, error) {
	before, err := a.MachineKeys.Find(ctx, in.Prefix)
	if err != nil {
		return nil, err
	}
	if err := a.MachineKeys.Revoke(ctx, in.Prefix, requestOf(ctx).operator, a.Clock().UTC()); err != nil {
		return nil, err
	}
	after, err := a.MachineKeys.Find(ctx, in.Prefix)
	if err != nil {
		return nil, err
	}
	a.changed(ctx, viewKey(before), viewKey(after))
	return nil, nil
}
