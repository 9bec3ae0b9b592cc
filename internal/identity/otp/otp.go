// Package otp makes and reads the codes of authenticators (RFC 6238): SHA-1, six
// digits, thirty seconds, as every authenticator has them.
package otp

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/bedesten/bedesten/internal/identity"
)

const (
	period = 30
	// skew is how many steps a device's clock may be off.
	skew = 1
	// secretBytes follows RFC 4226, which asks for at least 16.
	secretBytes = 20
)

var _ identity.Factors = Factors{}

// Factors needs no state.
type Factors struct{}

// New returns a fresh secret and the address that shows it to an authenticator.
func (Factors) New(issuer, account string) (secret, address string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: strings.ReplaceAll(issuer, ":", " "), AccountName: account, Period: period, SecretSize: secretBytes,
		Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return "", "", fmt.Errorf("making an authenticator's secret: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// pictureSide is the side of a QR code, in pixels.
const pictureSide = 264

// Picture returns a PNG of the QR code that shows the address to an authenticator.
func (Factors) Picture(address string) ([]byte, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return nil, fmt.Errorf("reading an authenticator's address: %w", err)
	}
	picture, err := key.Image(pictureSide, pictureSide)
	if err != nil {
		return nil, fmt.Errorf("drawing an authenticator's QR code: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("writing an authenticator's QR code: %w", err)
	}
	return out.Bytes(), nil
}

// Step returns the step whose code was given. Every step around now is compared,
// in constant time.
func (Factors) Step(secret, code string, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	for n := int64(-skew); n <= skew; n++ {
		at := now.Add(time.Duration(n) * period * time.Second)
		right, err := totp.GenerateCodeCustom(secret, at, totp.ValidateOpts{Period: period, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(right), []byte(code)) == 1 {
			step, ok = at.Unix()/period, true
		}
	}
	return step, ok
}
