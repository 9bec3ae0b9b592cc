package config_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

// bucket is a complete configuration of a bucket.
func bucket(change map[string]string) map[string]string {
	env := map[string]string{
		"BEDESTEN_MEDIA": "s3", "BEDESTEN_MEDIA_BUCKET": "resimler", "BEDESTEN_MEDIA_REGION": "eu-central-1", "BEDESTEN_MEDIA_KEY_ID": "AKIA",
		"BEDESTEN_MEDIA_SECRET_KEY": "gizli-anahtar", "BEDESTEN_MEDIA_PUBLIC_URL": "https://resim.dukkan.example",
	}
	maps.Copy(env, change)
	return environment(env)
}

func TestLoad_TakesEveryStorageOfPicturesThatIsWhole(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"a folder":              environment(nil),
		"Amazon's":              bucket(nil),
		"another server":        bucket(map[string]string{"BEDESTEN_MEDIA_ENDPOINT": "http://minio:9000"}),
		"Cloudinary":            environment(map[string]string{"BEDESTEN_MEDIA": "cloudinary", "CLOUDINARY_URL": "cloudinary://123:gizli@dukkan"}),
		"a bucket of old ones":  bucket(map[string]string{"BEDESTEN_MEDIA": "disk"}),
		"Cloudinary, simulated": environment(map[string]string{"BEDESTEN_MEDIA": "cloudinary", "CLOUDINARY_URL": "cloudinary://123:gizli@dukkan", "CLOUDINARY_API_URL": "http://127.0.0.1:12114"}),
	} {
		_, err := config.Load(env)
		require.NoError(t, err, name)
	}
}

func TestLoad_SaysWhatAStorageOfPicturesLacks(t *testing.T) {
	t.Parallel()
	live := map[string]string{"STRIPE_SECRET_KEY": "sk_live_1"}
	for name, tt := range map[string]struct {
		env  map[string]string
		want []string
	}{
		"none":                {environment(map[string]string{"BEDESTEN_MEDIA": "ftp"}), []string{"BEDESTEN_MEDIA"}},
		"no folder":           {environment(map[string]string{"BEDESTEN_MEDIA_DIR": ""}), []string{"BEDESTEN_MEDIA_DIR"}},
		"no bucket":           {environment(map[string]string{"BEDESTEN_MEDIA": "s3"}), []string{"BEDESTEN_MEDIA_BUCKET"}},
		"half a bucket":       {environment(map[string]string{"BEDESTEN_MEDIA_BUCKET": "resimler"}), []string{"BEDESTEN_MEDIA_REGION", "BEDESTEN_MEDIA_KEY_ID", "BEDESTEN_MEDIA_SECRET_KEY", "BEDESTEN_MEDIA_PUBLIC_URL"}},
		"odd addresses":       {bucket(map[string]string{"BEDESTEN_MEDIA_ENDPOINT": "minio", "BEDESTEN_MEDIA_PUBLIC_URL": "resim"}), []string{"BEDESTEN_MEDIA_ENDPOINT", "BEDESTEN_MEDIA_PUBLIC_URL"}},
		"no account":          {environment(map[string]string{"BEDESTEN_MEDIA": "cloudinary"}), []string{"CLOUDINARY_URL"}},
		"an odd account":      {environment(map[string]string{"CLOUDINARY_URL": "cloudinary://gizli@dukkan"}), []string{"CLOUDINARY_URL"}},
		"odd places":          {environment(map[string]string{"CLOUDINARY_API_URL": "x", "CLOUDINARY_DELIVERY_URL": "y"}), []string{"CLOUDINARY_API_URL", "CLOUDINARY_DELIVERY_URL"}},
		"a live simulator":    {environment(merged(live, map[string]string{"CLOUDINARY_API_URL": "http://127.0.0.1:12114"})), []string{"CLOUDINARY_API_URL"}},
		"a live plain bucket": {bucket(merged(live, map[string]string{"BEDESTEN_MEDIA_PUBLIC_URL": "http://resim.dukkan.example"})), []string{"BEDESTEN_MEDIA_PUBLIC_URL"}},
	} {
		_, err := config.Load(tt.env)
		require.Error(t, err, name)
		for _, variable := range tt.want {
			require.ErrorContains(t, err, variable, name)
		}
		require.NotContains(t, err.Error(), "gizli", name)
	}
}

func merged(sets ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range sets {
		maps.Copy(all, m)
	}
	return all
}
