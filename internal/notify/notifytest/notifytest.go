// Package notifytest holds the contract that every mailer keeps. An adapter
// passes it against a server that speaks its provider's wire format; what such
// a server can only be told to do, not asked for through the provider's API,
// goes through Provider. The package also holds a small SMTP server.
package notifytest

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/outcome"
)

// Trouble is what goes wrong with one send.
type Trouble string

// Troubles that a provider can have.
const (
	// Unanswered: the whole mail arrived, is not sent, and there is no answer.
	Unanswered Trouble = "unanswered"
	// UnansweredAfter: the mail is sent, and there is no answer.
	UnansweredAfter Trouble = "unanswered_after"
	// LostAfter: the mail is sent, and the connection breaks in place of an answer.
	LostAfter Trouble = "lost_after"
	// Busy: the mail is not sent, "come back later".
	Busy Trouble = "busy"
)

// Received is a mail as the provider has it, decoded.
type Received struct {
	Key, From, FromName, To, ToName, Subject, Text, HTML string
}

// Post is one request to the webhook.
type Post struct {
	Header http.Header
	Body   []byte
}

// Provider is the other side of a mailer.
type Provider interface {
	// Received returns every mail that the provider sends, the oldest first.
	Received() []Received

	// Strike lets the next send go wrong, once.
	Strike(trouble Trouble) error

	// Posts returns what the provider has posted to the webhook once it told all
	// that there is to tell; nothing when it tells nothing.
	Posts(ctx context.Context) ([]Post, error)
}

// Bench is one mailer with its provider, of which nobody else makes use.
type Bench struct {
	Mailer   notify.Mailer
	Provider Provider
	// WrongKey speaks to the same provider with credentials that it refuses.
	WrongKey notify.Mailer
	// Nobody speaks to an address at which nothing listens.
	Nobody notify.Mailer
	// RefusedTo is an address that the provider refuses for good while the mail is
	// handed over.
	RefusedTo string
}

// Run holds a mailer to the contract of notify.Mailer. setup returns a fresh
// bench for each test.
func Run(t *testing.T, setup func(t *testing.T) Bench) {
	t.Helper()

	for name, test := range map[string]func(*testing.T, Bench){
		"a mail arrives as it was written":                  arrives,
		"names and words of every script arrive":            scripts,
		"long lines and dots arrive as they were written":   awkwardText,
		"the same message twice is two mails":               twice,
		"mails that are sent side by side each arrive once": sideBySide,
		"a line break in a header is refused":               lineBreaks,
		"no answer is unsure":                               unanswered,
		"no answer to a mail that is sent is unsure":        unansweredAfter,
		"a connection that breaks afterwards is unsure":     lostAfter,
		"a busy provider means not sent":                    busy,
		"nobody there means not sent":                       nobodyThere,
		"a wrong key is refused":                            wrongKey,
		"a recipient that is refused for good is a no":      refusedRecipient,
		"a send that was given up is unsure":                givenUp,
		"the webhook tells of each mail by its key":         webhookTells,
		"a webhook that proves nothing is refused":          webhookUnsigned,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setup(t))
		})
	}
}

// letter is the mail of an order that was placed.
func letter() notify.Message {
	return notify.Message{
		Key: notify.SendKey(notify.ID("ord_01HZX", notify.KindPlaced, ""), 1), To: "ayse@posta.example", ToName: "Ayşe Yılmaz",
		Subject: "Siparişiniz alındı: 48213", Text: "Merhaba Ayşe,\n\nsiparişiniz alındı.\n",
		HTML: "<p>Merhaba <b>Ayşe</b></p><p>siparişiniz alındı.</p>", Language: "tr",
	}
}

func (b Bench) send(t *testing.T, m notify.Message) notify.Answer {
	t.Helper()
	return b.Mailer.Send(t.Context(), m)
}

// received returns the only mail that the provider has.
func (b Bench) received(t *testing.T) Received {
	t.Helper()
	got := b.Provider.Received()
	require.Len(t, got, 1)
	return got[0]
}

// requireSame compares what was sent with what arrived, but for line ends.
func requireSame(t *testing.T, m notify.Message, got Received) {
	t.Helper()
	require.Equal(t, m.Key, got.Key)
	require.Equal(t, m.To, got.To)
	require.Equal(t, m.ToName, got.ToName)
	require.Equal(t, m.Subject, got.Subject)
	require.Equal(t, lines(m.Text), lines(got.Text))
	require.Equal(t, lines(m.HTML), lines(got.HTML))
}

func arrives(t *testing.T, b Bench) {
	m := letter()
	answer := b.send(t, m)
	require.Equal(t, outcome.Yes, answer.Outcome, answer.Code)
	require.NotEmpty(t, answer.MessageID)
	got := b.received(t)
	requireSame(t, m, got)
	require.NotEmpty(t, got.From)
	require.NotEmpty(t, b.Mailer.Name())
}

func scripts(t *testing.T, b Bench) {
	for _, name := range []string{
		"Şükrü Çağlayan-Iğdır", "محمد بن عبد الله", "Ayşe 🌸 Yılmaz", "O'Brien \"Paddy\" (Ltd)", "", "=?utf-8?q?=41?=", "<script>@", "Ünal\tBey",
	} {
		m := letter()
		m.ToName, m.Subject, m.Text = name, "Kargoda 📦 "+name+" – شكرا", "Merhaba "+name+" 👋\n"
		if name == "Ünal\tBey" {
			require.Equal(t, outcome.RefusedByProvider, b.send(t, m).Outcome, "no control character gets into a header")
			continue
		}
		require.Equal(t, outcome.Yes, b.send(t, m).Outcome, name)
		got := b.Provider.Received()
		requireSame(t, m, got[len(got)-1])
	}
}

func awkwardText(t *testing.T, b Bench) {
	m := letter()
	long := ""
	for len(long) < 3000 {
		long += "uzun bir satır, ğüşıöç "
	}
	m.Text = ".\n..iki nokta\n.\n" + long + "\nFrom başta\n\n\nson"
	m.HTML = "<p>" + long + "</p>\n.\n<p>" + m.ToName + "</p>"
	m.Subject = "Siparişinizin kargoya verilmesi biraz gecikecek; anlayışınız için şimdiden çok teşekkür ederiz, sevgili müşterimiz Ayşe Yılmaz Hanım"
	require.Equal(t, outcome.Yes, b.send(t, m).Outcome)
	requireSame(t, m, b.received(t))
}

func twice(t *testing.T, b Bench) {
	for range 2 {
		require.Equal(t, outcome.Yes, b.send(t, letter()).Outcome)
	}
	require.Len(t, b.Provider.Received(), 2)
}

func sideBySide(t *testing.T, b Bench) {
	const mails = 12
	answers := make([]notify.Answer, mails)
	var done sync.WaitGroup
	for i := range mails {
		done.Go(func() {
			m := letter()
			m.Key = notify.SendKey(notify.ID("ord_01HZX", notify.KindShipped, ""), i+1)
			answers[i] = b.Mailer.Send(t.Context(), m)
		})
	}
	done.Wait()
	keys := map[string]int{}
	for _, got := range b.Provider.Received() {
		keys[got.Key]++
	}
	for i, answer := range answers {
		require.Equal(t, outcome.Yes, answer.Outcome, answer.Code)
		require.Equal(t, 1, keys[notify.SendKey(notify.ID("ord_01HZX", notify.KindShipped, ""), i+1)])
	}
}

func lineBreaks(t *testing.T, b Bench) {
	const injected = "\r\nBcc: herkes@posta.example"
	for name, change := range map[string]func(*notify.Message){
		"name":        func(m *notify.Message) { m.ToName += injected },
		"bare return": func(m *notify.Message) { m.ToName += "\rBcc: herkes@posta.example" },
		"bare feed":   func(m *notify.Message) { m.ToName += "\nBcc: herkes@posta.example" },
		"nothing":     func(m *notify.Message) { m.ToName += "\x00" },
		"subject":     func(m *notify.Message) { m.Subject += injected },
		"address":     func(m *notify.Message) { m.To += injected },
		"key":         func(m *notify.Message) { m.Key += injected },
	} {
		m := letter()
		change(&m)
		answer := b.send(t, m)
		require.Equal(t, outcome.RefusedByProvider, answer.Outcome, name)
		require.Equal(t, string(fault.Invalid), answer.Code, name)
	}
	require.Empty(t, b.Provider.Received())
}

func unanswered(t *testing.T, b Bench) {
	require.NoError(t, b.Provider.Strike(Unanswered))
	require.Equal(t, outcome.Unsure, b.send(t, letter()).Outcome)
	require.Empty(t, b.Provider.Received())
	require.Equal(t, outcome.Yes, b.send(t, letter()).Outcome)
	require.Len(t, b.Provider.Received(), 1)
}

func unansweredAfter(t *testing.T, b Bench) {
	require.NoError(t, b.Provider.Strike(UnansweredAfter))
	require.Equal(t, outcome.Unsure, b.send(t, letter()).Outcome)
	require.Len(t, b.Provider.Received(), 1)
}

func lostAfter(t *testing.T, b Bench) {
	require.NoError(t, b.Provider.Strike(LostAfter))
	require.Equal(t, outcome.Unsure, b.send(t, letter()).Outcome)
	require.Len(t, b.Provider.Received(), 1, "and it was handed over once")
}

func busy(t *testing.T, b Bench) {
	require.NoError(t, b.Provider.Strike(Busy))
	answer := b.send(t, letter())
	require.Equal(t, outcome.NotSent, answer.Outcome)
	require.NotEmpty(t, answer.Code)
	require.Empty(t, b.Provider.Received())
	require.Equal(t, outcome.Yes, b.send(t, letter()).Outcome)
}

func nobodyThere(t *testing.T, b Bench) {
	answer := b.Nobody.Send(t.Context(), letter())
	require.Equal(t, outcome.NotSent, answer.Outcome)
	require.NotEmpty(t, answer.Code)
}

func wrongKey(t *testing.T, b Bench) {
	answer := b.WrongKey.Send(t.Context(), letter())
	require.Equal(t, outcome.RefusedByProvider, answer.Outcome)
	require.NotEmpty(t, answer.Code)
	require.Empty(t, b.Provider.Received())
}

func refusedRecipient(t *testing.T, b Bench) {
	m := letter()
	m.To = b.RefusedTo
	answer := b.send(t, m)
	require.Equal(t, outcome.No, answer.Outcome, answer.Code)
	require.NotContains(t, answer.Code, "@", "nothing personal")
	require.Empty(t, b.Provider.Received())
}

func givenUp(t *testing.T, b Bench) {
	require.NoError(t, b.Provider.Strike(UnansweredAfter))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answered := make(chan notify.Answer)
	go func() { answered <- b.Mailer.Send(ctx, letter()) }()
	require.Eventually(t, func() bool { return len(b.Provider.Received()) == 1 }, 5*time.Second, time.Millisecond)
	cancel()
	require.Equal(t, outcome.Unsure, (<-answered).Outcome)
}

func webhookTells(t *testing.T, b Bench) {
	m := letter()
	require.Equal(t, outcome.Yes, b.send(t, m).Outcome)
	posts, err := b.Provider.Posts(t.Context())
	require.NoError(t, err)
	if !b.Mailer.Tells() {
		require.Empty(t, posts)
		return
	}
	require.NotEmpty(t, posts)
	kinds := map[notify.EventKind]int{}
	ids := map[string]bool{}
	for _, p := range posts {
		events, err := b.Mailer.ReadWebhook(p.Header, p.Body, time.Now())
		require.NoError(t, err)
		for _, e := range events {
			require.Equal(t, m.Key, e.Key)
			require.NotEmpty(t, e.ID)
			require.False(t, ids[e.ID], "each event has an id of its own")
			require.WithinDuration(t, time.Now(), e.At, time.Minute)
			ids[e.ID] = true
			kinds[e.Kind]++
		}
	}
	require.Equal(t, map[notify.EventKind]int{notify.EventProcessed: 1, notify.EventDelivered: 1}, kinds)
	forged(t, b, posts[0])
}

// forged changes a true post in every way that an attacker could.
func forged(t *testing.T, b Bench, p Post) {
	t.Helper()
	for name, at := range map[string]time.Time{"stale": time.Now().Add(48 * time.Hour), "from the future": time.Now().Add(-time.Hour)} {
		_, err := b.Mailer.ReadWebhook(p.Header, p.Body, at)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
	_, err := b.Mailer.ReadWebhook(p.Header, append([]byte{' '}, p.Body...), time.Now())
	require.Equal(t, fault.Invalid, fault.CodeOf(err), "another body")
	_, err = b.Mailer.ReadWebhook(http.Header{}, p.Body, time.Now())
	require.Equal(t, fault.Invalid, fault.CodeOf(err), "no signature")
	for name := range p.Header {
		cut := p.Header.Clone()
		cut.Set(name, cut.Get(name)+"0")
		if name == "Content-Type" || name == "User-Agent" || name == "Content-Length" || name == "Accept-Encoding" {
			continue
		}
		_, err = b.Mailer.ReadWebhook(cut, p.Body, time.Now())
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
}

func webhookUnsigned(t *testing.T, b Bench) {
	want := fault.Invalid
	if !b.Mailer.Tells() {
		want = fault.NotFound
	}
	for _, body := range []string{"", "[]", `[{"event":"processed","send_key":"ord_01HZX-mail-order_placed-1"}]`} {
		_, err := b.Mailer.ReadWebhook(http.Header{}, []byte(body), time.Now())
		require.Equal(t, want, fault.CodeOf(err))
	}
}
