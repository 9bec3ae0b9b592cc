package api

import (
	"context"
	"net/http"

	"github.com/bedesten/bedesten/internal/catalog"
)

type collectionView struct {
	ID          string   `json:"id" example:"yaz-indirimi"`
	Slug        string   `json:"slug" example:"yaz-indirimi" doc:"In the language of the answer."`
	Slugs       TextView `json:"slugs" doc:"In each language, for links between them."`
	Name        string   `json:"name" example:"Yaz İndirimi"`
	Description string   `json:"description,omitempty"`
	SEO         seoView  `json:"seo"`
}

type collectionsOutput struct {
	Body struct {
		Items []collectionView `json:"items" nullable:"false" doc:"By id. Those that the shop does not show are left out."`
	}
}

func (a *API) collectionRoutes() {
	handle(a, Route{
		ID: "list-collections", Method: http.MethodGet, Path: "/v1/collections", Tag: "catalogue", Access: Public,
		Summary: "List the collections", Caching: CacheList,
	}, a.listCollections)
}

func (a *API) listCollections(ctx context.Context, _ *struct{}) (*collectionsOutput, error) {
	all, err := a.Products.Collections(ctx)
	if err != nil {
		return nil, err
	}
	language := requestOf(ctx).language
	out := &collectionsOutput{}
	out.Body.Items = []collectionView{}
	for _, c := range all {
		if !c.Hidden {
			out.Body.Items = append(out.Body.Items, viewCollection(c, language))
		}
	}
	return out, nil
}

func viewCollection(c catalog.Collection, language string) collectionView {
	return collectionView{
		ID: c.ID, Slug: c.Slugs.In(language), Slugs: TextView(c.Slugs), Name: c.Name.In(language), Description: c.Description.In(language),
		SEO: seoOf(c.SEO, c.Name, c.Description, language),
	}
}
