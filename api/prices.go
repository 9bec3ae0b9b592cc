package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

type setPricesInput struct {
	Body struct {
		Prices []SKUPrice `json:"prices" nullable:"false" minItems:"1" maxItems:"1000"`
	}
}

// SKUPrice is a price of one SKU.
type SKUPrice struct {
	SKU string `json:"sku" maxLength:"64" example:"GOMLEK-KETEN-M"`
	StaffPrice
}

type changeProductsInput struct {
	Body struct {
		Products []string      `json:"products" nullable:"false" minItems:"1" maxItems:"200" doc:"Ids."`
		Change   productChange `json:"change"`
	}
}

type productChange struct {
	Status           catalog.Status `json:"status,omitempty" enum:"draft,active,archived"`
	Brand            *string        `json:"brand,omitempty" maxLength:"200"`
	AddCategories    []string       `json:"add_categories,omitempty" nullable:"false" maxItems:"20"`
	RemoveCategories []string       `json:"remove_categories,omitempty" nullable:"false" maxItems:"20"`
	AddTags          []string       `json:"add_tags,omitempty" nullable:"false" maxItems:"20"`
	RemoveTags       []string       `json:"remove_tags,omitempty" nullable:"false" maxItems:"20"`
}

// productResult is what became of one product of many.
type productResult struct {
	ProductID string       `json:"product_id,omitempty"`
	SKUs      []string     `json:"skus,omitempty" doc:"Of the request; they were changed together or not at all."`
	Result    string       `json:"result" enum:"changed,unchanged,refused"`
	Code      fault.Code   `json:"code,omitempty" doc:"Why it was refused."`
	Errors    []FieldError `json:"errors,omitempty"`
}

type productResultsOutput struct {
	Body struct {
		Items   []productResult `json:"items" nullable:"false" doc:"One for each product."`
		Changed int             `json:"changed"`
		Refused int             `json:"refused"`
	}
}

func (a *API) priceRoutes() {
	handle(a, Route{
		ID: "set-prices", Method: http.MethodPost, Path: "/v1/staff/prices", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Set prices of many SKUs, now or later", MaxBody: maxCatalogueBody,
		Description: "A price with a from in the future is a scheduled change: every process charges it from that moment on. Products are changed one by one, " +
			"each as a whole or not at all, and the answer says which. Sent again, it changes nothing more.",
	}, a.setPrices)
	handle(a, Route{
		ID: "change-products", Method: http.MethodPost, Path: "/v1/staff/products/changes", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary:     "Change many products in the same way",
		Description: "Products are changed one by one, each as a whole or not at all, and the answer says which. Sent again, it changes nothing more.",
	}, a.changeProducts)
}

func (a *API) setPrices(ctx context.Context, in *setPricesInput) (*productResultsOutput, error) {
	rules, err := catalog.RulesOf(ctx, a.Products)
	if err != nil {
		return nil, err
	}
	skus := make([]string, len(in.Body.Prices))
	for i, p := range in.Body.Prices {
		skus[i] = p.SKU
	}
	products, err := a.Products.OfSKUs(ctx, skus)
	if err != nil {
		return nil, err
	}
	out := &productResultsOutput{}
	owner := map[string]string{}
	for _, p := range products {
		for _, sku := range p.SKUs() {
			owner[sku] = p.ID
		}
	}
	of := map[string][]SKUPrice{}
	for _, price := range in.Body.Prices {
		if owner[price.SKU] == "" {
			out.add(productResult{SKUs: []string{price.SKU}, Result: "refused", Code: fault.NotFound, Errors: []FieldError{{Field: "sku", Message: say(fault.NotFound, "no product has it", requestOf(ctx).language)}}})
			continue
		}
		of[owner[price.SKU]] = append(of[owner[price.SKU]], price)
	}
	for _, p := range products {
		prices := of[p.ID]
		if len(prices) == 0 {
			continue
		}
		result := a.changeOne(ctx, rules, p.ID, func(p *catalog.Product, now time.Time) error { return putPrices(p, prices, now) })
		for _, price := range prices {
			result.SKUs = append(result.SKUs, price.SKU)
		}
		out.add(result)
	}
	a.changed(ctx, nil, in.Body)
	return out, nil
}

func (out *productResultsOutput) add(r productResult) {
	out.Body.Items = append(out.Body.Items, r)
	switch r.Result {
	case "changed":
		out.Body.Changed++
	case "refused":
		out.Body.Refused++
	}
}

// putPrices sets prices of a product's SKUs. One that it has no more is NotFound.
func putPrices(p *catalog.Product, prices []SKUPrice, now time.Time) error {
	for _, price := range prices {
		i := slices.IndexFunc(p.Variants, func(v catalog.Variant) bool { return v.SKU == price.SKU })
		if i < 0 {
			return fault.New(fault.NotFound, saidNotSold+" any more")
		}
		v := &p.Variants[i]
		v.Prices = catalog.Trim(catalog.SetPrice(v.Prices, price.price(), now), now)
	}
	return nil
}

// changeOne changes a product over whatever revision it has, as often as somebody
// else is quicker, and says what became of it.
func (a *API) changeOne(ctx context.Context, rules catalog.Rules, productID string, change func(*catalog.Product, time.Time) error) productResult {
	result := productResult{ProductID: productID, Result: "refused"}
	var err error
	for range changeTries {
		var changed bool
		changed, err = a.tryChange(ctx, rules, productID, change)
		if fault.Is(err, fault.Stale) {
			continue
		}
		if err == nil {
			result.Result = map[bool]string{true: "changed", false: "unchanged"}[changed]
			return result
		}
		break
	}
	problem := a.problem(ctx, err)
	result.Code, result.Errors = problem.Code, problem.Errors
	if len(result.Errors) == 0 {
		result.Errors = []FieldError{{Field: "product", Message: problem.Detail}}
	}
	requestOf(ctx).code = "" // the request itself is answered
	return result
}

func (a *API) tryChange(ctx context.Context, rules catalog.Rules, productID string, change func(*catalog.Product, time.Time) error) (changed bool, err error) {
	p, err := a.Products.Find(ctx, productID)
	if err != nil {
		return false, err
	}
	now := a.Clock().UTC()
	before, was := p, viewStaffProduct(p)
	p.Variants = slices.Clone(p.Variants)
	if err := change(&p, now); err != nil {
		return false, err
	}
	if fields, same := difference(was, viewStaffProduct(p)).(map[string]any); same && len(fields) == 0 {
		return false, nil
	}
	if err := rules.CheckChange(before, p); err != nil {
		return false, err
	}
	p.UpdatedAt = now
	_, err = a.Products.Replace(ctx, p)
	return err == nil, err
}

func (a *API) changeProducts(ctx context.Context, in *changeProductsInput) (*productResultsOutput, error) {
	rules, err := catalog.RulesOf(ctx, a.Products)
	if err != nil {
		return nil, err
	}
	out := &productResultsOutput{}
	for i, productID := range in.Body.Products {
		if slices.Contains(in.Body.Products[:i], productID) {
			continue
		}
		out.add(a.changeOne(ctx, rules, productID, func(p *catalog.Product, _ time.Time) error {
			in.Body.Change.apply(p)
			return nil
		}))
	}
	a.changed(ctx, nil, in.Body)
	return out, nil
}

func (c productChange) apply(p *catalog.Product) {
	if c.Status != "" {
		p.Status = c.Status
	}
	if c.Brand != nil {
		p.Brand = *c.Brand
	}
	p.Categories = changedList(p.Categories, c.AddCategories, c.RemoveCategories)
	p.Tags = changedList(p.Tags, c.AddTags, c.RemoveTags)
}

func changedList(items, add, remove []string) []string {
	changed := slices.DeleteFunc(slices.Clone(items), func(item string) bool { return slices.Contains(remove, item) })
	for _, item := range add {
		if !slices.Contains(changed, item) {
			changed = append(changed, item)
		}
	}
	return changed
}
