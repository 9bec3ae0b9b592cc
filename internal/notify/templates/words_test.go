package templates_test

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
)

func TestWords_BothLanguagesHaveEveryTextWithTheSameValues(t *testing.T) {
	t.Parallel()

	turkish, english := templates.Texts(templates.Turkish), templates.Texts(templates.English)
	for key, values := range turkish {
		require.Contains(t, english, key)
		if key != "all.date" { // each language has its own order, and may add where
			require.ElementsMatch(t, values, english[key], key)
		}
	}
	require.Len(t, english, len(turkish))
}

var used = regexp.MustCompile(`\.(Say|Own) "([a-z_.]+)"`)

func TestWords_TemplatesUseEveryTextAndNoneThatIsMissing(t *testing.T) {
	t.Parallel()

	want := []string{"all.date", "all.months", "all.weekdays", "all.quantity.one", "all.quantity.other", "cancelled.subject.part", "cancelled.title.part", "shipped.subject.parcel", "delivered.subject.parcel"}
	for _, step := range []string{"placed", "packing", "packed", "shipped", "left", "delivered"} {
		want = append(want, "all.step."+step)
	}
	for _, reason := range templates.Reasons {
		want = append(want, "cancelled.reason."+string(reason))
	}
	for _, kind := range notify.Kinds {
		want = append(want, string(kind)+".subject", string(kind)+".title", string(kind)+".preheader")
	}
	for file, source := range templates.Shapes() {
		section := strings.TrimSuffix(file[strings.Index(file, "/")+1:], file[strings.LastIndex(file, "."):])
		for _, m := range used.FindAllStringSubmatch(source, -1) {
			switch {
			case m[1] == "Say":
				want = append(want, "all."+m[2])
			case section != "layout":
				want = append(want, section+"."+m[2])
			}
		}
	}
	slices.Sort(want)
	var have []string
	for key := range templates.Texts(templates.Turkish) {
		have = append(have, key)
	}
	slices.Sort(have)
	require.Equal(t, slices.Compact(want), have)
}

func TestWords_RefusesAMistakeAndNamesTheLine(t *testing.T) {
	t.Parallel()

	for words, said := range map[string]string{
		"[all]\ntitle =":                    "line 2: all.title has no words",
		"[all]\ntitle = a\ntitle = b":       "line 3: all.title is there twice",
		"[all]\ntitle = Merhaba {isim}":     "line 2: all.title: there is no {isim}",
		"[all]\ntitle = Merhaba {name":      "line 2: all.title has a brace",
		"[all]\nMerhaba":                    "line 2 is neither",
		"title = a":                         "line 1 is neither",
		"[all]\nmonths = Ocak, Şubat":       "all.months needs 12",
		"# nothing but a remark\n[all]\n\n": "needs",
	} {
		require.ErrorContains(t, templates.ReadWords(words), said, words)
	}
}

func TestFormat_MoneyIsWrittenAsTheLanguageDoes(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		amount           money.Amount
		turkish, english string
	}{
		{money.Of(124_990, "TRY"), "1.249,90 TL", "TRY 1,249.90"},
		{money.Of(5, "TRY"), "0,05 TL", "TRY 0.05"},
		{money.Of(99_999, "TRY"), "999,99 TL", "TRY 999.99"},
		{money.Of(123_456_789_01, "TRY"), "123.456.789,01 TL", "TRY 123,456,789.01"},
		{money.Of(100_000, "EUR"), "1.000,00 EUR", "EUR 1,000.00"},
		{money.Of(12_345, "JPY"), "12.345 JPY", "JPY 12,345"},
		{money.Of(1_234_567, "KWD"), "1.234,567 KWD", "KWD 1,234.567"},
	} {
		for language, want := range map[string]string{templates.Turkish: tt.turkish, templates.English: tt.english} {
			v := templates.Sample(notify.KindCancelled, language)
			v.Lines[0].Total, v.Lines, v.VoidedAmount = tt.amount, v.Lines[:1], tt.amount
			v.Subtotal, v.Discount, v.Shipping, v.Tax, v.Total, v.Captured = money.Amount{}, money.Amount{}, money.Amount{}, money.Amount{}, money.Amount{}, money.Amount{}
			require.Contains(t, strings.ReplaceAll(rendered(t, v).Text, "\u00A0", " "), ": "+want+"\n")
		}
	}
}

func TestFormat_TimesAreThoseOfIstanbulInWords(t *testing.T) {
	t.Parallel()

	for language, want := range map[string]string{
		templates.Turkish: "Sipariş tarihi: 1 Ocak 2027 Cuma, 00:30",
		templates.English: "Ordered on: Friday 1 January 2027, 00:30 (Türkiye time)",
	} {
		v := templates.Sample(notify.KindPlaced, language)
		v.PlacedAt = v.PlacedAt.AddDate(0, 1, 6).Add(9*60*60*1e9 + 15*60*1e9) // 31 December, 21:30 UTC
		require.Contains(t, rendered(t, v).Text, want)
	}
}

func TestFormat_QuantitiesHaveTheWordForOneAndForSeveral(t *testing.T) {
	t.Parallel()

	for quantity, want := range map[int64][2]string{1: {"1 adet", "1 piece"}, 2: {"2 adet", "2 pieces"}, 1200: {"1.200 adet", "1,200 pieces"}} {
		for i, language := range templates.Languages {
			v := templates.Sample(notify.KindDelivered, language)
			v.ParcelLines = []templates.Line{{Title: "Lokum", Quantity: quantity}}
			require.Contains(t, rendered(t, v).Text, "* Lokum, "+want[i]+"\n")
		}
	}
}

var (
	colour     = regexp.MustCompile(`(?:^|[ ;])color: (#[0-9a-f]{6})`)
	background = regexp.MustCompile(`background-color: (#[0-9a-f]{6})`)
)

// The least contrast of text is 4.5 to 1: w3.org/TR/WCAG22/#contrast-minimum
func TestStyle_EveryTextStandsOutFromWhatItStandsOn(t *testing.T) {
	t.Parallel()

	light, dark := templates.Style()
	require.Greater(t, len(dark), 20)
	for name, rules := range map[string]map[string]string{"light": light, "dark": dark} {
		first := func(re *regexp.Regexp, class string) string {
			if m := re.FindStringSubmatch(rules[class]); m != nil {
				return m[1]
			}
			return ""
		}
		grounds := []string{first(background, "page"), first(background, "card"), first(background, "panel")}
		for class := range rules {
			ink := first(colour, class)
			if ink == "" {
				continue
			}
			on := grounds
			if own := first(background, class); own != "" {
				on = []string{own}
			} else if class == "warnlabel" {
				on = []string{first(background, "warn")}
			}
			for _, ground := range on {
				require.GreaterOrEqual(t, contrast(t, ink, ground), 4.5, "%s .%s: %s on %s", name, class, ink, ground)
			}
		}
	}
}

func TestStyle_EveryColourHasItsDarkOne(t *testing.T) {
	t.Parallel()

	light, dark := templates.Style()
	for class, rule := range light {
		if colour.MatchString(rule) || background.MatchString(rule) {
			require.Contains(t, dark, class)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		c := float64(n) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}
