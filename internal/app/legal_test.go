package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/terms"
)

func TestLegal_GivesAContractAnAddressWhateverIsConfigured(t *testing.T) {
	t.Parallel()
	a := &app.App{
		Config: config.Config{ShopName: "Bedesten", MailFrom: "Bedesten <siparis@dukkan.example>", StorefrontOrigins: []string{"https://dukkan.example"}},
		From:   shipping.Address{Line1: "Sanayi Cad. 44", District: "Bahçelievler", Province: "İstanbul", Postcode: "34196"},
	}
	require.Equal(t, terms.Shop{
		Name: "Bedesten", Address: "Sanayi Cad. 44, 34196 Bahçelievler/İstanbul", URL: "https://dukkan.example", SupportEmail: "siparis@dukkan.example",
	}, a.Legal())

	a.Config.ShopAddress, a.Config.SupportEmail = "Kürkçüler Sokağı No: 8, Fatih/İstanbul", "destek@dukkan.example"
	require.Equal(t, "Kürkçüler Sokağı No: 8, Fatih/İstanbul", a.Legal().Address)
	require.Equal(t, "destek@dukkan.example", a.Legal().SupportEmail)
}
