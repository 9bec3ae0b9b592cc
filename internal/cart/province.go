package cart

import "strings"

// Provinces are the 81 provinces of Turkey by their number plates, 01 to 81:
// the list of the General Directorate for Provincial Administration.
var Provinces = [...]string{
	"Adana", "Adıyaman", "Afyonkarahisar", "Ağrı", "Amasya", "Ankara", "Antalya", "Artvin", "Aydın", "Balıkesir",
	"Bilecik", "Bingöl", "Bitlis", "Bolu", "Burdur", "Bursa", "Çanakkale", "Çankırı", "Çorum", "Denizli",
	"Diyarbakır", "Edirne", "Elazığ", "Erzincan", "Erzurum", "Eskişehir", "Gaziantep", "Giresun", "Gümüşhane", "Hakkâri",
	"Hatay", "Isparta", "Mersin", "İstanbul", "İzmir", "Kars", "Kastamonu", "Kayseri", "Kırklareli", "Kırşehir",
	"Kocaeli", "Konya", "Kütahya", "Malatya", "Manisa", "Kahramanmaraş", "Mardin", "Muğla", "Muş", "Nevşehir",
	"Niğde", "Ordu", "Rize", "Sakarya", "Samsun", "Siirt", "Sinop", "Sivas", "Tekirdağ", "Tokat",
	"Trabzon", "Tunceli", "Şanlıurfa", "Uşak", "Van", "Yozgat", "Zonguldak", "Aksaray", "Bayburt", "Karaman",
	"Kırıkkale", "Batman", "Şırnak", "Bartın", "Ardahan", "Iğdır", "Yalova", "Karabük", "Kilis", "Osmaniye", "Düzce",
}

var plain = strings.NewReplacer(
	"İ", "i", "I", "i", "ı", "i", "Ş", "s", "ş", "s", "Ğ", "g", "ğ", "g", "Ü", "u", "ü", "u",
	"Ö", "o", "ö", "o", "Ç", "c", "ç", "c", "Â", "a", "â", "a",
)

// fold makes one of all the ways in which the letters of a place are typed.
func fold(s string) string { return strings.ToLower(plain.Replace(squeeze(s))) }

var provinceOf = func() map[string]string {
	byPlain := make(map[string]string, len(Provinces))
	for _, p := range Provinces {
		byPlain[fold(p)] = p
	}
	return byPlain
}()

// Province returns the proper spelling of a province, however its letters were
// typed: "istanbul", "ISTANBUL" and "İstanbul" are one.
func Province(s string) (string, bool) {
	p, ok := provinceOf[fold(s)]
	return p, ok
}
