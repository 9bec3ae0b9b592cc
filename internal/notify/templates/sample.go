package templates

import (
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
)

// Sample returns a view of the kind as a shop in Istanbul would fill it: for the
// preview, and for whoever tries a template out.
func Sample(kind notify.Kind, language string) View {
	lira := func(kurus int64) money.Amount { return money.Of(kurus, "TRY") }
	v := View{
		Kind: kind, Language: language,
		ShopName: "Bedesten", ShopURL: "https://bedesten.example/",
		ShopAddress:  "Kürkçüler Sokağı No: 8, 34126 Fatih/İstanbul",
		SupportEmail: "destek@bedesten.example",
		Number:       "7KXM-92QD", Name: "Ayşe Yılmaz",
		OrderURL: "https://bedesten.example/orders/7KXM-92QD?t=r2Vh0mQ8sYxk",
		PlacedAt: time.Date(2026, 11, 25, 12, 15, 0, 0, time.UTC),
		Address: Address{
			Line1: "Moda Caddesi No: 12 D: 4", District: "Kadıköy", Province: "İstanbul", Postcode: "34710", Country: "TR",
		},
		Held: true,
		Lines: []Line{
			{Title: "Altılı Türk kahvesi fincanı", Quantity: 2, Total: lira(124_990)},
			{Title: "Bakır cezve, üç kişilik", Quantity: 1, Total: lira(48_990)},
			{Title: "Çifte kavrulmuş fıstıklı lokum, 500 g", Quantity: 3, Total: lira(65_970)},
		},
		Subtotal: lira(239_950), Discount: lira(15_000), Shipping: lira(4_990), Tax: lira(28_628), Total: lira(229_940),
		ParcelNumber: 1, ParcelCount: 1,
		Carrier: "Yurtiçi Kargo", TrackingCode: "104729385562",
		TrackingURL: "https://kargo.example/takip?kod=104729385562",
		Captured:    lira(229_940),
		DeliveredAt: time.Date(2026, 11, 28, 11, 40, 0, 0, time.UTC),
		ReturnUntil: time.Date(2026, 12, 12, 20, 59, 0, 0, time.UTC),
		PayURL:      "https://bedesten.example/orders/7KXM-92QD/pay?t=r2Vh0mQ8sYxk",
		PayUntil:    time.Date(2026, 12, 4, 15, 0, 0, 0, time.UTC),
		Reason:      ByCustomer, VoidedAmount: lira(229_940),
	}
	if language == English {
		for i, title := range []string{"Turkish coffee cups, set of six", "Copper cezve, serves three", "Double-roasted pistachio lokum, 500 g"} {
			v.Lines[i].Title = title
		}
	}
	v.ParcelLines = v.Lines
	return v
}

// SampleAlert returns an alert of the kind as a shop would have it: of one matter,
// or the digest of all that stand.
func SampleAlert(kind notify.AlertKind) notify.Alert {
	at := time.Date(2026, 11, 27, 5, 0, 0, 0, time.UTC)
	line := func(order, number, reason string, ago time.Duration, owner, next string) notify.AlertLine {
		return notify.AlertLine{
			OrderID: order, Number: number, Reason: reason, Since: at.Add(-ago), Owner: owner, Next: next,
			URL: "https://temporal.bedesten.example/namespaces/bedesten/workflows/order%2F" + order,
		}
	}
	a := notify.Alert{
		ID: "alert-sample", Kind: kind, Shop: "Bedesten", At: at,
		ListURL: "https://temporal.bedesten.example/namespaces/bedesten/workflows?query=OrderAttention+IS+NOT+NULL",
		Lines: []notify.AlertLine{line("ord_01k3v8m4w0f3q2x9y6z7a1b2c3", "7KXM-92QD", "capture_failed", 6*time.Minute, "payments",
			"The share of a packed parcel could not be captured: it stays in the house. Mend the cause and send the update repair {action: retry}, or give the parcel up.")},
	}
	if kind == notify.AlertDigest {
		a.Lines = append([]notify.AlertLine{
			line("ord_01k3s6d0b8j2k4y7v5x9z1a3f6", "9WQC-35ZP", "parcel_stalled", 52*time.Hour, "warehouse", ""),
			line("ord_01k3v2h7c9t5r8n4m6p1q3w0e2", "4HRT-71MB", "label_failed", 3*time.Hour, "warehouse", ""),
		}, a.Lines...)
	}
	return a
}

// SampleLetter returns a letter of the kind as a shop in Istanbul would send it.
func SampleLetter(kind, language string) notify.LetterView {
	at := time.Date(2026, 11, 25, 12, 15, 0, 0, time.UTC)
	v := notify.LetterView{
		Kind: kind, Language: language, ShopName: "Bedesten", ShopURL: "https://bedesten.example/",
		ShopAddress: "Kürkçüler Sokağı No: 8, 34126 Fatih/İstanbul", SupportEmail: "destek@bedesten.example",
		Name: "Ayşe Yılmaz", Link: "https://bedesten.example/account/forgot", At: at,
	}
	switch {
	case slices.Contains(endingLetters, kind):
		v.Link, v.Until = "https://bedesten.example/account/reset#tkt_01k3v8m4w0f3q2x9y6z7a1b2c3~k1.r2Vh0mQ8sYxk", at.Add(time.Hour)
	case kind == erasureAsked:
		v.Until = at.AddDate(0, 0, 7)
	case kind == "export_ready":
		v.Link = "https://bedesten.example/account/export#tkt_01k3v8m4w0f3q2x9y6z7a1b2c3~k1.r2Vh0mQ8sYxk"
	case kind == "password_changed", kind == "new_device", kind == "session_stolen", kind == "second_factor_on":
		v.Device = "Firefox, Linux"
	}
	if slices.Contains(uninvitedLetters, kind) {
		v.Name = ""
	}
	return v
}

// variant is a sample that shows another side of a kind.
type variant struct {
	Name  string
	Kind  notify.Kind
	adapt func(*View)
}

// variants are what the preview shows beside the plain samples.
var variants = []variant{
	{"refunded_part", notify.KindCancelled, func(v *View) {
		v.Part, v.Reason, v.Lines = true, OutOfStock, v.Lines[1:2]
		v.VoidedAmount, v.RefundAmount = money.Amount{}, v.Lines[0].Total
	}},
	{"nothing_taken", notify.KindCancelled, func(v *View) {
		v.Reason, v.VoidedAmount = NotPaid, money.Amount{}
	}},
	{"second_parcel", notify.KindShipped, func(v *View) {
		v.ParcelNumber, v.ParcelCount, v.ParcelLines, v.Captured = 2, 2, v.Lines[2:], money.Amount{}
	}},
	{"second_parcel", notify.KindDelivered, func(v *View) {
		v.ParcelNumber, v.ParcelCount, v.ParcelLines = 2, 2, v.Lines[2:]
	}},
	{"packed_anew", notify.KindShipped, func(v *View) {
		v.ParcelNumber, v.ParcelCount, v.ParcelLines, v.Captured = 3, 0, v.Lines[2:], money.Amount{}
	}},
	{"packed_anew", notify.KindDelivered, func(v *View) {
		v.ParcelNumber, v.ParcelCount, v.ParcelLines = 3, 0, v.Lines[2:]
	}},
	{"own_delivery", notify.KindShipped, func(v *View) {
		v.Carrier, v.TrackingCode, v.TrackingURL = "", "", ""
	}},
	{"free_shipping", notify.KindPlaced, func(v *View) {
		v.Held, v.Shipping, v.Discount = false, money.Of(0, "TRY"), money.Of(0, "TRY")
		v.Tax, v.Total = money.Of(29_650, "TRY"), v.Subtotal
		v.Address.Line2 = "Çarşı içi, 2. kat"
	}},
}

func (k variant) view(language string) View {
	v := Sample(k.Kind, language)
	k.adapt(&v)
	return v
}
