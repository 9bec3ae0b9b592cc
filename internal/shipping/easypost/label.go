package easypost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/EasyPost/easypost-go/v5"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

// maxLabel is far above what a label of four by six inches takes.
const maxLabel = 8 << 20

// forms say how EasyPost calls a form, where it puts the address and how such a
// file begins. docs.easypost.com/docs/shipments/convert-label
var forms = map[shipping.Format]struct {
	name, start string
	url         func(*easypost.PostageLabel) string
}{
	shipping.PDF: {"PDF", "%PDF-", func(l *easypost.PostageLabel) string { return l.LabelPDFURL }},
	shipping.ZPL: {"ZPL", "^XA", func(l *easypost.PostageLabel) string { return l.LabelZPLURL }},
}

// Label asks for the label in a form and downloads it. One that was given back is
// not printed any more: it is a NotFound fault, as one that was never bought.
func (c *Carrier) Label(ctx context.Context, ref string, f shipping.Format) ([]byte, error) {
	form, known := forms[f]
	if !known {
		return nil, fault.New(fault.Invalid, "a label is pdf or zpl, not %q", f)
	}
	var shown *easypost.PostageLabel
	a := c.about(ctx, ref, func(ctx context.Context, api *easypost.Client) (*easypost.Shipment, error) {
		shp, err := api.GetShipmentLabelWithContext(ctx, ref, form.name)
		if shp != nil {
			shown = shp.PostageLabel
		}
		return shp, err
	})
	switch {
	case a.Outcome == outcome.Missing, a.Code == "SHIPMENT.POSTAGE.REQUIRED":
		return nil, fault.New(fault.NotFound, "no label was bought for this parcel")
	case a.Outcome != outcome.Yes:
		return nil, fault.New(fault.Unavailable, "the carrier did not show the label (%s)", a.Code)
	case a.Picture.Standing != shipping.StandsBought && a.Picture.Standing != shipping.StandsKept:
		return nil, fault.New(fault.NotFound, "this parcel has no label that can be used")
	case shown == nil || form.url(shown) == "":
		return nil, fault.New(fault.Unavailable, "the carrier has no %s of the label yet", f)
	}
	return c.download(ctx, form.url(shown), form.start)
}

// download fetches a file of EasyPost's store, which asks for no key: whoever has
// the address has the name and the address of the shopper. So no fault repeats it,
// and it goes in the clear only where the API itself does.
func (c *Carrier) download(ctx context.Context, at, start string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the label's address can't be read")
	}
	if scheme := req.URL.Scheme; scheme != "https" && (scheme != "http" || c.base.Scheme != "http") {
		return nil, fault.New(fault.Unavailable, "the label's address is not https")
	}
	res, err := c.http(c.files).Do(req)
	if err != nil {
		var named *url.Error
		if errors.As(err, &named) {
			err = named.Err
		}
		return nil, fault.Wrap(err, fault.Unavailable, "the label could not be fetched")
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxLabel+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the label could not be read")
	}
	if res.StatusCode != http.StatusOK || len(body) > maxLabel || !bytes.HasPrefix(bytes.TrimSpace(body), []byte(start)) {
		cause := fmt.Errorf("status %d, %d bytes, %q", res.StatusCode, len(body), strings.ToValidUTF8(string(body[:min(len(body), 8)]), "?"))
		return nil, fault.Wrap(cause, fault.Unavailable, "what was fetched is no label")
	}
	return body, nil
}
