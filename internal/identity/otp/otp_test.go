package otp_test

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/identity/otp"
)

// The secret of RFC 6238's test vectors ("12345678901234567890"), in base32, and
// the last six digits of theirs.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func TestFactors_KnowTheCodesOfTheStandard(t *testing.T) {
	t.Parallel()
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		step, ok := otp.Factors{}.Step(rfcSecret, code, time.Unix(at, 0))
		require.True(t, ok, code)
		require.Equal(t, at/30, step)
		_, ok = otp.Factors{}.Step(rfcSecret, code, time.Unix(at+90, 0))
		require.False(t, ok, "too late")
	}
	step, ok := otp.Factors{}.Step(rfcSecret, "287 082", time.Unix(59+30, 0))
	require.True(t, ok, "a clock may be a step off, and codes are typed with a space")
	require.Equal(t, int64(1), step)
	for _, wrong := range []string{"", "287083", "28708", "2870822", "²87082"} {
		_, ok := otp.Factors{}.Step(rfcSecret, wrong, time.Unix(59, 0))
		require.False(t, ok, wrong)
	}
}

func TestFactors_ShowANewSecretToAnAuthenticator(t *testing.T) {
	t.Parallel()
	secret, address, err := otp.Factors{}.New("Kapalıçarşı: Bedesten", "ayse@example.com")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(secret), 32)
	require.True(t, strings.HasPrefix(address, "otpauth://totp/"))
	require.Contains(t, address, "secret="+secret)
}

func TestFactors_DrawTheAddressAsASquareWithAWhiteEdge(t *testing.T) {
	t.Parallel()
	_, address, err := otp.Factors{}.New("Kapalıçarşı: Dükkân", "gülşah@posta.example")
	require.NoError(t, err)
	raw, err := otp.Factors{}.Picture(address)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	bounds, dark := picture.Bounds(), 0
	require.Equal(t, bounds.Dx(), bounds.Dy())
	for at := range bounds.Dx() {
		for _, p := range [][2]int{{at, 0}, {0, at}, {at, bounds.Dy() - 1}, {bounds.Dx() - 1, at}} {
			shade, _, _, _ := picture.At(p[0], p[1]).RGBA()
			require.Equal(t, uint32(0xffff), shade, "scanners need the edge")
		}
		for y := range bounds.Dy() {
			if shade, _, _, _ := picture.At(at, y).RGBA(); shade == 0 {
				dark++
			}
		}
	}
	require.Greater(t, dark, bounds.Dx()*bounds.Dy()/8)
	_, err = otp.Factors{}.Picture("otpauth://%zz")
	require.Error(t, err)
}
