package cloudinary_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudinary/cloudinary-go/v2/api"
	"github.com/cloudinary/cloudinary-go/v2/api/uploader"
	"github.com/cloudinary/cloudinary-go/v2/config"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/webp"

	"github.com/bedesten/bedesten/simulators/cloudinary"
	"github.com/bedesten/bedesten/simulators/sim"
)

// rig is a simulator that listens, and Cloudinary's own client in front of it.
type rig struct {
	*cloudinary.Server
	url string
	api *uploader.API
}

func newRig(t *testing.T, change ...func(*cloudinary.Config)) *rig {
	t.Helper()
	cfg := cloudinary.Config{MaxHang: 5 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	s := cloudinary.New(cfg)
	srv := httptest.NewServer(s)
	s.SetPublicURL(srv.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, s.Close(ctx))
		srv.Close()
	})
	// Its own reader of addresses is not made for tests that run beside each other.
	client, err := uploader.NewWithConfiguration(&config.Configuration{
		Cloud: config.Cloud{CloudName: cloudinary.DefaultCloudName, APIKey: cloudinary.DefaultAPIKey, APISecret: cloudinary.DefaultAPISecret},
		API:   config.API{UploadPrefix: srv.URL, Timeout: 60, ChunkSize: 20_000_000},
	})
	require.NoError(t, err)
	return &rig{Server: s, url: srv.URL, api: client}
}

// photo is a picture that is red on its left half.
func photo(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width / 2 {
		for y := range height {
			img.Set(x, y, color.RGBA{R: 220, A: 255})
		}
	}
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, nil))
	return out.Bytes()
}

const (
	publicID = "uploads/cezve"
	small    = "c_limit,f_webp,h_160,q_auto,w_160"
)

func (r *rig) upload(t *testing.T, body []byte, change ...func(*uploader.UploadParams)) *uploader.UploadResult {
	t.Helper()
	p := uploader.UploadParams{PublicID: publicID, Type: api.Private, Overwrite: api.Bool(false), AllowedFormats: []string{"jpg", "png", "webp"}, Eager: small}
	for _, f := range change {
		f(&p)
	}
	res, err := r.api.Upload(t.Context(), bytes.NewReader(body), p)
	require.NoError(t, err)
	return res
}

// post sends a form as a browser does, signed over its fields unless they are signed.
func (r *rig) post(t *testing.T, path string, fields map[string]string, file []byte) (int, string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range fields {
		require.NoError(t, w.WriteField(name, value))
	}
	part, err := w.CreateFormFile("file", "cezve.jpg")
	require.NoError(t, err)
	_, err = part.Write(file)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	res, err := http.Post(r.url+path, w.FormDataContentType(), &form)
	require.NoError(t, err)
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode, string(raw)
}

func signed(t *testing.T, at time.Time, fields map[string]string) map[string]string {
	t.Helper()
	values := url.Values{"timestamp": {strconv.FormatInt(at.Unix(), 10)}}
	for name, value := range fields {
		values.Set(name, value)
	}
	signature, err := api.SignParameters(values, cloudinary.DefaultAPISecret)
	require.NoError(t, err)
	all := map[string]string{"api_key": cloudinary.DefaultAPIKey, "signature": signature}
	for name := range values {
		all[name] = values.Get(name)
	}
	return all
}

const uploading = "/v1_1/bedesten/image/upload"

func basics() map[string]string {
	return map[string]string{"public_id": publicID, "type": "private", "allowed_formats": "jpg"}
}

func TestUpload_IsTakenFromWhoSignsAllOfIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		at     time.Duration
		change func(map[string]string)
		want   int
		says   string
	}{
		"as it is":              {0, func(map[string]string) {}, 200, `"public_id":"uploads/cezve"`},
		"an hour ago, nearly":   {-59 * time.Minute, func(map[string]string) {}, 200, ""},
		"more than an hour ago": {-61 * time.Minute, func(map[string]string) {}, 400, "Stale request"},
		"far in the future":     {2 * time.Hour, func(map[string]string) {}, 400, "Invalid timestamp"},
		"another id":            {0, func(f map[string]string) { f["public_id"] = "uploads/baska" }, 401, "Invalid Signature"},
		"one field more":        {0, func(f map[string]string) { f["overwrite"] = "true" }, 401, "String to sign - 'allowed_formats=jpg&overwrite=true"},
		"one field less":        {0, func(f map[string]string) { delete(f, "type") }, 401, "Invalid Signature"},
		"a field nobody knows":  {0, func(f map[string]string) { f["eval"] = "1" }, 400, "Invalid parameter - eval"},
		"another account's key": {0, func(f map[string]string) { f["api_key"] = "1" }, 401, "Unknown API key 1"},
		"no signature":          {0, func(f map[string]string) { delete(f, "signature") }, 401, "Invalid Signature"},
		"a field that smuggles": {0, func(f map[string]string) { f["public_id"], f["type"] = publicID+"&type=private", "" }, 401, "%26type=private"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			fields := signed(t, time.Now().Add(tt.at), basics())
			tt.change(fields)
			status, body := r.post(t, uploading, fields, photo(t, 20, 10))
			require.Equal(t, tt.want, status, body)
			require.Contains(t, body, tt.says)
			if tt.want != 200 {
				require.Empty(t, r.Books())
			}
		})
	}
	r := newRig(t)
	status, body := r.post(t, "/v1_1/baska/image/upload", signed(t, time.Now(), basics()), photo(t, 20, 10))
	require.Equal(t, 401, status, body)
}

func TestUpload_RefusesWhatIsNotAllowed(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *cloudinary.Config) { c.MaxBytes, c.MaxPixels = 40_000, 1_000_000 })
	for body, says := range map[string]string{
		"<svg onload=alert(1)>":          "Image file format svg not allowed",
		"GIF89a":                         "Image file format gif not allowed",
		"bakır cezve":                    "Raw file format bin not allowed",
		"\xff\xd8\xff\xe0 cut off":       "Invalid image file",
		strings.Repeat("x", 40_001):      "File size too large",
		string(photo(t, 400, 300)[:900]): "Invalid image file",
		string(photo(t, 2000, 600)):      "Image size too large",
	} {
		require.Contains(t, r.upload(t, []byte(body)).Error.Message, says)
	}
	for name, change := range map[string]func(*uploader.UploadParams){
		"Invalid type upload":                    func(p *uploader.UploadParams) { p.Type = api.Upload },
		"Missing required parameter - public_id": func(p *uploader.UploadParams) { p.PublicID = "" },
		"public_id (a?b) is invalid":             func(p *uploader.UploadParams) { p.PublicID = "a?b" },
		"Invalid transformation - w_100":         func(p *uploader.UploadParams) { p.Eager = "w_100" },
	} {
		require.Contains(t, r.upload(t, photo(t, 20, 10), change).Error.Message, name)
	}
	require.Empty(t, r.Books())
}

func TestUpload_TellsWhatItMadeAndLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.upload(t, photo(t, 400, 200))
	require.Equal(t, publicID, first.PublicID)
	require.Equal(t, [2]int{400, 200}, [2]int{first.Width, first.Height})
	require.Equal(t, "jpg", first.Format)
	require.False(t, first.CreatedAt.IsZero())
	require.True(t, r.api.VerifyApiResponseSignature(first.PublicID, strconv.Itoa(first.Version), first.Signature))
	require.Len(t, first.Eager, 1)
	require.Equal(t, small, first.Eager[0].Transformation)
	require.Equal(t, [2]int{160, 80}, [2]int{first.Eager[0].Width, first.Eager[0].Height})
	again := r.upload(t, photo(t, 40, 20))
	require.Equal(t, first.Etag, again.Etag, "overwrite is off")
	over := r.upload(t, photo(t, 40, 20), func(p *uploader.UploadParams) { p.Overwrite = api.Bool(true) })
	require.Equal(t, 40, over.Width)
}

func TestDelivery_IsOfWhatWasMadeAndOfNothingElse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	up := r.upload(t, photo(t, 400, 200))
	base := r.url + "/bedesten/image/private/"
	fetch := func(address string) (int, []byte) {
		res, err := http.Get(address)
		require.NoError(t, err)
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode, raw
	}
	for address, want := range map[string]int{
		base + small + "/v1/" + publicID:                              200,
		base + small + "/" + publicID:                                 200,
		base + "c_limit,f_webp,h_480,q_auto,w_480/v1/" + publicID:     404,
		base + "v1/" + publicID:                                       401,
		up.SecureURL:                                                  401,
		base + small + "/v1/uploads/baska":                            404,
		r.url + "/baska/image/private/" + small + "/v1/" + publicID:   404,
		r.url + "/bedesten/image/upload/" + small + "/v1/" + publicID: 404,
	} {
		status, raw := fetch(address)
		require.Equal(t, want, status, address)
		if status == 200 {
			img, err := webp.Decode(bytes.NewReader(raw))
			require.NoError(t, err)
			require.Equal(t, image.Pt(160, 80), img.Bounds().Size())
		}
	}
	original, err := r.api.PrivateDownloadURL(uploader.PrivateDownloadURLParams{PublicID: publicID, DeliveryType: api.Private})
	require.NoError(t, err)
	status, raw := fetch(original)
	require.Equal(t, 200, status)
	require.Equal(t, photo(t, 400, 200), raw)
	status, _ = fetch(strings.Replace(original, "cezve", "baska", 1))
	require.Equal(t, 401, status)

	gone, err := r.api.Destroy(t.Context(), uploader.DestroyParams{PublicID: publicID, Type: api.Private, Invalidate: api.Bool(true)})
	require.NoError(t, err)
	require.Equal(t, "ok", gone.Result)
	gone, err = r.api.Destroy(t.Context(), uploader.DestroyParams{PublicID: publicID, Type: api.Private})
	require.NoError(t, err)
	require.Equal(t, "not found", gone.Result)
	status, _ = fetch(base + small + "/v1/" + publicID)
	require.Equal(t, 404, status)
}

func TestExplicit_MakesSizesOfWhatIsThere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.upload(t, photo(t, 400, 200), func(p *uploader.UploadParams) { p.Eager = "" })
	require.Empty(t, r.Books()[0].Derived)
	made, err := r.api.Explicit(t.Context(), uploader.ExplicitParams{PublicID: publicID, Type: api.Private, Eager: small})
	require.NoError(t, err)
	require.Len(t, made.Eager, 1)
	require.Equal(t, []string{small}, r.Books()[0].Derived)
	missing, err := r.api.Explicit(t.Context(), uploader.ExplicitParams{PublicID: "uploads/yok", Type: api.Private})
	require.NoError(t, err)
	require.Contains(t, missing.Error.Message, "Resource not found - uploads/yok")
}

func TestFaults_StrikeOnTheirSideOfTheEffect(t *testing.T) {
	t.Parallel()
	for kind, kept := range map[sim.Kind]int{
		sim.Error500Before: 0, sim.RateLimit: 0, sim.ResetBefore: 0, sim.TimeoutBefore: 0,
		sim.Error500After: 1, sim.ResetAfter: 1, sim.TimeoutAfter: 1, sim.BrokenBody: 1, sim.Slow: 1,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			_, err := r.AddFault(sim.Fault{Kind: kind, DelayMS: 50, Match: sim.Match{Operation: "image.upload", Metadata: map[string]string{"public_id": publicID}}})
			require.NoError(t, err)
			res, err := r.api.Upload(t.Context(), bytes.NewReader(photo(t, 40, 20)), uploader.UploadParams{
				PublicID: publicID, Type: api.Private, AllowedFormats: []string{"jpg"},
			})
			require.Len(t, r.Books(), kept)
			if kind == sim.Slow {
				require.NoError(t, err)
				require.Empty(t, res.Error.Message)
			} else {
				require.True(t, err != nil || res.Error.Message != "", "%v", res)
			}
			// Whoever was cut off knows it before the call is in the journal.
			require.Eventually(t, func() bool { return len(r.Calls()) == 1 }, 10*time.Second, time.Millisecond)
			require.Equal(t, []sim.Kind{kind}, r.Calls()[0].Faults)
			r.Reset()
			require.Empty(t, r.Books())
			require.Empty(t, r.upload(t, photo(t, 40, 20)).Error.Message)
		})
	}
	r := newRig(t)
	for _, none := range []sim.Kind{sim.Decline, sim.WebhookDrop, sim.Error500Kept} {
		_, err := r.AddFault(sim.Fault{Kind: none})
		require.Error(t, err)
	}
}

func TestControl_ShowsTheBooks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.upload(t, photo(t, 40, 20))
	res, err := http.Get(r.url + "/_control/books")
	require.NoError(t, err)
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Contains(t, string(raw), publicID)
}
