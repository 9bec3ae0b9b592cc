package s3_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// keys are credentials as the SDK asks for them.
type keys func(context.Context) (id, secret string)

func (k keys) Retrieve(ctx context.Context) (aws.Credentials, error) {
	id, secret := k(ctx)
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
}

// stamp is the form of X-Amz-Date.
const stamp = "20060102T150405Z"

// signed reports whether a request is signed with our key and in time: Signature
// Version 4, in the header or in the query
// (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html). The
// server behind it does not look.
func signed(r *http.Request, now time.Time) bool {
	query := r.URL.Query()
	if query.Get("X-Amz-Signature") != "" {
		given := query.Get("X-Amz-Signature")
		query.Del("X-Amz-Signature")
		life, err := strconv.Atoi(query.Get("X-Amz-Expires"))
		at, dateErr := time.Parse(stamp, query.Get("X-Amz-Date"))
		if err != nil || dateErr != nil || now.After(at.Add(time.Duration(life)*time.Second)) {
			return false
		}
		return check(r, query, given, query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Date"), "UNSIGNED-PAYLOAD")
	}
	parts := map[string]string{}
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	return ok && payloadIs(r) && check(r, query, parts["Signature"], parts["Credential"], parts["SignedHeaders"], r.Header.Get("X-Amz-Date"), r.Header.Get("X-Amz-Content-Sha256"))
}

// payloadIs reports whether the body is the one whose hash was signed.
func payloadIs(r *http.Request) bool {
	said := r.Header.Get("X-Amz-Content-Sha256")
	if said == "UNSIGNED-PAYLOAD" {
		return true
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(body)
	return said == hex.EncodeToString(sum[:])
}

func check(r *http.Request, query url.Values, given, credential, names, date, payload string) bool {
	id, scope, _ := strings.Cut(credential, "/")
	if id != keyID || len(strings.Split(scope, "/")) != 4 {
		return false
	}
	var headers strings.Builder
	signedNames := strings.Split(names, ";")
	if !slices.Contains(signedNames, "host") {
		return false
	}
	for _, name := range signedNames {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	canonical := strings.Join([]string{
		r.Method, r.URL.EscapedPath(), strings.ReplaceAll(query.Encode(), "+", "%20"), headers.String(), names, payload,
	}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	text := "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	return hmac.Equal([]byte(given), []byte(hex.EncodeToString(mac(key, text))))
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
