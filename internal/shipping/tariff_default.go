package shipping

import (
	"bytes"
	"encoding/json"

	"github.com/bedesten/bedesten/internal/fault"
)

// DefaultTariffs are what a shop charges that has not written its own: within
// Turkey by weight, abroad by region.
func DefaultTariffs() []Tariff {
	european := []string{"DE", "AT", "NL", "BE", "FR", "LU", "IT", "ES", "PT", "SE", "DK", "FI", "PL", "CZ", "GR", "BG", "RO", "HU", "IE"}
	return []Tariff{
		{Currency: "TRY", TaxPercent: 20, Zones: []Zone{
			{Name: "Marmara", Countries: []string{"TR"}, Provinces: []string{"İstanbul", "Kocaeli", "Bursa", "Tekirdağ", "Sakarya", "Yalova"}, FreeFrom: 100_000,
				Bands: []Band{{1_000, 5_990}, {5_000, 7_990}, {15_000, 12_990}, {30_000, 19_990}}},
			{Name: "Türkiye", Countries: []string{"TR"}, FreeFrom: 100_000,
				Bands: []Band{{1_000, 6_990}, {5_000, 9_990}, {15_000, 15_990}, {30_000, 24_990}}},
			{Name: "Avrupa", Countries: european, Bands: []Band{{1_000, 59_000}, {5_000, 99_000}, {15_000, 179_000}, {30_000, 299_000}}},
		}},
		{Currency: "EUR", TaxPercent: 20, Zones: []Zone{
			{Name: "Europe", Countries: european, FreeFrom: 15_000, Bands: []Band{{1_000, 1_290}, {5_000, 2_190}, {15_000, 3_990}, {30_000, 6_490}}},
			{Name: "Türkiye", Countries: []string{"TR"}, FreeFrom: 5_000, Bands: []Band{{5_000, 290}, {30_000, 690}}},
		}},
	}
}

// ReadTariffs reads a shop's own tariffs, one for each currency, as JSON. Unknown
// names are mistakes, not decoration.
func ReadTariffs(raw []byte) ([]Tariff, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var tariffs []Tariff
	if err := d.Decode(&tariffs); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the shipping tariff is not the JSON that is wanted")
	}
	seen := map[string]bool{}
	for _, t := range tariffs {
		if err := t.Check(); err != nil {
			return nil, err
		}
		if seen[t.Currency] {
			return nil, fault.New(fault.Invalid, "the shipping tariff has %s twice", t.Currency)
		}
		seen[t.Currency] = true
	}
	return tariffs, nil
}
