package api

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Observer is told of a request when it begins. What is done for the request
// runs in the context that it returns; the function is called with the route's
// id and the status once it was answered. A request that no route took has one
// of a few names instead, such as "none".
type Observer = func(*http.Request) (context.Context, func(route string, status int))

// observe tells the observer of a request.
func (a *API) observe(c *gin.Context) {
	if a.Observe == nil {
		c.Next()
		return
	}
	ctx, answered := a.Observe(c.Request)
	c.Request = c.Request.WithContext(ctx)
	defer func() { answered(observedRoute(c), c.Writer.Status()) }()
	c.Next()
}

// observedRoute names the route of a request: its id, or the pattern of one that
// is none of the API's own, such as the reference page.
func observedRoute(c *gin.Context) string {
	if r := requestOf(c.Request.Context()); r.route != "" {
		return r.route
	}
	if c.Request.Method == http.MethodOptions {
		return "preflight"
	}
	if c.FullPath() != "" {
		return c.FullPath()
	}
	return "none"
}
