package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/terms"
)

type publishInput struct {
	Kind terms.Kind `path:"kind" enum:"pre_information,distance_sales,privacy,marketing"`
	Body struct {
		Language string `json:"language" enum:"tr,en"`
		Text     string `json:"text" minLength:"1" maxLength:"131072" doc:"CommonMark. {{shop_name}}, {{shop_address}}, {{shop_url}} and {{support_email}} are filled in."`
		Replaces int64  `json:"replaces" minimum:"0" doc:"The number of the version that was read before it was edited; 0 where there is none." example:"1"`
	}
}

type publishOutput struct {
	Location string `header:"Location"`
	Body     staffVersionView
}

// staffVersionView is a version with who published it.
type staffVersionView struct {
	VersionView
	PublishedBy string `json:"published_by"`
}

type listVersionsInput struct {
	Kind     terms.Kind `path:"kind" enum:"pre_information,distance_sales,privacy,marketing"`
	Language string     `query:"language" enum:"tr,en" default:"tr"`
	Limit    int        `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   int64      `query:"cursor" minimum:"0" doc:"next_cursor of the page before."`
}

type listVersionsOutput struct {
	Body struct {
		Items      []staffVersionView `json:"items" doc:"The newest first."`
		NextCursor string             `json:"next_cursor,omitempty" doc:"Missing on the last page."`
	}
}

// maxTermsBody holds the longest text, however it is escaped.
const maxTermsBody = 1 << 20

func (a *API) termsStaffRoutes() {
	handle(a, Route{
		ID: "publish-terms", Method: http.MethodPost, Path: "/v1/staff/terms/{kind}", Tag: tagStaff, Access: Staff, Permission: identity.PublishTerms,
		Summary: "Publish a new version of a text", Status: http.StatusCreated, MaxBody: maxTermsBody, Codes: []fault.Code{fault.Conflict},
		Description: "Carts show it from then on; checkouts that accepted the one before are asked to show it. Old versions stay. " +
			"Where somebody else published meanwhile: 409, read theirs first. The same text sent again is no second version.",
	}, a.publishTerms)
	handle(a, Route{
		ID: "list-terms-versions", Method: http.MethodGet, Path: "/v1/staff/terms/{kind}", Tag: tagStaff, Access: Staff, Permission: identity.PublishTerms,
		Summary: "List the versions of a text",
	}, a.listVersions)
}

func (a *API) publishTerms(ctx context.Context, in *publishInput) (*publishOutput, error) {
	draft := terms.Draft{
		Kind: in.Kind, Language: in.Body.Language, Text: in.Body.Text, By: requestOf(ctx).operator, Replaces: in.Body.Replaces,
	}
	v, err := draft.Version(a.Legal, a.Clock())
	if err != nil {
		return nil, inField(err, "body")
	}
	if v, err = a.Terms.Publish(ctx, v); err != nil {
		return nil, err
	}
	if _, err := a.shownTerms.renew(ctx); err != nil {
		return nil, err
	}
	return &publishOutput{
		Location: "/v1/terms/" + string(v.Kind) + "/" + strconv.FormatInt(v.Number, 10) + "?language=" + v.Language, Body: viewForStaff(v),
	}, nil
}

func viewForStaff(v terms.Version) staffVersionView {
	return staffVersionView{VersionView: viewVersion(v), PublishedBy: v.PublishedBy}
}

func (a *API) listVersions(ctx context.Context, in *listVersionsInput) (*listVersionsOutput, error) {
	from := in.Cursor
	if from == 0 {
		current, err := a.Terms.Current(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range current {
			if c.Kind == in.Kind && c.Language == in.Language {
				from = c.Number
			}
		}
	}
	versions, err := a.Terms.List(ctx, in.Kind, in.Language, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &listVersionsOutput{}
	out.Body.Items = make([]staffVersionView, len(versions))
	for i, v := range versions {
		out.Body.Items[i] = viewForStaff(v)
	}
	if last := from - int64(len(versions)); last > 0 {
		out.Body.NextCursor = strconv.FormatInt(last, 10)
	}
	return out, nil
}
