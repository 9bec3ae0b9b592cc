package app

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/cloudinary"
	"github.com/bedesten/bedesten/internal/media/disk"
	"github.com/bedesten/bedesten/internal/media/s3"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/order"
)

// pictures opens every storage that pictures may be in: a shop that changed to another
// one still has old ones.
func (a *App) pictures() error {
	a.Pictures, a.Storages = mongo.NewMedia(a.DB), media.Storages{Current: a.Config.Media, ByName: map[string]media.Storage{}}
	if a.Config.MediaDir != "" {
		folder, err := disk.Open(disk.Config{Dir: a.Config.MediaDir, PublicURL: a.Config.PublicURL, Secrets: a.Secrets})
		if err != nil {
			return fmt.Errorf("BEDESTEN_MEDIA_DIR: %w", err)
		}
		a.folder, a.Storages.ByName[media.Disk] = folder, folder
	}
	if a.Config.MediaBucket != "" {
		a.Storages.ByName[media.S3] = bucket(a.Config, a.Policy, a.telemetry.Transport())
	}
	if a.Config.CloudinaryURL != "" {
		account, err := account(a.Config, a.Policy, a.telemetry.Transport())
		if err != nil {
			return err
		}
		a.Storages.ByName[media.Cloudinary] = account
	}
	if _, err := a.Storages.Of(a.Config.Media); err != nil {
		return fmt.Errorf("BEDESTEN_MEDIA: %w", err)
	}
	return nil
}

func bucket(cfg config.Config, p order.Policy, transport wrap) *s3.Storage {
	return s3.New(s3.Config{
		Endpoint: cfg.MediaEndpoint, Region: cfg.MediaRegion, Bucket: cfg.MediaBucket, KeyID: cfg.MediaKeyID, Secret: cfg.MediaSecretKey,
		PublicURL: cfg.MediaPublicURL, CallTimeout: p.ProviderCall, Transport: transport,
	})
}

func account(cfg config.Config, p order.Policy, transport wrap) (*cloudinary.Storage, error) {
	s, err := cloudinary.New(cloudinary.Config{
		URL: cfg.CloudinaryURL, APIURL: cfg.CloudinaryAPIURL, DeliveryURL: cfg.CloudinaryDeliveryURL, CallTimeout: p.ProviderCall, Transport: transport,
	})
	if err != nil {
		return nil, fmt.Errorf("CLOUDINARY_URL: %w", err)
	}
	return s, nil
}
