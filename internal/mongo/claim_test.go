package mongo_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
)

func TestClaims_BelongToTheFirstUntilTheyAreGivenUp(t *testing.T) {
	t.Parallel()

	ctx, claims := t.Context(), mongo.NewClaims(mongotest.Database(t))
	key := order.CartKey("crt_1")
	_, err := claims.Owner(ctx, key)
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	for _, asker := range []string{"ord_1", "ord_2", "ord_1"} {
		owner, err := claims.Claim(ctx, key, asker)
		require.NoError(t, err)
		require.Equal(t, "ord_1", owner)
	}
	require.NoError(t, claims.Release(ctx, key, "ord_2"), "not its to give up")
	owner, err := claims.Owner(ctx, key)
	require.NoError(t, err)
	require.Equal(t, "ord_1", owner)
	for range 2 {
		require.NoError(t, claims.Release(ctx, key, "ord_1"))
	}
	owner, err = claims.Claim(ctx, key, "ord_2")
	require.NoError(t, err)
	require.Equal(t, "ord_2", owner)
}

func TestClaims_OneOfFiftyCheckoutsGetsTheCart(t *testing.T) {
	t.Parallel()

	ctx, claims := t.Context(), mongo.NewClaims(mongotest.Database(t))
	var wg sync.WaitGroup
	owners, errs := make(chan string, 50), make(chan error, 50)
	for i := range 50 {
		wg.Go(func() {
			owner, err := claims.Claim(ctx, order.CartKey("crt_1"), fmt.Sprintf("ord_%d", i))
			owners <- owner
			errs <- err
		})
	}
	wg.Wait()
	close(owners)
	winner, err := claims.Owner(ctx, order.CartKey("crt_1"))
	require.NoError(t, err)
	for owner := range owners {
		require.NoError(t, <-errs)
		require.Equal(t, winner, owner, "all hear of the same")
	}
}

func TestCursors_RememberHowFarAWalkHasCome(t *testing.T) {
	t.Parallel()

	ctx, cursors := t.Context(), mongo.NewCursors(mongotest.Database(t))
	for _, position := range []string{"ord_5", "ord_9"} {
		require.NoError(t, cursors.SetCursor(ctx, "sweep/orders", position))
		got, err := cursors.Cursor(ctx, "sweep/orders")
		require.NoError(t, err)
		require.Equal(t, position, got)
	}
	require.NoError(t, cursors.SetCursor(ctx, "sweep/orders", ""), "begin again")
	got, err := cursors.Cursor(ctx, "sweep/orders")
	require.NoError(t, err)
	require.Empty(t, got)
	other, err := cursors.Cursor(ctx, "another walk")
	require.NoError(t, err)
	require.Empty(t, other)
}
