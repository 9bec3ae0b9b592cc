package workflows_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/mediatest"
	"github.com/bedesten/bedesten/worker"
	"github.com/bedesten/bedesten/workflows"
)

// uploaded returns an asset whose bytes are there and that nobody looked at.
func uploaded(t *testing.T, said string, body []byte) media.Asset {
	t.Helper()
	needsRig(t)
	ctx, now := t.Context(), rig.App.Clock().UTC()
	a := media.New(media.Disk, media.Facts{ContentType: said, Bytes: int64(len(body))}, "ayse", now)
	require.NoError(t, rig.App.Pictures.Create(ctx, a))
	storage, err := rig.App.Storages.Of(media.Disk)
	require.NoError(t, err)
	require.NoError(t, storage.Put(ctx, a.Key, said, body))
	a, err = rig.App.Pictures.Arrive(ctx, a.ID, now)
	require.NoError(t, err)
	return a
}

// process has the picture looked at, as the API does.
func process(t *testing.T, a media.Asset) {
	t.Helper()
	require.NoError(t, worker.NewPictures(rig.App.Temporal, rig.App.Policy).Process(t.Context(), a.ID))
}

// developed waits for the end of the picture's workflow.
func developed(t *testing.T, a media.Asset) activities.PictureStep {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var step activities.PictureStep
	require.NoError(t, rig.App.Temporal.GetWorkflow(ctx, workflows.PictureID(a.ID), "").Get(ctx, &step))
	return step
}

func asset(t *testing.T, a media.Asset) media.Asset {
	t.Helper()
	found, err := rig.App.Pictures.Find(t.Context(), a.ID)
	require.NoError(t, err)
	return found
}

func TestPicture_BecomesReadyHoweverOftenItIsAskedFor(t *testing.T) {
	t.Parallel()
	a := uploaded(t, "image/jpeg", mediatest.Photo(t, 900, 600, 6))
	for range 3 {
		process(t, a)
	}
	require.Equal(t, media.Ready, developed(t, a).State)
	recordWorkflow(t, "media/ready", workflows.PictureID(a.ID), "")
	ready := asset(t, a)
	require.Equal(t, media.Ready, ready.State)
	require.Len(t, ready.Renditions, len(media.Sizes))
	process(t, a)
	require.Equal(t, media.Ready, developed(t, a).State)
	require.Equal(t, ready, asset(t, a), "which changes nothing")
}

func TestPicture_ThatIsNoneIsRefusedAndItsWorkflowEndsWell(t *testing.T) {
	t.Parallel()
	a := uploaded(t, "image/jpeg", mediatest.PNG(t, 60, 40, 1))
	process(t, a)
	require.Equal(t, activities.PictureStep{State: media.Refused, Reason: media.OtherType}, developed(t, a))
	recordWorkflow(t, "media/refused", workflows.PictureID(a.ID), "")
	require.Equal(t, media.OtherType, asset(t, a).Reason)
}

func TestPicture_ThatIsCutOffIsRefusedWhenItIsUnpacked(t *testing.T) {
	t.Parallel()
	whole := mediatest.JPEG(t, 900, 600, 1)
	a := uploaded(t, "image/jpeg", whole[:len(whole)/2])
	process(t, a)
	require.Equal(t, activities.PictureStep{State: media.Refused, Reason: media.Broken}, developed(t, a))
	recordWorkflow(t, "media/broken", workflows.PictureID(a.ID), "")
}

// A storage that cannot be read asks for a person, and the picture is ready once it
// can.
func TestPicture_WaitsForItsStorageAndSaysSo(t *testing.T) {
	t.Parallel()
	body := mediatest.PNG(t, 60, 40, 1)
	a := uploaded(t, "image/png", body)
	file := filepath.Join(rig.Config.MediaDir, filepath.FromSlash(a.Key))
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Mkdir(file, 0o750), "what cannot be read as a file")
	process(t, a)
	require.Eventually(t, func() bool {
		d, err := rig.App.Temporal.DescribeWorkflow(context.Background(), workflows.PictureID(a.ID), "")
		if err != nil {
			return false
		}
		reason, there := d.TypedSearchAttributes.GetKeyword(workflows.AttrAttention)
		return there && reason == workflows.AttentionPicture
	}, 40*time.Second, 200*time.Millisecond)
	require.Equal(t, media.Uploaded, asset(t, a).State)
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.WriteFile(file, body, 0o600))
	require.Equal(t, media.Ready, developed(t, a).State)
	d, err := rig.App.Temporal.DescribeWorkflow(t.Context(), workflows.PictureID(a.ID), "")
	require.NoError(t, err)
	_, there := d.TypedSearchAttributes.GetKeyword(workflows.AttrAttention)
	require.False(t, there, "nobody is needed any more")
	recordWorkflow(t, "media/waited", workflows.PictureID(a.ID), "")
}

// A picture whose workflow was never started is found by the sweeper.
func TestPicture_ThatNobodyLooksAtIsFoundByTheSweep(t *testing.T) {
	t.Parallel()
	a := uploaded(t, "image/png", mediatest.PNG(t, 60, 41, 1))
	require.Eventually(t, func() bool { return asset(t, a).State == media.Ready }, 60*time.Second, 200*time.Millisecond)
}

func TestPicture_ThatIsGivenUpLosesEveryFile(t *testing.T) {
	t.Parallel()
	a := uploaded(t, "image/png", mediatest.PNG(t, 60, 42, 1))
	process(t, a)
	require.Equal(t, media.Ready, developed(t, a).State)
	_, err := rig.App.Pictures.Delete(t.Context(), a.ID, rig.App.Clock().UTC())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return asset(t, a).State == media.Deleted }, 60*time.Second, 200*time.Millisecond)
	for _, key := range a.Keys() {
		_, err := os.Stat(filepath.Join(rig.Config.MediaDir, filepath.FromSlash(key)))
		require.ErrorIs(t, err, os.ErrNotExist, key)
	}
}
