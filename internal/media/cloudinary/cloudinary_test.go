package cloudinary_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/cloudinary"
	"github.com/bedesten/bedesten/internal/media/mediatest"
	simulator "github.com/bedesten/bedesten/simulators/cloudinary"
	"github.com/bedesten/bedesten/simulators/sim"
)

// rig is an account that is simulated, and the adapter in front of it.
type rig struct {
	*simulator.Server
	url     string
	storage *cloudinary.Storage
}

func newRig(t *testing.T) *rig {
	t.Helper()
	server := simulator.New(simulator.Config{MaxHang: 5 * time.Second})
	listener := httptest.NewServer(server)
	server.SetPublicURL(listener.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, server.Close(ctx))
		listener.Close()
	})
	r := &rig{Server: server, url: listener.URL}
	r.storage = r.open(t, server.URL())
	return r
}

func (r *rig) open(t *testing.T, account string) *cloudinary.Storage {
	t.Helper()
	s, err := cloudinary.New(cloudinary.Config{URL: account, APIURL: r.url, DeliveryURL: r.url, CallTimeout: time.Minute})
	require.NoError(t, err)
	return s
}

func (r *rig) strikes(t *testing.T, f sim.Fault) {
	t.Helper()
	_, err := r.AddFault(f)
	require.NoError(t, err)
}

func TestCloudinary_KeepsPicturesAsEveryStorage(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) mediatest.Bench {
		t.Helper()
		r := newRig(t)
		return mediatest.Bench{Storage: r.storage, Break: func(t *testing.T) {
			t.Helper()
			r.strikes(t, sim.Fault{Kind: sim.Error500Before})
		}}
	})
}

const key = "uploads/med_01k3v8m4w0f3q2x9y6z7a1b2c3"

func TestCloudinary_HasItsSizesMadeWithTheUploadItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := mediatest.JPEG(t, 300, 200, 1)
	a := media.New(media.Cloudinary, media.Facts{ContentType: "image/jpeg", Bytes: int64(len(body))}, "ayse", time.Now().UTC())
	a.TicketUntil = time.Now().Add(time.Minute)
	ticket, err := r.storage.Ticket(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, mediatest.Send(t, ticket, body))
	books := r.Books()
	require.Len(t, books, 1)
	require.Equal(t, a.Key, books[0].PublicID)
	require.Len(t, books[0].Derived, len(media.Sizes))
	for name, value := range ticket.Fields {
		require.NotContains(t, value, simulator.DefaultAPISecret, name)
	}
}

func TestCloudinary_TakesNoFormatThatWasNotSigned(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := media.New(media.Cloudinary, media.Facts{ContentType: "image/jpeg", Bytes: 10}, "ayse", time.Now().UTC())
	a.TicketUntil = time.Now().Add(time.Minute)
	ticket, err := r.storage.Ticket(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, mediatest.Send(t, ticket, []byte(mediatest.SVG)))
	ticket.Fields["allowed_formats"] = "svg"
	require.Equal(t, http.StatusUnauthorized, mediatest.Send(t, ticket, []byte(mediatest.SVG)))
	require.Empty(t, r.Books())
}

func TestCloudinary_TellsWhatAPersonHasToMendFromWhatComesToItself(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		strikes sim.Fault
		want    fault.Code
	}{
		"it does not work":      {sim.Fault{Kind: sim.Error500Before}, fault.Unavailable},
		"it worked, and failed": {sim.Fault{Kind: sim.Error500After}, fault.Unavailable},
		"too many calls":        {sim.Fault{Kind: sim.RateLimit}, fault.Unavailable},
		"no connection":         {sim.Fault{Kind: sim.ResetBefore}, fault.Unavailable},
		"half an answer":        {sim.Fault{Kind: sim.BrokenBody}, fault.Unavailable},
		"a wrong key":           {sim.Fault{Kind: sim.Answer, Status: 401, Message: "Unknown API key"}, fault.Internal},
		"a plan that is over":   {sim.Fault{Kind: sim.Answer, Status: 403, Message: "disabled account"}, fault.Internal},
		"a wrong clock":         {sim.Fault{Kind: sim.Answer, Status: 400, Message: "Stale request - reported time is 2015-06-20 12:59:41 +0000 which is more than 1 hour ago"}, fault.Internal},
		"a picture that is bad": {sim.Fault{Kind: sim.Answer, Status: 400, Message: "Invalid image file"}, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.strikes(t, tt.strikes)
			err := r.storage.Put(t.Context(), key, "image/jpeg", mediatest.JPEG(t, 30, 20, 1))
			require.Equal(t, tt.want, fault.CodeOf(err), "%v", err)
		})
	}
}

// What was done although the answer was lost is found, and not done again.
func TestCloudinary_FindsWhatALostAnswerHadDone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := mediatest.JPEG(t, 300, 200, 1)
	r.strikes(t, sim.Fault{Kind: sim.ResetAfter, Times: 1})
	require.True(t, fault.Is(r.storage.Put(t.Context(), key, "image/jpeg", body), fault.Unavailable))
	require.Len(t, r.Books(), 1)
	require.NoError(t, r.storage.Put(t.Context(), key, "image/jpeg", body))
	r.strikes(t, sim.Fault{Kind: sim.ResetAfter, Times: 1})
	require.True(t, fault.Is(r.storage.Delete(t.Context(), key), fault.Unavailable))
	require.Empty(t, r.Books())
	require.NoError(t, r.storage.Delete(t.Context(), key))
}

func TestCloudinary_RefusesAnAddressThatIsNoneAndKeepsItsSecret(t *testing.T) {
	t.Parallel()
	for _, account := range []string{"", "cloudinary://", "cloudinary://123@demo", "https://api.cloudinary.com", "cloudinary://123:gizli@", "cloudinary://123:gizli%zz@demo"} {
		_, err := cloudinary.New(cloudinary.Config{URL: account})
		require.True(t, fault.Is(err, fault.Invalid), account)
		require.NotContains(t, err.Error(), "gizli")
	}
}

func TestCloudinary_SaysWhetherItsKeyIsGood(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.NoError(t, r.storage.Reach(t.Context()))
	wrong := r.open(t, strings.Replace(r.URL(), simulator.DefaultAPISecret, "baska-gizli", 1))
	require.True(t, fault.Is(wrong.Reach(t.Context()), fault.Internal))
}

func TestCloudinary_DeliversFromItsOwnPlaceUnlessAnotherIsNamed(t *testing.T) {
	t.Parallel()
	s, err := cloudinary.New(cloudinary.Config{URL: "cloudinary://123:gizli@dukkan"})
	require.NoError(t, err)
	require.Equal(t, "https://res.cloudinary.com/dukkan/image/private/c_limit,f_webp,h_160,q_auto,w_160/v1/"+key,
		s.URL("c_limit,f_webp,h_160,q_auto,w_160/v1/"+key))
}
