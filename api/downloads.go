package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
)

// download is a file that is kept in chunks.
type download struct {
	id, kind, name string
	size           int64
	chunks         int
	chunk          func(n int) ([]byte, error)
}

// file sends a file chunk by chunk. The first one is read before anything is sent, so
// that what cannot be read is told as everywhere.
func (a *API) file(ctx context.Context, d download) (*huma.StreamResponse, error) {
	first, err := d.chunk(0)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		out := humagin.Unwrap(hc).Writer
		attach(out.Header(), d.kind, d.name)
		out.Header().Set("Content-Length", strconv.FormatInt(d.size, 10))
		out.WriteHeader(http.StatusOK)
		if err := d.send(out, first); err != nil {
			a.Log.WarnContext(ctx, "a file was cut off", "file", d.id, "error", err)
		}
	}}, nil
}

// attach has a browser keep what is sent as a file.
func attach(h http.Header, kind, name string) {
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

func (d download) send(out http.ResponseWriter, chunk []byte) error {
	control := http.NewResponseController(out)
	for n := 0; ; {
		// Each chunk has its own time: a file is longer than an answer.
		if err := control.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err //nolint:wrapcheck // the caller logs it
		}
		if _, err := out.Write(chunk); err != nil {
			return err //nolint:wrapcheck // the caller logs it
		}
		if n++; n >= d.chunks {
			return nil
		}
		var err error
		if chunk, err = d.chunk(n); err != nil {
			return err
		}
	}
}
