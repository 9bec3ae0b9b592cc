package easypost

import (
	"net/http"
	"slices"
	"strings"
)

// filesPath is where labels are downloaded from, without a key, as from
// EasyPost's own store of files.
const filesPath = "/files/postage_label/"

// labelFormats are what a label can be. docs.easypost.com/docs/shipments/convert-label
// knows EPL2 too.
var labelFormats = []string{"PNG", "PDF", "ZPL"}

// label is a shipment's postage label. docs.easypost.com/docs/shipments#postagelabel-object
type label struct {
	head
	format string
	urls   map[string]string // by format; the one that was bought, and those it was converted to
}

// file is what a label's address leads to.
type file struct {
	kind string
	body []byte
}

func (s *Server) newLabel(shp *shipment) *label {
	l := &label{head: s.head("pl_"), format: shp.format, urls: map[string]string{}}
	l.urls[l.format] = s.putLabel(shp, l.format)
	return l
}

// putLabel draws the label and returns where it can be downloaded, at an address
// that can't be guessed.
func (s *Server) putLabel(shp *shipment, format string) string {
	name := randomHex(17) + "." + strings.ToLower(format)
	s.store.files[name] = draw(shp, format)
	return s.publicURL + filesPath + name
}

// labelShipment: docs.easypost.com/docs/shipments/convert-label. The label keeps
// its own format, and the converted one has an address beside it.
func (s *Server) labelShipment(c *call) (answer, *apiError) {
	shp, found := s.store.shipments.get(c.id)
	if !found {
		return answer{}, notFound()
	}
	format := strings.ToUpper(c.query.Get("file_format"))
	if !slices.Contains(labelFormats, format) {
		return answer{}, invalid(codeFormat, "The requested label format is not valid.", field("file_format", "must be one of "+strings.Join(labelFormats, ", ")))
	}
	if shp.label == nil {
		return answer{}, refused(codePostageNeeded, "Postage is required for this action; buy the shipment first.")
	}
	if _, drawn := shp.label.urls[format]; !drawn {
		shp.label.urls[format] = s.putLabel(shp, format)
		shp.label.updated = s.clock.Now()
	}
	return ok(shp.render())
}

// serveFile answers a download.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, found := s.store.files[strings.TrimPrefix(r.URL.Path, filesPath)]
	s.mu.Unlock()
	if !found || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	_, _ = w.Write(f.body) // a client that left asks again
}

var fileTypes = map[string]string{"PNG": "image/png", "PDF": "application/pdf", "ZPL": "application/zpl"}

// render: easypost-go tests/cassettes/TestShipmentConvertLabel.yaml.
func (l *label) render() object {
	converted := func(format string) any { return textOrNil(l.urls[format]) }
	return object{
		"id": l.id, "object": "PostageLabel", "created_at": stamp(l.born), "updated_at": stamp(l.updated), "label_date": stamp(l.born),
		"date_advance": 0, "integrated_form": "none", "label_file": nil, "label_file_type": fileTypes[l.format],
		"label_resolution": 300, "label_size": "4x6", "label_type": "default", "label_url": l.urls[l.format],
		"label_pdf_url": converted("PDF"), "label_zpl_url": converted("ZPL"), "label_epl2_url": nil,
	}
}
