package codec

import (
	"net/http"
	"slices"

	"go.temporal.io/sdk/converter"
)

// maxBody bounds what a browser may have decoded at once: a page of Temporal's UI
// asks for a history's payloads together, and Temporal takes none above 2 MB.
const maxBody = 16 << 20

// HandlerOptions say who may ask a codec server, and for what.
type HandlerOptions struct {
	// Namespace is the one whose payloads are decoded.
	Namespace string
	// Origins are those of Temporal's UI, whose pages ask from the browser.
	Origins []string
}

// Handler speaks Temporal's remote codec protocol: POST …/decode and …/encode of
// payloads as JSON. It asks nobody who they are: mount it behind the sign-in of
// staff, whose cookie the UI sends along when its codec includes credentials.
func (c *Codec) Handler(o HandlerOptions) http.Handler {
	payloads := converter.NewPayloadCodecHTTPHandler(c)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" {
			w.Header().Add("Vary", "Origin")
			if !slices.Contains(o.Origins, origin) {
				http.Error(w, "this origin is not Temporal's UI: set BEDESTEN_TEMPORAL_UI_URL", http.StatusForbidden)
				return
			}
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Authorization-Extras, Content-Type, X-Namespace")
			w.Header().Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if asked := r.Header.Get("X-Namespace"); asked != "" && asked != o.Namespace {
			http.Error(w, "this codec decodes the namespace "+o.Namespace+" only", http.StatusForbidden)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		payloads.ServeHTTP(w, r)
	})
}
