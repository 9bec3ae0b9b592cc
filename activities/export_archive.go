package activities

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/identity"
)

// archive writes everything into a ZIP: a text to read, and JSON that programs read.
func (g *gathered) archive(now time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, write func(io.Writer) error) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: now})
		if err != nil {
			return err
		}
		return write(w)
	}
	texts := exportWords[g.language]
	if texts == nil {
		texts = exportWords["tr"]
	}
	err := put(texts.file, func(w io.Writer) error {
		_, err := io.WriteString(w, g.text(texts, now))
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name  string
		holds any
	}{
		{"account.json", g.Account}, {"sessions.json", g.Sessions}, {"orders.json", g.Orders}, {"carts.json", g.Carts}, {"audit-log.json", g.AuditLog}, {"consents.json", g.Consents},
	} {
		err := put(file.name, func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			return e.Encode(file.holds)
		})
		if err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// exportTexts are the words of the text to read.
type exportTexts struct {
	file, title, made, account, addresses, sessions, orders, order, carts, actions, rest string
}

var exportWords = map[string]*exportTexts{
	"tr": {
		file: "okuyun.txt", title: "Hakkınızda bildiğimiz her şey", made: "Hazırlandığı an", account: "Hesap",
		addresses: "Adres defteri",
		sessions:  "Oturumlar", orders: "Siparişler", order: "%s, %s, %s", carts: "Sepetler", actions: "Çalışanlarımızın hesabınızla ilgili işlemleri",
		rest: "Aynı bilgiler, siparişlerinizin satırları, adresleri, faturaları ve geçmişleriyle birlikte, yanındaki JSON dosyalarında eksiksiz durur.",
	},
	"en": {
		file: "read-me.txt", title: "Everything that we know of you", made: "Made at", account: "Account", addresses: "Address book",
		sessions: "Sessions", orders: "Orders", order: "%s, %s, %s", carts: "Carts", actions: "What our staff did about your account",
		rest: "The same, with the lines, addresses, invoices and histories of your orders, stands in full in the JSON files beside this one.",
	},
}

// text is what a person reads of it.
func (g *gathered) text(w *exportTexts, now time.Time) string {
	var b strings.Builder
	section := func(title string, lines []string) {
		fmt.Fprintf(&b, "\n%s (%d)\n", title, len(lines))
		for _, line := range lines {
			b.WriteString("  " + line + "\n")
		}
	}
	a := g.Account
	fmt.Fprintf(&b, "%s\n%s: %s\n\n%s\n  %s\n  %s\n  %s\n", w.title, w.made, now.Format(time.RFC3339), w.account, a.Name, a.Email, a.Phone)
	section(w.addresses, addressLines(a.Addresses))
	var sessions, orders, carts, actions []string
	for _, s := range g.Sessions {
		sessions = append(sessions, s.SignedIn.Format(time.DateTime)+"  "+s.Device)
	}
	section(w.sessions, sessions)
	for _, o := range g.Orders {
		orders = append(orders, o.AcceptedAt.Format(time.DateTime)+"  "+fmt.Sprintf(w.order, o.Number, o.Quote.Total, o.Status))
	}
	section(w.orders, orders)
	for _, c := range g.Carts {
		carts = append(carts, c.ID)
	}
	section(w.carts, carts)
	for _, e := range g.AuditLog {
		actions = append(actions, e.At.Format(time.DateTime)+"  "+e.What+" ("+string(e.Phase)+")")
	}
	section(w.actions, actions)
	b.WriteString("\n" + w.rest + "\n")
	return b.String()
}

func addressLines(addresses map[string]identity.Address) []string {
	var lines []string
	for _, a := range addresses {
		lines = append(lines, strings.Join(strings.Fields(strings.Join([]string{a.Label + ":", a.Name, a.Line1, a.Line2, a.Postcode, a.District, a.Province, a.Phone}, " ")), " "))
	}
	slices.Sort(lines)
	return lines
}
