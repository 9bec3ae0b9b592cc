package api

import (
	"context"
	"errors"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

type ownCartOutput struct {
	Body struct {
		CartView
		LeftOut []string `json:"left_out,omitempty" doc:"SKUs of the guest's cart of which not everything found room."`
	}
}

func (a *API) getOwnCart(ctx context.Context, _ *struct{}) (*cartOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	f, err := a.followCart(ctx, account, "")
	if err != nil {
		return nil, err
	}
	if f.cartID == "" {
		return nil, noCart()
	}
	c, err := a.openCart(ctx, f.cartID)
	if err != nil {
		return nil, err
	}
	return a.showCart(ctx, c)
}

func (a *API) putOwnCart(ctx context.Context, in *ownCartInput) (*ownCartOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	f, err := a.followCart(ctx, account, in.Body.CartID)
	if err != nil {
		return nil, err
	}
	c, err := a.openCart(ctx, f.cartID)
	if err != nil {
		return nil, err
	}
	shown, err := a.showCart(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &ownCartOutput{}
	out.Body.CartView, out.Body.LeftOut = shown.Body, f.leftOut
	return out, nil
}

// accountCart is the cart that follows an account, empty where none does, and what of a
// guest's found no room in it.
type accountCart struct {
	cartID  string
	leftOut []string
}

// followTries is how often carts are looked at again that are written meanwhile.
const followTries = 10

// followCart returns the account's cart, after it was given a guest's, if one is
// named, or put together with it. What is written last may be missing after a
// crash; whoever comes next with the same cart, or asks for theirs, goes on there.
func (a *API) followCart(ctx context.Context, account identity.Account, guestCart string) (accountCart, error) {
	for range followTries {
		f, err := a.tryFollow(ctx, account, guestCart)
		if !fault.Is(err, fault.Conflict) {
			return f, err
		}
		if account, err = a.Accounts.Find(ctx, account.ID); err != nil {
			return accountCart{}, err
		}
	}
	return accountCart{}, fault.New(fault.Conflict, "the cart is being changed by many requests at once: try again")
}

func (a *API) tryFollow(ctx context.Context, account identity.Account, guestCart string) (accountCart, error) {
	own, err := a.ownCart(ctx, account)
	if err != nil || guestCart == "" || guestCart == own.ID {
		return accountCart{cartID: own.ID}, err
	}
	guest, err := a.offeredCart(ctx, account.ID, guestCart)
	if err != nil {
		return accountCart{}, err
	}
	if guest.MergedInto != "" {
		done, err := a.wasMerged(ctx, guest)
		if err != nil || done {
			return accountCart{cartID: own.ID}, err
		}
	}
	if own.ID == "" {
		return accountCart{cartID: guest.ID}, a.adoptCart(ctx, account, guest)
	}
	return a.mergeCart(ctx, own, guest)
}

// ownCart returns the account's cart, or an empty one where it has none: one that
// is an order is nobody's to follow. Where only the account's row says that the
// cart is theirs, its secret opened it before that was written.
func (a *API) ownCart(ctx context.Context, account identity.Account) (cart.Cart, error) {
	if account.CartID == "" {
		return cart.Cart{}, nil
	}
	err := a.refuseClaimed(ctx, account.CartID)
	if fault.Is(err, fault.CartCheckedOut) {
		return cart.Cart{}, nil
	}
	if err != nil {
		return cart.Cart{}, err
	}
	c, err := a.Carts.Find(ctx, account.CartID)
	switch {
	case fault.Is(err, fault.NotFound):
		return cart.Cart{}, nil
	case err != nil:
		return cart.Cart{}, err
	case c.CustomerID == "":
		c.Hand(account.ID, "", a.Clock().UTC())
		return a.Carts.Save(ctx, c)
	case c.CustomerID != account.ID || c.MergedInto != "":
		return cart.Cart{}, nil
	}
	return c, nil
}

// offeredCart returns a cart that may be followed: a guest's, opened by its secret,
// or one of the account's that was not put together to the end.
func (a *API) offeredCart(ctx context.Context, accountID, cartID string) (cart.Cart, error) {
	c, err := a.openCart(ctx, cartID)
	if fault.Is(err, fault.NotFound) && id.Valid(id.Cart, cartID) {
		c, err = a.Carts.Find(ctx, cartID)
	}
	if err == nil && c.CustomerID != "" && c.CustomerID != accountID || fault.Is(err, fault.NotFound) {
		err = noCart()
	}
	if err == nil && c.CustomerID == "" && !a.opens(ctx, c) {
		err = noCart()
	}
	if err != nil {
		return cart.Cart{}, err
	}
	return c, a.refuseClaimed(ctx, c.ID)
}

// wasMerged reports whether the cart's lines are in the cart that they were to go
// into, and empties it then.
func (a *API) wasMerged(ctx context.Context, guest cart.Cart) (bool, error) {
	if len(guest.Lines) == 0 {
		return true, nil
	}
	target, err := a.Carts.Find(ctx, guest.MergedInto)
	if err != nil || !target.Merged(guest.ID) {
		return false, absent(err)
	}
	err = a.refuseClaimed(ctx, target.ID)
	if fault.Is(err, fault.CartCheckedOut) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, a.emptyCart(ctx, guest)
}

// absent is nil for what is not there.
func absent(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// adoptCart makes the cart the account's. The account says so first: after a crash
// in between, it is found from there.
func (a *API) adoptCart(ctx context.Context, account identity.Account, c cart.Cart) error {
	account.CartID = c.ID
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return err
	}
	c.Hand(account.ID, "", a.Clock().UTC())
	_, err := a.Carts.Save(ctx, c)
	return err
}

// mergeCart puts the guest's lines into the account's cart and empties the guest's.
// That is handed over first: nobody else writes, buys or merges it from then on.
func (a *API) mergeCart(ctx context.Context, own, guest cart.Cart) (accountCart, error) {
	now := a.Clock().UTC()
	left, err := own.Merge(guest, now)
	if fault.Is(err, fault.Invalid) {
		return accountCart{cartID: own.ID, leftOut: guest.SKUs()}, nil
	}
	if err != nil {
		return accountCart{}, err
	}
	guest.Hand(own.CustomerID, own.ID, now)
	if guest, err = a.Carts.Save(ctx, guest); err != nil {
		return accountCart{}, err
	}
	if err := a.refuseClaimed(ctx, guest.ID); err != nil {
		// A checkout was quicker: what it bought is opened by its buyer as before.
		guest.MergedInto = ""
		_, saveErr := a.Carts.Save(ctx, guest)
		return accountCart{}, errors.Join(err, saveErr)
	}
	if _, err := a.Carts.Save(ctx, own); err != nil {
		return accountCart{}, err
	}
	if err := a.refuseClaimed(ctx, own.ID); fault.Is(err, fault.CartCheckedOut) {
		return accountCart{}, fault.New(fault.Conflict, "the cart was checked out while another was put into it")
	} else if err != nil {
		return accountCart{}, err
	}
	return accountCart{cartID: own.ID, leftOut: left}, a.emptyCart(ctx, guest)
}

func (a *API) emptyCart(ctx context.Context, c cart.Cart) error {
	c.Empty(a.Clock().UTC())
	_, err := a.Carts.Save(ctx, c)
	return err
}
