package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bedesten/bedesten/internal/lab"
)

// declared is the way to the API that lets through only answers which the
// API's document declares for their route.
type declared struct {
	http.RoundTripper
	document string
}

var paths struct {
	once sync.Once
	// of holds the responses of each method of each route.
	of  map[string]map[string]struct{ Responses map[string]any }
	err error
}

// shop is the lab's shop, whose every answer must have been declared.
func shop(t *testing.T) *lab.Shop {
	t.Helper()
	s := rig(t).Shop()
	s.HTTP.Transport = declared{RoundTripper: s.HTTP.Transport, document: s.URL + "/openapi.json"}
	return s
}

// RoundTrip asks, and fails for an answer that no document foretold.
func (d declared) RoundTrip(req *http.Request) (*http.Response, error) {
	paths.once.Do(func() { paths.err = d.read() })
	if paths.err != nil {
		return nil, paths.err
	}
	res, err := d.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	for route, methods := range paths.of {
		form := regexp.MustCompile(`^` + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(route), `[^/]+`) + `$`)
		operation, there := methods[strings.ToLower(req.Method)]
		if !there || !form.MatchString(req.URL.EscapedPath()) {
			continue
		}
		if operation.Responses[strconv.Itoa(res.StatusCode)] == nil {
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			return nil, fmt.Errorf("%s %s does not declare %d: %s", req.Method, route, res.StatusCode, body)
		}
		return res, nil
	}
	return res, nil
}

func (d declared) read() error {
	res, err := (&http.Client{Transport: d.RoundTripper}).Get(d.document)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body := bytes.Buffer{}
	if _, err := body.ReadFrom(res.Body); err != nil {
		return err
	}
	var document struct {
		Paths map[string]map[string]struct{ Responses map[string]any }
	}
	if err := json.Unmarshal(body.Bytes(), &document); err != nil {
		return err
	}
	paths.of = document.Paths
	return nil
}
