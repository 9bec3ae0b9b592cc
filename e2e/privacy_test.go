package e2e_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/simulators/sendgrid"
)

// isil is who lives at lab.Address.
const isil = "isil.ozgur@example.com"

// privacyPoints are where the worker dies while somebody's data is gathered and
// forgotten.
var privacyPoints = []string{"export.kept", "export.ticketed", "erasure.closed", "erasure.order_key", "erasure.key.before", "erasure.key.destroyed"}

// resident is somebody with an account, as a browser would have them.
type resident struct {
	w     *world
	shop  *lab.Shop
	id    string
	token string
}

func TestPrivacy_SomebodyIsForgottenAlthoughTheWorkerDiesAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("needs devstack")
	}
	t.Parallel()

	w := newWorld(t, sampleSeed)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	w.arm(privacyPoints)

	p := w.lab.Shop()
	require.Eventually(t, func() bool {
		ready, err := p.Call(ctx, http.MethodGet, "/readyz", nil, nil)
		return err == nil && ready.Status == http.StatusOK
	}, time.Minute, 100*time.Millisecond)
	guest := w.buys(ctx, p, nil)
	r := w.registers(ctx, p)
	require.Contains(t, r.ask(ctx, http.MethodGet, "/v1/account/orders", http.StatusOK, nil), guest.OrderID, "what was bought before comes along")
	own := w.buys(ctx, p, r)

	asked := r.ask(ctx, http.MethodPost, "/v1/account/export", http.StatusAccepted, map[string]any{"password": lab.Password})
	copied := r.downloads(ctx, asked)
	for _, word := range []string{"Işıl Özgür", isil, guest.Number, own.Number, "İnönü Caddesi", "provider_reference"} {
		require.Contains(t, copied, word)
	}

	require.Eventually(t, func() bool { return len(w.mails("hazır")) == 1 }, time.Minute, 200*time.Millisecond, "told once that it can be fetched")

	r.ask(ctx, http.MethodPost, "/v1/account/erasure", http.StatusAccepted, map[string]any{"password": lab.Password})
	for _, o := range []*lab.Shopper{guest, own} {
		shown, err := o.Order(ctx)
		require.NoError(t, err)
		require.Contains(t, string(shown.Raw), isil, "an order that runs knows whom it goes to")
		_, err = w.staff.Send(ctx, o.OrderID, 1)
		require.NoError(t, err)
	}
	for _, o := range []*lab.Shopper{guest, own} {
		await(t, o, order.Completed)
	}
	for began := time.Now(); w.met(ctx, privacyPoints) < len(privacyPoints) && time.Since(began) < time.Minute; {
	}
	require.Empty(t, w.unmet, "the worker died at each step")

	report, err := w.lab.App.Auditor(time.Minute).Run(t.Context())
	require.NoError(t, err)
	require.True(t, report.Clean(), report.String())
	for _, o := range []*lab.Shopper{guest, own} {
		shown, err := o.Order(ctx)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, shown.Status)
		require.NotContains(t, string(shown.Raw), `"contact"`)
		require.Contains(t, string(shown.Raw), `"invoice"`, "the law has it kept")
	}
	left, err := w.lab.App.DB.Collection("account_emails").CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.Zero(t, left)
	require.Len(t, w.mails("silindi"), 1, "told once that they are forgotten")
	w.registers(ctx, p)
}

// buys fills a cart and checks it out, as somebody who is signed in or as a guest.
func (w *world) buys(ctx context.Context, s *lab.Shop, r *resident) *lab.Shopper {
	w.t.Helper()
	p, err := s.Fill(ctx, lab.Line{SKU: w.sku, Quantity: 1})
	require.NoError(w.t, err)
	if r != nil {
		r.ask(ctx, http.MethodPut, "/v1/account/cart", http.StatusOK, map[string]any{"cart_id": p.CartID}, "X-Cart-Secret", p.Secret)
		p.Token = r.token
	}
	_, err = p.Checkout(ctx, lab.Key(), "pm_card_visa")
	require.NoError(w.t, err)
	await(w.t, p, order.Placed)
	return p
}

// registers makes an account by the way of the mail, and signs in.
func (w *world) registers(ctx context.Context, s *lab.Shop) *resident {
	w.t.Helper()
	before := len(w.mails("onay"))
	r := &resident{w: w, shop: s}
	r.ask(ctx, http.MethodPost, "/v1/accounts", http.StatusAccepted, map[string]any{"email": isil, "password": lab.Password, "name": "Işıl Özgür"})
	var ticket string
	require.Eventually(w.t, func() bool {
		all := w.mails("onay")
		if len(all) > before {
			ticket = linked.FindString(all[len(all)-1].Text)
		}
		return ticket != ""
	}, time.Minute, 200*time.Millisecond, "the mail with the link")
	answer := r.ask(ctx, http.MethodPost, "/v1/accounts/confirm", http.StatusCreated, map[string]any{"ticket": ticket[1:], "password": lab.Password})
	var in struct {
		ID    string `json:"account_id"`
		Token string `json:"access_token"`
	}
	require.NoError(w.t, json.Unmarshal([]byte(answer), &in))
	r.id, r.token = in.ID, in.Token
	return r
}

// linked finds the ticket behind a link's "#".
var linked = regexp.MustCompile(`#tkt_[^\s]+`)

// mails are those to Işıl with a word in the subject.
func (w *world) mails(word string) []sendgrid.Mail {
	var found []sendgrid.Mail
	for _, m := range w.lab.SendGrid.Sent() {
		if strings.Contains(strings.ToLower(m.Subject), word) && strings.EqualFold(m.To[0].Email, isil) {
			found = append(found, m)
		}
	}
	return found
}

func (r *resident) ask(ctx context.Context, method, path string, status int, body any, more ...string) string {
	r.w.t.Helper()
	a, err := r.shop.Call(ctx, method, path, r.headers(more...), body)
	require.NoError(r.w.t, err)
	require.Equal(r.w.t, status, a.Status, string(a.Raw))
	return string(a.Raw)
}

func (r *resident) headers(more ...string) map[string]string {
	headers := map[string]string{"Accept-Language": "tr"}
	if r.token != "" {
		headers["Authorization"] = "Bearer " + r.token
	}
	for pair := range slices.Chunk(more, 2) {
		headers[pair[0]] = pair[1]
	}
	return headers
}

// downloads waits for what was asked for and returns all of its files.
func (r *resident) downloads(ctx context.Context, asked string) string {
	r.w.t.Helper()
	var export struct {
		ID string `json:"id"`
	}
	require.NoError(r.w.t, json.Unmarshal([]byte(asked), &export))
	var content []byte
	require.Eventually(r.w.t, func() bool {
		a, err := r.shop.Call(ctx, http.MethodGet, "/v1/account/exports/"+export.ID, r.headers(), nil)
		content = a.Raw
		return err == nil && a.Status == http.StatusOK
	}, time.Minute, 200*time.Millisecond)
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(r.w.t, err)
	var all strings.Builder
	for _, f := range z.File {
		opened, err := f.Open()
		require.NoError(r.w.t, err)
		_, err = io.Copy(&all, opened)
		require.NoError(r.w.t, err)
	}
	return all.String()
}
