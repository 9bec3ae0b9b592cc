package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// Codes that only the edge knows.
const (
	codeNotFound         = fault.NotFound
	codeMethodNotAllowed = fault.Code("method_not_allowed")
	codeMediaType        = fault.Code("unsupported_media_type")
	codeCrossSite        = fault.Code("cross_site_refused")
)

// meaning is what a code is in HTTP, and its title in both languages.
type meaning struct {
	status int
	title  catalog.Text
}

// meanings is the only translation of faults into HTTP.
var meanings = map[fault.Code]meaning{
	fault.Internal:           {http.StatusInternalServerError, catalog.Text{TR: "Bizde bir sorun oluştu", EN: "Something went wrong on our side"}},
	fault.Invalid:            {http.StatusUnprocessableEntity, catalog.Text{TR: "Geçersiz istek", EN: "Invalid request"}},
	fault.Malformed:          {http.StatusBadRequest, catalog.Text{TR: "İstek okunamadı", EN: "The request cannot be read"}},
	fault.NotFound:           {http.StatusNotFound, catalog.Text{TR: "Bulunamadı", EN: "Not found"}},
	fault.Unauthenticated:    {http.StatusUnauthorized, catalog.Text{TR: "Önce oturum açın", EN: "Sign in first"}},
	fault.SecondFactor:       {http.StatusUnauthorized, catalog.Text{TR: "İkinci doğrulama adımı gerekiyor", EN: "A second factor is needed"}},
	fault.Forbidden:          {http.StatusForbidden, catalog.Text{TR: "Buna izin verilmiyor", EN: "Not allowed"}},
	fault.Conflict:           {http.StatusConflict, catalog.Text{TR: "Şu anki durumla çelişiyor", EN: "In conflict with the present state"}},
	fault.Stale:              {http.StatusPreconditionFailed, catalog.Text{TR: "Bu arada değişti, yeniden okuyun", EN: "Changed meanwhile, read it again"}},
	fault.RevisionMissing:    {http.StatusPreconditionRequired, catalog.Text{TR: "If-Match başlığı eksik", EN: "The If-Match header is missing"}},
	fault.OutOfStock:         {http.StatusConflict, catalog.Text{TR: "Yeterli stok yok", EN: "Out of stock"}},
	fault.QuoteStale:         {http.StatusConflict, catalog.Text{TR: "Sepet değişti, yeniden bakın", EN: "The cart has changed, look again"}},
	fault.TermsChanged:       {http.StatusConflict, catalog.Text{TR: "Sözleşme metni değişti, yeniden okuyun", EN: "A text has changed, read it again"}},
	fault.CartCheckedOut:     {http.StatusConflict, catalog.Text{TR: "Bu sepet zaten sipariş oldu", EN: "This cart is already an order"}},
	fault.AttemptOpen:        {http.StatusConflict, catalog.Text{TR: "Bir ödeme hâlâ sürüyor", EN: "A payment is still going on"}},
	fault.Declined:           {http.StatusPaymentRequired, catalog.Text{TR: "Ödeme reddedildi", EN: "The payment was declined"}},
	fault.PaymentUnavailable: {http.StatusServiceUnavailable, catalog.Text{TR: "Ödeme şu anda alınamıyor", EN: "Payments cannot be taken right now"}},
	fault.KeyMissing:         {http.StatusBadRequest, catalog.Text{TR: "Idempotency-Key başlığı eksik", EN: "The Idempotency-Key header is missing"}},
	fault.KeyReused:          {http.StatusUnprocessableEntity, catalog.Text{TR: "Idempotency-Key başka bir istekte kullanıldı", EN: "The Idempotency-Key was used for another request"}},
	fault.CardNumber:         {http.StatusUnprocessableEntity, catalog.Text{TR: "Kart numarası buraya yazılamaz", EN: "A card number must not be sent here"}},
	fault.TooLarge:           {http.StatusRequestEntityTooLarge, catalog.Text{TR: "İstek çok büyük", EN: "The request is too large"}},
	fault.RateLimited:        {http.StatusTooManyRequests, catalog.Text{TR: "Çok sık istek gönderildi", EN: "Too many requests"}},
	fault.Unavailable:        {http.StatusServiceUnavailable, catalog.Text{TR: "Şu anda yanıt veremiyoruz, yeniden deneyin", EN: "We cannot answer right now, try again"}},
	fault.NotSupportedYet:    {http.StatusConflict, catalog.Text{TR: "Bu henüz yapılamıyor", EN: "This cannot be done yet"}},
	codeMethodNotAllowed:     {http.StatusMethodNotAllowed, catalog.Text{TR: "Bu yöntem burada geçerli değil", EN: "Method not allowed"}},
	codeMediaType:            {http.StatusUnsupportedMediaType, catalog.Text{TR: "Bu türde içerik kabul edilmez", EN: "A body of this type is not taken"}},
	codeCrossSite:            {http.StatusForbidden, catalog.Text{TR: "Başka bir siteden gönderilemez", EN: "Not taken from another site"}},
}

// codeOfStatus names what huma refuses by a status alone.
var codeOfStatus = map[int]fault.Code{
	http.StatusBadRequest:            fault.Malformed,
	http.StatusRequestTimeout:        fault.Malformed,
	http.StatusRequestEntityTooLarge: fault.TooLarge,
	http.StatusUnsupportedMediaType:  codeMediaType,
	http.StatusUnprocessableEntity:   fault.Invalid,
}

// Problem is the body of every answer that is not a success: RFC 9457, with a
// stable code, and beside it whatever the code's details are.
//
//nolint:errname // RFC 9457 calls it a problem, and so does the document.
type Problem struct {
	_         struct{}     `additionalProperties:"true"`
	Type      string       `json:"type" doc:"urn:bedesten:problem: and the code"`
	Title     string       `json:"title" doc:"What the code means, in the language of Accept-Language"`
	Status    int          `json:"status" doc:"The HTTP status"`
	Detail    string       `json:"detail" doc:"What is wrong this time; what shoppers meet most is in the language of Accept-Language"`
	Code      fault.Code   `json:"code" doc:"What to branch on"`
	RequestID string       `json:"request_id" doc:"What to tell us when asking about it" example:"req_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Errors    []FieldError `json:"errors,omitempty" nullable:"false" doc:"Each field that is wrong; every 422 has at least one"`

	details map[string]any
	headers http.Header
}

// FieldError says what is wrong with one field. It never repeats the value.
type FieldError struct {
	Field   string `json:"field" doc:"Where it is: in the body, query, path or header of the request, or in the cart that it is about" example:"body.quantity"`
	Message string `json:"message" example:"expected number <= 99"`
}

// String returns field and message.
func (e FieldError) String() string { return e.Field + ": " + e.Message }

// problemType is what the type of every problem begins with.
const problemType = "urn:bedesten:problem:"

// detailField is the detail of a fault that becomes the field of its problem's
// one error.
const detailField = "field"

// inField says where in the request a refused value is. A field that the
// refusal names itself is below it.
func inField(err error, where string) error {
	var f *fault.Fault
	if !errors.As(err, &f) || meanings[f.Code].status != http.StatusUnprocessableEntity {
		return err
	}
	if flaws := fault.FlawsOf(f); len(flaws) > 0 {
		within := make([]fault.Flaw, len(flaws))
		for i, flaw := range flaws {
			within[i] = fault.Flaw{Field: where + "." + flaw.Field, Message: flaw.Message}
		}
		return f.With(fault.DetailFlaws, within)
	}
	if below, named := f.Details[detailField].(string); named {
		where += "." + below
	}
	return f.With(detailField, where)
}

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

// Error returns code and detail.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns headers that go with the problem, such as Retry-After.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType returns RFC 9457's type.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// MarshalJSON writes the details beside the standard members, which win.
func (p *Problem) MarshalJSON() ([]byte, error) {
	body := maps.Clone(p.details)
	if body == nil {
		body = map[string]any{}
	}
	maps.Copy(body, map[string]any{
		"type": p.Type, "title": p.Title, "status": p.Status, "detail": p.Detail, "code": p.Code, "request_id": p.RequestID,
	})
	if len(p.Errors) > 0 {
		body["errors"] = p.Errors
	}
	return json.Marshal(body)
}

// problemOf returns the problem of a code for the request in ctx.
func problemOf(ctx context.Context, code fault.Code, detail string) *Problem {
	means, known := meanings[code]
	if !known {
		code, means = fault.Internal, meanings[fault.Internal]
	}
	r := requestOf(ctx)
	return &Problem{
		Type: problemType + string(code), Title: means.title.In(r.language), Status: means.status,
		Detail: say(code, detail, r.language), Code: code, RequestID: r.id,
	}
}

// problem turns any error of a handler into what the client may see. What we
// did not foresee, and what did not answer, is logged with its cause.
func (a *API) problem(ctx context.Context, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	var f *fault.Fault
	if !errors.As(err, &f) || meanings[f.Code].status == 0 || f.Code == fault.Internal {
		a.Log.ErrorContext(ctx, "request failed", "request_id", requestOf(ctx).id, "error", err)
		return problemOf(ctx, fault.Internal, saidInternal)
	}
	said := f.Message
	if f.Code == fault.Unavailable && errors.Unwrap(f) != nil {
		said = saidUnavailable // its own words, such as a store's, name what was asked for
	}
	p := problemOf(ctx, f.Code, said)
	requestOf(ctx).code = f.Code
	p.details = maps.Clone(f.Details)
	if field, named := p.details[detailField].(string); named {
		delete(p.details, detailField)
		p.Errors = []FieldError{{Field: field, Message: p.Detail}}
	}
	if flaws := fault.FlawsOf(f); len(flaws) > 0 {
		delete(p.details, fault.DetailFlaws)
		p.Errors = flawsAsErrors(flaws, f.Code, requestOf(ctx).language)
	}
	if len(p.Errors) > 0 && p.Status == http.StatusUnprocessableEntity {
		p.Detail = p.Errors[0].String()
	}
	if p.Status >= http.StatusInternalServerError {
		a.Log.WarnContext(ctx, "request refused", "request_id", p.RequestID, "code", string(p.Code), "error", err)
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		p.headers = http.Header{"Retry-After": {retryAfter(f.Details)}}
	}
	return p
}

// flawsAsErrors names the first flaws; a product of many variants can have
// hundreds.
func flawsAsErrors(flaws []fault.Flaw, code fault.Code, language string) []FieldError {
	var errs []FieldError
	for _, flaw := range flaws[:min(len(flaws), maxErrors)] {
		errs = append(errs, FieldError{Field: flaw.Field, Message: say(code, flaw.Message, language)})
	}
	return errs
}

// retryAfter is in whole seconds, at least one.
func retryAfter(details map[string]any) string {
	if wait, ok := details["retry_after"].(int); ok && wait > 0 {
		return strconv.Itoa(wait)
	}
	return "1"
}

// rateLimited is the fault of a request that came too soon.
func rateLimited(wait time.Duration) error {
	return fault.New(fault.RateLimited, "too many requests: wait before the next one").
		With("retry_after", int(max(wait, time.Second)/time.Second))
}

// refuse writes a problem from outside a typed route and ends the request.
func (a *API) refuse(c *gin.Context, p *Problem) {
	for name, values := range p.headers {
		for _, value := range values {
			c.Writer.Header().Add(name, value)
		}
	}
	body, err := json.Marshal(p)
	if err != nil {
		a.Log.ErrorContext(c, "a problem could not be written", "request_id", p.RequestID, "error", err)
		body = []byte(`{"code":"internal","status":500}`)
	}
	c.Abort()
	c.Data(p.Status, p.ContentType(""), body)
}

// missingProperty is how huma tells of a property that is not there: at the object
// that lacks it.
var missingProperty = regexp.MustCompile(`^expected required property (\S+) to be present$`)

// fieldError says what huma found, at the field that it is about.
func fieldError(d *huma.ErrorDetail, code fault.Code, language string) FieldError {
	if missing := missingProperty.FindStringSubmatch(d.Message); missing != nil {
		return FieldError{Field: d.Location + "." + missing[1], Message: say(code, saidRequired, language)}
	}
	return FieldError{Field: d.Location, Message: say(code, d.Message, language)}
}

// init gives huma's own refusals our shape and makes it strict. huma has no other
// hook for it than these variables of its package.
func init() {
	// A name in another case is another name: encoding/json would take it past
	// the schema's bounds.
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return refusal(context.Background(), status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return refusal(ctx.Context(), status, message, errs)
	}
}

// maxErrors is how many wrong fields one problem names.
const maxErrors = 10

// refusal is what huma found wrong with a request before its handler ran.
func refusal(ctx context.Context, status int, message string, errs []error) *Problem {
	code, known := codeOfStatus[status]
	if !known {
		code = fault.Internal
		if status != 0 {
			slog.ErrorContext(ctx, "request failed before its handler", "request_id", requestOf(ctx).id, "status", status, "error", errors.Join(errs...))
		}
		message = saidInternal
	}
	p := problemOf(ctx, code, message)
	for _, err := range errs {
		var detail *huma.ErrorDetail
		if code != fault.Internal && len(p.Errors) < maxErrors && errors.As(err, &detail) {
			p.Errors = append(p.Errors, fieldError(detail, code, requestOf(ctx).language))
		}
	}
	if len(p.Errors) > 0 {
		p.Detail = p.Errors[0].String()
	}
	return p
}
