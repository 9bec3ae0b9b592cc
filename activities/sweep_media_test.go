package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/mediatest"
)

var _ media.Runs = (*bell)(nil)

// Process takes pictures where the product starts a workflow for each.
func (b *bell) Process(_ context.Context, mediaID string) error { return b.ring("picture " + mediaID) }

// cellar is a broom in a gallery, at a time of its own.
type cellar struct {
	*gallery
	*broom
	ahead time.Duration
}

func newCellar(t *testing.T) *cellar {
	t.Helper()
	c := &cellar{gallery: newGallery(t), broom: newBroom(t)}
	c.Sweeper.Pictures, c.Sweeper.Storages, c.PictureRuns = c.Store, c.gallery.Storages, c.bell
	c.Sweeper.Clock = func() time.Time { return time.Now().Add(c.ahead) }
	return c
}

const (
	keep = 7 * 24 * time.Hour
	age  = time.Minute
)

// sweeps moves the time and runs a round that goes well.
func (c *cellar) sweeps(later time.Duration) activities.SweepResult {
	c.t.Helper()
	result, err := c.round(later)
	require.NoError(c.t, err)
	return result
}

// round moves the time and runs a round.
func (c *cellar) round(later time.Duration) (activities.SweepResult, error) {
	c.t.Helper()
	c.ahead += later
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(c.Sweeper)
	var result activities.SweepResult
	value, err := env.ExecuteActivity(c.SweepPictures, activities.SweepInput{Age: age, CatchUpEvery: time.Minute, PictureKeep: keep})
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

func (c *cellar) stands(a media.Asset, state media.State) {
	c.t.Helper()
	require.Equal(c.t, state, c.find(a.ID).State)
}

func TestSweepPictures_DeletesWhatNobodyUsesAndNothingThatSomebodyDoes(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	unused := c.becomes(c.uploaded("image/png", mediatest.PNG(t, 60, 40, 1)))
	used := c.becomes(c.uploaded("image/png", mediatest.PNG(t, 60, 40, 2)))
	require.NoError(t, c.Store.Claim(t.Context(), []string{used.ID}, "prd_1"))
	c.sweeps(keep - time.Hour)
	c.stands(unused, media.Ready)
	c.sweeps(2 * time.Hour)
	c.stands(unused, media.Deleting)
	require.Contains(t, c.files(), unused.Renditions["card"].Key, "who works on it may still be at it")
	c.sweeps(2 * age)
	c.stands(unused, media.Deleted)
	c.stands(used, media.Ready)
	for key := range c.files() {
		require.Contains(t, key, used.ID)
	}
	require.NoError(t, c.Store.Release(t.Context(), []string{used.ID}, "prd_1", c.Sweeper.Clock().UTC()))
	c.sweeps(keep - time.Hour)
	c.stands(used, media.Ready)
	c.sweeps(2 * time.Hour)
	c.sweeps(2 * age)
	c.stands(used, media.Deleted)
	require.Empty(t, c.files())
	c.sweeps(media.KeepDeleted + time.Hour)
	_, err := c.Store.Find(t.Context(), unused.ID)
	require.Error(t, err, "the row is forgotten at last")
}

func TestSweepPictures_TakesAwayWhatTheCameraWroteOnceNoTicketBringsItBack(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	photo := mediatest.Photo(t, 60, 40, 6)
	a := c.becomes(c.uploaded("image/jpeg", photo, func(a *media.Asset) { a.TicketUntil = time.Now().Add(media.TicketLife).UTC() }))
	c.sweeps(2 * age)
	require.Contains(t, c.files(), a.Key)
	c.sweeps(media.TicketLife)
	require.NotContains(t, c.files(), a.Key)
	require.Len(t, c.files(), 3)
	require.True(t, c.find(a.ID).Bare)
	c.stands(a, media.Ready)
}

func TestSweepPictures_DeletesNothingWhileATicketIsOpen(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	a := c.becomes(c.uploaded("image/jpeg", mediatest.JPEG(t, 60, 40, 1), func(a *media.Asset) { a.TicketUntil = time.Now().Add(media.TicketLife).UTC() }))
	_, err := c.Store.Delete(t.Context(), a.ID, time.Now().UTC())
	require.NoError(t, err)
	c.sweeps(2 * age)
	c.stands(a, media.Deleting)
	c.sweeps(media.TicketLife)
	c.stands(a, media.Deleted)
	require.Empty(t, c.files())
}

func TestSweepPictures_HasForgottenOnesLookedAtAndRemovesWhatCameToNothing(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	waiting := c.uploaded("image/png", mediatest.PNG(t, 60, 40, 1))
	refused := c.becomes(c.uploaded("image/png", []byte(mediatest.SVG)))
	never := media.New(media.Disk, media.Facts{ContentType: "image/png", Bytes: 10}, "ayse", time.Now().UTC())
	require.NoError(t, c.Store.Create(t.Context(), never))
	c.bell.broken["picture "+waiting.ID] = false
	require.Equal(t, 1, c.sweeps(2*age).Reopened)
	require.Equal(t, []string{"picture " + waiting.ID}, c.bell.other)
	c.stands(refused, media.Refused)
	c.sweeps(media.KeepStale)
	c.sweeps(2 * age)
	c.stands(refused, media.Deleted)
	c.stands(never, media.Deleted)
	c.stands(waiting, media.Uploaded)
	require.Len(t, c.files(), 1, "what waits to be looked at")
}

func TestSweepPictures_TriesAgainWhatAStorageDidNotDelete(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	a := c.becomes(c.uploaded("image/png", mediatest.PNG(t, 60, 40, 1)))
	_, err := c.Store.Delete(t.Context(), a.ID, time.Now().UTC())
	require.NoError(t, err)
	storages := c.Sweeper.Storages
	c.Sweeper.Storages = media.Storages{}
	_, err = c.round(2 * age)
	require.ErrorContains(t, err, "not configured")
	c.stands(a, media.Deleting)
	c.Sweeper.Storages = storages
	c.sweeps(age)
	c.stands(a, media.Deleted)
}

func TestSweepPictures_ThatFailHoldUpNoOtherHoweverManyTheyAre(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	past := time.Now().UTC()
	for range 60 {
		a := media.New("elsewhere", media.Facts{ContentType: "image/png", Bytes: 10}, "ayse", past)
		a.State = media.Deleting
		require.NoError(t, c.Store.Create(t.Context(), a))
	}
	a := c.becomes(c.uploaded("image/png", mediatest.PNG(t, 60, 40, 1)))
	_, err := c.Store.Delete(t.Context(), a.ID, past)
	require.NoError(t, err)
	for range 3 {
		_, err := c.round(2 * age)
		require.ErrorContains(t, err, "not configured", "they are tried in each round")
	}
	c.stands(a, media.Deleted)
}

func TestSweepPictures_OfMomentsAgoAreLeftAlone(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	c.sweeps(2 * age)
	a := c.becomes(c.uploaded("image/png", mediatest.PNG(t, 60, 40, 1)))
	_, err := c.Store.Delete(t.Context(), a.ID, time.Now().Add(-time.Hour).UTC())
	require.NoError(t, err)
	require.Zero(t, c.sweeps(time.Second).Removed, "the last round was a second ago")
	require.Equal(t, 1, c.sweeps(age).Removed)
}
