package main

import (
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/bedesten/bedesten/internal/lab"
)

// watched has the rig tell everything that it can tell, to a collector that
// throws it away. Nobody asks for the numbers: collecting them is what counts.
func watched(o lab.Options) (lab.Options, func()) {
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	o.Change = lab.Watched("127.0.0.1:9464", sink.URL)
	return o, sink.Close
}
