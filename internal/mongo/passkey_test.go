package mongo_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

func TestChallenges_AreTakenOnceInTimeForWhatAndWhomTheyWereMadeFor(t *testing.T) {
	t.Parallel()
	s := mongo.NewChallenges(mongotest.Database(t))
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	made := identity.Challenge{ID: "pkc_1", For: identity.AddPasskey, AccountID: "usr_1", State: []byte(`{"challenge":"x"}`), CreatedAt: now}
	require.NoError(t, s.Put(ctx, made))
	for name, take := range map[string]func() error{
		"for something else": func() error { _, err := s.Take(ctx, "pkc_1", identity.UsePasskey, "usr_1", now); return err },
		"for somebody else":  func() error { _, err := s.Take(ctx, "pkc_1", identity.AddPasskey, "usr_2", now); return err },
		"for nobody":         func() error { _, err := s.Take(ctx, "pkc_1", identity.AddPasskey, "", now); return err },
		"too late": func() error {
			_, err := s.Take(ctx, "pkc_1", identity.AddPasskey, "usr_1", now.Add(identity.ChallengeLife))
			return err
		},
	} {
		require.True(t, fault.Is(take(), fault.NotFound), name)
	}
	var taken atomic.Int64
	var g errgroup.Group
	for range 8 {
		g.Go(func() error {
			c, err := s.Take(ctx, "pkc_1", identity.AddPasskey, "usr_1", now)
			if fault.Is(err, fault.NotFound) {
				return nil
			}
			if err == nil && string(c.State) == string(made.State) {
				taken.Add(1)
			}
			return err
		})
	}
	require.NoError(t, g.Wait())
	require.EqualValues(t, 1, taken.Load())
}

func TestPasskeyOwners_GiveAPasskeyToOneAccount(t *testing.T) {
	t.Parallel()
	s := mongo.NewPasskeyOwners(mongotest.Database(t))
	ctx := t.Context()
	require.NoError(t, s.Claim(ctx, "Lfn8", "usr_1"))
	require.NoError(t, s.Claim(ctx, "Lfn8", "usr_1"), "repeated after a crash it goes on")
	require.True(t, fault.Is(s.Claim(ctx, "Lfn8", "usr_2"), fault.Conflict))
	require.NoError(t, s.Release(ctx, "Lfn8", "usr_2"))
	owner, err := s.Owner(ctx, "Lfn8")
	require.NoError(t, err)
	require.Equal(t, "usr_1", owner, "nobody gives up what is another's")
	require.NoError(t, s.Release(ctx, "Lfn8", "usr_1"))
	_, err = s.Owner(ctx, "Lfn8")
	require.True(t, fault.Is(err, fault.NotFound))
}
