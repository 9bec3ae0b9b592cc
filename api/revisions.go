package api

import (
	"strconv"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
)

// RevisionHeader is embedded in the input of writes that are made over a revision.
type RevisionHeader struct {
	IfMatch string `header:"If-Match" doc:"The ETag that was read. Without it: 428; when somebody else wrote meanwhile: 412." example:"\"7\""`
}

// revisionCodes are the problems of a write over a revision.
func revisionCodes(more ...fault.Code) []fault.Code {
	return append([]fault.Code{fault.Stale, fault.RevisionMissing, fault.NotFound}, more...)
}

// etag is a revision as a header says it.
func etag(revision int64) string { return strconv.Quote(strconv.FormatInt(revision, 10)) }

// revision returns what the write is made over. A tag that is none of ours fits no
// revision.
func (h RevisionHeader) revision() (int64, error) {
	tag := strings.TrimSpace(h.IfMatch)
	if tag == "" {
		return 0, fault.New(fault.RevisionMissing, "send the ETag that you read as If-Match, so that nobody's change is lost")
	}
	unquoted := strings.Trim(tag, `"`)
	n, err := strconv.ParseInt(unquoted, 10, 64)
	if err != nil || n < 0 || etag(n) != tag {
		return 0, fault.New(fault.Stale, "If-Match must be one ETag as it was read, such as \"7\"")
	}
	return n, nil
}

// over returns an error unless the write is made over the present revision.
func (h RevisionHeader) over(present int64) error {
	wanted, err := h.revision()
	if err != nil {
		return err
	}
	if wanted != present {
		return fault.New(fault.Stale, "somebody else changed it meanwhile: read it again").With("etag", etag(present))
	}
	return nil
}
