package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/fault"
)

// readBody reads the whole body of a write, refuses one that is too large, not
// JSON or holds a card number, and puts it back for the route.
func readBody(c *gin.Context, r Route) error {
	if !r.hasBody() {
		return nil
	}
	tooLarge := fault.New(fault.TooLarge, "a body may have at most %d bytes", maxBody)
	if c.Request.ContentLength > maxBody {
		return tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge
	case err != nil:
		return fault.Wrap(err, fault.Malformed, "the body did not arrive as a whole")
	case len(body) > 0 && !r.AnyBody && !isJSON(c.GetHeader("Content-Type")):
		return fault.New(codeMediaType, "the body must be application/json")
	}
	if r.NoCards && holdsCardNumber(body) {
		return fault.New(fault.CardNumber, "this request holds what looks like a card number; card details go to the payment provider only, whose token is what we take")
	}
	requestOf(c.Request.Context()).body = body
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}
