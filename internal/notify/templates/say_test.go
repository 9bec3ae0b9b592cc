package templates_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify/templates"
)

func TestSay_WritesAmountsAndTimesAsTheMailsDo(t *testing.T) {
	t.Parallel()
	require.Equal(t, "1.249,90\u00a0TL", templates.Money(money.Of(124_990, "TRY"), templates.Turkish))
	require.Equal(t, "TRY\u00a01,249.90", templates.Money(money.Of(124_990, "TRY"), templates.English))
	at := time.Date(2026, 11, 25, 12, 15, 0, 0, time.UTC)
	for language, want := range map[string]string{
		templates.Turkish: "25 Kasım 2026 Çarşamba, 15:15", templates.English: "Wednesday 25 November 2026, 15:15 (Türkiye time)",
	} {
		got, err := templates.Moment(at, language)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := templates.Moment(at, "de")
	require.Error(t, err)
}
