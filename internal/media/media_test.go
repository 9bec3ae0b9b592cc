package media_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/secret"
)

var now = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

func asset(change ...func(*media.Asset)) media.Asset {
	a := media.New(media.Disk, media.Facts{ContentType: "image/png", Bytes: 100}, "ayse", now)
	for _, f := range change {
		f(&a)
	}
	return a
}

func TestNew_MakesAnAssetThatWaitsForItsBytesWhereNobodyIsShownThem(t *testing.T) {
	t.Parallel()
	a := asset()
	require.True(t, id.Valid(id.Media, a.ID))
	require.Equal(t, media.AwaitingUpload, a.State)
	require.True(t, strings.HasPrefix(a.Key, "uploads/"))
	require.NotNil(t, a.Users, "a map that is missing is no empty one to the store")
	require.Equal(t, now, a.UnusedSince)
}

func TestKeys_AreEverythingThatMayHaveBeenMadeAndTheOriginalLast(t *testing.T) {
	t.Parallel()
	a := asset()
	require.Equal(t, []string{
		"pictures/" + a.ID + "/thumbnail.webp", "pictures/" + a.ID + "/card.webp", "pictures/" + a.ID + "/full.webp", "uploads/" + a.ID,
	}, a.Keys(), "whether the row knows of it or not: a worker may have died before")
	for _, size := range media.Sizes {
		a.Renditions[size.Name] = media.Rendition{Key: "c_limit/" + a.Key, Derived: true}
	}
	require.Equal(t, []string{"uploads/" + a.ID}, a.Keys())
}

func TestMatches_ComparesWhatWasDeclared(t *testing.T) {
	t.Parallel()
	found := media.Facts{ContentType: "image/png", Bytes: 100, Width: 5, Height: 5, SHA256: "ab"}
	for name, tt := range map[string]struct {
		change func(*media.Asset)
		want   media.Reason
	}{
		"the same":         {func(*media.Asset) {}, ""},
		"the same hash":    {func(a *media.Asset) { a.SHA256 = "ab" }, ""},
		"another type":     {func(a *media.Asset) { a.ContentType = "image/jpeg" }, media.OtherType},
		"another size":     {func(a *media.Asset) { a.Bytes = 99 }, media.OtherSize},
		"other bytes":      {func(a *media.Asset) { a.SHA256 = "cd" }, media.OtherContent},
		"without any type": {func(a *media.Asset) { a.ContentType = "" }, media.OtherType},
	} {
		err := asset(tt.change).Matches(found)
		why, _ := media.ReasonOf(err)
		require.Equal(t, tt.want, why, name)
		require.Equal(t, tt.want == "", err == nil, name)
	}
}

func TestClaimable_SaysOfEachStateWhetherSomethingNewMayUseIt(t *testing.T) {
	t.Parallel()
	want := map[media.State]fault.Code{
		media.AwaitingUpload: fault.Invalid, media.Uploaded: "", media.Ready: "", media.Refused: fault.Invalid,
		media.Deleting: fault.Conflict, media.Deleted: fault.Conflict,
	}
	require.Len(t, want, len(media.States))
	for state, code := range want {
		a := asset(func(a *media.Asset) { a.State, a.Reason = state, media.Broken })
		err := a.Claimable()
		if code == "" {
			require.NoError(t, err, state)
			continue
		}
		require.True(t, fault.Is(err, code), state)
		require.ErrorContains(t, err, a.ID)
	}
}

func TestReasonOf_IsThatOfARefusedPictureAndOfNothingElse(t *testing.T) {
	t.Parallel()
	why, refused := media.ReasonOf(media.Refuse(media.Animated, "it moves"))
	require.True(t, refused)
	require.Equal(t, media.Animated, why)
	for _, err := range []error{nil, errors.New("x"), fault.New(fault.Invalid, "x"), fault.New(fault.Unavailable, "x").With("reason", media.Broken)} {
		_, refused := media.ReasonOf(err)
		require.False(t, refused, "%v", err)
	}
}

func TestOpens_IsForOnePictureUntilItsTime(t *testing.T) {
	t.Parallel()
	ring, err := secret.NewKeyring(secret.Key{ID: "k2", Bytes: bytes.Repeat([]byte("b"), 32)}, secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), 32)})
	require.NoError(t, err)
	old, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), 32)})
	require.NoError(t, err)
	a := asset(func(a *media.Asset) { a.TicketUntil = now.Add(media.TicketLife) })
	until := a.TicketUntil.Unix()
	require.True(t, media.Opens(ring, media.Sign(ring, a), a.ID, until, now))
	require.True(t, media.Opens(ring, media.Sign(old, a), a.ID, until, now), "keys rotate")
	require.False(t, media.Opens(ring, media.Sign(ring, a), a.ID, until, a.TicketUntil))
	require.False(t, media.Opens(ring, media.Sign(ring, a), a.ID, until+3600, now))
	require.False(t, media.Opens(ring, media.Sign(ring, a), asset().ID, until, now))
	require.False(t, media.Opens(ring, ring.Derive(secret.Order, a.ID, until), a.ID, until, now), "another purpose")
	require.False(t, media.Opens(ring, "", a.ID, until, now))
}

// shelf is a storage with one body under every key.
type shelf struct {
	media.Storage
	body io.Reader
}

func (s shelf) Open(context.Context, string) (io.ReadCloser, error) { return io.NopCloser(s.body), nil }
func (shelf) URL(key string) string                                 { return "https://resim.example/" + key }

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestReadAll_HoldsNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	raw, err := media.ReadAll(t.Context(), shelf{body: bytes.NewReader(make([]byte, media.MaxBytes))}, "k")
	require.NoError(t, err)
	require.Len(t, raw, media.MaxBytes)
	_, err = media.ReadAll(t.Context(), shelf{body: endless{}}, "k")
	why, _ := media.ReasonOf(err)
	require.Equal(t, media.TooLarge, why)
	_, err = media.ReadAll(t.Context(), shelf{body: io.MultiReader(strings.NewReader("x"), cutOff{})}, "k")
	require.True(t, fault.Is(err, fault.Unavailable))
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestURLs_AreOfReadyPicturesWhereverTheyAreKept(t *testing.T) {
	t.Parallel()
	storages := media.Storages{Current: media.Disk, ByName: map[string]media.Storage{media.S3: shelf{}}}
	a := asset(func(a *media.Asset) {
		a.Storage, a.State = media.S3, media.Ready
		a.Renditions["card"] = media.Rendition{Key: media.RenditionKey(a.ID, "card")}
	})
	urls, err := storages.URLs(a)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"card": "https://resim.example/pictures/" + a.ID + "/card.webp"}, urls)
	a.State = media.Deleting
	urls, err = storages.URLs(a)
	require.NoError(t, err)
	require.Empty(t, urls)
	a.State, a.Storage = media.Ready, media.Cloudinary
	_, err = storages.URLs(a)
	require.True(t, fault.Is(err, fault.Internal), "what is not configured any more is a mistake of ours")
}

func ExampleAsset_Matches() {
	declared := media.Asset{Facts: media.Facts{ContentType: "image/jpeg", Bytes: 482_113}}
	err := declared.Matches(media.Facts{ContentType: "image/png", Bytes: 482_113})
	why, _ := media.ReasonOf(err)
	fmt.Println(why)
	// Output: other_type
}
