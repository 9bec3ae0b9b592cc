package api

import (
	"maps"

	"github.com/bedesten/bedesten/internal/catalog"
)

// accountWords are the words of the pages about accounts.
var accountWords = joined(formWords, ownWords)

func joined(parts ...map[string]catalog.Text) map[string]catalog.Text {
	all := map[string]catalog.Text{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// formWords are those of the pages of one form, and of all.
var formWords = map[string]catalog.Text{
	"skip": {TR: "İçeriğe geç", EN: "Skip to the content"}, "nav": {TR: "Sayfa", EN: "Page"}, "other": {TR: "English", EN: "Türkçe"},
	"help":     {TR: "Sorunuz mu var?", EN: "Any questions?"},
	"noscript": {TR: "Bu sayfa JavaScript olmadan çalışmaz. Lütfen tarayıcınızda açın.", EN: "This page does not work without JavaScript. Please turn it on in your browser."},
	"show":     {TR: "Göster", EN: "Show"},

	"field.name": {TR: "Ad ve soyad", EN: "Name"}, "field.email": {TR: "E-posta adresi", EN: "Mail address"},
	"field.email.address": {TR: "Yeni e-posta adresi", EN: "New mail address"},
	"field.password":      {TR: "Parola", EN: "Password"}, "field.password.confirm": {TR: "Seçtiğiniz parola", EN: "The password that you chose"},
	"field.current-password":    {TR: "Şimdiki parola", EN: "Present password"},
	"field.new-password":        {TR: "Parola", EN: "Password"},
	"field.new-password.change": {TR: "Yeni parola", EN: "New password"}, "field.new-password.reset": {TR: "Yeni parola", EN: "New password"},
	"field.new-password.hint": {TR: "En az 10 karakter. Birkaç sözcüğü yan yana yazmak yeter; rakam veya işaret şart değil.", EN: "At least 10 characters. A few words in a row will do; digits and signs are not required."},
	"field.phone":             {TR: "Telefon", EN: "Telephone"}, "field.phone.hint": {TR: "Örneğin 0532 123 45 67", EN: "For example 0532 123 45 67"},
	"field.code":      {TR: "Kod", EN: "Code"},
	"field.code.hint": {TR: "Doğrulama uygulamanızdaki 6 haneli kod veya bir kurtarma kodu", EN: "The 6 digits of your authenticator, or a recovery code"},
	"field.app-code":  {TR: "Kod", EN: "Code"}, "field.app-code.hint": {TR: "Uygulamanın gösterdiği 6 haneli kod", EN: "The 6 digits that it shows"},

	"field.language": {TR: "Dil", EN: "Language"}, "field.language.hint": {TR: "E-postalarımızın dili", EN: "Of the mails that we send you"},
	"field.passkey-name":      {TR: "Anahtarın adı", EN: "Its name"},
	"field.passkey-name.hint": {TR: "Hangi cihazda olduğunu hatırlatsın: örneğin “Telefonum”", EN: "One that tells you where it is, such as “My phone”"},
	"field.label":             {TR: "Adresin adı", EN: "Name of the address"},
	"field.label.hint":        {TR: "Örneğin “Ev” veya “İş”", EN: "Such as “Home” or “Work”"},
	"field.recipient":         {TR: "Ad ve soyad", EN: "Name"}, "field.recipient.hint": {TR: "Paketi teslim alacak kişi", EN: "Who receives the parcel"},
	"field.recipient-phone":      {TR: "Telefon", EN: "Telephone"},
	"field.recipient-phone.hint": {TR: "Kurye gerekirse arar; örneğin 0532 123 45 67", EN: "For the courier; for example 0532 123 45 67"},
	"field.line1":                {TR: "Adres", EN: "Address"},
	"field.line1.hint":           {TR: "Mahalle, cadde veya sokak, bina ve daire numarası", EN: "Neighbourhood, street, building and flat number"},
	"field.line2":                {TR: "Adresin devamı (isteğe bağlı)", EN: "Second line (optional)"},
	"field.line2.hint":           {TR: "Örneğin site adı veya kuryeye tarif", EN: "Such as the estate, or how the courier finds it"},
	"field.province":             {TR: "İl", EN: "Province"},
	"field.district":             {TR: "İlçe", EN: "District"},
	"field.postcode":             {TR: "Posta kodu", EN: "Postcode"},
	"field.invoice-kind":         {TR: "Fatura kime kesilsin?", EN: "Who is the invoice made out to?"},
	"field.invoice-name":         {TR: "Faturadaki ad ve soyad", EN: "Name on the invoice"},
	"field.identity-number":      {TR: "T.C. kimlik numarası (isteğe bağlı)", EN: "T.C. identity number (optional)"},
	"field.company-title":        {TR: "Şirketin unvanı", EN: "Name of the company"},
	"field.tax-number":           {TR: "Vergi kimlik numarası", EN: "Tax number"},
	"field.tax-number.hint":      {TR: "10 rakam; şahıs şirketlerinde 11 rakamlı T.C. kimlik numarası", EN: "10 digits; a sole trader has the 11 digits of the T.C. identity number"},
	"field.tax-office":           {TR: "Vergi dairesi", EN: "Tax office"}, "field.tax-office.hint": {TR: "Örneğin Kadıköy", EN: "Such as Kadıköy"},
	"option.none":                  {TR: "Teslim alan kişiye", EN: "To who receives the parcel"},
	"option.personal":              {TR: "Bir kişiye", EN: "To a person"},
	"option.company":               {TR: "Bir şirkete", EN: "To a company"},
	"field.password.passkey-add":   {TR: "Hesabınızın parolası", EN: "Your account's password"},
	"field.password.passkey-going": {TR: "Hesabınızın parolası", EN: "Your account's password"},
	"field.password.export":        {TR: "Hesabınızın parolası", EN: "Your account's password"},
	"field.password.erase":         {TR: "Hesabınızın parolası", EN: "Your account's password"},

	"to.sign-in": {TR: "Giriş yapın", EN: "Sign in"}, "to.register": {TR: "Hesap açın", EN: "Open an account"},
	"to.forgot": {TR: "Parolanızı mı unuttunuz?", EN: "Forgot your password?"}, "to.account": {TR: "Hesabınıza gidin", EN: "Go to your account"},

	"to.privacy": {TR: "Gizlilik sayfasına gidin", EN: "Go to the page about your privacy"},
	"cancel":     {TR: "Vazgeç", EN: "Cancel"},

	"mailed":     {TR: "E-postanıza bakın", EN: "Look at your mail"},
	"mailed.not": {TR: "Birkaç dakika içinde gelmezse istenmeyen e-posta klasörüne bakın ve adresi doğru yazıp yazmadığınızı denetleyin.", EN: "If nothing comes within a few minutes, look into your spam folder and check whether the address was right."},
	"broken":     {TR: "Bu bağlantı kullanılamıyor", EN: "This link does not work"},

	"register":        {TR: "Hesap açın", EN: "Open an account"},
	"register.says":   {TR: "Siparişlerinizi bir arada görür, bir sonrakini daha çabuk verirsiniz.", EN: "See your orders in one place, and place the next one faster."},
	"register.button": {TR: "Hesap aç", EN: "Open the account"}, "register.there": {TR: "Hesabınız var mı?", EN: "Have an account?"},
	"register.privacy": {TR: "Aydınlatma metni: verilerinizi nasıl işliyoruz?", EN: "Privacy notice: what do we do with your data?"},
	"register.mailed":  {TR: "Yazdığınız adrese bir e-posta gönderdik. İçindeki bağlantıyı açıp parolanızı bir kez daha yazınca hesabınız hazır.", EN: "We sent a mail to the address that you gave. Follow its link and type your password once more; then your account is ready."},

	"sign-in":       {TR: "Giriş yapın", EN: "Sign in"},
	"sign-in.first": {TR: "E-posta adresi ve parola", EN: "Mail address and password"}, "sign-in.second": {TR: "İkinci adım", EN: "Second step"},
	"sign-in.button": {TR: "Giriş yap", EN: "Sign in"}, "sign-in.again": {TR: "Baştan başlayın", EN: "Start again"},
	"sign-in.or": {TR: "veya", EN: "or"}, "sign-in.passkey": {TR: "Geçiş anahtarıyla giriş yap", EN: "Sign in with a passkey"},
	"sign-in.none": {TR: "Hesabınız yok mu?", EN: "No account yet?"},

	"forgot":        {TR: "Yeni parola belirleyin", EN: "Choose a new password"},
	"forgot.says":   {TR: "Hesabınızın e-posta adresini yazın; size bir bağlantı gönderelim.", EN: "Type the mail address of your account, and we send you a link."},
	"forgot.button": {TR: "Bağlantı gönder", EN: "Send the link"},
	"forgot.mailed": {TR: "Bu adresle bir hesap varsa bağlantı yoldadır. Bir saat içinde kullanın.", EN: "If there is an account with this address, the link is on its way. Use it within the hour."},

	"reset":        {TR: "Yeni parolanız", EN: "Your new password"},
	"reset.says":   {TR: "Kaydettiğinizde bütün cihazlardaki oturumlar kapanır.", EN: "Once it is saved, you are signed out on every device."},
	"reset.button": {TR: "Parolayı kaydet", EN: "Save the password"},
	"reset.broken": {TR: "Kullanılmış, süresi geçmiş veya eksik kopyalanmış olabilir. E-postadaki bağlantıyı yeniden açın ya da yeni bir bağlantı isteyin.", EN: "It was used, is too old, or was not copied whole. Open the link in the mail again, or ask for another one."},

	"confirm":        {TR: "Hesabınızı onaylayın", EN: "Confirm your account"},
	"confirm.says":   {TR: "Hesabı isterken seçtiğiniz parolayı bir kez daha yazın.", EN: "Type the password once more that you chose when you asked for the account."},
	"confirm.button": {TR: "Hesabı aç", EN: "Open the account"}, "confirm.not": {TR: "Bu hesabı siz istemediyseniz sayfayı kapatın: hesap açılmaz.", EN: "If you did not ask for this account, close the page: there will be none."},
	"confirm.broken": {TR: "Kullanılmış, süresi geçmiş veya eksik kopyalanmış olabilir. Hesabınız açıldıysa giriş yapın.", EN: "It was used, is too old, or was not copied whole. If your account was opened, sign in."},

	"export":        {TR: "Verileriniz hazır", EN: "Your data is ready"},
	"export.says":   {TR: "Sizinle ilgili sakladığımız her şey bir ZIP dosyasında: okumanız için bir metin ve JSON dosyaları. Yedi gün boyunca indirebilirsiniz; yalnızca sizin göreceğiniz bir yerde saklayın.", EN: "Everything that we keep about you, in a ZIP: a text to read, and JSON. You can download it for seven days; keep it where only you can see it."},
	"export.button": {TR: "ZIP dosyasını indir", EN: "Download the ZIP"},
	"export.none":   {TR: "Böyle bir dosya bulamadık", EN: "There is no such file"},
	"export.broken": {TR: "Dosya henüz hazır olmayabilir, yedi günlük süresi dolmuş olabilir ya da başka bir hesabındır. Gerekirse yenisini isteyin.", EN: "It may not be ready yet, its seven days may be over, or it is another account's. You can ask for a new one."},

	"email":           {TR: "Yeni e-posta adresinizi onaylayın", EN: "Confirm your new mail address"},
	"email.says":      {TR: "Onayladığınızda hesabınız bu adrese geçer.", EN: "Once you confirm, your account moves to this address."},
	"email.button":    {TR: "Adresi onayla", EN: "Confirm the address"},
	"email.broken":    {TR: "Kullanılmış, süresi geçmiş veya eksik kopyalanmış olabilir. Hesabınızdan adresi yeniden değiştirebilirsiniz.", EN: "It was used, is too old, or was not copied whole. You can change the address again from your account."},
	"email.done":      {TR: "Adresiniz değişti", EN: "Your address was changed"},
	"email.done.says": {TR: "Bundan sonra yeni adresinizle giriş yapın.", EN: "From now on, sign in with your new address."},
}
