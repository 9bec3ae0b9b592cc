package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/media/mediatest"
)

func TestAlbum_AProductShowsItsPicturesAndKeepsThem(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	s.deps.Products = catalog.Illustrated{Store: s.deps.Products, Pictures: s.deps.Pictures, Now: s.deps.Clock}
	s.serve(t)
	as := s.merchandiser(t)
	uploaded := s.upload("image/jpeg", mediatest.Photo(t, 1200, 900, 6))
	require.Equal(t, http.StatusCreated, uploaded.StatusCode, "%s", uploaded.raw)
	mediaID := uploaded.json["id"].(string)
	product := "/v1/staff/products/" + s.products[2].ID
	pictures := `{"pictures":[{"media":"` + mediaID + `","alt":{"tr":"Üç kişilik bakır cezve"}}]}`
	requireProblem(t, s.do(t, as("PATCH", product, `{"pictures":[{"media":"med_yok"}]}`, "If-Match", `"1"`)), 422, "invalid")
	a := s.do(t, as("PATCH", product, pictures, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Empty(t, s.do(t, call{method: "GET", path: "/v1/products/cezve"}).json["pictures"], "it is not ready yet")

	s.develop(mediaID)
	shown := s.do(t, call{method: "GET", path: "/v1/products/cezve"}).json["pictures"].([]any)[0].(map[string]any)
	require.Equal(t, "Üç kişilik bakır cezve", shown["alt"])
	require.Len(t, shown["sizes"], 3)
	listed := s.do(t, call{method: "GET", path: "/v1/products?category=kitchen"}).json["items"].([]any)[0].(map[string]any)
	require.Equal(t, shown, listed["picture"])
	requireProblem(t, s.do(t, as("DELETE", "/v1/staff/media/"+mediaID, "")), 409, "conflict")

	a = s.do(t, as("PATCH", product, `{"pictures":[]}`, "If-Match", `"1"`))
	requireProblem(t, a, 412, "revision_stale")
	requireProblem(t, s.do(t, as("DELETE", "/v1/staff/media/"+mediaID, "")), 409, "conflict")
	a = s.do(t, as("PATCH", product, `{"pictures":[]}`, "If-Match", `"2"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, http.StatusNoContent, s.do(t, as("DELETE", "/v1/staff/media/"+mediaID, "")).StatusCode, "nobody shows it any more")
	requireProblem(t, s.do(t, as("PATCH", product, pictures, "If-Match", `"3"`)), 409, "conflict")
}
