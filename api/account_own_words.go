package api

import "github.com/bedesten/bedesten/internal/catalog"

// ownWords are the words of the pages of whoever is signed in.
var ownWords = map[string]catalog.Text{
	"own": {TR: "Hesabınız", EN: "Your account"}, "own.loading": {TR: "Yükleniyor …", EN: "Loading …"}, "own.out": {TR: "Çıkış yap", EN: "Sign out"},
	"details":     {TR: "Bilgileriniz", EN: "Your details"},
	"addresses":   {TR: "Adresleriniz", EN: "Your addresses"},
	"security":    {TR: "Hesap güvenliği", EN: "Account security"},
	"privacy":     {TR: "Gizliliğiniz", EN: "Your privacy"},
	"nav.account": {TR: "Hesap sayfaları", EN: "Pages of the account"},
	"tab.own":     {TR: "Siparişler", EN: "Orders"}, "tab.details": {TR: "Bilgiler", EN: "Details"}, "tab.addresses": {TR: "Adresler", EN: "Addresses"},
	"tab.security": {TR: "Güvenlik", EN: "Security"}, "tab.privacy": {TR: "Gizlilik", EN: "Privacy"},

	"staff":        {TR: "İki adımlı girişi kurun", EN: "Set up two-step sign-in"},
	"staff.says":   {TR: "Ekip hesapları, bir doğrulama uygulaması veya geçiş anahtarı eklenene kadar hiçbir şey yapamaz. Kurmak birkaç dakika sürer.", EN: "Accounts of the staff can do nothing until they have an authenticator or a passkey. It takes a few minutes."},
	"staff.button": {TR: "Şimdi kurun", EN: "Set it up now"},

	"orders": {TR: "Siparişleriniz", EN: "Your orders"}, "orders.none": {TR: "Henüz siparişiniz yok.", EN: "You have not ordered anything yet."},
	"orders.more": {TR: "Daha eski siparişler", EN: "Older orders"},

	"claim":        {TR: "Üye olmadan verdiğiniz siparişler", EN: "Orders that you made as a guest"},
	"claim.says":   {TR: "Hesabınızın e-posta adresiyle, giriş yapmadan sipariş verdiyseniz buradan listenize ekleyin.", EN: "If you ordered with your account's mail address without signing in, add those orders to your list here."},
	"claim.button": {TR: "Siparişleri ara ve ekle", EN: "Find and add them"},

	"book": {TR: "Adres defteri", EN: "Address book"}, "book.says": {TR: "Ödeme sırasında buradan seçersiniz. En çok 20 adres saklanır.", EN: "Choose from these at checkout. There is room for 20."},
	"book.none": {TR: "Henüz kayıtlı adresiniz yok.", EN: "There is no address yet."}, "book.add": {TR: "Adres ekle", EN: "Add an address"},
	"book.button": {TR: "Adresi kaydet", EN: "Save the address"}, "book.remove": {TR: "Adres silinsin mi?", EN: "Remove the address?"},
	"remove.yes":     {TR: "Evet, sil", EN: "Yes, remove it"},
	"invoice.person": {TR: "Faturanın kesileceği kişi", EN: "The person on the invoice"},
	"invoice.firm":   {TR: "Faturanın kesileceği şirket", EN: "The company on the invoice"},

	"passkeys":      {TR: "Geçiş anahtarları", EN: "Passkeys"},
	"passkeys.says": {TR: "Parmak iziniz, yüzünüz veya cihazınızın kilidiyle, parola yazmadan giriş yaparsınız. İki adımın yerine geçer.", EN: "Sign in with your fingerprint, your face or your device's lock, without a password. It counts as both steps."},
	"passkeys.none": {TR: "Henüz geçiş anahtarınız yok.", EN: "You have no passkey yet."},
	"passkey.add":   {TR: "Geçiş anahtarı ekle", EN: "Add a passkey"}, "passkey.button": {TR: "Bu cihazla devam et", EN: "Go on with this device"},
	"passkey.add.says": {TR: "Parolanızı yazdıktan sonra tarayıcınız sizi yönlendirir.", EN: "Once you have typed your password, your browser leads you through."},
	"passkey.naming":   {TR: "Anahtarın adını değiştir", EN: "Rename the passkey"}, "passkey.removing": {TR: "Geçiş anahtarı silinsin mi?", EN: "Remove the passkey?"},

	"consents":      {TR: "Okuduğunuz ve izin verdiğiniz metinler", EN: "What you read and agreed to"},
	"consents.says": {TR: "Her yanıtınızı zamanı ve metnin sürümüyle saklarız; son söylediğiniz geçerlidir.", EN: "We keep each answer with its time and the version of the text; the last one counts."},
	"consents.none": {TR: "Şu anda yanıtlayabileceğiniz bir metin yok.", EN: "There is no text to answer to now."},
	"copy":          {TR: "Verilerinizin kopyası", EN: "A copy of your data"},
	"copy.says":     {TR: "Sizinle ilgili sakladığımız her şeyi bir ZIP dosyasında toplarız. Hazır olunca e-postayla haber veririz.", EN: "We gather everything that we keep about you in a ZIP, and send you a mail once it is ready."},
	"copy.button":   {TR: "Verilerimi topla", EN: "Gather my data"},

	"erase":               {TR: "Hesabınızı silin", EN: "Erase your account"},
	"erase.says":          {TR: "Hesabınız, adresleriniz, geçiş anahtarlarınız ve sizinle ilgili bildiğimiz her şey bir daha okunamayacak biçimde silinir. Süren siparişleriniz varsa silme, onlar bitince yapılır.", EN: "Your account, your addresses, your passkeys and everything that we know about you are made unreadable for good. If you have orders that are not over, that happens once they are."},
	"erase.kept":          {TR: "Sizden ayrılarak saklananlar", EN: "What is kept, and why"},
	"erase.kept.orders":   {TR: "Siparişler: muhasebe için; kim olduğunuz, adresiniz ve telefonunuz olmadan.", EN: "Orders, for the books: without who you are, your address and your telephone."},
	"erase.kept.invoices": {TR: "Faturalar: Türk Ticaret Kanunu on yıl saklanmalarını ister. Ayrı bir anahtarla şifrelidirler.", EN: "Invoices: the Turkish Commercial Code has them kept for ten years. They are encrypted with a key of their own."},
	"erase.kept.terms":    {TR: "Siparişte kabul edilen metinlerin kaydı: hangi sürüm, ne zaman.", EN: "That the texts of an order were accepted: which version, and when."},
	"erase.back":          {TR: "Vazgeçebilirsiniz", EN: "You may think better of it"},
	"erase.back.says":     {TR: "Her yerden hemen çıkış yapılır, ama silme bekler. Size bildireceğimiz tarihe kadar giriş yapıp hesap sayfanızın başındaki düğmeyle vazgeçebilirsiniz.", EN: "You are signed out everywhere at once, but the erasing waits. Until the time that we tell you, sign in and keep the account with the button at the top of its pages."},
	"erase.open":          {TR: "Hesabımı silmek istiyorum", EN: "I want to erase my account"}, "erase.button": {TR: "Hesabımı sil", EN: "Erase my account"},
	"erase.staff": {TR: "Bu bir ekip hesabı: onu bir yönetici kapatır.", EN: "This account is of the staff: an administrator closes it."},
	"gone":        {TR: "Hesabınız silinecek", EN: "Your account will be erased"},
	"erasing":     {TR: "Hesabınız silinecek", EN: "Your account will be erased"}, "erasing.keep": {TR: "Vazgeç, hesabımı koru", EN: "Keep my account"},

	"profile": {TR: "Kişisel bilgiler", EN: "About you"}, "profile.button": {TR: "Kaydet", EN: "Save"},
	"address": {TR: "E-posta adresini değiştir", EN: "Change the mail address"}, "address.button": {TR: "Bağlantı gönder", EN: "Send the link"},
	"address.says":   {TR: "Yeni adrese bir bağlantı göndeririz. Onaylanana kadar eskisi geçerlidir.", EN: "We send a link to the new address. Until it is confirmed, the old one stays in use."},
	"password.title": {TR: "Parola", EN: "Password"}, "password.button": {TR: "Parolayı değiştir", EN: "Change the password"},
	"password.says": {TR: "Değiştirdiğinizde diğer cihazlardaki oturumlar kapanır.", EN: "Changing it signs you out on other devices."},

	"factor": {TR: "İki adımlı giriş", EN: "Two-step sign-in"}, "factor.start": {TR: "Uygulamayı bağla", EN: "Add an authenticator"},
	"factor.start.says": {TR: "Google Authenticator, Aegis veya 1Password gibi bir doğrulama uygulaması gerekir.", EN: "You need an authenticator such as Google Authenticator, Aegis or 1Password."},
	"factor.scan":       {TR: "Uygulamayla kodu okutun", EN: "Scan the code with your authenticator"},
	"factor.scan.says":  {TR: "Ardından uygulamanın gösterdiği kodu aşağıya yazın.", EN: "Then type below what it shows."},
	"factor.qr":         {TR: "Doğrulama uygulamasının okuyacağı QR kodu; aynı anahtar aşağıda yazıyla da var.", EN: "A QR code for the authenticator; the same key stands below in letters."},
	"factor.secret":     {TR: "Okutamıyorsanız şu anahtarı elle girin:", EN: "If you cannot scan it, type in this key:"},
	"factor.confirm":    {TR: "Doğrula", EN: "Check it"},
	"factor.off":        {TR: "Uygulamayı kaldır", EN: "Remove the authenticator"}, "factor.off.button": {TR: "Kaldır", EN: "Remove it"},
	"codes":      {TR: "Kurtarma kodlarınız", EN: "Your recovery codes"},
	"codes.says": {TR: "Telefonunuzu kaybederseniz her biri bir kez giriş yaptırır. Şimdi saklayın: bir daha gösterilmezler.", EN: "If you lose your phone, each lets you in once. Keep them now: they are not shown again."},
	"codes.copy": {TR: "Kopyala", EN: "Copy"}, "codes.print": {TR: "Yazdır", EN: "Print"}, "codes.done": {TR: "Sakladım", EN: "I have kept them"},

	"sessions": {TR: "Açık oturumlar", EN: "Where you are signed in"}, "sessions.all": {TR: "Her yerden çıkış yap", EN: "Sign out everywhere"},
}
