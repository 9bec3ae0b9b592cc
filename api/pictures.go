package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

type pictureInput struct {
	Name string `path:"name" doc:"The picture's name, as the product gives it." example:"iphone-13-pro.svg"`
}

type pictureOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	// Policy keeps a picture that is opened as a page from running anything.
	Policy string `header:"Content-Security-Policy"`
	Shared string `header:"Cross-Origin-Resource-Policy"`
	Body   []byte
}

func (a *API) pictureRoutes() {
	handle(a, Route{
		ID: "get-picture", Method: http.MethodGet, Path: picturesPath + "{name}", Tag: "catalogue", Access: Public,
		Summary: "A product's picture", Codes: []fault.Code{fault.NotFound}, Produces: []string{"image/svg+xml"},
	}, a.getPicture)
}

func (a *API) getPicture(ctx context.Context, in *pictureInput) (*pictureOutput, error) {
	slug, isSVG := strings.CutSuffix(in.Name, ".svg")
	if !isSVG {
		return nil, fault.New(fault.NotFound, "no such picture")
	}
	p, err := a.findProduct(ctx, slug, "no such picture")
	if err != nil {
		return nil, err
	}
	return &pictureOutput{
		ContentType: "image/svg+xml", CacheControl: "public, max-age=3600", Shared: "cross-origin",
		Policy: "default-src 'none'; style-src 'unsafe-inline'; sandbox", Body: catalog.Draw(p),
	}, nil
}
