package cloudinary

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

// refusals turns an answer that is none into an error: Cloudinary's client does not
// look at the status, and reads an empty success out of a proxy's apology.
type refusals struct{ next http.RoundTripper }

// refusal is an answer other than success.
type refusal struct {
	status  int
	message string
}

// Error returns status and message; Cloudinary's repeats nothing secret.
func (r *refusal) Error() string { return fmt.Sprintf("status %d: %s", r.status, r.message) }

// maxMessage bounds what is read of a refusal.
const maxMessage = 4 << 10

// RoundTrip implements http.RoundTripper.
func (t refusals) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(req)
	if err != nil || res.StatusCode < http.StatusBadRequest {
		return res, err
	}
	defer res.Body.Close()
	var said struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.NewDecoder(io.LimitReader(res.Body, maxMessage)).Decode(&said) != nil {
		said.Error.Message = http.StatusText(res.StatusCode)
	}
	return nil, &refusal{res.StatusCode, said.Error.Message}
}

// tooManyRequests is Cloudinary's own status for it
// (cloudinary.com/documentation/admin_api#error_handling).
const tooManyRequests = 420

// stale begins what is told of a signature that is older than an hour: our clock is
// wrong, not the picture (github.com/cloudinary/cloudinary_java, issue 25).
const stale = "Stale request"

// failed tells what a person has to mend from what comes to itself.
func failed(err error, doing, key string) error {
	var said *refusal
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &said), said.status == tooManyRequests, said.status == http.StatusTooManyRequests, said.status >= http.StatusInternalServerError:
		return fault.Wrap(err, fault.Unavailable, "Cloudinary did not answer while %s %s", doing, key)
	case said.status == http.StatusNotFound:
		return fault.New(fault.NotFound, "nothing is kept under %s", key)
	case said.status == http.StatusBadRequest && !strings.HasPrefix(said.message, stale):
		return fault.Wrap(err, fault.Invalid, "Cloudinary cannot read the picture").With("reason", media.Broken)
	}
	return fault.Wrap(err, fault.Internal, "Cloudinary refuses us while %s %s", doing, key)
}
