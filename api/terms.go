package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/terms"
)

// TermsView names a version of a text.
type TermsView struct {
	Kind     terms.Kind `json:"kind" enum:"pre_information,distance_sales,privacy,marketing"`
	Hash     string     `json:"hash" doc:"The SHA-256 of the text's bytes: what a checkout accepts it by."`
	Number   int64      `json:"number" doc:"The version's number, from 1 on." example:"1"`
	Language string     `json:"language" enum:"tr,en"`
	URL      string     `json:"url" doc:"Where the text is read, below the API's address." example:"/v1/terms/distance_sales/1/text?language=tr"`
}

func viewTerms(kind terms.Kind, language string, number int64, hash string) TermsView {
	where := "/v1/terms/" + url.PathEscape(string(kind)) + "/" + strconv.FormatInt(number, 10) + "/text?language=" + url.QueryEscape(language)
	return TermsView{Kind: kind, Hash: hash, Number: number, Language: language, URL: where}
}

func viewShown(shown []terms.Current) []TermsView {
	views := make([]TermsView, len(shown))
	for i, c := range shown {
		views[i] = viewTerms(c.Kind, c.Language, c.Number, c.Hash)
	}
	return views
}

// acceptedView is a version that an order's shopper accepted.
type acceptedView struct {
	TermsView
	AcceptedAt time.Time `json:"accepted_at"`
}

func viewAccepted(o order.Order) []acceptedView {
	var views []acceptedView
	for _, t := range o.Accepted {
		views = append(views, acceptedView{viewTerms(terms.Kind(t.Kind), t.Language, t.Number, t.Hash), stamp(t.AcceptedAt)})
	}
	return views
}

// VersionView is a version with its text. It is exported for the document, which
// leaves out what an answer embeds otherwise.
type VersionView struct {
	TermsView
	Text        string    `json:"text" doc:"CommonMark, exactly as it is hashed."`
	PublishedAt time.Time `json:"published_at"`
}

func viewVersion(v terms.Version) VersionView {
	return VersionView{TermsView: viewTerms(v.Kind, v.Language, v.Number, v.Hash), Text: v.Text, PublishedAt: stamp(v.PublishedAt)}
}

type termsOutput struct {
	Body struct {
		Items []TermsView `json:"items"`
	}
}

type versionInput struct {
	Kind     terms.Kind `path:"kind" enum:"pre_information,distance_sales,privacy,marketing"`
	Number   int64      `path:"number" minimum:"1" example:"1"`
	Language string     `query:"language" enum:"tr,en" doc:"That of Accept-Language when missing."`
}

type versionOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         VersionView
}

type textOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// keepForEver lets a version be kept by whoever reads it: it never changes.
const keepForEver = "public, max-age=31536000, immutable"

func (a *API) termsRoutes() {
	handle(a, Route{
		ID: "list-terms", Method: http.MethodGet, Path: "/v1/terms", Tag: "checkout", Access: Public,
		Summary: "List the texts that are shown now", Description: "A checkout accepts pre_information and distance_sales, which a cart shows too.",
	}, a.listTerms)
	handle(a, Route{
		ID: "get-terms", Method: http.MethodGet, Path: "/v1/terms/{kind}/{number}", Tag: "checkout", Access: Public,
		Summary: "Show a version of a text", Codes: []fault.Code{fault.NotFound}, Description: "Every version stays there, for ever.",
	}, func(ctx context.Context, in *versionInput) (*versionOutput, error) {
		v, err := a.findTerms(ctx, in)
		return &versionOutput{CacheControl: keepForEver, Body: viewVersion(v)}, err
	})
	handle(a, Route{
		ID: "read-terms", Method: http.MethodGet, Path: "/v1/terms/{kind}/{number}/text", Tag: "checkout", Access: Public,
		Summary: "Read a version of a text", Codes: []fault.Code{fault.NotFound}, Produces: []string{"text/plain"},
		Description: "Exactly the bytes that are hashed.",
	}, func(ctx context.Context, in *versionInput) (*textOutput, error) {
		v, err := a.findTerms(ctx, in)
		return &textOutput{ContentType: "text/plain; charset=utf-8", CacheControl: keepForEver, Body: []byte(v.Text)}, err
	})
	a.termsStaffRoutes()
}

func (a *API) listTerms(ctx context.Context, _ *struct{}) (*termsOutput, error) {
	current, err := a.shownTerms.now(ctx)
	if err != nil {
		return nil, err
	}
	out := &termsOutput{}
	out.Body.Items = viewShown(terms.Shown(current, requestOf(ctx).language, terms.Kinds...))
	return out, nil
}

func (a *API) findTerms(ctx context.Context, in *versionInput) (terms.Version, error) {
	if in.Language == "" {
		in.Language = requestOf(ctx).language
	}
	v, err := a.Terms.Find(ctx, in.Kind, in.Language, in.Number)
	if fault.Is(err, fault.NotFound) {
		return v, fault.New(fault.NotFound, "no such text")
	}
	return v, err
}

// shownTerms keeps which texts are shown for a moment: every cart and every
// checkout asks. A text that was published elsewhere is shown a moment later.
type shownTerms struct {
	store terms.Store
	clock func() time.Time

	mu   sync.Mutex
	rows []terms.Current
	read time.Time
}

// termsKept is how long it is kept which texts are shown.
const termsKept = time.Second

// now returns what is shown. When it has grown old one asks the store, and the
// others take what there was meanwhile.
func (s *shownTerms) now(ctx context.Context) ([]terms.Current, error) {
	s.mu.Lock()
	now := s.clock()
	if rows := s.rows; rows != nil && now.Sub(s.read) < termsKept {
		s.mu.Unlock()
		return rows, nil
	}
	s.read = now
	s.mu.Unlock()
	return s.renew(ctx)
}

// renew asks the store what is shown.
func (s *shownTerms) renew(ctx context.Context) ([]terms.Current, error) {
	rows, err := s.store.Current(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.read = time.Time{}
		return nil, err
	}
	s.rows = rows
	return rows, nil
}

type acceptedBody struct {
	Kind terms.Kind `json:"kind" enum:"pre_information,distance_sales"`
	Hash string     `json:"hash" pattern:"^[0-9a-f]{64}$" patternDescription:"64 hexadecimal digits" doc:"That of the text that the shopper saw."`
}

// acceptTerms turns what a checkout accepts into what its order keeps. Before a
// text counts as changed the store is asked: another process may have published
// the one that the shopper saw.
func (a *API) acceptTerms(ctx context.Context, accepted []acceptedBody) ([]order.Acceptance, error) {
	given := make(map[terms.Kind]string, len(accepted))
	for _, one := range accepted {
		if before, twice := given[one.Kind]; twice && before != one.Hash {
			return nil, fault.New(fault.Invalid, "%s stands here twice: send the hash of the text that the shopper saw", one.Kind).
				With(detailField, "body.accepted_terms")
		}
		given[one.Kind] = one.Hash
	}
	current, err := a.shownTerms.now(ctx)
	if err != nil {
		return nil, err
	}
	consents, err := terms.Accept(current, given, a.Clock())
	if fault.Is(err, fault.TermsChanged) || fault.Is(err, fault.Unavailable) {
		if current, err = a.shownTerms.renew(ctx); err != nil {
			return nil, err
		}
		consents, err = terms.Accept(current, given, a.Clock())
	}
	if err != nil {
		return nil, inField(err, "body")
	}
	kept := make([]order.Acceptance, len(consents))
	for i, c := range consents {
		kept[i] = order.Acceptance{Kind: string(c.Kind), Language: c.Language, Number: c.Number, Hash: c.Hash, AcceptedAt: c.AcceptedAt}
	}
	return kept, nil
}
