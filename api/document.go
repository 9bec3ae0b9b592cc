package api

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bedesten/bedesten/internal/fault"
)

const headerRetry = "Retry-After"

// seconds is a Retry-After header. It is a text because a number is sent even
// where there is nothing to wait for.
type seconds string

func inSeconds(n int) seconds {
	if n < 1 {
		return ""
	}
	return seconds(strconv.Itoa(n))
}

// Schema says in the document that it is a number all the same.
func (seconds) Schema(huma.Registry) *huma.Schema {
	least := 1.0
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &least, Description: "After how many seconds to look again."}
}

// acceptLanguage is read by no handler: whoever answers asks the request for it.
func acceptLanguage() *huma.Param {
	return &huma.Param{
		Name: "Accept-Language", In: "header", Example: "en",
		Description: "Turkish or English, for titles and for what shoppers read of a problem; Turkish when neither is asked for.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	}
}

// ifNoneMatch is the condition that a route with answers to keep takes.
func ifNoneMatch() *huma.Param {
	return &huma.Param{
		Name: "If-None-Match", In: "header", Example: `"8hLmO2yqXw3rT0aV"`,
		Description: "The ETag of the answer that you have: where it is what there is, 304 says so.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	}
}

// cachingHeaders adds what an answer that may be kept says of itself.
func cachingHeaders(headers map[string]*huma.Param) map[string]*huma.Param {
	all := maps.Clone(headers)
	if all == nil {
		all = map[string]*huma.Param{}
	}
	for name, says := range map[string]string{
		"ETag": "Names the answer's bytes, for If-None-Match.", "Cache-Control": "How long, and by whom, the answer may be kept.",
		"Vary": "The request's headers that the answer depends on.",
	} {
		all[name] = &huma.Param{Schema: &huma.Schema{Type: huma.TypeString, Description: says}}
	}
	return all
}

// declare describes each success that has the body of the usual one. Where one
// of them is 202, that is the one to look again after.
func (r Route) declare(responses map[string]*huma.Response) {
	usual := responses[strconv.Itoa(max(r.Status, http.StatusOK))]
	if r.Caching != "" {
		responses[strconv.Itoa(http.StatusNotModified)] = &huma.Response{
			Description: "If-None-Match has the ETag of the answer: nothing has changed.", Headers: cachingHeaders(nil),
		}
		usual.Headers = cachingHeaders(usual.Headers)
	}
	for status, says := range r.Answers {
		name := strconv.Itoa(status)
		if responses[name] == nil {
			responses[name] = &huma.Response{}
		}
		one := responses[name]
		one.Description = strings.TrimPrefix(one.Description+" · "+says, " · ")
		if one == usual {
			one.Description = says
			continue
		}
		if status == http.StatusMovedPermanently {
			one.Headers = maps.Clone(usual.Headers) // it has nothing to read, nor an ETag of that
			delete(one.Headers, "ETag")
			continue
		}
		content, headers := maps.Clone(usual.Content), maps.Clone(usual.Headers)
		maps.Copy(content, one.Content)
		if headers == nil {
			headers = map[string]*huma.Param{}
		}
		maps.Copy(headers, one.Headers)
		one.Content, one.Headers = content, headers
	}
	if _, waits := r.Answers[http.StatusAccepted]; !waits {
		return
	}
	for status := range r.Answers {
		if status != http.StatusAccepted {
			delete(responses[strconv.Itoa(status)].Headers, headerRetry)
		}
	}
}

// problems describes the answers of codes, one for each status.
func (a *API) problems(codes []fault.Code) map[string]*huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	byStatus, shown := map[string][]string{}, map[string]map[string]*huma.Example{}
	for _, code := range codes {
		means, known := meanings[code]
		if !known {
			panic(fmt.Sprintf("no status is known for the code %s", code))
		}
		status := strconv.Itoa(means.status)
		byStatus[status] = append(byStatus[status], "`"+string(code)+"`: "+means.title.EN)
		if shown[status] == nil {
			shown[status] = map[string]*huma.Example{}
		}
		shown[status][string(code)] = exampleOf(code)
	}
	responses := map[string]*huma.Response{}
	for status, texts := range byStatus {
		responses[status] = &huma.Response{
			Description: strings.Join(texts, " · "),
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema, Examples: shown[status]}},
		}
		if status == strconv.Itoa(http.StatusTooManyRequests) || status == strconv.Itoa(http.StatusServiceUnavailable) {
			responses[status].Headers = map[string]*huma.Param{headerRetry: {Schema: seconds("").Schema(nil)}}
		}
	}
	return responses
}

// describe returns the head of the API's OpenAPI document.
func describe() huma.Config {
	config := huma.DefaultConfig("Bedesten", "1")
	// Document, reference page and schemas are served by docs.go, without links
	// into the Internet and without a $schema in every answer.
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.Info.Description = "A shop in which every order is one durable workflow. Money is in minor units, times are RFC 3339 UTC, " +
		"lists are paged by cursor, and everything that is not a success is an `application/problem+json` with a stable `code`. " +
		"A path with another method is 405; HEAD is taken where an answer has an ETag, and answered as GET without the body. A shopper's page of an order is at `/orders/{number}`: a mail's link opens it."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"cartSecret": {Type: "apiKey", In: "header", Name: headerCartSecret, Description: "Given once, when the cart is made."},
		"cartCookie": {Type: "apiKey", In: "cookie", Name: cookieCart, Description: "For browsers of the same origin."},
		"accessToken": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "What signing in gives, for 15 minutes. " +
			"At a route of the staff a wrong one, none, or a shopper's is answered as an address with nothing behind it: 404."},
		"accessCookie": {Type: "apiKey", In: "cookie", Name: cookieAccess, Description: "The same for browsers of the same origin; by https its name begins with __Secure-."},
		"machineKey":   {Type: "http", Scheme: "bearer", Description: "A machine's key, bdk_…, with the scope that the route's x-permission names."},
		"orderSecret":  {Type: "apiKey", In: "header", Name: headerOrderSecret, Description: "Given with the answer to a checkout."},
		"orderCookie":  {Type: "apiKey", In: "cookie", Name: cookieOrder + "{order_id}", Description: "For browsers of the same origin."},
	}
	return config
}
