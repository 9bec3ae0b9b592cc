package otp_test

import (
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
