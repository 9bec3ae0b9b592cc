package media

import (
	"time"

	"github.com/bedesten/bedesten/internal/secret"
)

// Sign returns what opens the upload of one asset, of one type and size, until a
// time: a secret of the shop's own, for storages that have no signature themselves.
func Sign(keys *secret.Keyring, a Asset) string {
	return keys.Derive(secret.MediaUpload, a.ID, a.TicketUntil.Unix())
}

// Opens reports whether given is what Sign returned for the asset until the time of
// seconds, and that time is not over.
func Opens(keys *secret.Keyring, given, assetID string, until int64, now time.Time) bool {
	return now.Before(time.Unix(until, 0)) && keys.Opens(given, secret.MediaUpload, assetID, until)
}
