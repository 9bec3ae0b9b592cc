package api

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// catalogueInTurkish is what is said of products, prices, pictures and files of the
// catalogue in Turkish, by what is said in English; %d, %s and %q stand for what is
// named, in the same order in both.
//
//nolint:gosec // it speaks of passwords and holds none
var catalogueInTurkish = map[string]string{
	// Of texts, keys and lists.
	"is missing":           "eksik",
	"is too long":          "çok uzun",
	"are too many":         "çok fazla",
	"is there twice":       "iki kez var",
	"is empty or too long": "boş ya da çok uzun",
	"may hold no control characters beside line breaks, and must be UTF-8":                            "satır sonu dışında denetim karakteri içeremez ve UTF-8 olmalı",
	"may hold no control characters and must be UTF-8":                                                "denetim karakteri içeremez ve UTF-8 olmalı",
	"must be 1 to 40 small letters, digits, hyphens or underscores, beginning with a letter or digit": "1–40 karakter olmalı: küçük harf (ç, ğ, ı, ö, ş, ü dışında), rakam, tire, alt çizgi; harf ya da rakamla başlamalı",
	"must be small letters without accents, digits and single hyphens, at most 120":                   "küçük harf (ç, ğ, ı, ö, ş, ü dışında), rakam ve tek tirelerden oluşmalı, en çok 120 karakter",
	"needs a name in Turkish or English":                                                              "Türkçe ya da İngilizce bir ad gerekli",
	"needs a title in Turkish or English":                                                             "Türkçe ya da İngilizce bir başlık gerekli",
	"needs a slug in Turkish or English":                                                              "Türkçe ya da İngilizce bir adres adı (slug) gerekli",
	"must be 1 to %d":                                                                                 "1 ile %d arasında olmalı",
	"must be %d to %d":                                                                                "%d ile %d arasında olmalı",
	"must be from 0 to %d":                                                                            "0 ile %d arasında olmalı",
	"must be from 1 to %d":                                                                            "1 ile %d arasında olmalı",
	"must be in the years from %d to %d":                                                              "%d ile %d yılları arasında olmalı",
	"may have at most %d bytes":                                                                       "en çok %d bayt olabilir",

	// Of products and variants.
	"must be draft, active or archived":                                           "draft, active veya archived olmalı",
	"a product is not related to itself":                                          "bir ürün kendisiyle ilişkilendirilemez",
	"must name an uploaded picture":                                               "yüklenmiş bir resmi göstermeli",
	"must be a picture that came with the shop: upload yours, and name its media": "mağazayla gelen bir resim olmalı: kendi resminizi yükleyip media olarak yazın",
	"are more than %d: put what does not change the SKU into attributes":          "%d taneden fazla: stok kodunu değiştirmeyenleri niteliklere yazın",
	"is missing or there twice":                                                   "eksik ya da iki kez var",
	"another variant has the same values":                                         "başka bir varyant aynı değerleri taşıyor",
	"must be 1 to 64 letters without accents, digits, dots, hyphens or underscores, beginning with a letter or digit": "1–64 karakter olmalı: harf (Türkçe harfler dışında), rakam, nokta, tire, alt çizgi; harf ya da rakamla başlamalı",
	"must be 8, 12, 13 or 14 digits":                             "8, 12, 13 ya da 14 rakam olmalı",
	"must be a KDV rate: 0, 1, 10 or 20":                         "bir KDV oranı olmalı: 0, 1, 10 ya da 20",
	"must be from 0 to 10,000,000":                               "0 ile 10.000.000 arasında olmalı",
	"must be millimetres from 0 to 20,000":                       "0 ile 20.000 arasında, milimetre olmalı",
	"must name one of the option's values":                       "seçeneğin değerlerinden biri olmalı",
	"is no option of the product":                                "ürünün böyle bir seçeneği yok",
	"is no product's id":                                         "bir ürünün kimliği değil",
	"an active product stands in at least one category":          "satıştaki bir ürün en az bir kategoride bulunmalı",
	"an active product needs a base price: there are %s":         "satıştaki bir ürünün temel fiyatı olmalı; listeler: %s",
	"an active product of its categories needs the attribute %s": "kategorileri, satıştaki bir üründe %s niteliğini gerektiriyor",
	"there is a product with this id already":                    "Bu kimlikte bir ürün zaten var.",
	"others claim the same slugs and SKUs just now: try again":   "Aynı adres adlarını ve stok kodlarını şu anda başkaları da alıyor: yeniden deneyin.",
	"somebody else claimed %s just now: try again":               "%s az önce başkasınca alındı: yeniden deneyin.",
	"units of the SKU are in stock or promised, and belong to the product that had it: choose another": "Bu stok kodunun depoda ya da siparişlerde adedi var ve önceki ürününe ait: başka bir kod seçin.",
	"the slug %s is in use already: choose another":                                                    "%s adres adı kullanılıyor: başka bir ad seçin.",
	"the SKU %s is in use already: choose another":                                                     "%s stok kodu kullanılıyor: başka bir kod seçin.",
	"somebody else changed the %s meanwhile: read it again":                                            "Bu arada başkası değiştirdi: yeniden okuyup tekrar deneyin.",
	"somebody else changed it meanwhile: read it again":                                                "Bu arada başkası değiştirdi: yeniden okuyup tekrar deneyin.",
	"send the ETag that you read as If-Match, so that nobody's change is lost":                         "Okuduğunuz ETag değerini If-Match ile gönderin; böylece kimsenin değişikliği kaybolmaz.",
	"If-Match must be one ETag as it was read, such as \"7\"":                                          "If-Match, okunduğu gibi tek bir ETag olmalı; örneğin \"7\".",

	// Of categories, attributes and collections.
	"no such category":           "Böyle bir kategori yok.",
	"no such category: %s":       "Böyle bir kategori yok: %s",
	"no such collection":         "Böyle bir koleksiyon yok.",
	"is no category of the shop": "mağazada böyle bir kategori yok",
	"is no category of the shop: take an id or a slug of /v1/categories":        "mağazada böyle bir kategori yok: /v1/categories listesinden bir kimlik ya da adres adı alın",
	"there is no such category to put it under":                                 "üst kategori olarak böyle bir kategori yok",
	"a category cannot be put under itself or under what hangs below it":        "bir kategori kendisinin ya da alt kategorilerinin altına konamaz",
	"the tree would be more than %d categories deep":                            "ağaç %d kategoriden derin olurdu",
	"a shop has at most %d categories":                                          "Bir mağazada en çok %d kategori olur.",
	"other categories hang below it: move them first":                           "Altında başka kategoriler var: önce onları taşıyın.",
	"products stand in this category: take them out first":                      "Bu kategoride ürünler var: önce onları çıkarın.",
	"others move categories all the time: try again":                            "Kategoriler şu anda sürekli taşınıyor: yeniden deneyin.",
	"there is a category with this id already: read it, and replace it":         "Bu kimlikte bir kategori zaten var: okuyup değiştirin.",
	"there is a collection with this id already: read it, and replace it":       "Bu kimlikte bir koleksiyon zaten var: okuyup değiştirin.",
	"must be text, number, choice or boolean":                                   "text, number, choice veya boolean olmalı",
	"only an attribute of type choice has choices":                              "yalnızca choice türünde bir niteliğin seçenekleri olur",
	"only a number has a unit":                                                  "yalnızca bir sayının birimi olur",
	"a text cannot be filtered by: make it a choice":                            "bir metne göre süzülemez: türünü choice yapın",
	"attribute %s keeps its type %s: declare another key":                       "%s niteliğinin türü %s olarak kalır: başka bir anahtar tanımlayın",
	"is no currency that the shop sells in: there are %s":                       "mağaza bu para biriminde satış yapmıyor; listeler: %s",
	"is no currency that the shop sells in":                                     "mağaza bu para biriminde satış yapmıyor",
	"is no attribute that can be filtered by":                                   "süzülebilen böyle bir nitelik yok",
	"does not fit an attribute of type %s":                                      "%s türünde bir niteliğe uymuyor",
	"is declared by none of the product's categories":                           "ürünün hiçbir kategorisinde tanımlı değil",
	"must have exactly one value, of type %s":                                   "%s türünde tek bir değeri olmalı",
	"must have 1 to 500 bytes in Turkish or English":                            "Türkçe ya da İngilizce 1–500 bayt olmalı",
	"is not a number that can be kept":                                          "saklanabilen bir sayı değil",
	"must name one choice":                                                      "tek bir seçenek içermeli",
	"names what is no choice of it, or names one twice":                         "tanımlı olmayan bir seçenek içeriyor ya da birini iki kez yazıyor",
	"must be minor units from 0 on":                                             "en küçük para birimi (kuruş, sent) cinsinden 0 ya da daha fazla olmalı",
	"is less than price_min":                                                    "price_min değerinden az",
	"narrows by choices, by min and max, or by boolean: by exactly one of them": "choices, min ve max ya da boolean ile süzer: yalnızca biriyle",
	"is not a number that can be compared":                                      "karşılaştırılabilen bir sayı değil",
	"is less than min":                                                          "min değerinden az",
	"is not an order of products":                                               "ürünlerin böyle bir sıralaması yok",
	"must narrow something: a rule without conditions is the whole shop":        "bir şeyi süzmeli: koşulsuz bir kural bütün mağaza demektir",
	"is needed where prices are bounded":                                        "fiyat sınırı verilince gerekli",

	// Of prices and their lists.
	"is not a currency that the shop knows: use its three letters, such as TRY": "mağazanın bildiği bir para birimi değil: üç harfini yazın, örneğin TRY",
	"must be after from": "from değerinden sonra olmalı",
	"a base list is for everybody and for ever: it has no group, dates or priority": "temel liste herkes için ve süresizdir: grubu, tarihleri, önceliği olmaz",
	"must be from 1 to 1000; base lists alone have 0":                               "1 ile 1000 arasında olmalı; 0 yalnızca temel listelerindir",
	"a list keeps its currency: make another list":                                  "bir listenin para birimi değişmez: yeni bir liste oluşturun",
	"the shop has no base list in %s yet: make %q first":                            "mağazanın %s için temel listesi yok: önce %q listesini oluşturun",
	"a shop has at most %d price lists: remove one that is over":                    "Bir mağazada en çok %d fiyat listesi olur: süresi geçmiş birini silin.",
	"no such price list": "Böyle bir fiyat listesi yok.",
	"a base list stays: products would lose their prices in %s":  "Temel liste silinmez: ürünler %s fiyatlarını yitirirdi.",
	"its list has another price from the same moment on":         "listesinde aynı andan başlayan başka bir fiyat var",
	"is no price list of the shop: there are %s":                 "mağazanın böyle bir fiyat listesi yok; olanlar: %s",
	"must be the list's, %s":                                     "listenin para birimi olmalı: %s",
	"must be more than nothing, and an amount that can be asked": "sıfırdan büyük, istenebilir bir tutar olmalı",
	"must be more than the price, in the same currency":          "fiyattan büyük ve aynı para biriminde olmalı",
	"no product has it":                                          "bu kodla bir ürün yok",
	saidNotSold + " any more":                                    "Bu stok kodunda artık satılan bir ürün yok.",

	// Of searches and lists.
	"the shop's search is away":                                         "Mağazanın araması şu anda yanıt vermiyor: birazdan yeniden deneyin.",
	"the shop's search is being built: ask again in a moment":           "Mağazanın araması hazırlanıyor: birazdan yeniden deneyin.",
	"is no parameter of this list":                                      "bu listenin böyle bir parametresi yok",
	"must be a number or a range, such as 6..6.7":                       "bir sayı ya da aralık olmalı, örneğin 6..6.7",
	"must be true or false":                                             "true veya false olmalı",
	"the cursor is not one of ours: leave it out to start again":        "bu imleç bizden değil: baştan başlamak için boş bırakın",
	"the cursor belongs to another search: leave it out to start again": "bu imleç başka bir aramanın: baştan başlamak için boş bırakın",
	"is no cursor of this list: take next_cursor as it was answered":    "bu listenin imleci değil: yanıttaki next_cursor değerini olduğu gibi alın",
	"this cursor is of no list of ours":                                 "bu imleç bizden değil",
	"must be tr, en, or empty for both":                                 "tr, en ya da ikisi için boş olmalı",
	"belongs to a text or to a category: to exactly one of them":        "bir metne ya da bir kategoriye ait olmalı: yalnızca birine",
	"belongs to a text, to a category, or to everything":                "bir metne, bir kategoriye ya da her şeye ait olmalı",
	"needs products, a brand or a tag to move forward":                  "öne alınacak ürünler, bir marka ya da bir etiket gerekli",
	"must be words, at most %d bytes":                                   "sözcüklerden oluşmalı, en çok %d bayt",

	// Of pictures.
	"this is no JPEG, PNG or WebP picture, whatever its name says": "bu bir JPEG, PNG ya da WebP resmi değil, adı ne derse desin",
	"this is %s, and was said to be %s":                            "bu %s; %s olduğu söylenmişti",
	"these are %d bytes, and were said to be %d":                   "bu %d bayt; %d olduğu söylenmişti",
	"the SHA-256 of these bytes is not the one that was declared":  "bu baytların SHA-256 özeti bildirilenle aynı değil",
	"a picture may have at most %d bytes":                          "bir resim en çok %d bayt olabilir",
	"a picture may have at most %d pixels; this one has %d × %d":   "bir resim en çok %d piksel olabilir; bu resim %d × %d",
	"a picture that moves is not taken":                            "hareketli resim alınmıyor",
	"the picture is damaged or cut off, and cannot be unpacked":    "resim bozuk ya da yarım: açılamıyor",
	"picture %s is deleted: upload it again":                       "%s resmi silindi: yeniden yükleyin",
	"picture %s was refused: %s":                                   "%s resmi reddedildi: %s",
	"picture %s was not uploaded yet":                              "%s resmi henüz yüklenmedi",
	"there is no picture %s":                                       "%s diye bir resim yok",
	"no such picture: %s":                                          "Böyle bir resim yok: %s",
	"picture %s is used: take it off first where it is shown":      "%s resmi kullanılıyor: önce gösterildiği yerden kaldırın.",
	"picture %s is being looked at: try again in a moment":         "%s resmi inceleniyor: birazdan yeniden deneyin.",
	"nothing was uploaded for this picture yet":                    "Bu resim için henüz bir şey yüklenmedi.",
	"there is no such upload, or its time is over":                 "Böyle bir yükleme yok ya da süresi doldu.",
	"this picture was uploaded already":                            "Bu resim zaten yüklendi.",

	// Of files.
	"no such file": "Böyle bir dosya yok.",
	"no such file: they are kept for 30 days":       "Böyle bir dosya yok: dosyalar 30 gün saklanır.",
	"the file is not ready yet":                     "Dosya henüz hazır değil.",
	"no such import":                                "Böyle bir içe aktarma yok.",
	"no such import: they are kept for 30 days":     "Böyle bir içe aktarma yok: 30 gün saklanırlar.",
	"the import is over: it is %s":                  "İçe aktarma bitti: %s",
	"the import is written all the time: try again": "İçe aktarma şu anda sürekli yazılıyor: yeniden deneyin.",
	"the file has more than 300 columns":            "dosyada 300'den fazla sütun var",
	"a column has no name":                          "adı olmayan bir sütun var",
	"this column is there twice":                    "bu sütun iki kez var",
	"this column is missing":                        "bu sütun eksik",
	"there is no such column":                       "böyle bir sütun yok",
	"an option's key must be 1 to 40 small letters, digits, hyphens or underscores, beginning with a letter or digit": "seçeneğin anahtarı 1–40 karakter olmalı: küçük harf (ç, ğ, ı, ö, ş, ü dışında), rakam, tire, alt çizgi; harf ya da rakamla başlamalı",
	"must be option_name.<key>.tr or .en":                                                                "option_name.<anahtar>.tr ya da .en olmalı",
	"no category declares such an attribute; that of a text ends in .tr or .en":                          "hiçbir kategoride böyle bir nitelik tanımlı değil; metin niteliği .tr ya da .en ile biter",
	"must be a value's key, or key|name in Turkish|name in English":                                      "değerin anahtarı ya da anahtar|Türkçe adı|İngilizce adı olmalı",
	"is not a number: write 1499,90 or 1499.90":                                                          "bir sayı değil: 1499,90 ya da 1499.90 yazın",
	"may be thousands or decimals: write 1499, 1499,00 or 1.499,00":                                      "binlik de kuruş da olabilir: 1499, 1499,00 ya da 1.499,00 yazın",
	"has more decimals than %s has":                                                                      "%s biriminin taşıyabileceğinden çok ondalık basamağı var",
	"is more than can be asked":                                                                          "istenebilecek tutardan büyük",
	"must be a whole number":                                                                             "tam sayı olmalı",
	"has %d cells where the heading has %d":                                                              "%d hücresi var; başlıkta %d sütun var",
	"is on line %d already":                                                                              "%d. satırda zaten var",
	"is another on line %d: what is said of the whole product may stand in its first row only":           "%d. satırdakinden farklı: ürünün bütününe ait bilgiler yalnızca ilk satırında bulunabilir",
	"a new variant needs its KDV rate: 0, 1, 10 or 20":                                                   "yeni bir varyantın KDV oranı gerekli: 0, 1, 10 ya da 20",
	"has no price beside it":                                                                             "yanında fiyat yok",
	"names a value otherwise than a row before it":                                                       "bir değeri önceki satırdan farklı adlandırıyor",
	"is no value of the option yet: write key|name in Turkish|name in English":                           "seçeneğin henüz böyle bir değeri yok: anahtar|Türkçe adı|İngilizce adı yazın",
	"is of type %s here: its column is %s":                                                               "burada %s türünde: sütunu %s",
	"must be evet or hayır, true or false":                                                               "evet ya da hayır, true ya da false olmalı",
	"is missing: the product's id or slug":                                                               "eksik: ürünün kimliği ya da adres adı",
	"is no product of the shop, and cannot be the slug of a new one":                                     "mağazanın bir ürünü değil, yeni bir ürünün adres adı da olamaz",
	"is that of another product on line %d":                                                              "%d. satırdaki başka bir ürüne ait",
	"is that of product %s":                                                                              "%s ürününe ait",
	"the product's rows do not stand together: it is on lines %d and %d":                                 "ürünün satırları bir arada değil: %d. ve %d. satırlarda",
	"the product has too many rows, or they hold too much: its texts may stand in the first row only":    "ürünün satırları çok fazla ya da çok dolu: metinleri yalnızca ilk satırda bulunabilir",
	"the heading is wrong: see the report":                                                               "Başlık hatalı: rapora bakın.",
	"the file has no rows":                                                                               "Dosyada satır yok.",
	"the product is not there any more":                                                                  "ürün artık yok",
	"others change the product all the time":                                                             "ürünü başkaları sürekli değiştiriyor",
	"could not be written":                                                                               "yazılamadı",
	"the file is UTF-16: save it as CSV UTF-8":                                                           "dosya UTF-16: CSV UTF-8 olarak kaydedin",
	"the file is empty":                                                                                  "dosya boş",
	"the file is no CSV from line %d on: quotes stand around a whole cell, and are doubled inside of it": "dosya %d. satırdan itibaren CSV değil: tırnaklar hücrenin bütününü sarar, içindekiler iki kez yazılır",
	"the file is no CSV":                                                                                 "dosya CSV değil",
	"the file is larger than %d bytes":                                                                   "dosya %d bayttan büyük",
	"the file has no heading: its first row names the columns":                                           "dosyanın başlığı yok: ilk satır sütunları adlandırır",
	"the file has more than %d rows: divide it":                                                          "dosyada %d satırdan fazlası var: bölün",
	"the file has more than %d columns":                                                                  "dosyada %d sütundan fazlası var",
	"the workbook's first sheet holds no rows":                                                           "çalışma kitabının ilk sayfasında satır yok",
	"the workbook has too many parts":                                                                    "çalışma kitabının parçası çok fazla",
	"the workbook unpacks to more than %d MB":                                                            "çalışma kitabı açılınca %d MB sınırını aşıyor",
	"the workbook has no sheet":                                                                          "çalışma kitabında sayfa yok",
	"the workbook has too many texts":                                                                    "çalışma kitabında çok fazla metin var",
	"%s in the workbook is larger than %d MB":                                                            "çalışma kitabındaki %s %d MB sınırını aşıyor",
	"the file is no XLSX workbook, is damaged, or is protected by a password":                            "dosya bir XLSX çalışma kitabı değil, bozuk ya da parolayla korunuyor",
}

// saying is a form of words in both languages.
type saying struct {
	english *regexp.Regexp
	turkish string
}

// catalogueForms are those of catalogueInTurkish that name something.
var catalogueForms = func() (forms []saying) {
	for _, english := range slices.Sorted(maps.Keys(catalogueInTurkish)) {
		if strings.Contains(english, "%") {
			forms = append(forms, saying{expression(english), replacement(catalogueInTurkish[english])})
		}
	}
	return forms
}()

// verbs are what stands for something in a form, and what it matches.
var verbs = strings.NewReplacer("%d", `(-?\d+)`, "%s", "(.+)", "%q", `("[^"]*")`)

// expression matches what is printed in a form.
func expression(form string) *regexp.Regexp {
	return regexp.MustCompile("^" + verbs.Replace(regexp.QuoteMeta(form)) + "$")
}

var verb = regexp.MustCompile(`%[dsq]`)

// replacement puts into a form what an expression matched.
func replacement(form string) string {
	n := 0
	return verb.ReplaceAllStringFunc(form, func(string) string {
		n++
		return "${" + strconv.Itoa(n) + "}"
	})
}

// sayOfCatalogue returns what is said of the catalogue in Turkish.
func sayOfCatalogue(english string) (turkish string, known bool) {
	if turkish, known := catalogueInTurkish[english]; known {
		return turkish, true
	}
	for _, form := range catalogueForms {
		if form.english.MatchString(english) {
			return form.english.ReplaceAllString(english, form.turkish), true
		}
	}
	return "", false
}
