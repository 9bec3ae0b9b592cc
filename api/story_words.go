package api

import (
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// StoryLine is a line of an order's story as a shopper is told it.
type StoryLine struct {
	order.Entry
	// Text is the line in words; the shop's own business has none.
	Text string `json:"text,omitempty" doc:"The line in the language of Accept-Language; what is the shop's own business has none."`
}

// lineOf returns a line for a shopper: who of the staff did it is not theirs.
func lineOf(e order.Entry, language string) StoryLine {
	e.By = ""
	return StoryLine{Entry: e, Text: told(e, language)}
}

// storyWords say each kind of line to a shopper. Those without words are the
// shop's own business. {parcel} is the number of a parcel, {count} a number.
var storyWords = map[order.EntryKind]catalog.Text{
	order.EntryAccepted:         {TR: "Siparişinizi aldık", EN: "We received your order"},
	order.EntryReserved:         {TR: "Ürünleriniz sizin için ayrıldı", EN: "Your items were set aside for you"},
	order.EntryRejected:         {TR: "Sipariş alınamadı", EN: "The order could not be taken"},
	order.EntryActionRequired:   {TR: "Bankanız onayınızı istedi", EN: "Your bank asked you to confirm"},
	order.EntryDeclined:         {TR: "Ödeme reddedildi", EN: "The payment was declined"},
	order.EntryRefused:          {TR: "Ödeme sağlayıcısı şu anda yanıt vermiyor", EN: "The payment provider cannot be used right now"},
	order.EntryUnknown:          {TR: "Ödemenin sonucu bekleniyor", EN: "Waiting to hear how the payment went"},
	order.EntryReview:           {TR: "Ödemeniz inceleniyor", EN: "Your payment is being reviewed"},
	order.EntryAuthorized:       {TR: "Ödemeniz onaylandı", EN: "Your payment was approved"},
	order.EntryClosing:          {TR: "Ödeme denemesi kapatılıyor", EN: "The payment attempt is being closed"},
	order.EntryClosed:           {TR: "Ödeme denemesi kapatıldı", EN: "The payment attempt was closed"},
	order.EntryAttempt:          {TR: "Yeni bir ödeme başladı", EN: "Another payment was started"},
	order.EntryPlaced:           {TR: "Siparişiniz kesinleşti", EN: "Your order is placed"},
	order.EntryCommitImpossible: {TR: "Ürünler ayrılamadı", EN: "The items could not be set aside"},
	order.EntryCancelWanted:     {TR: "İptal isteğiniz alındı", EN: "Your wish to cancel was received"},
	order.EntryCancelling:       {TR: "Sipariş iptal ediliyor", EN: "The order is being cancelled"},
	order.EntryVoided:           {TR: "Kartınızdaki bloke kaldırıldı", EN: "The hold on your card was released"},
	order.EntryReleased:         {TR: "Ayrılan ürünler satışa döndü", EN: "The items went back on sale"},
	order.EntryCancelled:        {TR: "Sipariş iptal edildi", EN: "The order was cancelled"},
	order.EntryExpired:          {TR: "Siparişin süresi doldu", EN: "The order ran out of time"},
	order.EntryPaymentFailed:    {TR: "Ödeme alınamadı", EN: "The payment failed"},
	order.EntryFact:             {},
	order.EntryFactRefused:      {},
	order.EntryMoneyMoved:       {},
	order.EntryLateSuccess:      {TR: "Geç gelen ödemeniz geri verildi", EN: "A payment that came late was given back"},
	order.EntryReopened:         {},
	order.EntryAttention:        {TR: "Ekibimiz siparişinizle ilgileniyor", EN: "Our team is looking after your order"},
	order.EntryAttentionCleared: {TR: "Ekibimizin ilgilendiği bir konu çözüldü", EN: "A matter that our team was looking after is settled"},
	order.EntryRepair:           {},

	order.EntryPlanned:        {TR: "Siparişiniz hazırlanıyor", EN: "Your order is being prepared"},
	order.EntryParcel:         {}, // parcelWords
	order.EntryLeftUnpaid:     {},
	order.EntryCaptured:       {TR: "Tutar kartınızdan çekildi", EN: "Your card was charged"},
	order.EntryCaptureFailed:  {TR: "Tutar kartınızdan çekilemedi, ilgileniyoruz", EN: "Your card could not be charged; we are looking into it"},
	order.EntryCaptureUnknown: {TR: "Bankanın yanıtı bekleniyor", EN: "Waiting for the bank's answer"},
	order.EntryHoldGivenUp:    {TR: "Süresi dolan bloke kartınızdan kaldırıldı", EN: "The hold on your card was released before it ran out"},
	order.EntryHoldLost:       {TR: "Ödemenin yeniden yapılması gerekiyor", EN: "The payment has to be made again"},
	order.EntryPaidAgain:      {TR: "Ödeme yeniden yapıldı", EN: "The payment was made again"},
	order.EntryRefundAsked:    {TR: "İadeniz başlatıldı", EN: "Your refund was started"},
	order.EntryRefunded:       {TR: "Tutar kartınıza iade edildi", EN: "The amount was refunded to your card"},
	order.EntryRefundFailed:   {TR: "İade bankadan geri döndü, ilgileniyoruz", EN: "The refund did not get through; we are looking into it"},
	order.EntryCancelRest:     {TR: "Henüz gönderilmemiş ürünler iptal ediliyor", EN: "What has not left yet is being cancelled"},
	order.EntryTooLate:        {TR: "Bir paket yola çıkmıştı; kalanı iptal edildi", EN: "A parcel had left already; the rest was cancelled"},
	order.EntryUncommitted:    {},
	order.EntryFulfilled:      {TR: "Siparişiniz teslim edildi", EN: "Your order has arrived"},
	order.EntryCompleted:      {TR: "Sipariş tamamlandı", EN: "The order is complete"},
	order.EntryMail:           {}, // mailWords
	order.EntryMailFailed:     {},
	order.EntryDispute:        {TR: "Bankanızdan bir itiraz bildirimi geldi", EN: "Your bank told us of a dispute"},
}

// parcelWords say what a parcel has come to.
var parcelWords = map[shipping.State]catalog.Text{
	shipping.Ready:             {TR: "Paket {parcel} yola çıkmaya hazır", EN: "Parcel {parcel} is ready to leave"},
	shipping.HandedOver:        {TR: "Paket {parcel} kargoya verildi", EN: "Parcel {parcel} was handed over"},
	shipping.InTransit:         {TR: "Paket {parcel} yolda", EN: "Parcel {parcel} is on its way"},
	shipping.OutForDelivery:    {TR: "Paket {parcel} dağıtıma çıktı", EN: "Parcel {parcel} is out for delivery"},
	shipping.DeliveryFailed:    {TR: "Paket {parcel} teslim edilemedi, yeniden denenecek", EN: "Parcel {parcel} could not be delivered; it will be tried again"},
	shipping.Exception:         {TR: "Paket {parcel} yolda gecikti", EN: "Parcel {parcel} is delayed"},
	shipping.Delivered:         {TR: "Paket {parcel} teslim edildi", EN: "Parcel {parcel} was delivered"},
	shipping.ReturningToSender: {TR: "Paket {parcel} bize geri dönüyor", EN: "Parcel {parcel} is coming back to us"},
	shipping.ReturnedToSender:  {TR: "Paket {parcel} bize geri döndü", EN: "Parcel {parcel} came back to us"},
	shipping.Lost:              {TR: "Paket {parcel} kargoda kayboldu", EN: "Parcel {parcel} was lost"},
	shipping.Damaged:           {TR: "Paket {parcel} yolda hasar gördü", EN: "Parcel {parcel} was damaged on its way"},
	shipping.Cancelled:         {TR: "Paket {parcel} iptal edildi", EN: "Parcel {parcel} was cancelled"},
}

// mailWords say which mail was sent.
var mailWords = map[string]catalog.Text{
	order.MailPlaced:         {TR: "Sipariş onayını e-postayla gönderdik", EN: "We mailed you the confirmation"},
	order.MailPaymentProblem: {TR: "Ödeme için size e-posta gönderdik", EN: "We mailed you about the payment"},
	order.MailShipped:        {TR: "Kargo bilgisini e-postayla gönderdik", EN: "We mailed you that a parcel left"},
	order.MailDelivered:      {TR: "Teslimatı e-postayla bildirdik", EN: "We mailed you that a parcel arrived"},
	order.MailCancelled:      {TR: "İptali e-postayla bildirdik", EN: "We mailed you about the cancellation"},
}

// ownReasons need a person of the shop and change nothing for the shopper, who is
// not told of them.
var ownReasons = []order.Reason{
	order.ReasonParcelWaiting, order.ReasonParcelStalled, order.ReasonMailBounced, order.ReasonMailRefused,
	order.ReasonStoreUnavailable, order.ReasonRunWasLost,
}

// told returns a line in words, or nothing for the shop's own business.
func told(e order.Entry, language string) string {
	words := storyWords[e.Kind]
	parcel := ""
	switch e.Kind {
	case order.EntryAttention, order.EntryAttentionCleared:
		reason, _, _ := strings.Cut(e.Detail, " ")
		if slices.Contains(ownReasons, order.Reason(reason)) {
			return ""
		}
	case order.EntryPlanned:
		if strings.HasSuffix(e.Detail, " "+order.PackedAnew) {
			return ""
		}
	case order.EntryParcel:
		var state string
		parcel, state, _ = strings.Cut(e.Detail, " ")
		words = parcelWords[shipping.State(state)]
	case order.EntryMail:
		words = mailWords[e.Detail]
	}
	if words == (catalog.Text{}) {
		return ""
	}
	return strings.ReplaceAll(words.In(language), "{parcel}", parcel)
}
