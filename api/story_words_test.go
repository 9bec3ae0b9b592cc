package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// both checks that a text is there in both languages, or in neither.
func both(t *testing.T, text catalog.Text, of string) {
	t.Helper()
	require.Equal(t, text.TR == "", text.EN == "", of)
}

func TestStoryWords_SayEachKindOfLineInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, kind := range entryKinds {
		words, known := storyWords[kind]
		require.True(t, known, "%s is said, or left out on purpose", kind)
		both(t, words, string(kind))
	}
	require.Len(t, storyWords, len(entryKinds))
	for state, words := range parcelWords {
		both(t, words, string(state))
		require.Equal(t, words.In("tr") != "", words.In("en") != "")
	}
	require.Equal(t, "Paket 2 dağıtıma çıktı", told(order.Entry{Kind: order.EntryParcel, Detail: "2 out_for_delivery"}, "tr"))
	require.Equal(t, "We mailed you that a parcel left", told(order.Entry{Kind: order.EntryMail, Detail: order.MailShipped}, "en"))
	require.Equal(t, "Your order is being prepared", told(order.Entry{Kind: order.EntryPlanned, Detail: "2"}, "en"))
	for _, own := range []order.Entry{
		{Kind: order.EntryParcel, Detail: "1 label_failed"}, {Kind: order.EntryRepair, Detail: "retry manual_review"}, {Kind: order.EntryLeftUnpaid, Detail: "1"},
		{Kind: order.EntryMailFailed, Detail: "550"}, {Kind: order.EntryPlanned, Detail: "3 anew"}, {Kind: order.EntryParcel, Detail: "1 replaced"}, {Kind: "soon_to_come"},
	} {
		require.Empty(t, told(own, "tr"), own.Kind)
	}
}

func TestStoryWords_TellAShopperOfTheTeamWhereItIsTheirBusiness(t *testing.T) {
	t.Parallel()
	set := func(detail string) order.Entry { return order.Entry{Kind: order.EntryAttention, Detail: detail} }
	cleared := func(detail string) order.Entry {
		return order.Entry{Kind: order.EntryAttentionCleared, Detail: detail}
	}
	for _, reason := range ownReasons {
		for _, e := range []order.Entry{set(string(reason)), set(string(reason) + " parcel-1 no_address"), cleared(string(reason))} {
			require.Empty(t, told(e, "tr"), "%s %s", e.Kind, e.Detail)
		}
	}
	for _, detail := range []string{"capture_failed", "label_failed parcel-1 bad_address", "parcel_lost"} {
		require.Equal(t, "Our team is looking after your order", told(set(detail), "en"))
		require.Equal(t, "A matter that our team was looking after is settled", told(cleared(detail), "en"), "the last word is not that there is trouble")
	}
}

func TestPageWords_SayEachStateThatAShopperSees(t *testing.T) {
	t.Parallel()
	for _, s := range statesOf(order.Machine, order.New) {
		status := order.Status(s.(string))
		if status == order.Processing || status == order.Fulfilled {
			continue // told by how far the parcels have come
		}
		require.NotEmpty(t, standings[status].headline.TR, status)
		both(t, standings[status].headline, string(status))
		both(t, standings[status].next, string(status))
	}
	for _, f := range fulfilments {
		if f != nothingToSend {
			require.NotEmpty(t, sendings[f].headline.EN, f)
			both(t, sendings[f].next, string(f))
		}
	}
	for _, s := range parcelStates() {
		require.NotEmpty(t, parcelLabels[s.(string)].TR, s)
		both(t, parcelLabels[s.(string)], s.(string))
	}
	for _, s := range paymentRank {
		require.NotEmpty(t, paymentWords[s].TR, s)
		both(t, paymentWords[s], s)
		require.NotEmpty(t, givenBack[s].TR, s)
		both(t, givenBack[s], s)
	}
	for key, words := range pageWords {
		require.NotEmpty(t, words.EN, key)
		if key != "times" {
			both(t, words, key)
		}
	}
	for _, each := range []shipping.State{shipping.Lost, shipping.Cancelled} {
		require.NotEmpty(t, parcelTones[string(each)])
	}
}
