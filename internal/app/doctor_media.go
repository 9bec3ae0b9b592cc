package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/disk"
	"github.com/bedesten/bedesten/internal/order"
)

func mediaLook(cfg config.Config) look {
	switch cfg.Media {
	case media.S3:
		return look{
			name: "Pictures", look: examineBucket,
			remedy: "correct BEDESTEN_MEDIA_BUCKET, BEDESTEN_MEDIA_KEY_ID and BEDESTEN_MEDIA_SECRET_KEY; the key has to list, read, write and delete",
			away:   "wait for the bucket's server, or correct BEDESTEN_MEDIA_ENDPOINT; pictures that are there are shown meanwhile, new ones wait",
		}
	case media.Cloudinary:
		return look{
			name: "Pictures", look: examineCloudinary,
			remedy: "correct CLOUDINARY_URL",
			away: "wait for Cloudinary (https://status.cloudinary.com), or start the simulator that CLOUDINARY_API_URL names; the key is not the cause. " +
				"New pictures wait",
		}
	}
	return look{name: "Pictures", look: examineFolder, remedy: "make BEDESTEN_MEDIA_DIR a folder that api and worker may write to, with all that is in it"}
}

// examineFolder makes a file in the folder and in each one below it that pictures are
// kept in, and removes it: the root may be written to while they belong to somebody else.
func examineFolder(_ context.Context, cfg config.Config) (string, error) {
	if cfg.MediaDir == "" {
		return "", errors.New("BEDESTEN_MEDIA_DIR is empty")
	}
	if err := writable(cfg.MediaDir); err != nil {
		return "", err
	}
	for _, name := range disk.Folders() {
		// One that is not there yet is made with its first picture.
		if err := writable(filepath.Join(cfg.MediaDir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "in " + cfg.MediaDir + ", which can be written to", nil
}

func writable(folder string) error {
	f, err := os.CreateTemp(folder, "doctor-*")
	if err != nil {
		return fmt.Errorf("writing into a folder of pictures: %w", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("writing into a folder of pictures: %w", err)
	}
	return nil
}

// reach asks a storage, within the doctor's time.
func reach(ctx context.Context, who string, ask func(context.Context) error) (string, error) {
	err := ask(ctx)
	switch {
	case fault.Is(err, fault.Unavailable):
		return "", away("%s does not answer: %w", who, err)
	case err != nil:
		return "", fmt.Errorf("%s refuses us: %w", who, err)
	}
	return who + " answers", nil
}

func examineBucket(ctx context.Context, cfg config.Config) (string, error) {
	return reach(ctx, "the bucket "+cfg.MediaBucket, bucket(cfg, order.Policy{ProviderCall: examineTimeout}, nil).Reach)
}

func examineCloudinary(ctx context.Context, cfg config.Config) (string, error) {
	s, err := account(cfg, order.Policy{ProviderCall: examineTimeout}, nil)
	if err != nil {
		return "", err
	}
	return reach(ctx, "Cloudinary", s.Reach)
}
