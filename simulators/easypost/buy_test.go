package easypost_test

import (
	"bytes"
	"image/png"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	easypostgo "github.com/EasyPost/easypost-go/v5"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
)

func TestAPurchaseShowsTheRateTheLabelAndTheTracker(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	shp := r.bought(t, ankara)
	require.Equal(t, "6.39", shp.SelectedRate.Rate)
	require.Equal(t, "application/pdf", shp.PostageLabel.LabelFileType)
	require.Equal(t, shp.PostageLabel.LabelURL, shp.PostageLabel.LabelPDFURL)
	require.Regexp(t, `^1Z\d{16}$`, shp.TrackingCode)
	require.Equal(t, shp.TrackingCode, shp.Tracker.TrackingCode)
	require.Equal(t, shp.ID, shp.Tracker.ShipmentID)
	require.Equal(t, "unknown", shp.Status)
	require.Contains(t, shp.Tracker.PublicURL, "https://track.easypost.com/")

	b := r.Books()[0]
	require.Equal(t, 1, b.Labels)
	require.Equal(t, int64(639), b.PaidCents)
	require.Equal(t, reference, b.Reference)
	require.Equal(t, 1, r.LabelsOf(reference))
}

func TestASecondPurchaseIsRefusedAndBuysNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shp := r.bought(t, ankara)

	_, err := r.buy(shp)
	requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.POSTAGE.EXISTS")
	require.Equal(t, shp.TrackingCode, r.get(t, shp.ID).TrackingCode)
	require.Equal(t, 1, easypost.Total(r.Books()).Labels)
}

func TestManyPurchasesAtOnceBuyOneLabel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shp := r.opened(t, ankara)
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for range 8 {
		c := newClient(t, r.url, easypost.DefaultAPIKey)
		wg.Go(func() {
			_, err := c.BuyShipment(shp.ID, shp.Rates[0], "")
			errs <- err
		})
	}
	wg.Wait()
	close(errs)

	good := 0
	for err := range errs {
		if err == nil {
			good++
			continue
		}
		requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.POSTAGE.EXISTS")
	}
	require.Equal(t, 1, good)
}

func TestAPurchaseWhileOneRunsIsToldSo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shp := r.opened(t, ankara)
	r.fault(t, sim.Fault{Kind: sim.Slow, DelayMS: 2300, Times: 1, Match: sim.Match{Operation: "shipment.buy"}})

	_, err := r.buy(shp) // gives up after two seconds
	requireNoAnswer(t, err)
	_, err = r.buy(shp)
	requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.PURCHASE.IN_PROGRESS")
	require.Eventually(t, func() bool { return r.get(t, shp.ID).PostageLabel != nil }, 3*time.Second, 10*time.Millisecond)
}

// download fetches a label as anybody could.
func download(t *testing.T, url string) (kind string, body []byte) {
	t.Helper()

	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.Header.Get("Content-Type"), body
}

func TestALabelIsDownloadedAsPDFAndAsZPL(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shp := r.bought(t, ankara)

	kind, pdf := download(t, shp.PostageLabel.LabelPDFURL)
	require.Equal(t, "application/pdf", kind)
	requirePDF(t, pdf)
	require.Contains(t, string(pdf), "(AYSE GUL CAGLAYAN) Tj")
	require.Contains(t, string(pdf), shp.TrackingCode)

	converted, err := r.api.GetShipmentLabel(shp.ID, "ZPL")
	require.NoError(t, err)
	require.Equal(t, shp.PostageLabel.LabelURL, converted.PostageLabel.LabelURL)
	kind, zpl := download(t, converted.PostageLabel.LabelZPLURL)
	require.Equal(t, "application/zpl", kind)
	require.True(t, strings.HasPrefix(string(zpl), "^XA\n"))
	require.True(t, strings.HasSuffix(string(zpl), "^XZ\n"))
	require.Contains(t, string(zpl), "^BCN,180,Y,N,N^FD"+shp.TrackingCode+"^FS")

	again, err := r.api.GetShipmentLabel(shp.ID, "ZPL")
	require.NoError(t, err)
	require.Equal(t, converted.PostageLabel.LabelZPLURL, again.PostageLabel.LabelZPLURL)
	resp, err := http.Get(shp.PostageLabel.LabelURL + "x")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
}

// requirePDF checks the table of a PDF's objects, as a reader does first.
func requirePDF(t *testing.T, pdf []byte) {
	t.Helper()

	require.True(t, bytes.HasPrefix(pdf, []byte("%PDF-1.4\n")))
	require.True(t, bytes.HasSuffix(pdf, []byte("%%EOF\n")))
	_, tail, found := bytes.Cut(pdf, []byte("startxref\n"))
	require.True(t, found)
	table, err := strconv.Atoi(strings.Fields(string(tail))[0])
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(pdf[table:], []byte("xref\n0 6\n")))
	for i, line := range strings.Split(string(pdf[table:]), "\n")[3:8] {
		at, err := strconv.Atoi(strings.Fields(line)[0])
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(pdf[at:], []byte(strconv.Itoa(i+1)+" 0 obj\n")), line)
	}
}

func TestALabelIsAPictureUnlessItIsAskedForOtherwise(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := parcelTo(ankara)
	in.Options = nil
	shp, err := r.api.CreateShipment(in)
	require.NoError(t, err)
	shp, err = r.buy(shp)
	require.NoError(t, err)

	kind, picture := download(t, shp.PostageLabel.LabelURL)
	require.Equal(t, "image/png", kind)
	img, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, 600, img.Bounds().Dy())
	require.Empty(t, shp.PostageLabel.LabelPDFURL)
}

func TestALabelOfAStrangeFormatIsRefusedBeforeItIsBought(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := parcelTo(ankara)
	in.Options.LabelFormat = "DOCX"

	_, err := r.api.CreateShipment(in)
	requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.OPTIONS.INVALID")
}

func TestARefundIsSubmittedAndGrantedByTheClock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID

	shp, err := r.api.RefundShipment(id)
	require.NoError(t, err)
	require.Equal(t, "submitted", shp.RefundStatus)
	_, err = r.api.RefundShipment(id)
	requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.REFUND.UNAVAILABLE")
	require.Zero(t, r.LabelsOf(reference))

	require.NoError(t, r.Clock().Advance(15*24*time.Hour))
	shp = r.get(t, id)
	require.Equal(t, "refunded", shp.RefundStatus)
	require.True(t, shp.Fees[1].Refunded)
	require.Zero(t, easypost.Total(r.Books()).NetCents)
	_, err = r.api.RefundShipment(id)
	requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.REFUND.UNAVAILABLE")
}

func TestARefundOfAParcelThatTravelsIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID
	require.NoError(t, r.HandOver(reference))

	_, err := r.api.RefundShipment(id)
	e := requireError(t, err, http.StatusUnprocessableEntity, "SHIPMENT.REFUND.UNAVAILABLE")
	require.Contains(t, e.Message, "has been shipped")
}

func TestARefundOfALabelThatIsUsedAfterAllIsRejected(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID
	_, err := r.api.RefundShipment(id)
	require.NoError(t, err)
	require.NoError(t, r.HandOver(id))

	require.NoError(t, r.Clock().Advance(15*24*time.Hour))
	require.Equal(t, "rejected", r.get(t, id).RefundStatus)
}

func TestARejectedRefundMayBeAskedForAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID
	_, err := r.api.RefundShipment(id)
	require.NoError(t, err)
	require.NoError(t, r.SettleRefund(id, false))
	require.Equal(t, "rejected", r.get(t, id).RefundStatus)

	var shp *easypostgo.Shipment
	shp, err = r.api.RefundShipment(id)
	require.NoError(t, err)
	require.Equal(t, "submitted", shp.RefundStatus)
	require.NoError(t, r.SettleRefund(id, true))
	require.Equal(t, "refunded", r.get(t, id).RefundStatus)
	require.ErrorContains(t, r.SettleRefund(id, true), "no refund")
}
