package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bedesten/bedesten/internal/identity"
)

// staffCmd is what is done about the people of the shop from a terminal: the first
// administrator, and whoever lost every key.
type staffCmd struct {
	Create staffCreateCmd `cmd:"" help:"Make an account for somebody of the staff, and print the link by which they choose a password."`
	List   staffListCmd   `cmd:"" help:"List the accounts of staff."`
	Reset  staffResetCmd  `cmd:"" help:"Take away password and second factor of somebody who lost them, and print a link to begin again."`
}

type staffCreateCmd struct {
	atShop
	Email    string `required:"" help:"Their mail address."`
	Name     string `required:"" help:"Their name."`
	Handle   string `required:"" help:"What stands beside what they do, in workflows too: letters a-z, digits, . _ -"`
	Role     string `default:"administrator" enum:"${roles}" help:"One of: ${enum}."`
	Language string `default:"tr" enum:"tr,en" help:"Of their mails: ${enum}."`
}

// roles are those of identity.Roles as an option's enum has them.
func roles() string {
	words := make([]string, len(identity.Roles))
	for i, r := range identity.Roles {
		words[i] = string(r)
	}
	return strings.Join(words, ",")
}

// Run makes the account.
func (c staffCreateCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	link, err := a.CreateStaff(ctx, identity.Recruit{
		Email: c.Email, Name: c.Name, Handle: c.Handle, Language: c.Language, Role: identity.Role(c.Role),
	})
	if err == nil {
		_, err = fmt.Fprintf(out, "%s is %s. Within an hour, choose a password at\n\n  %s\n\nthen sign in and set up a second factor: without one staff can do nothing.\n", c.Handle, c.Role, link)
	}
	return errors.Join(err, a.Close())
}

type staffListCmd struct{ atShop }

// Run prints a line for each.
func (c staffListCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	staff, err := a.Accounts.Staff(ctx)
	if err == nil && len(staff) == 0 {
		_, err = fmt.Fprintln(out, "nobody yet: bedesten staff create --email … --name … --handle …")
	}
	for _, s := range staff {
		var notes []string
		if !s.SecondFactor() && len(s.Passkeys) == 0 {
			notes = append(notes, "no second factor yet")
		}
		if !s.Open() {
			notes = append(notes, "closed")
		}
		fmt.Fprintf(out, "%-20s %-14s %s  %s\n", s.Handle, s.Role, s.ID, strings.Join(notes, ", "))
	}
	return errors.Join(err, a.Close())
}

type staffResetCmd struct {
	atShop
	Handle string `arg:"" help:"Whose."`
}

// Run resets the account.
func (c staffResetCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	link, err := a.ResetStaff(ctx, c.Handle)
	if err == nil {
		_, err = fmt.Fprintf(out, "Every session of %s is over. Within an hour, they choose a password at\n\n  %s\n", c.Handle, link)
	}
	return errors.Join(err, a.Close())
}
