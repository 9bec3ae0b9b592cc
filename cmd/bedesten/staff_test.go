package main

import (
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/identity"
)

func TestStaffCreate_TakesEveryRoleThatThereIs(t *testing.T) {
	t.Parallel()
	parse := func(role string) error {
		var c struct {
			Staff staffCmd `cmd:""`
		}
		k, err := kong.New(&c, kong.Vars{"roles": roles()})
		require.NoError(t, err)
		_, err = k.Parse([]string{"staff", "create", "--email", "zeynep@dukkan.example", "--name", "Zeynep Çelik", "--handle", "zeynep", "--role", role})
		if err == nil {
			require.Equal(t, role, c.Staff.Create.Role)
		}
		return err
	}
	for _, role := range identity.Roles {
		require.NoError(t, parse(string(role)), role)
	}
	require.ErrorContains(t, parse("root"), "root")
}
