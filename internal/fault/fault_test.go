package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
)

func TestCodeOf_FindsTheFaultBehindWrapping(t *testing.T) {
	t.Parallel()

	short := fault.New(fault.OutOfStock, "%s is sold out", "FINCAN-06")
	require.Equal(t, fault.OutOfStock, fault.CodeOf(fmt.Errorf("reserving: %w", short)))
	require.Equal(t, fault.Internal, fault.CodeOf(errors.New("socket closed")), "what we did not foresee is internal")
	require.False(t, fault.Is(nil, fault.Internal), "no error has no code")
}

func TestFault_HidesItsCauseFromTheMessage(t *testing.T) {
	t.Parallel()

	cause := errors.New("dial 10.0.0.7: refused")
	f := fault.Wrap(cause, fault.Unavailable, "stock cannot be read")
	require.Equal(t, "stock cannot be read", f.Message)
	require.Contains(t, f.Error(), "10.0.0.7", "the log needs the cause")
	require.ErrorIs(t, f, cause)
}

func TestFault_WithLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()

	f := fault.New(fault.OutOfStock, "sold out")
	g := f.With("skus", []string{"ÇAY-01"})
	require.Empty(t, f.Details)
	require.Equal(t, []string{"ÇAY-01"}, g.Details["skus"])
}
