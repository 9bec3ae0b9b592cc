package api

import (
	"regexp"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// What the problems that shoppers meet most say.
const (
	saidRequired        = "this is required"
	saidInternal        = "this is not your fault; tell us the request_id if it happens again"
	saidUnavailable     = "we cannot answer right now: try again in a moment, with the same Idempotency-Key if there is one"
	saidNothingHere     = "there is nothing at this address"
	saidBadQuery        = "the address has a query that cannot be read: encode what is in it"
	saidNoPayment       = "no such payment"
	saidNoShipment      = "no such shipment"
	saidNotSold         = "nothing is sold under this SKU"
	saidTooFew          = "too few units of "
	saidStale           = "prices or items changed since they were shown: look at the cart again"
	saidCheckedOut      = "this cart is already an order"
	saidAttemptOpen     = "the last payment has no certain answer yet: wait for it"
	saidDeclined        = "the payment was declined"
	saidDeclinedForGood = "the payment was declined, and no attempt is left: the order is over, and the cart is open again"
	saidUnpayableAgain  = "the payment provider cannot be used right now; your order stays as it is, try again in a moment"
	saidHandedOver      = "everything was handed over: send it back instead"
	saidFormChanged     = "the pre-information form has changed: show the new text, and send its hash"
	saidContractChanged = "the distance-sales contract has changed: show the new text, and send its hash"
	saidUnpayable       = "the payment provider cannot be used right now; your items stay reserved, try again in a moment"
)

// inTurkish is what a problem says in Turkish, by what it says in English.
// What is not here is for the people who write storefronts.
//
//nolint:gosec // it speaks of passwords and holds none
var inTurkish = map[string]string{
	saidRequired:        "bu alan gerekli",
	saidInternal:        "Bu sizin hatanız değil; yine olursa bize request_id değerini iletin.",
	saidUnavailable:     "Şu anda yanıt veremiyoruz: birazdan yeniden deneyin; istekte Idempotency-Key varsa aynısıyla.",
	saidNothingHere:     "Bu adreste bir şey yok.",
	saidBadQuery:        "Adresin sorgusu okunamadı: içindekileri kodlayarak yazın.",
	saidNoPayment:       "Böyle bir ödeme yok.",
	saidNoShipment:      "Böyle bir gönderi yok.",
	saidNotSold:         "Bu stok kodunda satılan bir ürün yok.",
	saidStale:           "Fiyatlar veya ürünler son baktığınızdan beri değişti: sepete yeniden bakın.",
	saidCheckedOut:      "Bu sepet zaten sipariş oldu.",
	saidAttemptOpen:     "Son ödemenin sonucu henüz belli değil: lütfen bekleyin.",
	saidDeclined:        "Ödeme reddedildi.",
	saidDeclinedForGood: "Ödeme reddedildi ve deneme hakkı kalmadı: sipariş kapandı, sepetiniz yeniden açık.",
	saidUnpayableAgain:  "Ödeme şu anda alınamıyor; siparişiniz olduğu gibi duruyor, birazdan yeniden deneyin.",
	saidHandedOver:      "Her şey kargoya verildi: iptal yerine iade edebilirsiniz.",
	saidFormChanged:     "Ön bilgilendirme formu değişti: lütfen yeni metni okuyup onaylayın.",
	saidContractChanged: "Mesafeli satış sözleşmesi değişti: lütfen yeni metni okuyup onaylayın.",
	saidUnpayable:       "Ödeme şu anda alınamıyor; ürünleriniz ayrılmış durumda, birazdan yeniden deneyin.",

	"mail address, password or code is wrong":                                                            "E-posta adresi, parola veya kod yanlış.",
	"sign in first, and send the access token as a bearer or as the cookie":                              "Önce oturum açın.",
	"this session is over: sign in again":                                                                "Oturum sona erdi: yeniden oturum açın.",
	"this link was used, is too old, or was never one of ours: ask for another":                          "Bu bağlantı kullanılmış, süresi geçmiş ya da bizden değil: yenisini isteyin.",
	"this mail address has an account already":                                                           "Bu e-posta adresinin zaten bir hesabı var.",
	"send the code of your authenticator, or a recovery code, as code":                                   "Doğrulama uygulamanızdaki kodu ya da bir kurtarma kodunu girin.",
	"this code is wrong, or was used before":                                                             "Kod yanlış ya da daha önce kullanılmış.",
	"this is not the password that was chosen; if you did not ask for the account, leave the link alone": "Seçilen parola bu değil; hesabı siz istemediyseniz bağlantıyı kullanmayın.",
	"too many requests: wait before the next one":                                                        "Çok sık denendi: biraz bekleyip yeniden deneyin.",
	"too many people are signing in at once: try again in a moment":                                      "Şu anda çok kişi oturum açıyor: birazdan yeniden deneyin.",
	"this passkey does not sign in here: begin anew, or sign in another way":                             "Bu geçiş anahtarıyla oturum açılamadı: yeniden deneyin ya da başka bir yolla oturum açın.",
	"this passkey is registered already":                                                                 "Bu geçiş anahtarı zaten kayıtlı.",
	"the account has no such passkey":                                                                    "Hesapta böyle bir geçiş anahtarı yok.",
	"sign in again: without a password this takes a sign-in of the last ten minutes":                     "Yeniden oturum açın: parola yoksa bunun için son on dakikada açılmış bir oturum gerekir.",
	"nobody asked for the account to be forgotten":                                                       "Hesabın silinmesi istenmemiş.",
	"there is no such export, not yet or not any more":                                                   "Böyle bir kopya yok: henüz hazır değil ya da süresi geçti.",
	"a password has 10 to 128 characters":                                                                "Parola 10 ile 128 karakter arasında olmalı.",
	"this password is on the list of those that are tried first: take another":                           "Bu parola, ilk denenenlerin listesinde: başka bir parola seçin.",
	"a password must not hold your name or mail address":                                                 "Parolada adınız veya e-posta adresiniz geçmemeli.",
	"this is not a mail address such as ayse@example.com":                                                "Bu, ayse@example.com gibi bir e-posta adresi değil.",
	"a name has 2 to 100 characters":                                                                     "Ad 2 ile 100 karakter arasında olmalı.",
	"a name has no web address in it":                                                                    "Adda web adresi olamaz.",
	"this is not a Turkish phone number such as +90 532 123 45 67":                                       "Bu, +90 532 123 45 67 gibi bir Türkiye telefon numarası değil.",
	"this is not the account's password":                                                                 "Hesabın parolası bu değil.",
	"this code is not of now: is the clock of the device right?":                                         "Bu kod şu ana ait değil: cihazın saati doğru mu?",
	"no authenticator is being set up: begin with its secret":                                            "Kurulumu süren bir uygulama yok: baştan başlayın.",
	"the account has an authenticator: remove it before another one is set up":                           "Hesabın bir doğrulama uygulaması var: yenisini bağlamadan önce onu kaldırın.",
	"staff prove two factors: set up another authenticator in its place":                                 "Ekip hesapları iki adımla girer: kaldırmak yerine başka bir uygulama bağlayın.",
	"the account has no authenticator":                                                                   "Hesabın doğrulama uygulaması yok.",
	"the account was changed by another request: look again":                                             "Hesap bu arada değişti: sayfayı yenileyip yeniden deneyin.",

	"no such session":                         "Böyle bir oturum yok.",
	"no such cart":                            "Böyle bir sepet yok.",
	"no such text":                            "Böyle bir metin yok.",
	"no such order":                           "Böyle bir sipariş yok.",
	"no such product":                         "Böyle bir ürün yok.",
	"no such picture":                         "Böyle bir resim yok.",
	"no such line in this cart":               "Sepette böyle bir satır yok.",
	"something in the cart is no longer sold": "Sepetteki bir ürün artık satılmıyor.",

	"this is no T.C. identity number, which has 11 digits: look at it again, or leave it out":                     "Bu bir T.C. kimlik numarası değil: 11 rakama yeniden bakın ya da boş bırakın.",
	"this is no tax number, which has 10 digits, nor the T.C. identity number of a sole trader: look at it again": "Bu ne 10 rakamlı bir vergi kimlik numarası ne de bir şahıs şirketinin T.C. kimlik numarası: yeniden bakın.",
	"this challenge was answered, is too old, or was never yours: begin anew with fresh options":                  "Bu istek yanıtlanmış, süresi geçmiş ya da sizin değil: baştan başlayın.",
	"this is not the answer of a passkey to this challenge: begin anew with fresh options":                        "Geçiş anahtarının yanıtı bu isteğe uymuyor: baştan başlayın.",
	"passkeys need a shop that is reached by a name: this one's address is a number":                              "Geçiş anahtarları yalnızca adresi bir ad olan mağazalarda çalışır.",
	"staff prove two factors: set up an authenticator, or another passkey, before you remove the last one":        "Ekip hesapları iki adımla girer: sonuncuyu silmeden önce bir uygulama ya da başka bir geçiş anahtarı ekleyin.",
	"sign in with your second factor first":                                                                       "Önce ikinci adımınızla oturum açın.",
	"this account is of the staff: an administrator closes it, its handle stays beside what was done":             "Bu bir ekip hesabı: onu bir yönetici kapatır.",
	"this is not the text that is shown now: show it, and send its hash":                                          "Metin bu arada yenilendi: yenisini okuyup yeniden deneyin.",
	"nothing was said about this text":                                                                            "Bu metin için bir yanıtınız yok.",
	"no such address":                                                                                             "Böyle bir adres yok.",

	"this is none of Turkey's 81 provinces: GET /v1/provinces lists them": "Böyle bir il yok: 81 ilden birini seçin.",
}

// inTurkishWith is the same for what names something of its own.
var inTurkishWith = []saying{
	// What huma finds (huma/v2 validation/messages.go).
	{regexp.MustCompile(`^unexpected property$`), "burada böyle bir alan yok"},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "en az $1 karakter olmalı"},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "en çok $1 karakter olmalı"},
	{regexp.MustCompile(`^expected number >= (\S+)$`), "en az $1 olmalı"},
	{regexp.MustCompile(`^expected number <= (\S+)$`), "en çok $1 olmalı"},
	{regexp.MustCompile(`^expected array length >= (\d+)$`), "en az $1 öğe olmalı"},
	{regexp.MustCompile(`^expected array length <= (\d+)$`), "en çok $1 öğe olmalı"},
	{regexp.MustCompile(`^expected value to be one of "(.+)"$`), "şunlardan biri olmalı: $1"},
	{regexp.MustCompile(`^expected string to (?:match pattern|be) .+$`), "yazılışı kurala uymuyor"},
	{regexp.MustCompile(`^expected string$`), "metin olmalı"},
	{regexp.MustCompile(`^expected (?:number|integer)$`), "sayı olmalı"},
	{regexp.MustCompile(`^expected boolean$`), "true veya false olmalı"},
	{regexp.MustCompile(`^expected object$`), "bir JSON nesnesi olmalı"},
	{regexp.MustCompile(`^expected array$`), "bir JSON dizisi olmalı"},

	{regexp.MustCompile(`^(\S+) has no such district: .*$`), "$1 ilinde böyle bir ilçe yok: ilin ilçelerinden birini seçin."},
	{regexp.MustCompile(`^a postcode has 5 digits, and in (\S+) it begins with (\d\d)$`), "Posta kodu 5 rakamdır ve $1 ilinde $2 ile başlar."},
	{regexp.MustCompile(`^an account has at most (\d+) passkeys: remove one first$`), "Bir hesapta en çok $1 geçiş anahtarı olur: önce birini silin."},
	{regexp.MustCompile(`^an address book holds (\d+) addresses: take one out first$`), "Adres defterinde en çok $1 adres olur: önce birini silin."},
	{regexp.MustCompile(`^a passkey's name has 1 to (\d+) letters$`), "Geçiş anahtarının adı 1 ile $1 karakter arasında olmalı."},
	{regexp.MustCompile(`^the first line of an address has (\d+) to (\d+) characters$`), "Adresin ilk satırı $1 ile $2 karakter arasında olmalı."},
	{regexp.MustCompile(`^a company's title has (\d+) to (\d+) characters, and no web address in it$`), "Şirket unvanı $1 ile $2 karakter arasında olmalı; içinde web adresi olamaz."},
	{regexp.MustCompile(`^a tax office has (\d+) to (\d+) characters$`), "Vergi dairesi $1 ile $2 karakter arasında olmalı."},
}

// say returns what a problem says in a language, in English where there are no
// other words for it.
func say(code fault.Code, english, language string) string {
	if language != catalog.Turkish {
		return english
	}
	if skus, named := strings.CutPrefix(english, saidTooFew); named && code == fault.OutOfStock {
		return "Yeterli adet yok: " + skus
	}
	if turkish, known := inTurkish[english]; known {
		return turkish
	}
	for _, form := range inTurkishWith {
		if form.english.MatchString(english) {
			return form.english.ReplaceAllString(english, form.turkish)
		}
	}
	if turkish, known := sayOfCatalogue(english); known {
		return turkish
	}
	return english
}
