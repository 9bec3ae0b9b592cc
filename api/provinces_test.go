package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProvinces_AreShownWithTheirDistrictsAndMayBeKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(t, call{method: "GET", path: "/v1/provinces"})
	require.Equal(t, http.StatusOK, a.StatusCode)
	require.Equal(t, "public, max-age=86400", a.Header.Get("Cache-Control"))
	items := a.json["items"].([]any)
	require.Len(t, items, 81)
	istanbul := items[33].(map[string]any)
	require.Equal(t, "34", istanbul["plate"])
	require.Equal(t, "İstanbul", istanbul["name"])
	require.Contains(t, istanbul["districts"], "Kadıköy")
	require.Equal(t, "01", items[0].(map[string]any)["plate"])
}

func TestAddress_SaysInTheShoppersLanguageWhatDoesNotBelongTogether(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	for _, tt := range []struct{ from, to, field, turkish, english string }{
		{"istanbul", "Bavyera", "body.address.province", "Böyle bir il yok: 81 ilden birini seçin.", "GET /v1/provinces lists them"},
		{"Kadıköy", "Çankaya", "body.address.district", "İstanbul ilinde böyle bir ilçe yok", "İstanbul has no such district"},
		{"34710", "06420", "body.address.postcode", "Posta kodu 5 rakamdır ve İstanbul ilinde 34 ile başlar.", "in İstanbul it begins with 34"},
	} {
		wrong := c.in("PUT", "/address", strings.Replace(moda, tt.from, tt.to, 1))
		for language, says := range map[string]string{"tr": tt.turkish, "en": tt.english} {
			a := r.do(t, wrong.with("Accept-Language", language))
			requireProblem(t, a, 422, "invalid")
			said := a.json["errors"].([]any)[0].(map[string]any)
			require.Equal(t, tt.field, said["field"])
			require.Contains(t, said["message"], says)
		}
	}
}
