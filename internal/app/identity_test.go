package app_test

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/secret"
)

func TestLetters_AreWrittenForEveryNoticeInEachLanguage(t *testing.T) {
	t.Parallel()
	declared, err := os.ReadFile("../identity/ticket.go")
	require.NoError(t, err)
	var kinds []string
	for _, m := range regexp.MustCompile(`Notice\w+\s+NoticeKind = "(\w+)"`).FindAllSubmatch(declared, -1) {
		kinds = append(kinds, string(m[1]))
	}
	require.NotEmpty(t, kinds)
	require.ElementsMatch(t, kinds, notify.LetterKinds)
	require.Len(t, identity.NoticeKinds, len(kinds))
	ring, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), secret.MinKeyBytes)})
	require.NoError(t, err)
	a := &app.App{Config: config.Config{PublicURL: "https://api.dukkan.example/"}, Secrets: ring}
	for _, kind := range identity.NoticeKinds {
		require.True(t, slices.Contains(kinds, string(kind)))
		for _, language := range notify.Languages {
			_, err := templates.RenderLetter(notify.LetterView{
				Kind: string(kind), Language: language, ShopName: "Bedesten", ShopURL: "https://dukkan.example",
				Link: a.LetterLink(kind, "tkt_01k3v8m4w0f3q2x9y6z7a1b2c3"), At: time.Now(), Until: time.Now(),
			})
			require.NoError(t, err, "%s in %s", kind, language)
		}
	}
}

func TestLetters_CarryTheirTicketBehindTheHashAndNowhereElse(t *testing.T) {
	t.Parallel()
	ring, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), secret.MinKeyBytes)})
	require.NoError(t, err)
	a := &app.App{Config: config.Config{PublicURL: "https://api.dukkan.example/"}, Secrets: ring}
	const ticket = "tkt_01k3v8m4w0f3q2x9y6z7a1b2c3"
	for kind, page := range map[identity.NoticeKind]string{
		identity.NoticeConfirm: "confirm#", identity.NoticeReset: "reset#", identity.NoticeManyTries: "reset#", identity.NoticeEmailConfirm: "email#",
		identity.NoticeExportReady: "export#",
	} {
		require.Equal(t, "https://api.dukkan.example/account/"+page+ticket+"~"+ring.Derive(secret.Ticket, ticket, 1), a.LetterLink(kind, ticket))
	}
	require.Equal(t, "https://api.dukkan.example/account/forgot", a.LetterLink(identity.NoticePassword, ""))
	require.Equal(t, "https://api.dukkan.example/account/forgot", a.LetterLink(identity.NoticeAlreadyThere, ticket), "no link of somebody else's ticket")
}
