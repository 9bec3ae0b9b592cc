package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

func TestEmail_HasOneForm(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"ayse@example.com":                        "ayse@example.com",
		"  Ayse.Yilmaz@Example.COM ":              "ayse.yilmaz@example.com",
		"ayse+vitrin@example.com":                 "ayse+vitrin@example.com",
		"iletisim@dükkân.example":                 "iletisim@xn--dkkn-doa7m.example",
		"İLETİSİM@example.com":                    "",
		"аyse@example.com":                        "", // a Cyrillic а
		"ayşe@example.com":                        "",
		"ayse@exаmple.com":                        "ayse@xn--exmple-4nf.com", // told apart from example.com
		"Ayşe <ayse@example.com>":                 "",
		"ayse@localhost":                          "",
		"ayse@[127.0.0.1]":                        "",
		"=1+1@example.com":                        "",
		"\"a b\"@example.com":                     "",
		"ayse@example.com\r\nBcc: x@y":            "",
		"ayse":                                    "",
		"":                                        "",
		strings.Repeat("a", 250) + "@example.com": "",
	} {
		got, err := identity.Email(given)
		if want == "" {
			require.True(t, fault.Is(err, fault.Invalid), "%q gave %q", given, got)
			continue
		}
		require.NoError(t, err, given)
		require.Equal(t, want, got)
	}
}

func FuzzEmail(f *testing.F) {
	for _, s := range []string{"ayse@example.com", "iletisim@dükkân.example", "\"@\"@x.y", "a@b..c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := identity.Email(s)
		if err != nil {
			return
		}
		twice, err := identity.Email(once)
		require.NoError(t, err)
		require.Equal(t, once, twice)
		require.Equal(t, strings.ToLower(once), once)
		require.False(t, strings.ContainsAny(once, "\r\n \t<>"))
	})
}

func TestCheckPassword_RefusesWhatIsTriedFirst(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{
		"kısa", "123456789", "password123", "Password2026!", "galatasaray1905", "Fenerbahçe1907", "qwertyuiop", "aaaaaaaaaaaa", "abababababab",
		"abcdefghijkl", "zyxwvutsrqpo", "sifre123456", "ayse.yilmaz.1990", "Yılmaz ailesi evi", strings.Repeat("kedi ", 30), "kedi\xff\xfekediler",
	} {
		require.True(t, fault.Is(identity.CheckPassword(weak, "ayse.yilmaz@example.com", "Ayşe Yılmaz"), fault.Invalid), weak)
	}
	for _, good := range []string{"kadife kedi uyur", "Üç tekerlekli bisiklet", "pX9!kd02lqmz", strings.Repeat("ğ", 3) + "arip bir parola"} {
		require.NoError(t, identity.CheckPassword(good, "ayse.yilmaz@example.com", "Ayşe Yılmaz"), good)
	}
}

func TestRoles_HaveThePermissionsThatTheirWorkTakes(t *testing.T) {
	t.Parallel()
	for _, p := range identity.Permissions {
		require.True(t, identity.Administrator.May(p), p)
		require.False(t, identity.Role("").May(p), "a shopper has no permission")
		require.False(t, identity.Role("admin").May(p), "nor has a role that is none")
	}
	require.False(t, identity.Catalogue.May(identity.ReadOrders))
	require.Error(t, identity.Role("root").Known())
}

func TestKey_OpensByItsSecretUntilItEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	row, key, err := identity.NewKey("vitrin", []identity.Permission{identity.ReadOrders}, "zeynep", now, now.Add(time.Hour))
	require.NoError(t, err)
	prefix, secret, ok := identity.CutKey(key)
	require.True(t, ok)
	require.Equal(t, row.Prefix, prefix)
	require.NotContains(t, string(row.Hash), secret)
	require.True(t, row.Opens(secret, now))
	require.False(t, row.Opens(secret+"x", now))
	require.False(t, row.Opens(secret, now.Add(time.Hour)), "it expired")
	row.Revoked = now
	require.False(t, row.Opens(secret, now))
	for _, wrong := range []string{"", "bdk_", "bdk_abc_def", "sk_live_" + secret, strings.ToUpper(key)} {
		_, _, ok := identity.CutKey(wrong)
		require.False(t, ok, wrong)
	}
}

func TestNewKey_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	good := []identity.Permission{identity.ReadOrders}
	for name, try := range map[string]func() error{
		"a name for people": func() error {
			_, _, err := identity.NewKey("Ayşe Yılmaz", good, "z", now, now.Add(time.Hour))
			return err
		},
		"no scope": func() error { _, _, err := identity.NewKey("vitrin", nil, "z", now, now.Add(time.Hour)); return err },
		"a made-up scope": func() error {
			_, _, err := identity.NewKey("vitrin", []identity.Permission{"*"}, "z", now, now.Add(time.Hour))
			return err
		},
		"one that is over": func() error { _, _, err := identity.NewKey("vitrin", good, "z", now, now); return err },
		"one for ever":     func() error { _, _, err := identity.NewKey("vitrin", good, "z", now, now.AddDate(5, 0, 0)); return err },
	} {
		require.True(t, fault.Is(try(), fault.Invalid), name)
	}
}

func TestRecoveryCodes_AreKeptByTheirHashesHoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	codes, kept := identity.NewRecoveryCodes()
	require.Len(t, codes, 10)
	require.Len(t, kept, 10)
	for _, code := range codes {
		require.Contains(t, kept, identity.RecoveryHash(" "+strings.ToUpper(strings.ReplaceAll(code, "-", " "))))
		require.NotContains(t, kept, code)
	}
}

func TestSession_EndsByItself(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	shopper := identity.Session{SignedIn: now, RotatedAt: now}
	clerk := identity.Session{SignedIn: now, RotatedAt: now, Staff: true}
	require.True(t, shopper.Live(now.Add(29*24*time.Hour)))
	require.False(t, shopper.Live(now.Add(31*24*time.Hour)))
	require.False(t, clerk.Live(now.Add(2*time.Hour)), "an hour without a refresh")
	clerk.RotatedAt = now.Add(12 * time.Hour)
	require.False(t, clerk.Live(now.Add(12*time.Hour)), "a working day, however busy")
}

func TestTicket_MakesOneAccountHoweverOftenItIsFollowed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	ticket := identity.Ticket{ID: "tkt_01k3v8m4w0f3q2x9y6z7a1b2c3", Kind: identity.Reset, CreatedAt: now}
	require.Equal(t, "usr_01k3v8m4w0f3q2x9y6z7a1b2c3", ticket.NewAccountID())
	require.True(t, ticket.Good(now.Add(59*time.Minute)))
	require.False(t, ticket.Good(now.Add(time.Hour)))
	ticket.Used = now
	require.False(t, ticket.Good(now))
}
