package api

import (
	"context"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

func (a *API) getOwnCart(ctx context.Context, _ *struct{}) (*cartOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	cartID, err := a.followCart(ctx, account, "")
	if err != nil {
		return nil, err
	}
	if cartID == "" {
		return nil, noCart()
	}
	c, err := a.openCart(ctx, cartID)
	if err != nil {
		return nil, err
	}
	return a.showCart(ctx, c)
}

func (a *API) putOwnCart(ctx context.Context, in *ownCartInput) (*cartOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	cartID, err := a.followCart(ctx, account, in.Body.CartID)
	if err != nil {
		return nil, err
	}
	c, err := a.openCart(ctx, cartID)
	if err != nil {
		return nil, err
	}
	return a.showCart(ctx, c)
}

// cartMergeTries is how often a cart is merged again that is written meanwhile.
const cartMergeTries = 5

// followCart gives the account the guest's cart, or puts both together, and returns
// the account's. A cart that is an order already is nobody's to follow.
func (a *API) followCart(ctx context.Context, account identity.Account, guestCart string) (string, error) {
	own := account.CartID
	if own != "" {
		if err := a.refuseClaimed(ctx, own); fault.Is(err, fault.CartCheckedOut) {
			own = ""
		} else if err != nil {
			return "", err
		}
	}
	if guestCart == "" {
		return own, nil
	}
	guest, err := a.openCart(ctx, guestCart)
	if err != nil {
		return "", err
	}
	if guest.CustomerID != "" && guest.CustomerID != account.ID {
		return "", noCart()
	}
	if guest.ID == own {
		return own, nil
	}
	if own != "" {
		merged, err := a.mergeCarts(ctx, account.ID, own, guest)
		if err != nil || merged {
			return own, err
		}
	}
	return guest.ID, a.adoptCart(ctx, account, guest.ID)
}

// mergeCarts puts the guest's lines into the account's cart. It reports false where
// that cart is there no more, or not the account's.
func (a *API) mergeCarts(ctx context.Context, accountID, ownID string, guest cart.Cart) (bool, error) {
	for range cartMergeTries {
		own, err := a.Carts.Find(ctx, ownID)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		if err != nil || own.CustomerID != accountID {
			return false, err
		}
		own.Merge(guest, a.Clock().UTC())
		_, err = a.Carts.Save(ctx, own)
		if !fault.Is(err, fault.Conflict) {
			return err == nil, err
		}
	}
	return false, fault.New(fault.Conflict, "the cart is being changed by many requests at once: try again")
}

// adoptCart makes a guest's cart the account's. The guest's secret opens it no more:
// what its owner writes into it is not for whoever uses the browser next.
func (a *API) adoptCart(ctx context.Context, account identity.Account, cartID string) error {
	for range cartMergeTries {
		c, err := a.Carts.Find(ctx, cartID)
		if err != nil {
			return err
		}
		if c.CustomerID != "" && c.CustomerID != account.ID {
			return noCart()
		}
		if c.CustomerID == "" {
			c.CustomerID = account.ID
			c.SecretEpoch++
		}
		_, err = a.Carts.Save(ctx, c)
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil {
			return err
		}
		break
	}
	fresh, err := a.Accounts.Find(ctx, account.ID)
	if err != nil {
		return err
	}
	fresh.CartID = cartID
	_, err = a.Accounts.Save(ctx, fresh)
	return err
}
