package mongo_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

// album is a store of pictures, at a time of its own.
type album struct {
	*mongo.Media
	t   *testing.T
	now time.Time
}

func newAlbum(t *testing.T) *album {
	t.Helper()
	return &album{mongo.NewMedia(mongotest.Database(t)), t, time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
}

// later moves the album's time.
func (a *album) later(d time.Duration) time.Time {
	a.now = a.now.Add(d)
	return a.now
}

var facts = media.Facts{ContentType: "image/png", Bytes: 1234, Width: 800, Height: 600, SHA256: "ab12"}

var made = map[string]media.Rendition{"card": {Key: "pictures/x/card.webp", ContentType: "image/webp", Bytes: 99, Width: 480, Height: 360}}

// in returns a fresh asset that was brought into the state.
func (a *album) in(state media.State) media.Asset {
	a.t.Helper()
	ctx := a.t.Context()
	asset := media.New(media.Disk, media.Facts{ContentType: "image/png", Bytes: 1234}, "ayse", a.now)
	require.NoError(a.t, a.Create(ctx, asset))
	if state == media.AwaitingUpload {
		return asset
	}
	asset, err := a.Arrive(ctx, asset.ID, a.now)
	require.NoError(a.t, err)
	switch state {
	case media.Uploaded:
	case media.Refused:
		asset, err = a.Refuse(ctx, asset.ID, media.Broken, a.now)
	default:
		asset, err = a.Finish(ctx, asset.ID, facts, made, a.now)
	}
	require.NoError(a.t, err)
	if state == media.Deleting || state == media.Deleted {
		asset, err = a.Delete(ctx, asset.ID, a.now)
		require.NoError(a.t, err)
	}
	if state == media.Deleted {
		require.NoError(a.t, a.Gone(ctx, asset.ID, a.now))
	}
	return a.is(asset.ID, state)
}

func (a *album) is(assetID string, state media.State) media.Asset {
	a.t.Helper()
	asset, err := a.Find(a.t.Context(), assetID)
	require.NoError(a.t, err)
	require.Equal(a.t, state, asset.State)
	return asset
}

func (a *album) requireCode(code fault.Code, err error) {
	a.t.Helper()
	require.True(a.t, fault.Is(err, code), "%v", err)
}

func TestMedia_KeepsWhatIsKnownOfAPicture(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	asset := a.in(media.Ready)
	require.Equal(t, facts, asset.Facts)
	require.Equal(t, made, asset.Renditions)
	require.Equal(t, "ayse", asset.CreatedBy)
	require.Equal(t, a.now, asset.CreatedAt)
	require.True(t, asset.TicketUntil.IsZero())
	require.Empty(t, asset.Users)
	a.requireCode(fault.Conflict, a.Create(t.Context(), asset))
	_, err := a.Find(t.Context(), "med_yok")
	a.requireCode(fault.NotFound, err)
	many, err := a.Many(t.Context(), []string{asset.ID, "med_yok"})
	require.NoError(t, err)
	require.Len(t, many, 1)
	many, err = a.Many(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, many)
}

func TestMedia_MovesForwardOnlyHoweverOftenItIsTold(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	ctx := t.Context()
	for state, after := range map[media.State][3]media.State{
		// what arriving, finishing and refusing make of each
		media.AwaitingUpload: {media.Uploaded, media.AwaitingUpload, media.AwaitingUpload},
		media.Uploaded:       {media.Uploaded, media.Ready, media.Refused},
		media.Ready:          {media.Ready, media.Ready, media.Ready},
		media.Refused:        {media.Refused, media.Refused, media.Refused},
		media.Deleting:       {media.Deleting, media.Deleting, media.Deleting},
		media.Deleted:        {media.Deleted, media.Deleted, media.Deleted},
	} {
		arriving, finishing, refusing := a.in(state), a.in(state), a.in(state)
		for range 2 {
			_, err := a.Arrive(ctx, arriving.ID, a.later(time.Second))
			if state == media.Deleting || state == media.Deleted {
				a.requireCode(fault.Conflict, err)
			} else {
				require.NoError(t, err)
			}
			_, err = a.Finish(ctx, finishing.ID, facts, made, a.now)
			require.NoError(t, err)
			_, err = a.Refuse(ctx, refusing.ID, media.Broken, a.now)
			require.NoError(t, err)
		}
		a.is(arriving.ID, after[0])
		a.is(finishing.ID, after[1])
		a.is(refusing.ID, after[2])
	}
	_, err := a.Arrive(ctx, "med_yok", a.now)
	a.requireCode(fault.NotFound, err)
}

func TestMedia_ListsTheNewestFirstByPage(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	var ids []string
	for i := range 5 {
		a.later(time.Second)
		ids = append(ids, a.in([]media.State{media.Ready, media.AwaitingUpload}[i%2]).ID)
	}
	slices.Reverse(ids)
	page := func(s media.Search) []string {
		found, err := a.List(t.Context(), s)
		require.NoError(t, err)
		got := []string{}
		for _, asset := range found {
			got = append(got, asset.ID)
		}
		return got
	}
	require.Equal(t, ids[:2], page(media.Search{Limit: 2}))
	require.Equal(t, ids[2:4], page(media.Search{Limit: 2, Before: ids[1]}))
	require.Equal(t, []string{ids[1], ids[3]}, page(media.Search{Limit: 9, State: media.AwaitingUpload}))
}

func TestMedia_IsClaimedAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	ctx := t.Context()
	ready, uploaded, mine := a.in(media.Ready), a.in(media.Uploaded), a.in(media.Ready)
	require.NoError(t, a.Claim(ctx, []string{mine.ID}, "prd_1"))
	for name, tt := range map[string]struct {
		id   string
		want fault.Code
	}{
		"nobody's id":   {"med_01k3v8m4w0f3q2x9y6z7a1b2c3", fault.Invalid},
		"not uploaded":  {a.in(media.AwaitingUpload).ID, fault.Invalid},
		"refused":       {a.in(media.Refused).ID, fault.Invalid},
		"being deleted": {a.in(media.Deleting).ID, fault.Conflict},
		"deleted":       {a.in(media.Deleted).ID, fault.Conflict},
	} {
		err := a.Claim(ctx, []string{ready.ID, mine.ID, uploaded.ID, tt.id}, "prd_1")
		a.requireCode(tt.want, err)
		require.ErrorContains(t, err, tt.id, name)
		require.Empty(t, a.is(ready.ID, media.Ready).Users, name)
		require.Empty(t, a.is(uploaded.ID, media.Uploaded).Users, name)
		require.True(t, a.is(mine.ID, media.Ready).Users["prd_1"], "what it had before it keeps")
	}
	for range 2 {
		require.NoError(t, a.Claim(ctx, []string{ready.ID, uploaded.ID}, "prd_1"))
	}
	require.NoError(t, a.Claim(ctx, []string{ready.ID}, "prd_2"))
	require.Equal(t, map[string]bool{"prd_1": true, "prd_2": true}, a.is(ready.ID, media.Ready).Users)
	require.NoError(t, a.Claim(ctx, nil, "prd_1"))
	a.requireCode(fault.Internal, a.Claim(ctx, []string{ready.ID}, "prd.1"))
	a.requireCode(fault.Internal, a.Claim(ctx, []string{ready.ID}, ""))
}

func TestMedia_IsUnusedSinceItsLastUserLeftIt(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	ctx := t.Context()
	asset := a.in(media.Ready)
	for _, user := range []string{"prd_1", "prd_2"} {
		require.NoError(t, a.Claim(ctx, []string{asset.ID}, user))
	}
	began := a.now
	require.NoError(t, a.Release(ctx, []string{asset.ID}, "prd_1", a.later(time.Hour)))
	require.Equal(t, began, a.is(asset.ID, media.Ready).UnusedSince, "somebody is left")
	require.NoError(t, a.Release(ctx, []string{asset.ID, "med_yok"}, "prd_2", a.later(time.Hour)))
	left := a.is(asset.ID, media.Ready)
	require.Empty(t, left.Users)
	require.Equal(t, a.now, left.UnusedSince)
	require.NoError(t, a.Release(ctx, []string{asset.ID}, "prd_2", a.later(time.Hour)), "again is no error")
	require.Equal(t, left.UnusedSince, a.is(asset.ID, media.Ready).UnusedSince, "and changes nothing")
}

func TestMedia_IsDeletedByStaffUnlessItIsUsed(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	ctx := t.Context()
	used := a.in(media.Ready)
	require.NoError(t, a.Claim(ctx, []string{used.ID}, "prd_1"))
	_, err := a.Delete(ctx, used.ID, a.now)
	a.requireCode(fault.Conflict, err)
	_, err = a.Delete(ctx, a.in(media.Uploaded).ID, a.now)
	a.requireCode(fault.Conflict, err)
	_, err = a.Delete(ctx, "med_yok", a.now)
	a.requireCode(fault.NotFound, err)
	for _, state := range []media.State{media.AwaitingUpload, media.Ready, media.Refused, media.Deleting} {
		asset, err := a.Delete(ctx, a.in(state).ID, a.now)
		require.NoError(t, err, state)
		require.Equal(t, media.Deleting, asset.State)
	}
}

func TestMedia_RetiresWhatNobodyUsesAndWhatCameToNothing(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	ctx := t.Context()
	unused, used, refused, stale, looked := a.in(media.Ready), a.in(media.Ready), a.in(media.Refused), a.in(media.AwaitingUpload), a.in(media.Uploaded)
	require.NoError(t, a.Claim(ctx, []string{used.ID, looked.ID}, "prd_1"))
	retire := func(limit int) int {
		n, err := a.Retire(ctx, a.now.Add(-7*24*time.Hour), a.now.Add(-24*time.Hour), a.now, limit)
		require.NoError(t, err)
		return n
	}
	require.Zero(t, retire(10))
	a.later(25 * time.Hour)
	fresh := a.in(media.Ready)
	require.Equal(t, 2, retire(10))
	a.is(refused.ID, media.Deleting)
	a.is(stale.ID, media.Deleting)
	a.is(unused.ID, media.Ready)
	a.later(6 * 24 * time.Hour)
	require.Equal(t, 1, retire(10))
	require.Equal(t, a.now, a.is(unused.ID, media.Deleting).ChangedAt)
	a.is(used.ID, media.Ready)
	a.is(looked.ID, media.Uploaded)
	a.is(fresh.ID, media.Ready)
	a.later(365 * 24 * time.Hour)
	require.Equal(t, 1, retire(10), "the fresh one by now")
	a.is(used.ID, media.Ready)
}

// TestMedia_IsNeverDeletedWhileSomebodyUsesIt lets products claim and leave pictures
// while the sweeper gives up whatever is unused at that very moment.
func TestMedia_IsNeverDeletedWhileSomebodyUsesIt(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var assets []string
	for range 6 {
		assets = append(assets, a.in(media.Ready).ID)
	}
	var claims, refusals atomic.Int64
	var buyers, sweeper sync.WaitGroup
	done := make(chan struct{})
	sweeper.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := a.Retire(ctx, a.now.Add(time.Hour), a.now, a.now, 10); err != nil {
				t.Errorf("retiring: %v", err)
			}
		}
	})
	kept := make([][]string, 12)
	for n := range kept {
		buyers.Go(func() {
			user := "prd_" + strconv.Itoa(n)
			for i := range 40 {
				assetID := assets[(n+i)%len(assets)]
				err := a.Claim(ctx, []string{assetID}, user)
				if err != nil {
					if !fault.Is(err, fault.Conflict) {
						t.Errorf("claiming: %v", err)
					}
					refusals.Add(1)
					continue
				}
				claims.Add(1)
				held, err := a.Find(ctx, assetID)
				if err != nil || held.State != media.Ready || !held.Users[user] {
					t.Errorf("a picture in use is %s: %v", held.State, err)
				}
				if i >= 37 {
					kept[n] = append(kept[n], assetID)
					continue
				}
				if err := a.Release(ctx, []string{assetID}, user, a.now); err != nil {
					t.Errorf("releasing: %v", err)
				}
			}
		})
	}
	buyers.Wait()
	close(done)
	sweeper.Wait()
	t.Logf("%d claims, %d refused", claims.Load(), refusals.Load())
	require.Positive(t, claims.Load())
	for n, ids := range kept {
		for _, assetID := range ids {
			require.True(t, a.is(assetID, media.Ready).Users["prd_"+strconv.Itoa(n)])
		}
	}
	for _, assetID := range assets {
		asset, err := a.Find(t.Context(), assetID)
		require.NoError(t, err)
		require.False(t, asset.State == media.Deleting && len(asset.Users) > 0, "%+v", asset)
	}
}

func TestMedia_FindsWhatWaits(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	ctx := t.Context()
	uploaded, deleting, ready := a.in(media.Uploaded), a.in(media.Deleting), a.in(media.Ready)
	ids := func(found []media.Asset, err error) []string {
		t.Helper()
		require.NoError(t, err)
		all := []string{}
		for _, asset := range found {
			all = append(all, asset.ID)
		}
		return all
	}
	require.Empty(t, ids(a.Waiting(ctx, media.Uploaded, a.now, "", 10)))
	a.later(time.Minute)
	require.Equal(t, []string{uploaded.ID}, ids(a.Waiting(ctx, media.Uploaded, a.now, "", 10)))
	require.Empty(t, ids(a.Waiting(ctx, media.Uploaded, a.now, uploaded.ID, 10)))
	require.Equal(t, []string{deleting.ID}, ids(a.Waiting(ctx, media.Deleting, a.now, "", 10)))
	require.Equal(t, []string{ready.ID}, ids(a.Originals(ctx, a.now, "", 10)))
	require.Empty(t, ids(a.Originals(ctx, a.now, ready.ID, 10)))
	require.NoError(t, a.Bare(ctx, ready.ID))
	require.Empty(t, ids(a.Originals(ctx, a.now, "", 10)))
	ticketed := media.New(media.Disk, facts, "ayse", a.now)
	ticketed.State, ticketed.TicketUntil = media.Ready, a.now.Add(time.Hour)
	require.NoError(t, a.Create(ctx, ticketed))
	require.Empty(t, ids(a.Originals(ctx, a.now, "", 10)), "its ticket still opens")

	require.NoError(t, a.Gone(ctx, deleting.ID, a.now))
	require.NoError(t, a.Gone(ctx, ready.ID, a.now), "which is not being deleted, and stays")
	a.is(ready.ID, media.Ready)
	n, err := a.Forget(ctx, a.now)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = a.Forget(ctx, a.later(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = a.Find(ctx, deleting.ID)
	a.requireCode(fault.NotFound, err)
}

func (a *album) sharing(sha string) media.Asset {
	return media.New(media.Disk, media.Facts{ContentType: "image/png", Bytes: 10, SHA256: sha}, "ayse", a.now)
}

func TestMedia_SharesTheSameBytesAsLongAsTheyAreKept(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	ctx := t.Context()
	first, err := a.Share(ctx, a.sharing("aa"), a.now)
	require.NoError(t, err)
	other, err := a.Share(ctx, a.sharing("bb"), a.now)
	require.NoError(t, err)
	require.NotEqual(t, first.ID, other.ID)
	same, err := a.Share(ctx, a.sharing("aa"), a.later(time.Hour))
	require.NoError(t, err)
	require.Equal(t, first.ID, same.ID)
	require.Equal(t, a.now, same.UnusedSince, "it is kept for as long as a new one")

	_, err = a.Delete(ctx, first.ID, a.now)
	require.NoError(t, err)
	again, err := a.Share(ctx, a.sharing("aa"), a.now)
	require.NoError(t, err)
	require.NotEqual(t, first.ID, again.ID)
	require.NoError(t, a.Gone(ctx, first.ID, a.now))
	still, err := a.Share(ctx, a.sharing("aa"), a.now)
	require.NoError(t, err)
	require.Equal(t, again.ID, still.ID, "the old one's end took nothing from the new one")
}

func TestMedia_SharesTheSameBytesThatComeAtOnce(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			got, err := a.Share(t.Context(), a.sharing("cc"), a.now)
			if err != nil {
				t.Errorf("%d: %v", n, err)
				return
			}
			if found, err := a.Find(t.Context(), got.ID); err != nil || found.ID != got.ID {
				t.Errorf("%d got an asset that is not there: %v", n, err)
			}
		})
	}
	all.Wait()
	one, err := a.Share(t.Context(), a.sharing("cc"), a.now)
	require.NoError(t, err)
	two, err := a.Share(t.Context(), a.sharing("cc"), a.now)
	require.NoError(t, err)
	require.Equal(t, one.ID, two.ID, "whoever was created meanwhile, one has the bytes")
}
