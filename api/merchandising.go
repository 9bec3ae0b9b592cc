package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/identity"
)

// StaffMerchandising is what merchandisers tell the search beside the products.
type StaffMerchandising struct {
	Revision  int64         `json:"revision,omitempty" readOnly:"true" doc:"The ETag."`
	UpdatedAt time.Time     `json:"updated_at,omitzero" readOnly:"true"`
	Synonyms  []SynonymView `json:"synonyms" nullable:"false" maxItems:"1000"`
	Pins      []PinView     `json:"pins" nullable:"false" maxItems:"500"`
	Boosts    []BoostView   `json:"boosts" nullable:"false" maxItems:"200"`
}

// SynonymView are words that mean the same.
type SynonymView struct {
	Language string   `json:"language,omitempty" enum:"tr,en" doc:"Missing for both."`
	Words    []string `json:"words" nullable:"false" maxItems:"12" example:"[\"cep telefonu\",\"akıllı telefon\"]"`
	From     string   `json:"from,omitempty" maxLength:"100" doc:"Makes it one way: who searches for it finds the words, not the other way round."`
}

// PinView puts products at the head of a search or of a category.
type PinView struct {
	Text     string   `json:"text,omitempty" maxLength:"100" doc:"The whole text of the search; or a category."`
	Category string   `json:"category,omitempty" maxLength:"40"`
	Products []string `json:"products" nullable:"false" maxItems:"50" doc:"In their order."`
}

// BoostView moves products forward.
type BoostView struct {
	Text     string   `json:"text,omitempty" maxLength:"100" doc:"The whole text of the search; or a category; or neither for everything."`
	Category string   `json:"category,omitempty" maxLength:"40"`
	Products []string `json:"products" required:"false" nullable:"false" maxItems:"50"`
	Brand    string   `json:"brand,omitempty" maxLength:"100"`
	Tag      string   `json:"tag,omitempty" maxLength:"100"`
	Percent  int64    `json:"percent" minimum:"1" maximum:"1000" doc:"How much their score grows."`
}

type merchandisingOutput struct {
	ETag string `header:"ETag"`
	Body StaffMerchandising
}

type saveMerchandisingInput struct {
	RevisionHeader
	Body StaffMerchandising
}

type missesInput struct {
	Days  int `query:"days" minimum:"1" maximum:"90" default:"7" doc:"How many days back."`
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type missView struct {
	Text     string    `json:"text" doc:"In small letters without accents."`
	Language string    `json:"language" enum:"tr,en"`
	Count    int64     `json:"count"`
	Last     time.Time `json:"last"`
}

type missesOutput struct {
	Body struct {
		Items []missView `json:"items" nullable:"false" doc:"The commonest first."`
	}
}

// maxMerchandisingBody holds everything that may be said.
const maxMerchandisingBody = 1 << 20

func (a *API) merchandisingRoutes() {
	handle(a, Route{
		ID: "get-merchandising", Method: http.MethodGet, Path: "/v1/staff/merchandising", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Show synonyms, pinned and boosted products",
	}, a.getMerchandising)
	handle(a, Route{
		ID: "put-merchandising", Method: http.MethodPut, Path: "/v1/staff/merchandising", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Say what synonyms, pinned and boosted products there are", MaxBody: maxMerchandisingBody, Codes: revisionCodes(),
		Description: "All of them at once. Searches follow within a second.",
	}, a.putMerchandising)
	handle(a, Route{
		ID: "list-searches-without-results", Method: http.MethodGet, Path: "/v1/staff/searches", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary:     "List what was searched for in vain",
		Description: "Without whoever asked. Texts that may be a mail address or somebody's number are not kept.",
	}, a.listMisses)
}

func showMerchandising(m catalog.Merchandising) *merchandisingOutput {
	v := StaffMerchandising{Revision: m.Revision, UpdatedAt: m.At, Synonyms: []SynonymView{}, Pins: []PinView{}, Boosts: []BoostView{}}
	for _, s := range m.Synonyms {
		v.Synonyms = append(v.Synonyms, SynonymView(s))
	}
	for _, p := range m.Pins {
		v.Pins = append(v.Pins, PinView(p))
	}
	for _, b := range m.Boosts {
		if b.Products == nil {
			b.Products = []string{}
		}
		v.Boosts = append(v.Boosts, BoostView(b))
	}
	return &merchandisingOutput{ETag: etag(m.Revision), Body: v}
}

func (v StaffMerchandising) merchandising(revision int64) catalog.Merchandising {
	m := catalog.Merchandising{Revision: revision, Synonyms: []catalog.SynonymSet{}, Pins: []catalog.Pinned{}, Boosts: []catalog.Boosted{}}
	for _, s := range v.Synonyms {
		m.Synonyms = append(m.Synonyms, catalog.SynonymSet(s))
	}
	for _, p := range v.Pins {
		m.Pins = append(m.Pins, catalog.Pinned(p))
	}
	for _, b := range v.Boosts {
		m.Boosts = append(m.Boosts, catalog.Boosted(b))
	}
	return m
}

func (a *API) getMerchandising(ctx context.Context, _ *struct{}) (*merchandisingOutput, error) {
	m, err := a.Said.Merchandising(ctx)
	if err != nil {
		return nil, err
	}
	return showMerchandising(m), nil
}

func (a *API) putMerchandising(ctx context.Context, in *saveMerchandisingInput) (*merchandisingOutput, error) {
	before, err := a.Said.Merchandising(ctx)
	if err != nil {
		return nil, err
	}
	if err := in.over(before.Revision); err != nil {
		return nil, err
	}
	after, err := a.Said.SaveMerchandising(ctx, in.Body.merchandising(before.Revision))
	if err != nil {
		return nil, inField(err, "body")
	}
	was, is := showMerchandising(before), showMerchandising(after)
	a.changed(ctx, difference(is.Body, was.Body), difference(was.Body, is.Body))
	return is, nil
}

func (a *API) listMisses(ctx context.Context, in *missesInput) (*missesOutput, error) {
	from := a.Clock().UTC().AddDate(0, 0, 1-in.Days).Format(time.DateOnly)
	misses, err := a.Misses.Since(ctx, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &missesOutput{}
	out.Body.Items = []missView{}
	for _, m := range misses {
		out.Body.Items = append(out.Body.Items, missView{Text: m.Text, Language: m.Language, Count: m.Count, Last: m.Last})
	}
	return out, nil
}
