package disk_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/disk"
	"github.com/bedesten/bedesten/internal/media/mediatest"
	"github.com/bedesten/bedesten/internal/secret"
)

func opened(t *testing.T) (*disk.Storage, string) {
	t.Helper()
	ring, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), secret.MinKeyBytes)})
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "resimler")
	s, err := disk.Open(disk.Config{Dir: dir, PublicURL: "http://127.0.0.1:8080/", Secrets: ring})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, dir
}

// What browsers do with it is tried where they reach it: api/media_storage_test.go.
func TestDisk_KeepsPicturesAsEveryStorage(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) mediatest.Bench {
		t.Helper()
		s, _ := opened(t)
		return mediatest.Bench{Storage: s, Mute: true}
	})
}

const asset = "med_01k3v8m4w0f3q2x9y6z7a1b2c3"

func TestDisk_LeavesItsFolderForNoKey(t *testing.T) {
	t.Parallel()
	s, dir := opened(t)
	secretFile := filepath.Join(filepath.Dir(dir), "gizli")
	require.NoError(t, os.WriteFile(secretFile, []byte("gizli"), 0o600))
	for _, key := range []string{
		"", ".", "../gizli", "uploads/../../gizli", "/etc/passwd", "uploads/" + asset + "/../../gizli", "pictures/" + asset + "/../../../gizli.webp",
		"uploads/" + asset + "\x00", "pictures/" + asset + "/card.webp.part", "uploads/MED_01K3V8M4W0F3Q2X9Y6Z7A1B2C3",
	} {
		require.True(t, fault.Is(s.Put(t.Context(), key, "image/png", []byte("x")), fault.NotFound), key)
		_, err := s.Open(t.Context(), key)
		require.True(t, fault.Is(err, fault.NotFound), key)
		_, err = s.Stat(t.Context(), key)
		require.True(t, fault.Is(err, fault.NotFound), key)
		require.True(t, fault.Is(s.Delete(t.Context(), key), fault.NotFound), key)
	}
	raw, err := os.ReadFile(secretFile)
	require.NoError(t, err)
	require.Equal(t, "gizli", string(raw))
}

func TestDisk_FollowsNoLinkOutOfItsFolder(t *testing.T) {
	t.Parallel()
	s, dir := opened(t)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(dir), "gizli"), []byte("gizli"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "uploads"), 0o750))
	require.NoError(t, os.Symlink("../../gizli", filepath.Join(dir, "uploads", asset)))
	_, err := s.Open(t.Context(), media.OriginalKey(asset))
	require.Error(t, err)
}

func TestDisk_ShowsAPictureOnlyOnceItIsWhole(t *testing.T) {
	t.Parallel()
	s, dir := opened(t)
	body := bytes.Repeat([]byte("bakır cezve "), 100_000)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { _ = s.Put(t.Context(), media.OriginalKey(asset), "image/png", body) })
	}
	all.Go(func() {
		for range 200 {
			if raw, err := media.ReadAll(t.Context(), s, media.OriginalKey(asset)); err == nil && !bytes.Equal(raw, body) {
				t.Error("a part of a picture was read")
			}
		}
	})
	all.Wait()
	left, err := os.ReadDir(filepath.Join(dir, "uploads"))
	require.NoError(t, err)
	require.Len(t, left, 1, "no draft is left behind")
}

func TestDisk_LeavesNoEmptyFoldersOfPicturesThatAreGone(t *testing.T) {
	t.Parallel()
	s, dir := opened(t)
	for _, size := range media.Sizes {
		require.NoError(t, s.Put(t.Context(), media.RenditionKey(asset, size.Name), "image/webp", []byte("x")))
	}
	for _, size := range media.Sizes {
		require.NoError(t, s.Delete(t.Context(), media.RenditionKey(asset, size.Name)))
	}
	left, err := os.ReadDir(filepath.Join(dir, "pictures"))
	require.NoError(t, err)
	require.Empty(t, left)
}
