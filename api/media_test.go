package api_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/mediatest"
)

// The shop's own disk passes the suite of storages where browsers meet it.
func TestMedia_OnTheShopsDiskIsUploadedAndShownAsInEveryStorage(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) mediatest.Bench {
		t.Helper()
		s := newStudio(t)
		return mediatest.Bench{
			Storage: s.deps.Storages.ByName[media.Disk],
			Declared: func(t *testing.T, a media.Asset) {
				t.Helper()
				require.NoError(t, s.deps.Pictures.Create(t.Context(), a))
			},
			Shown: func(t *testing.T, a media.Asset) {
				t.Helper()
				_, err := s.deps.Pictures.Arrive(t.Context(), a.ID, time.Now().UTC())
				require.NoError(t, err)
				_, err = s.deps.Pictures.Finish(t.Context(), a.ID, a.Facts, a.Renditions, time.Now().UTC())
				require.NoError(t, err)
			},
		}
	})
}

func TestMedia_IsUploadedByTheAddressThatIsGivenForIt(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	photo := mediatest.Photo(t, 900, 600, 6)
	a := s.do(t, s.staff.as("POST", "/v1/staff/media", `{"content_type":"image/jpeg","bytes":`+strconv.Itoa(len(photo))+`}`))
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	mediaID := a.json["id"].(string)
	require.Equal(t, "awaiting_upload", a.json["state"])
	require.Equal(t, "/v1/staff/media/"+mediaID, a.Header.Get("Location"))
	ticket := ticketOf(t, a)
	require.WithinDuration(t, time.Now().Add(media.TicketLife), ticket.ExpiresAt, time.Minute)

	done := s.staff.as("POST", "/v1/staff/media/"+mediaID+"/uploaded", "")
	requireProblem(t, s.do(t, done), 409, "conflict")
	require.Empty(t, s.darkroom.pictures, "nothing came yet")
	require.Equal(t, http.StatusNoContent, mediatest.Send(t, ticket, photo))
	for range 2 {
		a = s.do(t, done)
		require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
		require.Equal(t, "uploaded", a.json["state"])
	}
	require.Equal(t, []string{mediaID, mediaID}, s.darkroom.pictures, "whoever asks again has it looked at again, if nobody does")

	s.develop(mediaID)
	a = s.do(t, s.staff.as("GET", "/v1/staff/media/"+mediaID, ""))
	require.Equal(t, "ready", a.json["state"])
	require.InDelta(t, 600, a.json["width"], 0, "upright")
	card := at(t, a.json, "renditions", "card")
	require.Equal(t, s.url+"/v1/media/"+mediaID+"/card", card["url"])
	require.Equal(t, http.StatusAccepted, s.do(t, done).StatusCode)
	require.Len(t, s.darkroom.pictures, 2, "one that is ready waits for nothing")

	found, err := s.deps.AuditLog.Find(t.Context(), auditlog.Search{Target: mediaID, Phase: auditlog.Done, Limit: 10})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, e := range found {
		require.NotContains(t, e.After, "signature=", "the log opens no upload")
	}
}

// hostileUploads are what the API is sent in place of a picture.
func hostileUploads(t *testing.T) map[string]struct {
	said   string
	body   []byte
	status int
	reason string
} {
	t.Helper()
	type bad = struct {
		said   string
		body   []byte
		status int
		reason string
	}
	png := mediatest.PNG(t, 60, 40, 1)
	return map[string]bad{
		"a PNG that says it is a JPEG":         {"image/jpeg", png, 422, "other_type"},
		"30,000 by 30,000 pixels":              {"image/png", mediatest.Bomb(30_000, 30_000), 422, "too_many_pixels"},
		"an SVG with a script":                 {"image/svg+xml", []byte(mediatest.SVG), 422, "not_a_picture"},
		"an SVG that says it is a PNG":         {"image/png", []byte(mediatest.SVG), 422, "not_a_picture"},
		"a page":                               {"image/webp", []byte("<script>alert(1)</script>"), 422, "not_a_picture"},
		"a head and nothing":                   {"image/png", png[:20], 422, "broken"},
		"a picture without a type":             {"", png, 422, "other_type"},
		"a picture of a type that is none":     {"image/;;", png, 422, "other_type"},
		"nothing at all":                       {"image/png", nil, 422, "not_a_picture"},
		"one byte more than anybody may bring": {"image/png", sized(media.MaxBytes + 1), 413, ""},
	}
}

func TestMedia_ThatIsNoneIsRefusedAndNothingOfItIsKept(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	for name, tt := range hostileUploads(t) {
		c := s.staff.as("POST", "/v1/staff/media/upload", string(tt.body))
		c.headers["Content-Type"] = tt.said
		a := s.do(t, c)
		if tt.status == 413 {
			requireProblem(t, a, 413, "too_large")
			continue
		}
		if len(tt.body) == 0 && a.StatusCode == http.StatusBadRequest {
			requireProblem(t, a, 400, "malformed")
			continue
		}
		requireProblem(t, a, tt.status, "invalid")
		require.Equal(t, tt.reason, a.json["reason"], name)
	}
	require.Empty(t, s.files())
	require.Zero(t, s.rows())
	require.Empty(t, s.darkroom.pictures)
	require.NotContains(t, s.log.String(), "request failed")
}

func TestMedia_ThatIsBroughtByATicketIsWhatWasDeclared(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	png := mediatest.PNG(t, 60, 40, 1)
	other := mediatest.PNG(t, 60, 41, 1)
	sha := strings.Repeat("0", 64)
	for name, tt := range map[string]struct {
		declared string
		header   string
		body     []byte
		want     int
	}{
		"another type in the header": {`{"content_type":"image/png","bytes":` + strconv.Itoa(len(png)) + `}`, "image/jpeg", png, 422},
		"another type in the file":   {`{"content_type":"image/jpeg","bytes":` + strconv.Itoa(len(png)) + `}`, "image/jpeg", png, 422},
		"another size":               {`{"content_type":"image/png","bytes":10}`, "image/png", png, 422},
		"other bytes":                {`{"content_type":"image/png","bytes":` + strconv.Itoa(len(png)) + `,"sha256":"` + sha + `"}`, "image/png", png, 422},
		"a bomb":                     {`{"content_type":"image/png","bytes":` + strconv.Itoa(len(mediatest.Bomb(9e4, 9e4))) + `}`, "image/png", mediatest.Bomb(9e4, 9e4), 422},
		"a script":                   {`{"content_type":"image/png","bytes":` + strconv.Itoa(len(mediatest.SVG)) + `}`, "image/png", []byte(mediatest.SVG), 422},
		"as declared":                {`{"content_type":"image/png","bytes":` + strconv.Itoa(len(other)) + `}`, "image/png", other, 204},
	} {
		a := s.do(t, s.staff.as("POST", "/v1/staff/media", tt.declared))
		require.Equal(t, http.StatusCreated, a.StatusCode, "%s: %s", name, a.raw)
		ticket := ticketOf(t, a)
		path := strings.TrimPrefix(ticket.URL, s.url)
		got := s.do(t, call{method: "PUT", path: path, body: string(tt.body), headers: map[string]string{"Content-Type": tt.header}})
		require.Equal(t, tt.want, got.StatusCode, "%s: %s", name, got.raw)
	}
	require.Len(t, s.files(), 1)
}

func TestMedia_IsDeclaredWithinLimits(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	for _, body := range []string{
		`{}`, `{"content_type":"image/gif","bytes":10}`, `{"content_type":"image/svg+xml","bytes":10}`, `{"content_type":"image/png","bytes":0}`,
		`{"content_type":"image/png","bytes":-5}`, `{"content_type":"image/png","bytes":15728641}`, `{"content_type":"image/png","bytes":10,"sha256":"AB"}`,
		`{"content_type":"image/png","bytes":10,"key":"../../etc"}`,
	} {
		requireProblem(t, s.do(t, s.staff.as("POST", "/v1/staff/media", body)), 422, "invalid")
	}
	require.Zero(t, s.rows())
}

func TestMedia_IsUploadedByNoAddressThatWasNotGiven(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	s := newStudio(t, func(d *api.Deps) {
		d.Clock = func() time.Time { return time.Now().Add(time.Duration(later.Load())).UTC().Truncate(time.Millisecond) }
	})
	png := mediatest.PNG(t, 60, 40, 1)
	declare := func() (string, string) {
		a := s.do(t, s.staff.as("POST", "/v1/staff/media", `{"content_type":"image/png","bytes":`+strconv.Itoa(len(png))+`}`))
		return a.json["id"].(string), strings.TrimPrefix(ticketOf(t, a).URL, s.url)
	}
	mine, path := declare()
	other, _ := declare()
	put := func(path string, body []byte) answer {
		return s.do(t, call{method: "PUT", path: path, body: string(body), headers: map[string]string{"Content-Type": "image/png"}})
	}
	until := time.Now().Add(time.Hour).Unix()
	for name, forged := range map[string]string{
		"no signature":      "/v1/media-uploads/" + mine,
		"another picture's": strings.Replace(path, mine, other, 1),
		"a later time":      "/v1/media-uploads/" + mine + "?until=" + strconv.FormatInt(until, 10) + "&" + path[strings.Index(path, "signature="):],
		"no time":           "/v1/media-uploads/" + mine + "?until=yarın&signature=x",
		"no picture":        strings.Replace(path, mine, "..%2f..%2fetc", 1),
	} {
		// The body is larger than may be: it is not looked at.
		requireProblem(t, s.ask(t, call{method: "PUT", path: forged, body: string(sized(media.MaxBytes + 10)), headers: map[string]string{"Content-Type": "image/png"}}), 404, "not_found")
		require.Empty(t, s.files(), name)
	}
	later.Store(int64(media.TicketLife + time.Second))
	requireProblem(t, put(path, png), 404, "not_found")
	later.Store(0)
	require.Equal(t, http.StatusNoContent, put(path, png).StatusCode)
	s.do(t, s.staff.as("POST", "/v1/staff/media/"+mine+"/uploaded", ""))
	requireProblem(t, put(path, png), 409, "conflict")
}

func TestMedia_OfTheSameFileIsTheSamePicture(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	png := mediatest.PNG(t, 60, 40, 1)
	s.darkroom.away = true
	requireProblem(t, s.upload("image/png", png), 503, "unavailable")
	s.darkroom.away = false
	first := s.upload("image/png; charset=binary", png)
	require.Equal(t, http.StatusCreated, first.StatusCode, first.raw)
	require.Equal(t, "uploaded", first.json["state"])
	again := s.upload("image/png", png)
	require.Equal(t, first.json["id"], again.json["id"])
	require.Equal(t, 1, s.rows())
	require.Len(t, s.files(), 1)
	require.Equal(t, []string{first.json["id"].(string), first.json["id"].(string)}, s.darkroom.pictures)
	require.NotEqual(t, first.json["id"], s.upload("image/png", mediatest.PNG(t, 60, 40, 2)).json["id"])
}

func TestMedia_IsShownInEverySizeToEverybodyAndKeptByBrowsers(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	a := s.upload("image/jpeg", mediatest.Photo(t, 900, 600, 6))
	mediaID := a.json["id"].(string)
	path := "/v1/media/" + mediaID
	requireProblem(t, s.do(t, call{method: "GET", path: path + "/card"}), 404, "not_found")
	s.develop(mediaID)
	for _, size := range []string{"thumbnail", "card", "full"} {
		a := s.do(t, call{method: "GET", path: path + "/" + size})
		require.Equal(t, http.StatusOK, a.StatusCode)
		require.Equal(t, "image/webp", a.Header.Get("Content-Type"))
		require.Equal(t, "public, max-age=31536000, immutable", a.Header.Get("Cache-Control"))
		require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "cross-origin", a.Header.Get("Cross-Origin-Resource-Policy"))
		require.Contains(t, a.Header.Get("Content-Security-Policy"), "default-src 'none'")
		require.NotContains(t, a.raw, mediatest.Whereabouts)
		require.True(t, strings.HasPrefix(a.raw, "RIFF"))
		same := s.do(t, call{method: "GET", path: path + "/" + size, headers: map[string]string{"If-None-Match": a.Header.Get("ETag")}})
		require.Equal(t, http.StatusNotModified, same.StatusCode)
		require.Empty(t, same.raw)
		other := s.do(t, call{method: "GET", path: path + "/" + size, headers: map[string]string{"If-None-Match": `"baska"`}})
		require.Equal(t, http.StatusOK, other.StatusCode)
	}
	for _, nothing := range []string{path + "/original", path + "/card.webp", path + "/..", "/v1/media/med_yok/card", "/v1/media/" + strings.ToUpper(mediaID) + "/card", "/v1/media/" + mediaID} {
		require.Equal(t, 404, s.ask(t, call{method: "GET", path: nothing}).StatusCode, nothing)
	}
}

func TestMedia_IsDeletedUnlessItIsUsed(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	mediaID := s.upload("image/png", mediatest.PNG(t, 60, 40, 1)).json["id"].(string)
	path := "/v1/staff/media/" + mediaID
	requireProblem(t, s.do(t, s.staff.as("DELETE", path, "")), 409, "conflict")
	s.develop(mediaID)
	require.NoError(t, s.deps.Pictures.Claim(t.Context(), []string{mediaID}, "prd_1"))
	a := s.do(t, s.staff.as("DELETE", path, ""))
	requireProblem(t, a, 409, "conflict")
	require.Equal(t, []any{"prd_1"}, a.json["used_by"])
	require.Equal(t, []any{"prd_1"}, s.do(t, s.staff.as("GET", path, "")).json["used_by"])
	require.NoError(t, s.deps.Pictures.Release(t.Context(), []string{mediaID}, "prd_1", time.Now().UTC()))
	for range 2 {
		require.Equal(t, http.StatusNoContent, s.do(t, s.staff.as("DELETE", path, "")).StatusCode)
	}
	requireProblem(t, s.do(t, call{method: "GET", path: "/v1/media/" + mediaID + "/card"}), 404, "not_found")
	require.Equal(t, "deleting", s.do(t, s.staff.as("GET", path, "")).json["state"])
}

func TestMedia_IsListedTheNewestFirst(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	var ids []any
	for n := range 3 {
		ids = append([]any{s.upload("image/png", mediatest.PNG(t, 60, 40+n, 1)).json["id"]}, ids...)
	}
	list := func(query string) ([]any, string) {
		a := s.do(t, s.staff.as("GET", "/v1/staff/media?"+query, ""))
		require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
		got := []any{}
		for _, item := range a.json["items"].([]any) {
			got = append(got, item.(map[string]any)["id"])
		}
		cursor, _ := a.json["next_cursor"].(string)
		return got, cursor
	}
	got, cursor := list("limit=2")
	require.ElementsMatch(t, ids[:2], got)
	rest, last := list("limit=2&cursor=" + cursor)
	require.Equal(t, ids[2:], rest)
	require.Empty(t, last)
	none, _ := list("state=ready")
	require.Empty(t, none)
	requireProblem(t, s.do(t, s.staff.as("GET", "/v1/staff/media?cursor=med_yok", "")), 422, "invalid")
	requireProblem(t, s.do(t, s.staff.as("GET", "/v1/staff/media/med_yok", "")), 404, "not_found")
}

func TestMedia_IsTheCataloguesAndNobodyElses(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	support := s.rig.staff(t, identity.Support, identity.ByPassword, identity.ByOTP)
	requireProblem(t, s.do(t, support.as("GET", "/v1/staff/media", "")), 403, "forbidden")
	requireProblem(t, s.ask(t, call{method: "POST", path: "/v1/staff/media/upload", body: string(sized(media.MaxBytes + 10)), headers: map[string]string{"Content-Type": "image/png"}}), 404, "not_found")
}

func TestMedia_IsClaimedByProductsWithAProblemThatNamesIt(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	mediaID := s.upload("image/png", mediatest.PNG(t, 60, 40, 1)).json["id"].(string)
	err := s.deps.Pictures.Claim(t.Context(), []string{mediaID, "med_01k3v8m4w0f3q2x9y6z7a1b2c3"}, "prd_1")
	require.True(t, fault.Is(err, fault.Invalid))
	require.ErrorContains(t, err, "med_01k3v8m4w0f3q2x9y6z7a1b2c3")
	require.Empty(t, s.asset(mediaID).Users)
}

func TestDocument_NamesTheStatesAndReasonsOfPictures(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for where, words := range map[string][]string{"state": texts(media.States), "reason": texts(media.Reasons)} {
		property := at(t, r.document(t), "components", "schemas", "MediaView", "properties", where)
		raw, err := json.Marshal(property["enum"])
		require.NoError(t, err)
		want, err := json.Marshal(words)
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(raw))
	}
	body := at(t, r.document(t), "paths", "/v1/staff/media/upload", "post", "requestBody", "content")
	for _, kind := range media.Types {
		require.Contains(t, body, kind)
	}
	require.NotContains(t, body, "application/octet-stream")
}
