package cart

import (
	_ "embed"
	"slices"
	"strings"
)

// districtLines has a line for each province, by number plate, such as
// "77 Yalova: Altınova, Armutlu, …". Where it comes from stands in
// LICENSE.districts.
//
//go:embed districts.txt
var districtLines string

// central is what the district around a province's seat is called where the
// province is no metropolitan municipality.
const central = "Merkez"

// formerNames are districts that many still know, or write, by another name.
var formerNames = map[string]string{"eyup": "Eyüpsultan", "kazan": "Kahramankazan", "ondokuzmayis": "19 Mayıs", "dogubeyazit": "Doğubayazıt"}

// inProvince are the districts of a province: in Turkish order, and by their
// folded names.
type inProvince struct {
	sorted  []string
	byPlain map[string]string
}

var districtsOf = func() map[string]inProvince {
	all := make(map[string]inProvince, len(Provinces))
	for line := range strings.Lines(districtLines) {
		head, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
		_, province, _ := strings.Cut(head, " ")
		d := inProvince{sorted: strings.Split(list, ", "), byPlain: map[string]string{}}
		for _, name := range d.sorted {
			d.byPlain[fold(name)] = name
		}
		d.addOtherNames(province)
		all[province] = d
	}
	return all
}()

// addOtherNames adds the names under which people know a district beside its own.
func (d inProvince) addOtherNames(province string) {
	for other, name := range formerNames {
		if slices.Contains(d.sorted, name) {
			d.byPlain[other] = name
		}
	}
	if slices.Contains(d.sorted, central) {
		d.byPlain[fold(province)] = central
		d.byPlain[fold(province+" "+central)] = central
	}
}

// Districts returns the districts of a province in Turkish order; none for what
// is no province.
func Districts(province string) []string {
	proper, _ := Province(province)
	return slices.Clone(districtsOf[proper].sorted)
}

// District returns the proper spelling of a district of a province, however
// their letters were typed. The district around the seat of a province that is
// no metropolis is called Merkez; it may be given by the province's name too.
func District(province, name string) (string, bool) {
	proper, _ := Province(province)
	d, ok := districtsOf[proper].byPlain[fold(name)]
	return d, ok
}

// Plate returns the number plate of a province, 01 to 81, with which its
// postcodes begin.
func Plate(province string) (string, bool) {
	proper, ok := Province(province)
	if !ok {
		return "", false
	}
	n := slices.Index(Provinces[:], proper) + 1
	return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}), true
}
