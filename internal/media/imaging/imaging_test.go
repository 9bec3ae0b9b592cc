package imaging_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"

	encoder "github.com/gen2brain/webp"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/webp"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/imaging"
	"github.com/bedesten/bedesten/internal/media/mediatest"
)

// webpOf encodes a drawing.
func webpOf(t testing.TB, width, height int) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(mediatest.PNG(t, width, height, 1)))
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, encoder.Encode(&out, img))
	return out.Bytes()
}

// reasonOf is why a picture was refused.
func reasonOf(t *testing.T, err error) media.Reason {
	t.Helper()
	var f *fault.Fault
	require.True(t, errors.As(err, &f), "%v", err)
	require.Equal(t, fault.Invalid, f.Code)
	why, named := f.Details["reason"].(media.Reason)
	require.True(t, named, "%v", err)
	return why
}

func TestGlance_SaysWhatAPictureIs(t *testing.T) {
	t.Parallel()
	for contentType, raw := range map[string][]byte{
		"image/jpeg": mediatest.JPEG(t, 64, 48, 1), "image/png": mediatest.PNG(t, 64, 48, 1), "image/webp": webpOf(t, 64, 48),
	} {
		facts, err := imaging.Imager{}.Glance(raw)
		require.NoError(t, err, contentType)
		require.Equal(t, contentType, facts.ContentType)
		require.EqualValues(t, 64, facts.Width)
		require.EqualValues(t, 48, facts.Height)
		require.EqualValues(t, len(raw), facts.Bytes)
		require.Len(t, facts.SHA256, 64)
	}
}

// hostile are pictures that are none, or more than that.
func hostile(t testing.TB) map[string]struct {
	raw  []byte
	want media.Reason
} {
	t.Helper()
	type bad = struct {
		raw  []byte
		want media.Reason
	}
	whole := mediatest.PNG(t, 64, 48, 1)
	moving := slices.Concat(whole[:33], mediatest.Chunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0}), whole[33:])
	webpMoving := []byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x07\x00\x00\x07\x00\x00")
	return map[string]bad{
		"nothing":                   {nil, media.NoPicture},
		"a text":                    {[]byte("bakır cezve"), media.NoPicture},
		"an SVG with a script":      {[]byte(mediatest.SVG), media.NoPicture},
		"a page":                    {[]byte("<!doctype html><script>alert(1)</script>"), media.NoPicture},
		"a GIF":                     {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), media.NoPicture},
		"a PDF":                     {[]byte("%PDF-1.7"), media.NoPicture},
		"30,000 by 30,000 pixels":   {mediatest.Bomb(30_000, 30_000), media.TooManyPixels},
		"sides that overflow":       {mediatest.Bomb(0x7fffffff, 0x7fffffff), media.Broken},
		"a side without a pixel":    {mediatest.Bomb(0, 10), media.Broken},
		"a head and nothing":        {whole[:12], media.Broken},
		"a JPEG's head and nothing": {[]byte("\xff\xd8\xff\xe0"), media.Broken},
		"a WebP's head and nothing": {[]byte("RIFF\x00\x00\x00\x00WEBP"), media.Broken},
		"a PNG that moves":          {moving, media.Animated},
		"a WebP that moves":         {webpMoving, media.Animated},
		"more bytes than are taken": {append(slices.Clone(whole), make([]byte, media.MaxBytes)...), media.TooLarge},
	}
}

func TestGlance_RefusesWhatIsNoPictureOfOurs(t *testing.T) {
	t.Parallel()
	for name, tt := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := imaging.Imager{}.Glance(tt.raw)
			require.Equal(t, tt.want, reasonOf(t, err), "%v", err)
			_, err = imaging.Imager{}.Render(tt.raw, media.Sizes)
			require.Equal(t, tt.want, reasonOf(t, err), "%v", err)
		})
	}
}

func TestRender_RefusesWhatIsCutOffOrDamaged(t *testing.T) {
	t.Parallel()
	for name, whole := range map[string][]byte{"jpeg": mediatest.JPEG(t, 300, 200, 1), "png": mediatest.PNG(t, 300, 200, 1), "webp": webpOf(t, 300, 200)} {
		_, err := imaging.Imager{}.Render(whole[:len(whole)/2], media.Sizes)
		require.Equal(t, media.Broken, reasonOf(t, err), name)
	}
	damaged := mediatest.PNG(t, 300, 200, 1)
	damaged[len(damaged)/2] ^= 0xff
	_, err := imaging.Imager{}.Render(damaged, media.Sizes)
	require.Equal(t, media.Broken, reasonOf(t, err))
	_, err = imaging.Imager{}.Render(mediatest.Bomb(2000, 2000), media.Sizes)
	require.Equal(t, media.Broken, reasonOf(t, err), "there is less in it than it says")
}

func decoded(t *testing.T, made media.Made) image.Image {
	t.Helper()
	img, err := webp.Decode(bytes.NewReader(made.Body))
	require.NoError(t, err)
	require.EqualValues(t, img.Bounds().Dx(), made.Width)
	require.EqualValues(t, img.Bounds().Dy(), made.Height)
	require.EqualValues(t, len(made.Body), made.Bytes)
	require.Equal(t, "image/webp", made.ContentType)
	return img
}

// red reports whether the corner of a drawing that is red is there.
func red(img image.Image, x, y int) bool {
	c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	return c.R > 150 && c.G < 100 && c.B < 100
}

func TestRender_MakesEachSizeAndNothingLarger(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		raw  []byte
		want map[string][2]int
	}{
		"wide":      {mediatest.JPEG(t, 3200, 800, 1), map[string][2]int{"thumbnail": {160, 40}, "card": {480, 120}, "full": {1600, 400}}},
		"small":     {mediatest.PNG(t, 200, 100, 1), map[string][2]int{"thumbnail": {160, 80}, "card": {200, 100}, "full": {200, 100}}},
		"a pixel":   {mediatest.PNG(t, 1, 1, 1), map[string][2]int{"thumbnail": {1, 1}, "card": {1, 1}, "full": {1, 1}}},
		"a line":    {mediatest.PNG(t, 5000, 1, 1), map[string][2]int{"thumbnail": {160, 1}, "card": {480, 1}, "full": {1600, 1}}},
		"from WebP": {webpOf(t, 1000, 1000), map[string][2]int{"thumbnail": {160, 160}, "card": {480, 480}, "full": {1000, 1000}}},
	} {
		made, err := imaging.Imager{}.Render(tt.raw, media.Sizes)
		require.NoError(t, err, name)
		got := map[string][2]int{}
		for size, m := range made {
			b := decoded(t, m).Bounds()
			got[size] = [2]int{b.Dx(), b.Dy()}
		}
		require.Equal(t, tt.want, got, name)
	}
}

func TestRender_MakesTheSameOfTheSame(t *testing.T) {
	t.Parallel()
	raw := mediatest.JPEG(t, 900, 700, 1)
	first, err := imaging.Imager{}.Render(raw, media.Sizes)
	require.NoError(t, err)
	again, err := imaging.Imager{}.Render(raw, media.Sizes)
	require.NoError(t, err)
	require.Equal(t, first, again)
}

// TestRender_PutsEachPictureUpright goes through all eight ways in which a camera may
// be held: where the red corner is in the file, and where it has to be seen.
func TestRender_PutsEachPictureUpright(t *testing.T) {
	t.Parallel()
	for orientation, corner := range map[uint16][2]float64{
		1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1},
	} {
		raw := mediatest.Photo(t, 400, 200, orientation)
		facts, err := imaging.Imager{}.Glance(raw)
		require.NoError(t, err)
		made, err := imaging.Imager{}.Render(raw, media.Sizes)
		require.NoError(t, err)
		img := decoded(t, made["full"])
		b := img.Bounds()
		want := image.Pt(400, 200)
		if orientation >= 5 {
			want = image.Pt(200, 400)
		}
		require.Equal(t, want, b.Size(), orientation)
		require.Equal(t, [2]int64{int64(want.X), int64(want.Y)}, [2]int64{facts.Width, facts.Height}, "the facts are of what is seen")
		x, y := 8+int(corner[0]*float64(b.Dx()-17)), 8+int(corner[1]*float64(b.Dy()-17))
		require.True(t, red(img, x, y), "orientation %d", orientation)
		require.False(t, red(img, b.Dx()-1-x, b.Dy()-1-y), "orientation %d", orientation)
	}
}

func TestRender_LeavesNothingOfWhatACameraWrote(t *testing.T) {
	t.Parallel()
	exif := mediatest.Exif(6)
	plain := mediatest.PNG(t, 300, 200, 1)
	png := slices.Concat(plain[:33], mediatest.Chunk("eXIf", exif[6:]), mediatest.Chunk("tEXt", []byte("Comment\x00"+mediatest.Whereabouts)), plain[33:])
	photo := mediatest.Photo(t, 300, 200, 6)
	for name, raw := range map[string][]byte{
		"jpeg": photo, "png": png, "with a page behind it": append(photo, "<script>"+mediatest.Whereabouts+"</script>"...),
	} {
		require.Contains(t, string(raw), mediatest.Whereabouts, name)
		made, err := imaging.Imager{}.Render(raw, media.Sizes)
		require.NoError(t, err, name)
		require.EqualValues(t, 200, made["full"].Width, "%s was turned by it", name)
		for size, m := range made {
			for _, trace := range []string{mediatest.Whereabouts, "Exif", "EXIF", "Comment", "<script>"} {
				require.NotContains(t, string(m.Body), trace, "%s %s", name, size)
			}
		}
	}
}

func TestRender_KeepsWhatCanBeSeenThrough(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 200, 200))
	for x := range 100 {
		for y := range 200 {
			img.SetNRGBA(x, y, color.NRGBA{R: 200, A: 255})
		}
	}
	var raw bytes.Buffer
	require.NoError(t, png.Encode(&raw, img))
	made, err := imaging.Imager{}.Render(raw.Bytes(), media.Sizes)
	require.NoError(t, err)
	_, _, _, through := decoded(t, made["card"]).At(190, 100).RGBA()
	require.Zero(t, through)
	_, _, _, solid := decoded(t, made["card"]).At(10, 100).RGBA()
	require.EqualValues(t, 0xffff, solid)
}

func TestGlance_BelievesNoOddExif(t *testing.T) {
	t.Parallel()
	plain := mediatest.PNG(t, 300, 200, 1)
	good := mediatest.Exif(6)[6:]
	for name, exif := range map[string][]byte{
		"none": nil, "another order": []byte("XX\x00*\x00\x00\x00\x08"), "a directory far away": []byte("MM\x00*\xff\xff\xff\xff\x00\x01"),
		"cut off": good[:20], "a turn that is none": mediatest.Exif(9)[6:], "more entries than there are": []byte("II*\x00\x08\x00\x00\x00\xff\xff\x12\x01"),
	} {
		raw := slices.Concat(plain[:33], mediatest.Chunk("eXIf", exif), plain[33:])
		facts, err := imaging.Imager{}.Glance(raw)
		require.NoError(t, err, name)
		require.EqualValues(t, 300, facts.Width, name)
	}
}

// FuzzRender holds that whatever is sent is a picture or refused with a reason, and
// that nothing is unpacked beyond the limit. Seeds are every hostile picture.
func FuzzRender(f *testing.F) {
	for _, tt := range hostile(f) {
		if len(tt.raw) < 1<<16 {
			f.Add(tt.raw)
		}
	}
	f.Add(mediatest.Photo(f, 40, 30, 8))
	f.Add(mediatest.PNG(f, 20, 20, 1))
	f.Add(webpOf(f, 16, 16))
	f.Fuzz(func(t *testing.T, raw []byte) {
		facts, err := imaging.Imager{}.Glance(raw)
		if err != nil {
			require.Contains(t, media.Reasons, reasonOf(t, err))
			return
		}
		require.Positive(t, facts.Width*facts.Height)
		require.LessOrEqual(t, facts.Width*facts.Height, int64(media.MaxPixels))
		if facts.Width*facts.Height > 1<<16 {
			return // large ones cost the fuzzer its time
		}
		made, err := imaging.Imager{}.Render(raw, media.Sizes[:1])
		if err != nil {
			require.Contains(t, media.Reasons, reasonOf(t, err))
			return
		}
		require.LessOrEqual(t, max(made["thumbnail"].Width, made["thumbnail"].Height), int64(160))
	})
}

func BenchmarkRender_APhotographOfTwelveMegapixels(b *testing.B) {
	raw := mediatest.JPEG(b, 4000, 3000, 1)
	for b.Loop() {
		_, err := imaging.Imager{}.Render(raw, media.Sizes)
		require.NoError(b, err)
	}
}
