package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/bedesten/bedesten/internal/media"
)

// checkMedia looks at where pictures are kept. What is configured beside the one that
// takes new pictures has old ones, and must be as whole. Secrets are not repeated.
func (c Config) checkMedia() []error {
	var errs []error
	switch c.Media {
	case media.Disk:
		if c.MediaDir == "" {
			errs = append(errs, errors.New("BEDESTEN_MEDIA_DIR is required with BEDESTEN_MEDIA=disk: the folder of pictures, the same for api and worker"))
		}
	case media.S3:
		if c.MediaBucket == "" {
			errs = append(errs, errors.New("BEDESTEN_MEDIA_BUCKET is required with BEDESTEN_MEDIA=s3"))
		}
	case media.Cloudinary:
		if c.CloudinaryURL == "" {
			errs = append(errs, errors.New("CLOUDINARY_URL is required with BEDESTEN_MEDIA=cloudinary: cloudinary://<key>:<secret>@<cloud name>, from Cloudinary's console"))
		}
	default:
		errs = append(errs, fmt.Errorf("BEDESTEN_MEDIA: %q is none of disk, s3 and cloudinary", c.Media))
	}
	return append(append(errs, c.checkBucket()...), c.checkCloudinary()...)
}

func (c Config) checkBucket() []error {
	if c.MediaBucket == "" {
		return nil
	}
	var errs []error
	for _, v := range []struct{ name, value, what string }{
		{"BEDESTEN_MEDIA_REGION", c.MediaRegion, "the bucket's region, for example eu-central-1; some servers want auto"},
		{"BEDESTEN_MEDIA_KEY_ID", c.MediaKeyID, "the id of an access key of the bucket"},
		{"BEDESTEN_MEDIA_SECRET_KEY", c.MediaSecretKey, "the access key's secret"},
		{"BEDESTEN_MEDIA_PUBLIC_URL", c.MediaPublicURL, "where browsers get what is below pictures/, for example https://resim.dukkan.example"},
	} {
		if v.value == "" {
			errs = append(errs, fmt.Errorf("%s is required with BEDESTEN_MEDIA_BUCKET: %s", v.name, v.what))
		}
	}
	if err := httpURL(c.MediaEndpoint); c.MediaEndpoint != "" && err != nil {
		errs = append(errs, fmt.Errorf("BEDESTEN_MEDIA_ENDPOINT: %w", err))
	}
	if err := httpURL(c.MediaPublicURL); c.MediaPublicURL != "" && err != nil {
		errs = append(errs, fmt.Errorf("BEDESTEN_MEDIA_PUBLIC_URL: %w", err))
	}
	if c.Live() && (!strings.HasPrefix(c.MediaPublicURL, "https://") || strings.HasPrefix(c.MediaEndpoint, "http://")) {
		errs = append(errs, errors.New("BEDESTEN_MEDIA_PUBLIC_URL and BEDESTEN_MEDIA_ENDPOINT must begin with https:// beside a live Stripe key"))
	}
	return errs
}

func (c Config) checkCloudinary() []error {
	var errs []error
	if c.CloudinaryURL != "" && !cloudinaryURL(c.CloudinaryURL) {
		errs = append(errs, errors.New("CLOUDINARY_URL is not cloudinary://<key>:<secret>@<cloud name>, as Cloudinary's console shows it"))
	}
	for name, value := range map[string]string{"CLOUDINARY_API_URL": c.CloudinaryAPIURL, "CLOUDINARY_DELIVERY_URL": c.CloudinaryDeliveryURL} {
		if err := httpURL(value); value != "" && err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if c.Live() && c.CloudinaryAPIURL != "" {
		errs = append(errs, errors.New("CLOUDINARY_API_URL must be empty beside a live Stripe key: the signatures would be made for somebody else"))
	}
	return errs
}

func cloudinaryURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "cloudinary" || u.Host == "" || u.User == nil {
		return false
	}
	secret, has := u.User.Password()
	return has && secret != "" && u.User.Username() != ""
}
