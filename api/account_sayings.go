package api

import (
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/order"
)

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
	"staff.with":     {TR: "Geçiş anahtarınız eklendi. Şimdi onunla giriş yapın.", EN: "Your passkey was added. Now sign in with it."},
	"staff.passkey":  {TR: "Ekip hesapları parolayla tek başına girmez: geçiş anahtarınızla giriş yapın.", EN: "Staff do not sign in with a password alone: use your passkey."},
	"own.who":        {TR: "{name} · {email}", EN: "{name} · {email}"},
	"address.mailed": {TR: "Yeni adrese bir bağlantı gönderdik. Onaylanana kadar eski adresiniz geçerli.", EN: "We sent a link to the new address. Until it is confirmed, the old one stays in use."},
	"password.done":  {TR: "Parolanız değişti. Diğer cihazlardaki oturumlar kapandı.", EN: "Your password was changed. Other devices were signed out."},
	"factor.none":    {TR: "Kapalı. Açarsanız giriş yaparken parolanızın yanında bir kod da sorulur.", EN: "It is off. With it, we ask for a code beside your password."},
	"factor.on":      {TR: "Açık. Kalan kurtarma kodu: {left}", EN: "It is on. Recovery codes left: {left}"},
	"factor.gone":    {TR: "Uygulama kaldırıldı. Girişte yalnızca parolanız sorulur.", EN: "The authenticator was removed. Your password alone signs you in."},
	"codes.copied":   {TR: "Kopyalandı.", EN: "Copied."},
	"codes.by-hand":  {TR: "Kopyalanamadı: kodları seçip kendiniz kopyalayın.", EN: "They could not be copied: select and copy them by hand."},
	"claim.done":     {TR: "Listenize eklenen sipariş: {count}", EN: "Orders added to your list: {count}"},
	"claim.none":     {TR: "E-posta adresinizle verilmiş başka sipariş bulamadık.", EN: "We found no other orders made with your mail address."},
	"choose":         {TR: "Seçin …", EN: "Choose …"},
	"edit":           {TR: "Düzenle", EN: "Edit"}, "edit.of": {TR: "Adresi düzenle: {label}", EN: "Edit the address: {label}"},
	"remove": {TR: "Sil", EN: "Remove"}, "remove.of": {TR: "Adresi sil: {label}", EN: "Remove the address: {label}"},
	"book.new": {TR: "Yeni adres", EN: "A new address"}, "book.edit": {TR: "Adresi düzenleyin", EN: "Edit the address"},
	"book.gone":        {TR: "Adres silindi.", EN: "The address was removed."},
	"book.remove.says": {TR: "“{label}” adresi defterinizden silinir. Verdiğiniz siparişler değişmez.", EN: "“{label}” leaves your address book. Orders that you made stay as they are."},
	"invoice.personal": {TR: "Fatura: {name}", EN: "Invoice: {name}"}, "invoice.company": {TR: "Fatura: {name} (şirket)", EN: "Invoice: {name} (company)"},

	"passkey.made": {TR: "Eklendi: {at}", EN: "Added: {at}"}, "passkey.used": {TR: "Son kullanım: {at}", EN: "Last used: {at}"},
	"passkey.unused": {TR: "Henüz kullanılmadı", EN: "Not used yet"},
	"passkey.rename": {TR: "Adını değiştir", EN: "Rename"}, "passkey.rename.of": {TR: "Adını değiştir: {name}", EN: "Rename: {name}"},
	"passkey.remove": {TR: "Sil", EN: "Remove"}, "passkey.remove.of": {TR: "Geçiş anahtarını sil: {name}", EN: "Remove the passkey: {name}"},
	"passkey.remove.says": {TR: "“{name}” artık giriş yaptırmaz. Cihazınızda kalan kopyasını cihazın ayarlarından silebilirsiniz.", EN: "“{name}” signs you in no more. Delete what is left of it in your device's settings."},
	"passkey.added":       {TR: "Geçiş anahtarı eklendi.", EN: "The passkey was added."}, "passkey.gone": {TR: "Geçiş anahtarı silindi.", EN: "The passkey was removed."},
	"passkey.not":    {TR: "Geçiş anahtarı kullanılmadı: vazgeçildi ya da süre doldu. Yeniden deneyin.", EN: "No passkey was used: it was called off, or took too long. Try again."},
	"passkey.there":  {TR: "Bu cihazda hesabınızın bir geçiş anahtarı zaten var.", EN: "This device has a passkey of your account already."},
	"passkey.failed": {TR: "Tarayıcınız geçiş anahtarını kullanamadı. Başka bir yolla sürdürün.", EN: "Your browser could not use the passkey. Go on in another way."},

	"terms.privacy": {TR: "Aydınlatma metni", EN: "Privacy notice"}, "terms.marketing": {TR: "Ticari elektronik ileti izni", EN: "Consent to commercial messages"},
	"terms.privacy.says":   {TR: "Verilerinizi neden ve nasıl işlediğimizi anlatır.", EN: "It says why and how we process your data."},
	"terms.marketing.says": {TR: "Kampanya ve indirimleri size yazabilmemiz için. Sipariş vermek için gerekmez.", EN: "So that we may write to you of offers. You need not agree in order to buy."},
	"consent.read":         {TR: "Metni okuyun (yeni sekmede)", EN: "Read it (in a new tab)"}, "consent.read.of": {TR: "Metni okuyun (yeni sekmede): {name}", EN: "Read it (in a new tab): {name}"},
	"consent.none":         {TR: "Yanıtınız yok.", EN: "You have not answered."},
	"consent.given":        {TR: "Onayladınız: {at}.", EN: "Agreed: {at}."},
	"consent.noted":        {TR: "Okuduğunuzu bildirdiniz: {at}.", EN: "You said that you read it: {at}."},
	"consent.taken":        {TR: "Geri aldınız: {at}.", EN: "Taken back: {at}."},
	"consent.old":          {TR: "Metin o günden sonra yenilendi.", EN: "The text was renewed since."},
	"consent.give.privacy": {TR: "Okudum", EN: "I have read it"}, "consent.give.marketing": {TR: "İzin ver", EN: "Agree"},
	"consent.again.privacy": {TR: "Yenisini okudum", EN: "I have read the new one"}, "consent.again.marketing": {TR: "Yenisine izin ver", EN: "Agree to the new one"},
	"consent.take": {TR: "Geri al", EN: "Take back"},
	"consent.of":   {TR: "{act}: {name}", EN: "{act}: {name}"},

	"export.asked": {TR: "Verilerinizi topluyoruz. Hazır olunca e-postanıza bir bağlantı gelir.", EN: "We are gathering your data. A mail brings you a link once it is ready."},
	"export.done":  {TR: "İndirildi: {name}", EN: "Downloaded: {name}"},
	"gone.says":    {TR: "Her yerden çıkış yapıldı. Vazgeçerseniz {at} tarihine kadar giriş yapıp hesabınızı koruyabilirsiniz.", EN: "You are signed out everywhere. Should you think better of it, sign in before {at} and keep your account."},
	"erasing.says": {TR: "Silme isteğiniz üzerine hesabınız {at} tarihinde kapanır. O zamana kadar vazgeçebilirsiniz.", EN: "As was asked for, your account closes at {at}. Until then you can keep it."},
	"erasing.kept": {TR: "Hesabınız kalıyor. Silme isteği geri alındı.", EN: "Your account stays. The request to erase it was withdrawn."},

	"session.this": {TR: "{device} (bu cihaz)", EN: "{device} (this device)"},
	"session.at":   {TR: "Giriş: {at} · Son kullanım: {used}", EN: "Signed in: {at} · Last used: {used}"},
	"session.end":  {TR: "Kapat", EN: "End"}, "session.end.of": {TR: "Oturumu kapat: {device}", EN: "End the session: {device}"},
	"session.ended": {TR: "Oturum kapatıldı: {device}", EN: "The session was ended: {device}"},
}

// ownStatuses are how an order's state is told in its owner's list.
var ownStatuses = map[order.Status]catalog.Text{
	order.Pending: {TR: "Alınıyor", EN: "Being taken"}, order.Reserved: {TR: "Ödeme bekliyor", EN: "Waits for the payment"},
	order.AwaitingCustomer: {TR: "Banka onayı bekliyor", EN: "Waits for your bank"}, order.PaymentUnknown: {TR: "Ödeme sonucu bekleniyor", EN: "Payment being checked"},
	order.ClosingPayment: {TR: "Ödeme kapatılıyor", EN: "Payment being closed"}, order.Authorized: {TR: "Ödeme onaylandı", EN: "Payment approved"},
	order.Placed: {TR: "Alındı", EN: "Placed"}, order.InReview: {TR: "İnceleniyor", EN: "In review"},
	order.Processing: {TR: "İşlemde", EN: "In progress"}, order.Fulfilled: {TR: "Teslim edildi", EN: "Delivered"},
	order.Completed: {TR: "Tamamlandı", EN: "Completed"}, order.Cancelling: {TR: "İptal ediliyor", EN: "Being cancelled"}, order.Cancelled: {TR: "İptal edildi", EN: "Cancelled"},
	order.Rejected: {TR: "Alınamadı", EN: "Could not be taken"}, order.Expired: {TR: "Süresi doldu", EN: "Ran out of time"},
	order.PaymentFailed: {TR: "Ödeme alınamadı", EN: "Payment failed"},
}

// ownFulfilments are how far an order's parcels have come, told in its owner's list.
// Before an order is placed nothing is said of them.
var ownFulfilments = map[fulfilment]catalog.Text{
	nothingToSend: {}, unfulfilled: {TR: "Hazırlanıyor", EN: "Being prepared"},
	partiallyShipped: {TR: "Bir kısmı kargoda", EN: "On its way in part"}, allShipped: {TR: "Kargoda", EN: "On its way"},
	partiallyDelivered: {TR: "Bir kısmı teslim edildi", EN: "Delivered in part"}, allDelivered: {TR: "Teslim edildi", EN: "Delivered"},
	allReturned: {TR: "Bize geri döndü", EN: "Came back to us"}, neverArrived: {TR: "Teslim edilemedi", EN: "Did not arrive"},
	parcelsCancelled: {TR: "Gönderilmeyecek", EN: "Will not be sent"},
}
