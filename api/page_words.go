package api

import (
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// pageWords are the words of an order's page that no state decides.
var pageWords = map[string]catalog.Text{
	"order": {TR: "Sipariş", EN: "Order"}, "skip": {TR: "Siparişe geç", EN: "Skip to the order"},
	"live": {TR: "Canlı", EN: "Live"}, "waiting": {TR: "Bağlantı bekleniyor", EN: "Waiting for the connection"},
	"progress": {TR: "Siparişin aşamaları", EN: "Progress of the order"}, "done": {TR: "tamam", EN: "done"},
	"parcels": {TR: "Paketler", EN: "Parcels"}, "parcel": {TR: "Paket", EN: "Parcel"}, "track": {TR: "Kargoyu izle:", EN: "Track it:"},
	"story": {TR: "Neler oldu", EN: "What happened"}, "details": {TR: "Siparişin ayrıntıları", EN: "Details of the order"},
	"payment": {TR: "Ödeme", EN: "Payment"}, "items": {TR: "Ürünler", EN: "Items"}, "address": {TR: "Teslimat adresi", EN: "Delivery address"},
	// Turkish readers are where the times are.
	"times": {EN: "All times are those of Türkiye."},
	"help":  {TR: "Sorunuz mu var?", EN: "Any questions?"},

	"step.ordered": {TR: "Sipariş", EN: "Ordered"}, "step.prepared": {TR: "Hazırlık", EN: "Preparing"},
	"step.left": {TR: "Yolda", EN: "On its way"}, "step.delivered": {TR: "Teslim", EN: "Delivered"},

	"sum.subtotal": {TR: "Ara toplam", EN: "Subtotal"}, "sum.discount": {TR: "İndirim", EN: "Discount"},
	"sum.shipping": {TR: "Kargo", EN: "Shipping"}, "sum.total": {TR: "Toplam", EN: "Total"}, "sum.tax": {TR: "KDV dahil", EN: "KDV included"},
	"sum.held": {TR: "Kartınızda bloke", EN: "Held on your card"}, "sum.captured": {TR: "Kartınızdan çekilen", EN: "Charged"},
	"sum.refunded": {TR: "Kartınıza iade edilen", EN: "Refunded"}, "sum.refunding": {TR: "İadesi süren", EN: "On its way back"},
	"sum.due": {TR: "Ödenecek", EN: "To be paid"}, "free": {TR: "Ücretsiz", EN: "Free"},

	"shipped.at": {TR: "Yola çıkış:", EN: "Left:"}, "delivered.at": {TR: "Teslim:", EN: "Delivered:"},

	"pay.again": {TR: "Ödemenin yeniden yapılması gerekiyor", EN: "Please pay again"},
	"pay.again.says": {
		TR: "Kartınızdaki bloke, paketiniz yola çıkmadan sona erdi; hesabınızdan para çekilmedi. Ürünleriniz sizin için ayrılmış durumda.",
		EN: "The hold on your card ended before your parcel could leave; nothing was charged. Your items are still set aside for you.",
	},
	"pay.again.until":  {TR: "Son tarih:", EN: "Please pay by:"},
	"pay.again.button": {TR: "Yeniden öde", EN: "Pay again"},
	"pay.bank":         {TR: "Bankanız onayınızı bekliyor", EN: "Your bank waits for you"},
	"pay.bank.says":    {TR: "Ödemeyi bankanızın sayfasında onaylayın; banka sizi mağazaya geri götürür.", EN: "Confirm the payment on your bank's page; it leads you back to the shop."},
	"pay.bank.button":  {TR: "Bankanın sayfasına git", EN: "Go to the bank's page"},

	"terms":                 {TR: "Kabul ettiğiniz metinler", EN: "What you accepted"},
	"terms.pre_information": {TR: "Ön bilgilendirme formu", EN: "Pre-information form"},
	"terms.distance_sales":  {TR: "Mesafeli satış sözleşmesi", EN: "Distance sales contract"},

	"missing.account": {TR: "Hesabınız varsa siparişleriniz oradadır.", EN: "If you have an account, your orders are there."},
	"missing":         {TR: "Böyle bir sipariş bulamadık", EN: "There is no such order"},
	"missing.says": {
		TR: "Siparişinizi, size gönderdiğimiz e-postadaki bağlantıyla veya siparişi verdiğiniz tarayıcıyla açabilirsiniz.",
		EN: "Open your order with the link in the mail that we sent you, or in the browser that you ordered with.",
	},
}

// standing is how a state of an order is told at the top of its page.
type standing struct {
	headline, next catalog.Text
	tone           string
}

// Tones of what is shown.
const (
	toneWarn = "warn"
	toneOver = "over"
)

// standings are those of the order's own states.
var standings = map[order.Status]standing{
	order.Pending:  {catalog.Text{TR: "Siparişinizi alıyoruz", EN: "We are taking your order"}, catalog.Text{TR: "Ürünleriniz ayrılıyor; bu bir an sürer.", EN: "Your items are being set aside; this takes a moment."}, ""},
	order.Reserved: {catalog.Text{TR: "Ödemenizi bekliyoruz", EN: "We are waiting for your payment"}, catalog.Text{TR: "Ürünleriniz kısa bir süre sizin için ayrılmış durumda.", EN: "Your items are set aside for you for a short while."}, ""},
	order.AwaitingCustomer: {
		catalog.Text{TR: "Bankanız onayınızı bekliyor", EN: "Your bank waits for you to confirm"},
		catalog.Text{TR: "Ödemeyi onayladığınızda siparişiniz kesinleşir.", EN: "Your order is placed once you have confirmed the payment."}, toneWarn,
	},
	order.PaymentUnknown: {
		catalog.Text{TR: "Ödemenizin sonucunu bekliyoruz", EN: "We are waiting to hear how your payment went"},
		catalog.Text{TR: "Bankanın yanıtı gelince burada göreceksiniz; yeniden ödemeyin.", EN: "You will see it here once the bank has answered; please do not pay again."}, "",
	},
	order.ClosingPayment: {catalog.Text{TR: "Ödeme kapatılıyor", EN: "The payment is being closed"}, catalog.Text{TR: "Kartınızda bir şey kalmadığından emin oluyoruz.", EN: "We make sure that nothing stays on your card."}, ""},
	order.Authorized:     {catalog.Text{TR: "Ödemeniz onaylandı", EN: "Your payment was approved"}, catalog.Text{TR: "Siparişiniz kesinleşiyor.", EN: "Your order is being placed."}, ""},
	order.Placed: {
		catalog.Text{TR: "Siparişiniz kesinleşti", EN: "Your order is placed"},
		catalog.Text{TR: "Hazırlanınca haber vereceğiz. Tutar, paketiniz yola çıkarken kartınızdan çekilir.", EN: "We will tell you when it leaves. Your card is charged at that moment."}, "",
	},
	order.InReview: {catalog.Text{TR: "Siparişiniz inceleniyor", EN: "Your order is being reviewed"}, catalog.Text{TR: "Kısa sürede haber vereceğiz.", EN: "We will tell you soon."}, ""},
	order.Completed: {
		catalog.Text{TR: "Sipariş tamamlandı", EN: "Your order is complete"},
		catalog.Text{TR: "Bizi seçtiğiniz için teşekkür ederiz.", EN: "Thank you for shopping with us."}, "",
	},
	order.Cancelling: {
		catalog.Text{TR: "Siparişiniz iptal ediliyor", EN: "Your order is being cancelled"},
		catalog.Text{TR: "Paketler durduruluyor; sonra ödemeniz geri verilir.", EN: "Parcels are being stopped; then your payment is given back."}, toneWarn,
	},
	order.Cancelled: {catalog.Text{TR: "Siparişiniz iptal edildi", EN: "Your order was cancelled"}, catalog.Text{}, toneOver}, // givenBack
	order.Rejected: {
		catalog.Text{TR: "Sipariş alınamadı", EN: "The order could not be taken"},
		catalog.Text{TR: "Ürünler bu arada tükendi veya fiyatlar değişti. Kartınızdan bir şey çekilmedi.", EN: "Items ran out or prices changed meanwhile. Nothing was charged."}, toneOver,
	},
	order.Expired: {
		catalog.Text{TR: "Siparişin süresi doldu", EN: "The order ran out of time"},
		catalog.Text{TR: "Ödeme tamamlanmadığı için ürünler satışa döndü. Kartınızdan bir şey çekilmedi.", EN: "It was not paid, so the items went back on sale. Nothing was charged."}, toneOver,
	},
	order.PaymentFailed: {
		catalog.Text{TR: "Ödeme alınamadı", EN: "The payment failed"},
		catalog.Text{TR: "Sepetiniz yeniden açık; başka bir kartla deneyebilirsiniz.", EN: "Your cart is open again; try another card."}, toneOver,
	},
}

// sendings are those of an order that is being fulfilled, by how far its parcels
// have come.
var sendings = map[fulfilment]standing{
	unfulfilled: {
		catalog.Text{TR: "Siparişiniz hazırlanıyor", EN: "Your order is being prepared"},
		catalog.Text{TR: "Paketleniyor. Tutar, paketiniz yola çıkarken kartınızdan çekilir.", EN: "It is being packed. Your card is charged as it leaves."}, "",
	},
	partiallyShipped: {
		catalog.Text{TR: "Siparişinizin bir kısmı yolda", EN: "Part of your order is on its way"},
		catalog.Text{TR: "Kalan paketler hazırlanıyor.", EN: "The other parcels are being prepared."}, "",
	},
	allShipped: {
		catalog.Text{TR: "Siparişiniz yolda", EN: "Your order is on its way"},
		catalog.Text{TR: "Teslim edildiğinde e-postayla bildireceğiz.", EN: "We will mail you when it has arrived."}, "",
	},
	partiallyDelivered: {
		catalog.Text{TR: "Siparişinizin bir kısmı teslim edildi", EN: "Part of your order has arrived"},
		catalog.Text{TR: "Kalan paketleri aşağıda izleyebilirsiniz.", EN: "You can follow the other parcels below."}, "",
	},
	allDelivered: {
		catalog.Text{TR: "Siparişiniz teslim edildi", EN: "Your order has arrived"},
		catalog.Text{TR: "Güle güle kullanın.", EN: "Enjoy it."}, "",
	},
	allReturned: {
		catalog.Text{TR: "Siparişiniz bize geri döndü", EN: "Your order came back to us"},
		catalog.Text{TR: "Teslim edilemedi; ödemeniz iade ediliyor.", EN: "It could not be delivered; your payment is being refunded."}, toneWarn,
	},
	neverArrived: {
		catalog.Text{TR: "Siparişiniz teslim edilemedi", EN: "Your order could not be delivered"},
		catalog.Text{TR: "Ödemeniz iade ediliyor; ekibimiz size ulaşacak.", EN: "Your payment is being refunded; our team will be in touch."}, toneWarn,
	},
	parcelsCancelled: {
		catalog.Text{TR: "Paketler iptal edildi", EN: "The parcels were cancelled"},
		catalog.Text{TR: "Ödemeniz geri veriliyor.", EN: "Your payment is being given back."}, toneWarn,
	},
}

// repaying is the standing of an order whose hold was lost.
var repaying = standing{
	catalog.Text{TR: "Ödemenin yeniden yapılması gerekiyor", EN: "Your order has to be paid again"},
	catalog.Text{TR: "Ödeme yapılınca paketiniz hemen yola çıkar.", EN: "Your parcel leaves as soon as it is paid."}, toneWarn,
}

// givenBack says what became of the payment of a cancelled order, by how it stands.
var givenBack = map[string]catalog.Text{
	"none":          {TR: "Kartınızdan bir şey çekilmedi.", EN: "Nothing was charged."},
	"voided":        {TR: "Kartınızdaki bloke kaldırıldı; kartınızdan bir şey çekilmedi.", EN: "The hold on your card was released; nothing was charged."},
	"authorized":    {TR: "Kartınızdaki bloke kaldırılıyor.", EN: "The hold on your card is being released."},
	"captured":      {TR: "Ödemeniz kartınıza iade ediliyor.", EN: "Your payment is being refunded to your card."},
	"part_captured": {TR: "Ödemeniz kartınıza iade ediliyor.", EN: "Your payment is being refunded to your card."},
	"part_refunded": {TR: "Ödemenizin bir kısmı kartınıza iade edildi.", EN: "Part of your payment was refunded to your card."},
	"refunded":      {TR: "Ödemeniz kartınıza iade edildi.", EN: "Your payment was refunded to your card."},
	"disputed":      {TR: "Ödemenizin durumunu aşağıda görebilirsiniz.", EN: "See below how your payment stands."},
	"charged_back":  {TR: "Ödemenizin durumunu aşağıda görebilirsiniz.", EN: "See below how your payment stands."},
}

// withdrawUntil says until when a delivered order may be sent back.
var withdrawUntil = catalog.Text{TR: "Cayma hakkınızı şu tarihe kadar kullanabilirsiniz: ", EN: "You can send it back until "}

// neverPaid is said of an order that is over and was not paid.
var neverPaid = catalog.Text{TR: "Ödeme alınmadı.", EN: "Nothing was paid."}

// paymentWords say how the payment stands.
var paymentWords = map[string]catalog.Text{
	"none": {TR: "Henüz ödeme alınmadı.", EN: "Nothing was paid yet."},
	"voided": {
		TR: "Kartınızdaki bloke kaldırıldı; hesabınızdan para çekilmedi.", EN: "The hold on your card was released; nothing was charged.",
	},
	"authorized": {
		TR: "Tutar kartınızda bloke edildi; paketiniz yola çıkarken çekilir.", EN: "The amount is held on your card; it is charged as your parcel leaves.",
	},
	"captured":      {TR: "Ödemeniz alındı.", EN: "Your payment was taken."},
	"part_captured": {TR: "Ödemenizin bir kısmı alındı.", EN: "Part of your payment was taken."},
	"part_refunded": {TR: "Ödemenizin bir kısmı iade edildi.", EN: "Part of your payment was refunded."},
	"refunded":      {TR: "Ödemeniz iade edildi.", EN: "Your payment was refunded."},
	"disputed":      {TR: "Ödeme için bankanızda bir itiraz sürüyor.", EN: "A dispute about the payment is open at your bank."},
	"charged_back":  {TR: "Bankanız ödemeyi size geri verdi.", EN: "Your bank gave the payment back to you."},
}

// parcelLabels say where a parcel is, as a shopper is shown it.
var parcelLabels = map[string]catalog.Text{
	preparing:                          {TR: "Hazırlanıyor", EN: "Preparing"},
	string(shipping.HandedOver):        {TR: "Kargoya verildi", EN: "Handed over"},
	string(shipping.InTransit):         {TR: "Yolda", EN: "On its way"},
	string(shipping.OutForDelivery):    {TR: "Dağıtımda", EN: "Out for delivery"},
	string(shipping.DeliveryFailed):    {TR: "Yeniden denenecek", EN: "To be tried again"},
	string(shipping.Exception):         {TR: "Gecikti", EN: "Delayed"},
	string(shipping.Delivered):         {TR: "Teslim edildi", EN: "Delivered"},
	string(shipping.ReturningToSender): {TR: "Geri dönüyor", EN: "Coming back"},
	string(shipping.ReturnedToSender):  {TR: "Bize geri döndü", EN: "Came back"},
	string(shipping.Lost):              {TR: "Kayboldu", EN: "Lost"},
	string(shipping.Damaged):           {TR: "Hasarlı", EN: "Damaged"},
	string(shipping.Cancelled):         {TR: "İptal edildi", EN: "Cancelled"},
}

// parcelTones are those of parcels that do not travel as they should.
var parcelTones = map[string]string{
	string(shipping.DeliveryFailed): toneWarn, string(shipping.Exception): toneWarn, string(shipping.ReturningToSender): toneWarn,
	string(shipping.ReturnedToSender): toneWarn, string(shipping.Lost): toneWarn, string(shipping.Damaged): toneWarn,
	string(shipping.Cancelled): toneOver,
}
