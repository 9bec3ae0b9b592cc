package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/fault"
)

// holdsCard is what a request with a card number is told.
const holdsCard = "this request holds what looks like a card number; card details go to the payment provider only, whose token is what we take"

// readBody reads the whole body of a write, refuses one that is too large, not
// JSON, holds a card number or says one thing twice, and puts it back for the
// route.
func readBody(c *gin.Context, r Route) error {
	if !r.hasBody() {
		return nil
	}
	most := r.maxBody()
	tooLarge := fault.New(fault.TooLarge, "a body may have at most %d bytes here", most)
	if c.Request.ContentLength > most {
		return tooLarge
	}
	if most > maxCatalogueBody {
		if err := lengthen(c); err != nil {
			return err
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, most))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge
	case err != nil:
		return fault.Wrap(err, fault.Malformed, "the body did not arrive as a whole")
	case len(body) > 0 && !r.AnyBody && !isJSON(c.GetHeader("Content-Type")):
		return fault.New(codeMediaType, "the body must be application/json")
	case len(body) > 0 && len(r.Takes) > 0 && !slices.Contains(r.Takes, mediaType(c.GetHeader("Content-Type"))):
		return fault.New(codeMediaType, "the body must be %s", strings.Join(r.Takes, " or "))
	case r.NoCards && holdsCardNumber(body):
		return fault.New(fault.CardNumber, holdsCard).With(detailField, "body")
	}
	if !r.AnyBody {
		if err := refuseTwins(body); err != nil {
			return err
		}
	}
	requestOf(c.Request.Context()).body = body
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// isJSON reports whether a body is JSON: a merge patch has a type of its own (RFC 7396).
func isJSON(contentType string) bool {
	media := mediaType(contentType)
	return media == "application/json" || media == "application/merge-patch+json"
}

// mediaType is a type without its parameters; empty where it cannot be read.
func mediaType(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return media
}

// fileTime is how long a file may take on its way in, far longer than any other body.
const fileTime = 3 * time.Minute

// lengthen gives a file the time that it needs, and its answer as well.
func lengthen(c *gin.Context) error {
	control := http.NewResponseController(c.Writer)
	until := time.Now().Add(fileTime)
	err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(streamWrite)))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fault.Wrap(err, fault.Internal, "the connection takes no deadline")
	}
	return nil
}
