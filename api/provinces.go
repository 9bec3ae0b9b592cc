package api

import (
	"context"
	"net/http"

	"github.com/bedesten/bedesten/internal/cart"
)

type provinceView struct {
	Plate     string   `json:"plate" doc:"The number plate, with which the province's postcodes begin." example:"34"`
	Name      string   `json:"name" example:"İstanbul"`
	Districts []string `json:"districts" doc:"In Turkish order. Merkez is the district around the seat of a province that is no metropolis." example:"[\"Adalar\", \"Kadıköy\"]"`
}

type provincesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []provinceView `json:"items"`
	}
}

func (a *API) provinceRoutes() {
	shown := provinces()
	handle(a, Route{
		ID: "list-provinces", Method: http.MethodGet, Path: "/v1/provinces", Tag: "cart", Access: Public,
		Summary:     "List Turkey's provinces with their districts",
		Description: "What an address is chosen from. It may be kept for a day: provinces and districts change by law.",
	}, func(context.Context, *struct{}) (*provincesOutput, error) { return shown, nil })
}

func provinces() *provincesOutput {
	out := &provincesOutput{CacheControl: "public, max-age=86400"}
	for _, name := range cart.Provinces {
		plate, _ := cart.Plate(name)
		out.Body.Items = append(out.Body.Items, provinceView{Plate: plate, Name: name, Districts: cart.Districts(name)})
	}
	return out
}
