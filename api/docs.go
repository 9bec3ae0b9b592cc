package api

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/fault"
)

// docsFiles is the reference page: Swagger UI as published by its authors, and
// our own two files that start it. Nothing of it loads from the Internet.
//
//go:embed docs/index.html docs/start.js docs/swagger-ui.css docs/swagger-ui-bundle.js
var docsFiles embed.FS

// docsPolicy lets the page load from here and from nowhere else. Swagger UI
// sets styles on its elements and has pictures in its style sheet.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'"

var docsTypes = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

// serveDocs serves the OpenAPI document and the reference page.
func (a *API) serveDocs() {
	document := sync.OnceValues(func() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) })
	a.engine.GET("/openapi.json", func(c *gin.Context) {
		body, err := document()
		if err != nil {
			a.refuse(c, a.problem(c.Request.Context(), err))
			return
		}
		c.Header("Cache-Control", "no-cache")
		c.Data(http.StatusOK, "application/json", body)
	})
	a.engine.GET("/", func(c *gin.Context) { c.Redirect(http.StatusFound, "/docs") })
	a.engine.GET("/docs", func(c *gin.Context) { a.serveDoc(c, "index.html") })
	a.engine.GET("/docs/:file", func(c *gin.Context) { a.serveDoc(c, c.Param("file")) })
}

func (a *API) serveDoc(c *gin.Context, name string) {
	body, err := fs.ReadFile(docsFiles, path.Join("docs", path.Base(name)))
	if err != nil {
		a.refuse(c, problemOf(c, fault.NotFound, saidNothingHere))
		return
	}
	c.Header("Content-Security-Policy", docsPolicy)
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, docsTypes[path.Ext(name)], body)
}
