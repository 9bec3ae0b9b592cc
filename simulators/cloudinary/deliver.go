package cloudinary

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// contentTypes are those of the formats.
var contentTypes = map[string]string{"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}

// download sends an original, by a signed address. Without a format it comes as it was
// uploaded (unverified); another format is not served here.
func (s *Server) download(c *call) (answer, *apiError) {
	if err := addressed(c); err != nil {
		return answer{}, err
	}
	p, found := s.pictures[c.params.Get("public_id")]
	if !found {
		return answer{}, notFound(c.params.Get("public_id"))
	}
	if format := c.params.Get("format"); format != "" && format != p.format {
		return answer{}, badRequest("Invalid format " + format)
	}
	return answer{http.StatusOK, contentTypes[p.format], p.body}, nil
}

// deliver sends what a transformation made:
// /<cloud>/image/private/<transformation>/v<version>/<public id>. As with strict
// transformations, what was not made before is not made for whoever asks; the original
// of a private image needs a signature in its address
// (cloudinary.com/documentation/control_access_to_media).
func (s *Server) deliver(w http.ResponseWriter, r *http.Request) {
	rest, ours := strings.CutPrefix(r.URL.Path, "/"+s.cfg.CloudName+"/image/private/")
	if !ours || r.Method != http.MethodGet {
		refuse(w, http.StatusNotFound, "unknown path")
		return
	}
	transformation, rest, _ := strings.Cut(rest, "/")
	if !transformations.MatchString(transformation) {
		refuse(w, http.StatusUnauthorized, "deny or ACL failure")
		return
	}
	if version, publicID, versioned := strings.Cut(rest, "/"); versioned && strings.HasPrefix(version, "v") {
		rest = publicID
	}
	s.mu.Lock()
	p, found := s.pictures[rest]
	var d derivation
	if found {
		d, found = p.derived[transformation]
	}
	s.mu.Unlock()
	if !found {
		refuse(w, http.StatusNotFound, "Resource not found - "+rest)
		return
	}
	w.Header().Set("Content-Type", "image/webp")
	w.Header().Set("Cache-Control", "public, no-transform, immutable, max-age=2592000")
	_, _ = w.Write(d.body) // a client that left asks again
}

// refuse says why in a header (cloudinary.com/documentation/diagnosing_error_codes_tutorial).
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("X-Cld-Error", why)
	w.WriteHeader(status)
}

// Book is what the account holds of one picture.
type Book struct {
	PublicID string `json:"public_id"`
	Format   string `json:"format"`
	Bytes    int    `json:"bytes"`
	// Derived are the transformations that were made.
	Derived []string `json:"derived"`
}

// Books returns every picture by its public id.
func (s *Server) Books() []Book {
	s.mu.Lock()
	defer s.mu.Unlock()
	books := []Book{}
	for _, p := range s.pictures {
		b := Book{PublicID: p.publicID, Format: p.format, Bytes: len(p.body), Derived: []string{}}
		for name := range p.derived {
			b.Derived = append(b.Derived, name)
		}
		slices.Sort(b.Derived)
		books = append(books, b)
	}
	slices.SortFunc(books, func(a, b Book) int { return cmp.Compare(a.PublicID, b.PublicID) })
	return books
}
