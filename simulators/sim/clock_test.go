package sim_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sim"
)

func TestAClockRunsBesideTheWallAndIsMovedOn(t *testing.T) {
	t.Parallel()
	c := sim.NewClock(1)

	require.WithinDuration(t, time.Now(), c.Now(), time.Second)
	require.NoError(t, c.Advance(36*time.Hour))
	require.WithinDuration(t, time.Now().Add(36*time.Hour), c.Now(), time.Second)
	require.Equal(t, 36*time.Hour, c.Moved())
	require.Error(t, c.Advance(-time.Second))
	require.Equal(t, 36*time.Hour, c.Moved())
}

func TestAProvidersDurationsAreDividedByTheScale(t *testing.T) {
	t.Parallel()

	require.Equal(t, 24*time.Second, sim.NewClock(3600).Scaled(24*time.Hour))
	require.Equal(t, 24*time.Hour, sim.NewClock(0).Scaled(24*time.Hour))
	require.InDelta(t, 1, sim.NewClock(-5).Scale(), 0)
}

func TestWhatIsDueRunsInItsOrderBeforeAdvanceReturns(t *testing.T) {
	t.Parallel()
	c := sim.NewClock(1)
	var ran []string
	note := func(s string) func() { return func() { ran = append(ran, s) } }
	c.AfterFunc(3*time.Hour, note("third"))
	c.AfterFunc(time.Hour, note("first"))
	stop := c.AfterFunc(2*time.Hour, note("taken back"))
	c.AfterFunc(90*time.Minute, note("second"))
	c.AfterFunc(48*time.Hour, note("tomorrow"))

	require.True(t, stop())
	require.False(t, stop(), "it can be taken back once")
	require.NoError(t, c.Advance(5*time.Hour))
	require.Equal(t, []string{"first", "second", "third"}, ran)
	require.NoError(t, c.Advance(43*time.Hour))
	require.Equal(t, []string{"first", "second", "third", "tomorrow"}, ran)
}

func TestAFunctionRunsWhenItsTimeComesByItself(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c := sim.NewClock(1)
		start := time.Now()
		ran := make(chan time.Duration, 2)
		c.AfterFunc(time.Hour, func() { ran <- time.Since(start) })
		require.NoError(t, c.Advance(20*time.Minute))
		require.Equal(t, 40*time.Minute, <-ran, "moving the clock brings it nearer")
	})
}

func TestAResetForgetsWhatWaits(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c := sim.NewClock(1)
		ran := false
		c.AfterFunc(time.Hour, func() { ran = true })
		require.NoError(t, c.Advance(time.Minute))
		c.Reset()
		require.Zero(t, c.Moved())
		<-time.After(2 * time.Hour)
		synctest.Wait()
		require.False(t, ran)
	})
}
