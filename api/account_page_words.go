package api

import (
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/order"
)

// accountWords are the words of the pages about accounts.
var accountWords = map[string]catalog.Text{
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

	"to.sign-in": {TR: "Giriş yapın", EN: "Sign in"}, "to.register": {TR: "Hesap açın", EN: "Open an account"},
	"to.forgot": {TR: "Yeni parola belirleyin", EN: "Choose a new password"}, "to.account": {TR: "Hesabınıza gidin", EN: "Go to your account"},

	"mailed":     {TR: "E-postanıza bakın", EN: "Look at your mail"},
	"mailed.not": {TR: "Birkaç dakika içinde gelmezse istenmeyen e-posta klasörüne bakın ve adresi doğru yazıp yazmadığınızı denetleyin.", EN: "If nothing comes within a few minutes, look into your spam folder and check whether the address was right."},
	"broken":     {TR: "Bu bağlantı kullanılamıyor", EN: "This link does not work"},

	"register":        {TR: "Hesap açın", EN: "Open an account"},
	"register.says":   {TR: "Siparişlerinizi bir arada görür, bir sonrakini daha çabuk verirsiniz.", EN: "See your orders in one place, and place the next one faster."},
	"register.button": {TR: "Hesap aç", EN: "Open the account"}, "register.there": {TR: "Hesabınız var mı?", EN: "Have an account?"},
	"register.mailed": {TR: "Yazdığınız adrese bir e-posta gönderdik. İçindeki bağlantıyı açıp parolanızı bir kez daha yazınca hesabınız hazır.", EN: "We sent a mail to the address that you gave. Follow its link and type your password once more; then your account is ready."},

	"sign-in":       {TR: "Giriş yapın", EN: "Sign in"},
	"sign-in.first": {TR: "E-posta adresi ve parola", EN: "Mail address and password"}, "sign-in.second": {TR: "İkinci adım", EN: "Second step"},
	"sign-in.button": {TR: "Giriş yap", EN: "Sign in"}, "sign-in.again": {TR: "Baştan başlayın", EN: "Start again"},
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

	"email":           {TR: "Yeni e-posta adresinizi onaylayın", EN: "Confirm your new mail address"},
	"email.says":      {TR: "Onayladığınızda hesabınız bu adrese geçer.", EN: "Once you confirm, your account moves to this address."},
	"email.button":    {TR: "Adresi onayla", EN: "Confirm the address"},
	"email.broken":    {TR: "Kullanılmış, süresi geçmiş veya eksik kopyalanmış olabilir. Hesabınızdan adresi yeniden değiştirebilirsiniz.", EN: "It was used, is too old, or was not copied whole. You can change the address again from your account."},
	"email.done":      {TR: "Adresiniz değişti", EN: "Your address was changed"},
	"email.done.says": {TR: "Bundan sonra yeni adresinizle giriş yapın.", EN: "From now on, sign in with your new address."},

	"own": {TR: "Hesabınız", EN: "Your account"}, "own.loading": {TR: "Yükleniyor …", EN: "Loading …"}, "own.out": {TR: "Çıkış yap", EN: "Sign out"},
	"staff":        {TR: "İki adımlı girişi kurun", EN: "Set up two-step sign-in"},
	"staff.says":   {TR: "Ekip hesapları, ikinci adım kurulana kadar hiçbir şey yapamaz. Kurmak birkaç dakika sürer.", EN: "Accounts of the staff can do nothing until the second step is set up. It takes a few minutes."},
	"staff.button": {TR: "Şimdi kurun", EN: "Set it up now"},

	"orders": {TR: "Siparişleriniz", EN: "Your orders"}, "orders.none": {TR: "Henüz siparişiniz yok.", EN: "You have not ordered anything yet."},
	"orders.more": {TR: "Daha eski siparişler", EN: "Older orders"},

	"profile": {TR: "Bilgileriniz", EN: "Your details"}, "profile.button": {TR: "Kaydet", EN: "Save"},
	"language": {TR: "Dil", EN: "Language"}, "language.hint": {TR: "E-postalarımızın dili", EN: "Of the mails that we send you"},
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

// accountSayings are what the scripts of the pages say; names in braces are filled
// in by them.
var accountSayings = map[string]catalog.Text{
	"offline":  {TR: "Bağlantı kurulamadı. İnternetinizi denetleyip yeniden deneyin.", EN: "There is no connection. Check your network and try again."},
	"failed":   {TR: "Bir sorun oluştu. Birazdan yeniden deneyin.", EN: "Something went wrong. Try again in a moment."},
	"required": {TR: "Burayı doldurun.", EN: "Fill this in."},
	"no-email": {TR: "Bu bir e-posta adresi değil.", EN: "This is not a mail address."},
	"short":    {TR: "En az {least} karakter yazın.", EN: "Type at least {least} characters."},
	"wait":     {TR: "Bekleyin: {seconds} sn.", EN: "Wait {seconds} s."},
	"saved":    {TR: "Kaydedildi.", EN: "Saved."},

	"reset.done":     {TR: "Yeni parolanız kaydedildi. Onunla giriş yapın.", EN: "Your new password was saved. Sign in with it."},
	"staff.again":    {TR: "İki adımlı giriş açık. Şimdi parolanız ve kodunuzla yeniden giriş yapın.", EN: "Two-step sign-in is on. Now sign in again with your password and a code."},
	"own.who":        {TR: "{name} · {email}", EN: "{name} · {email}"},
	"address.mailed": {TR: "Yeni adrese bir bağlantı gönderdik. Onaylanana kadar eski adresiniz geçerli.", EN: "We sent a link to the new address. Until it is confirmed, the old one stays in use."},
	"password.done":  {TR: "Parolanız değişti. Diğer cihazlardaki oturumlar kapandı.", EN: "Your password was changed. Other devices were signed out."},
	"factor.none":    {TR: "Kapalı. Açarsanız giriş yaparken parolanızın yanında bir kod da sorulur.", EN: "It is off. With it, we ask for a code beside your password."},
	"factor.on":      {TR: "Açık. Kalan kurtarma kodu: {left}", EN: "It is on. Recovery codes left: {left}"},
	"factor.gone":    {TR: "Uygulama kaldırıldı. Girişte yalnızca parolanız sorulur.", EN: "The authenticator was removed. Your password alone signs you in."},
	"codes.copied":   {TR: "Kopyalandı.", EN: "Copied."},
	"codes.by-hand":  {TR: "Kopyalanamadı: kodları seçip kendiniz kopyalayın.", EN: "They could not be copied: select and copy them by hand."},
	"session.this":   {TR: "{device} (bu cihaz)", EN: "{device} (this device)"},
	"session.at":     {TR: "Giriş: {at} · Son kullanım: {used}", EN: "Signed in: {at} · Last used: {used}"},
	"session.end":    {TR: "Kapat", EN: "End"}, "session.end.of": {TR: "Oturumu kapat: {device}", EN: "End the session: {device}"},
	"session.ended": {TR: "Oturum kapatıldı: {device}", EN: "The session was ended: {device}"},
}

// ownStatuses are how an order's state is told in its owner's list.
var ownStatuses = map[order.Status]catalog.Text{
	order.Pending: {TR: "Alınıyor", EN: "Being taken"}, order.Reserved: {TR: "Ödeme bekliyor", EN: "Waits for the payment"},
	order.AwaitingCustomer: {TR: "Banka onayı bekliyor", EN: "Waits for your bank"}, order.PaymentUnknown: {TR: "Ödeme sonucu bekleniyor", EN: "Payment being checked"},
	order.ClosingPayment: {TR: "Ödeme kapatılıyor", EN: "Payment being closed"}, order.Authorized: {TR: "Ödeme onaylandı", EN: "Payment approved"},
	order.Placed: {TR: "Alındı", EN: "Placed"}, order.InReview: {TR: "İnceleniyor", EN: "In review"},
	order.Processing: {TR: "Hazırlanıyor veya yolda", EN: "Being prepared or on its way"}, order.Fulfilled: {TR: "Teslim edildi", EN: "Delivered"},
	order.Completed: {TR: "Tamamlandı", EN: "Completed"}, order.Cancelling: {TR: "İptal ediliyor", EN: "Being cancelled"}, order.Cancelled: {TR: "İptal edildi", EN: "Cancelled"},
	order.Rejected: {TR: "Alınamadı", EN: "Could not be taken"}, order.Expired: {TR: "Süresi doldu", EN: "Ran out of time"},
	order.PaymentFailed: {TR: "Ödeme alınamadı", EN: "Payment failed"},
}
