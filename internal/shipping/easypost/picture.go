package easypost

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/EasyPost/easypost-go/v5"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/shipping"
)

// picture reads a shipment.
func picture(shp *easypost.Shipment) shipping.Picture {
	p := shipping.Picture{
		Ref: shp.ID, Reference: shp.Reference, Standing: standing(shp), Rates: rates(shp.Rates), TrackingCode: shp.TrackingCode, CreatedAt: moment(shp.CreatedAt),
	}
	if shp.SelectedRate != nil {
		p.Bought, _ = rate(shp.SelectedRate) // a price that can't be counted in is shown as none
	}
	if t := shp.Tracker; t != nil {
		p.TrackingURL, p.Scans = t.PublicURL, scans(t)
	}
	return p
}

// standing follows docs.easypost.com/docs/shipments/shipping-refund. Carriers
// that are paid by scan have no label to give back ("not_applicable"): it costs
// nothing as long as nobody uses it.
func standing(shp *easypost.Shipment) shipping.Standing {
	switch {
	case shp.PostageLabel == nil:
		return shipping.StandsOpen
	case shp.RefundStatus == "submitted":
		return shipping.StandsVoiding
	case shp.RefundStatus == "refunded", shp.RefundStatus == "not_applicable":
		return shipping.StandsVoided
	case shp.RefundStatus == "rejected":
		return shipping.StandsKept
	}
	return shipping.StandsBought
}

// rates returns those that can be bought, cheapest first. One in a currency that
// the product does not count in can't be written down, so it is not offered.
func rates(in []*easypost.Rate) []shipping.Rate {
	out := []shipping.Rate{}
	for _, r := range in {
		if one, ok := rate(r); ok {
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(a, b shipping.Rate) int { return cmp.Compare(a.Price.Minor, b.Price.Minor) })
	return out
}

func rate(r *easypost.Rate) (shipping.Rate, bool) {
	price, ok := amount(r.Rate, r.Currency)
	return shipping.Rate{Ref: r.ID, Service: r.Carrier + " " + r.Service, CarrierName: carrierName(r.Carrier), Price: price}, ok
}

// carrierNames are carriers that EasyPost writes otherwise than people do
// (docs.easypost.com/docs/carriers). Accounts of one carrier differ by what
// follows its name.
var carrierNames = []struct{ begins, name string }{
	{"DHLExpress", "DHL Express"}, {"DHLEcs", "DHL eCommerce"}, {"DHLPaket", "DHL"}, {"FedEx", "FedEx"}, {"UPS", "UPS"}, {"USPS", "USPS"},
	{"CanadaPost", "Canada Post"}, {"AustraliaPost", "Australia Post"}, {"RoyalMail", "Royal Mail"},
}

func carrierName(carrier string) string {
	for _, known := range carrierNames {
		if strings.HasPrefix(carrier, known.begins) {
			return known.name
		}
	}
	return carrier
}

var priceShape = regexp.MustCompile(`^\d{1,12}(\.\d{1,12})?$`)

// amount reads a price such as 6.39, of which a part of a minor unit counts as a
// whole one.
func amount(price, currency string) (money.Amount, bool) {
	if !money.Known(currency) || !priceShape.MatchString(price) {
		return money.Amount{}, false
	}
	whole, fraction, _ := strings.Cut(price, ".")
	_, decimals, _ := strings.Cut(strings.Fields(money.Of(0, currency).String())[0], ".")
	fraction += strings.Repeat("0", len(decimals))
	kept, rest := fraction[:len(decimals)], strings.Trim(fraction[len(decimals):], "0")
	minor, err := strconv.ParseInt(whole+kept, 10, 64)
	if err != nil {
		return money.Amount{}, false
	}
	if rest != "" {
		minor++
	}
	return money.Of(minor, currency), true
}

// scans reads the tracker's details, oldest first, and its own status where no
// detail has it: some carriers tell nothing else.
func scans(t *easypost.Tracker) []shipping.Scan {
	out := []shipping.Scan{}
	told := false
	for _, d := range t.TrackingDetails {
		at, err := time.Parse(time.RFC3339, d.DateTime)
		if err != nil {
			at = moment(t.UpdatedAt) // a scan without a time of its own was true by then
		}
		out = append(out, scan(d.Status, d.StatusDetail, at))
		told = told || d.Status == t.Status
	}
	if !told && t.Status != "" {
		out = append(out, scan(t.Status, t.StatusDetail, moment(t.UpdatedAt)))
	}
	slices.SortStableFunc(out, func(a, b shipping.Scan) int { return a.At.Compare(b.At) })
	return out
}

func scan(status, detail string, at time.Time) shipping.Scan {
	code := status
	if detail != "" {
		code += "/" + detail
	}
	return shipping.Scan{State: state(status, detail), At: at.UTC(), Code: code}
}

// state says what a status and its detail mean (docs.easypost.com/docs/trackers
// lists both). "error" is EasyPost's own: the carrier gave no information, which
// says nothing of the parcel; so do a label that was made or cancelled. A parcel
// at a pickup point is at the shopper's door as far as it goes.
func state(status, detail string) shipping.State {
	if s, known := statesByDetail[status+"/"+detail]; known {
		return s
	}
	return states[status]
}

var states = map[string]shipping.State{
	"in_transit":           shipping.InTransit,
	"out_for_delivery":     shipping.OutForDelivery,
	"available_for_pickup": shipping.OutForDelivery,
	"delivered":            shipping.Delivered,
	"return_to_sender":     shipping.ReturningToSender,
	"failure":              shipping.Exception,
}

var statesByDetail = map[string]shipping.State{
	"failure/lost":                        shipping.Lost,
	"failure/damaged":                     shipping.Damaged,
	"failure/refused":                     shipping.DeliveryFailed,
	"failure/address_correction":          shipping.DeliveryFailed,
	"failure/delivery_exception":          shipping.DeliveryFailed,
	"failure/return":                      shipping.ReturningToSender,
	"in_transit/delivery_exception":       shipping.DeliveryFailed,
	"in_transit/refused":                  shipping.DeliveryFailed,
	"in_transit/address_correction":       shipping.DeliveryFailed,
	"in_transit/transit_exception":        shipping.Exception,
	"in_transit/held":                     shipping.Exception,
	"in_transit/missorted":                shipping.Exception,
	"in_transit/awaiting_information":     shipping.Exception,
	"in_transit/return":                   shipping.ReturningToSender,
	"in_transit/damaged":                  shipping.Damaged,
	"out_for_delivery/delivery_exception": shipping.DeliveryFailed,
}

func moment(t *easypost.DateTime) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime().UTC()
}

// addressOf writes an address as EasyPost has it: a district of Türkiye is the
// city, its province the state.
func addressOf(a shipping.Address) *easypost.Address {
	city, state := a.District, a.Province
	if city == "" {
		city, state = a.Province, ""
	}
	return &easypost.Address{
		Name: a.Name, Company: a.Company, Street1: a.Line1, Street2: a.Line2, City: city, State: state,
		Zip: a.Postcode, Country: a.Country, Phone: a.Phone, Email: a.Email,
	}
}

// gramsPerOunce is the international avoirdupois ounce.
const gramsPerOunce = 28.349523125

// ounces is a weight as EasyPost takes it, to one decimal and rounded up: a
// parcel that is declared lighter than it is costs more afterwards.
// docs.easypost.com/docs/parcels
func ounces(grams int64) float64 {
	return math.Ceil(float64(grams)*10/gramsPerOunce) / 10
}
