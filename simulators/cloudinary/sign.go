package cloudinary

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signatureLife is how long a signature is good after its timestamp
// (cloudinary.com/documentation/generate_upload_signature_tutorial).
const signatureLife = time.Hour

// authenticate checks key, signature and time of a call. A parameter that the
// operation does not have is refused; Cloudinary leaves it out of what was to be
// signed, so that the signature is wrong (unverified).
func (s *Server) authenticate(c *call) *apiError {
	for name, values := range c.params {
		if !slices.Contains([]string{"api_key", "signature", "timestamp"}, name) && !slices.Contains(c.op.params, name) {
			return badRequest("Invalid parameter - " + name)
		}
		if len(values) != 1 {
			return badRequest("Parameter given more than once - " + name)
		}
	}
	if key := c.params.Get("api_key"); key != s.cfg.APIKey {
		return unauthorized("Unknown API key " + key)
	}
	// The message of a wrong signature: github.com/cloudinary/cloudinary_npm, issue 59.
	given, text := c.params.Get("signature"), stringToSign(c)
	if subtle.ConstantTimeCompare([]byte(given), []byte(sign(text, s.cfg.APISecret))) != 1 {
		return unauthorized(fmt.Sprintf("Invalid Signature %s. String to sign - '%s'.", given, text))
	}
	return s.inTime(c.params.Get("timestamp"))
}

// stringToSign: all parameters but file, cloud_name, resource_type and api_key, sorted,
// joined by "=" and "&" (cloudinary.com/documentation/authentication_signatures); an
// "&" within a value is written %26 (cloudinary-go/v2, api.encodeParam, version 2).
func stringToSign(c *call) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c.params)) {
		value := c.params.Get(name)
		if name == "api_key" || name == "signature" || value == "" {
			continue
		}
		parts = append(parts, name+"="+strings.ReplaceAll(value, "&", "%26"))
	}
	return strings.Join(parts, "&")
}

// sign is a digest of the text with the secret behind it, SHA-1 unless the account
// asks for another one.
func sign(text, secret string) string {
	sum := sha1.Sum([]byte(text + secret))
	return hex.EncodeToString(sum[:])
}

// inTime: github.com/cloudinary/cloudinary_java, issue 25. That a timestamp of the
// future is refused is unverified.
func (s *Server) inTime(timestamp string) *apiError {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return badRequest("Invalid timestamp")
	}
	at, now := time.Unix(seconds, 0), s.clock.Now()
	if now.Sub(at) > signatureLife {
		return badRequest(fmt.Sprintf("Stale request - reported time is %s which is more than 1 hour ago", at.UTC().Format("2006-01-02 15:04:05 -0700")))
	}
	if at.Sub(now) > signatureLife {
		return badRequest("Invalid timestamp")
	}
	return nil
}
