package identity

import (
	"slices"

	"github.com/bedesten/bedesten/internal/fault"
)

// Permission is one thing that staff and machines may do. Every route of theirs
// declares one.
type Permission string

// The permissions.
const (
	ReadOrders     Permission = "orders:read"
	FulfilOrders   Permission = "orders:fulfil"
	ReadCustomers  Permission = "customers:read"
	EraseCustomers Permission = "customers:erase"
	// RecoverCustomers takes a lost second factor off a shopper's account: with their
	// mailbox as well, that is the account.
	RecoverCustomers Permission = "customers:recover"
	// ReadCatalogue shows what shoppers do not see: drafts, price lists, imports.
	ReadCatalogue  Permission = "catalogue:read"
	WriteCatalogue Permission = "catalogue:write"
	PublishTerms   Permission = "terms:publish"
	ManageStaff    Permission = "staff:manage"
	ManageKeys     Permission = "keys:manage"
	ReadAuditLog   Permission = "audit-log:read"
	DecodePayloads Permission = "payloads:decode"
	// ActForShoppers is a storefront server's: its requests are counted by its key and
	// not by its address.
	ActForShoppers Permission = "storefront:act"
)

// Permissions are all of them.
var Permissions = []Permission{
	ReadOrders, FulfilOrders, ReadCustomers, EraseCustomers, RecoverCustomers, ReadCatalogue, WriteCatalogue, PublishTerms, ManageStaff, ManageKeys, ReadAuditLog, DecodePayloads, ActForShoppers,
}

// Scopes are the permissions that a machine may have. People and keys are managed by
// people.
var Scopes = slices.DeleteFunc(slices.Clone(Permissions), func(p Permission) bool {
	return p == ManageStaff || p == ManageKeys || p == RecoverCustomers
})

// Role is what somebody of the staff is; a shopper has none.
type Role string

// The roles of staff.
const (
	Catalogue     Role = "catalogue"
	Orders        Role = "orders"
	Support       Role = "support"
	Marketing     Role = "marketing"
	Finance       Role = "finance"
	Administrator Role = "administrator"
)

// Roles are all roles of staff.
var Roles = []Role{Catalogue, Orders, Support, Marketing, Finance, Administrator}

// granted is the table of roles and permissions.
var granted = map[Role][]Permission{
	Catalogue:     {ReadCatalogue, WriteCatalogue},
	Orders:        {ReadOrders, FulfilOrders, DecodePayloads},
	Support:       {ReadOrders, ReadCustomers},
	Marketing:     {ReadCatalogue, PublishTerms},
	Finance:       {ReadOrders, ReadAuditLog},
	Administrator: Permissions,
}

// May reports whether the role has the permission.
func (r Role) May(p Permission) bool { return slices.Contains(granted[r], p) }

// Known returns an Invalid fault for a role that is none of the staff's.
func (r Role) Known() error {
	if !slices.Contains(Roles, r) {
		return fault.New(fault.Invalid, "%q is none of the roles %v", r, Roles)
	}
	return nil
}
