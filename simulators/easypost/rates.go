package easypost

import (
	"fmt"
	"math"
	"slices"
)

// rate is what one service of a carrier would cost. docs.easypost.com/docs/rates
type rate struct {
	head
	carrier, service, account string
	cents                     int64 // US dollars
	days                      int
}

// zone is how far a parcel goes.
type zone int

const (
	domestic zone = iota
	near
	far
)

// service is a row of the rate table: prices in cents for the first pound and for
// each further one, by zone; a zone without a price is not served.
type service struct {
	carrier, name, account string
	first, more            [3]int64
	days                   [3]int
	maxOunces              float64
}

// services are the accounts' services, whose names are those of EasyPost's
// carrier guides. Prices are made up, and the same for the same parcel.
var services = []service{
	{"UPS", "UPSStandard", "ca_5f0c6a1d3b8e4a77b1c2d3e4f5061728", [3]int64{549, 1490, 0}, [3]int64{45, 160, 0}, [3]int{3, 5, 0}, 2400},
	{"UPS", "Express", "ca_5f0c6a1d3b8e4a77b1c2d3e4f5061728", [3]int64{1190, 3150, 4890}, [3]int64{90, 290, 480}, [3]int{1, 2, 3}, 2400},
	{"FedEx", "FEDEX_GROUND", "ca_8d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6", [3]int64{565, 0, 0}, [3]int64{40, 0, 0}, [3]int{3, 0, 0}, 2400},
	{"FedEx", "INTERNATIONAL_ECONOMY", "ca_8d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6", [3]int64{0, 1620, 2790}, [3]int64{0, 150, 260}, [3]int{0, 5, 6}, 2400},
	{"DHLExpress", "ExpressWorldwide", "ca_0a1b2c3d4e5f60718293a4b5c6d7e8f9", [3]int64{0, 2890, 4450}, [3]int64{0, 240, 410}, [3]int{0, 2, 3}, 1120},
}

// neighbours are the countries that are near to one another.
var neighbours = []string{"AT", "AZ", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "ES", "FR", "GB", "GE", "GR", "HU", "IT", "NL", "PL", "PT", "RO", "SE", "TR"}

func zoneOf(from, to string) zone {
	switch {
	case from == to:
		return domestic
	case slices.Contains(neighbours, from) && slices.Contains(neighbours, to):
		return near
	}
	return far
}

// ratesFor returns the offers for a parcel and the carriers' messages about what
// they do not take. Rates come in the account's currency.
func (s *Server) ratesFor(from, to *address, p *parcel) (rates []*rate, messages []object) {
	z := zoneOf(from.country, to.country)
	pounds := int64(math.Ceil(p.weight / 16))
	messages = []object{}
	for _, sv := range services {
		switch {
		case sv.first[z] == 0:
		case p.weight > sv.maxOunces:
			messages = append(messages, message(sv.carrier, "rate_error", fmt.Sprintf("%s: the parcel is heavier than %.0f oz", sv.name, sv.maxOunces)))
		default:
			rates = append(rates, &rate{
				head: s.head("rate_"), carrier: sv.carrier, service: sv.name, account: sv.account,
				cents: sv.first[z] + (pounds-1)*sv.more[z], days: sv.days[z],
			})
		}
	}
	return rates, messages
}

// message is a carrier's word beside a shipment's rates.
// docs.easypost.com/docs/shipments#message-object
func message(carrier, kind, text string) object {
	return object{"carrier": carrier, "carrier_account_id": accountOf(carrier), "type": kind, "message": text}
}

func accountOf(carrier string) string {
	for _, sv := range services {
		if sv.carrier == carrier {
			return sv.account
		}
	}
	return ""
}

func dollars(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// render: easypost-go tests/cassettes/TestShipmentBuy.yaml.
func (r *rate) render(shipmentID string) object {
	price := dollars(r.cents)
	return object{
		"id": r.id, "object": "Rate", "mode": "test", "created_at": stamp(r.born), "updated_at": stamp(r.updated),
		"carrier": r.carrier, "service": r.service, "carrier_account_id": r.account, "shipment_id": shipmentID, "billing_type": "easypost",
		"rate": price, "currency": "USD", "list_rate": price, "list_currency": "USD", "retail_rate": price, "retail_currency": "USD",
		"delivery_days": r.days, "est_delivery_days": r.days, "delivery_date": nil, "delivery_date_guaranteed": false,
	}
}
