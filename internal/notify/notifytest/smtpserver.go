package notifytest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Encryption says how an SMTPServer encrypts.
type Encryption string

// Encryptions of an SMTPServer.
const (
	// Plain: not at all.
	Plain Encryption = ""
	// StartTLS: on demand (RFC 3207).
	StartTLS Encryption = "starttls"
	// Implicit: from the first byte (RFC 8314).
	Implicit Encryption = "implicit"
)

// Stage is a moment of a conversation at which a Scene strikes.
type Stage string

// Stages, in their order.
const (
	AtGreeting Stage = "greeting"
	AtHello    Stage = "EHLO"
	AtAuth     Stage = "AUTH"
	AtMail     Stage = "MAIL"
	AtRcpt     Stage = "RCPT"
	AtData     Stage = "DATA"
	// InContent is within the mail, after its first line.
	InContent Stage = "content"
	// AtEnd is after the mail's last line.
	AtEnd  Stage = "end"
	AtRset Stage = "RSET"
)

// Scene is what a server does out of the ordinary, once.
type Scene struct {
	At Stage
	// Keep keeps the mail at AtEnd, whatever is answered.
	Keep bool
	// Reply is the answer, such as "451 4.7.1 come back later". Without one the
	// connection is cut, or, with Hang, stays silent until the client leaves.
	Reply string
	Hang  bool
}

// SMTPOptions are what an SMTPServer may be given.
type SMTPOptions struct {
	Encryption Encryption
	// Username and Password are asked for (AUTH PLAIN and LOGIN) when set.
	Username, Password string
	// Refused are recipients that are answered 550 5.1.1.
	Refused []string
	// Unextended answers EHLO with 502 and HELO as in RFC 821.
	Unextended bool
}

// SMTPServer is a small mail server for tests that speaks SMTP over TCP
// (RFC 5321) and keeps what it takes.
type SMTPServer struct {
	// Addr is host:port, with 127.0.0.1 as host.
	Addr string
	// Roots hold the certificate of an encrypting server.
	Roots *x509.CertPool

	opts SMTPOptions
	tls  *tls.Config

	mu     sync.Mutex
	scenes []Scene
	mails  []Received
	raw    []string
	wrong  []error
	conns  map[net.Conn]bool
	closed bool
	done   sync.WaitGroup
}

// NewSMTPServer starts a server for the length of a test.
func NewSMTPServer(t testing.TB, opts SMTPOptions) *SMTPServer {
	t.Helper()

	s := &SMTPServer{opts: opts, conns: map[net.Conn]bool{}}
	if opts.Encryption != Plain {
		s.tls, s.Roots = certificate(t)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.Addr = listener.Addr().String()
	s.done.Go(func() { s.accept(listener) })
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		s.closeAll()
		s.done.Wait()
		require.Empty(t, s.wrong, "what the server could not read")
	})
	return s
}

func (s *SMTPServer) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed with the test
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = conn.Close() // nobody speaks any more
			return
		}
		s.conns[conn] = true
		s.mu.Unlock()
		s.done.Go(func() { s.serve(conn) })
	}
}

func (s *SMTPServer) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for conn := range s.conns {
		_ = conn.Close() // the other side may have been faster
	}
}

// Act lets a scene happen the next time that its stage is reached.
func (s *SMTPServer) Act(scene Scene) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scenes = append(s.scenes, scene)
}

func (s *SMTPServer) next(at Stage) (Scene, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.scenes, func(sc Scene) bool { return sc.At == at })
	if i < 0 {
		return Scene{}, false
	}
	scene := s.scenes[i]
	s.scenes = slices.Delete(s.scenes, i, i+1)
	return scene, true
}

// Received returns every mail that was taken, the oldest first.
func (s *SMTPServer) Received() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Raw returns the same mails as they came over the wire.
func (s *SMTPServer) Raw() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.raw)
}

// Open returns how many connections are open.
func (s *SMTPServer) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

func (s *SMTPServer) keep(raw, from string, rcpts []string) {
	mail, err := parseMail(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && (mail.From != from || len(rcpts) != 1 || rcpts[0] != mail.To) {
		err = fmt.Errorf("the envelope is from %s to %v, the header from %s to %s", from, rcpts, mail.From, mail.To)
	}
	if err != nil {
		s.wrong = append(s.wrong, err)
		return
	}
	s.mails, s.raw = append(s.mails, mail), append(s.raw, raw)
}

// talk is one conversation.
type talk struct {
	s      *SMTPServer
	conn   net.Conn
	r      *textproto.Reader
	secure bool
	authed bool
	from   string
	rcpts  []string
}

func (s *SMTPServer) serve(conn net.Conn) {
	t := &talk{s: s, conn: conn}
	defer func() {
		_ = t.conn.Close() // the client may have been faster
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	if s.opts.Encryption == Implicit {
		t.encrypt()
	}
	t.r = textproto.NewReader(bufio.NewReader(t.conn))
	if !t.answer(AtGreeting, "220 posta.example ESMTP") {
		return
	}
	for {
		line, err := t.r.ReadLine()
		if err != nil || !t.command(line) {
			return
		}
	}
}

func (t *talk) encrypt() {
	t.conn, t.secure = tls.Server(t.conn, t.s.tls), true
	t.r = textproto.NewReader(bufio.NewReader(t.conn))
}

// say writes an answer and reports whether the conversation goes on.
func (t *talk) say(reply string) bool {
	_, err := fmt.Fprintf(t.conn, "%s\r\n", strings.ReplaceAll(reply, "\n", "\r\n"))
	return err == nil
}

// answer says what is usual at a stage, unless a scene has it otherwise.
func (t *talk) answer(at Stage, usual string) bool {
	scene, struck := t.s.next(at)
	if !struck {
		return t.say(usual)
	}
	return t.act(scene)
}

func (t *talk) act(scene Scene) bool {
	if scene.Reply != "" {
		return t.say(scene.Reply)
	}
	if scene.Hang {
		_, _ = t.r.ReadLine() // until the client leaves
	}
	return false
}

// command deals with one line of the client.
func (t *talk) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return t.hello()
	case "HELO":
		return t.say("250 posta.example")
	case "STARTTLS":
		if t.s.opts.Encryption != StartTLS || t.secure {
			return t.say("502 not here")
		}
		ok := t.say("220 go ahead")
		t.encrypt()
		return ok
	case "AUTH":
		return t.auth(rest)
	case "MAIL", "RCPT", "DATA":
		if t.s.opts.Username != "" && !t.authed {
			return t.say("530 5.7.0 authentication required")
		}
		return t.transaction(strings.ToUpper(verb), rest)
	case "RSET":
		t.from, t.rcpts = "", nil
		return t.answer(AtRset, "250 reset")
	case "NOOP":
		return t.say("250 here")
	case "QUIT":
		t.say("221 bye")
		return false
	}
	return t.say("502 not here")
}

func (t *talk) hello() bool {
	if t.s.opts.Unextended {
		return t.say("502 not here")
	}
	out := []string{"posta.example", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8"}
	if t.s.opts.Encryption == StartTLS && !t.secure {
		out = append(out, "STARTTLS")
	}
	if t.s.opts.Username != "" {
		out = append(out, "AUTH PLAIN LOGIN")
	}
	for i := range out[:len(out)-1] {
		out[i] = "250-" + out[i]
	}
	out[len(out)-1] = "250 " + out[len(out)-1]
	return t.answer(AtHello, strings.Join(out, "\n"))
}

// auth takes AUTH PLAIN with an initial response (RFC 4616).
func (t *talk) auth(rest string) bool {
	mechanism, response, _ := strings.Cut(rest, " ")
	raw, err := base64.StdEncoding.DecodeString(response)
	if err != nil || !strings.EqualFold(mechanism, "PLAIN") {
		return t.say("504 5.5.4 only PLAIN with a response")
	}
	if string(raw) != "\x00"+t.s.opts.Username+"\x00"+t.s.opts.Password {
		return t.say("535 5.7.8 wrong credentials")
	}
	t.authed = true
	return t.answer(AtAuth, "235 2.7.0 welcome")
}

func (t *talk) transaction(verb, rest string) bool {
	path, _, _ := strings.Cut(rest[strings.IndexByte(rest, ':')+1:], " ")
	path = strings.Trim(path, "<>")
	switch {
	case verb == "MAIL":
		t.from, t.rcpts = path, nil
		return t.answer(AtMail, "250 2.1.0 ok")
	case verb == "RCPT" && slices.Contains(t.s.opts.Refused, path):
		return t.say("550 5.1.1 <" + path + ">: no such user here")
	case verb == "RCPT":
		t.rcpts = append(t.rcpts, path)
		return t.answer(AtRcpt, "250 2.1.5 ok")
	case len(t.rcpts) == 0:
		return t.say("503 5.5.1 to whom?")
	}
	return t.data()
}

// data takes a mail.
func (t *talk) data() bool {
	if scene, struck := t.s.next(AtData); struck {
		return t.act(scene)
	}
	if !t.say("354 end with a dot") {
		return false
	}
	if scene, struck := t.s.next(InContent); struck {
		_, err := t.r.ReadLine()
		return err == nil && t.act(scene)
	}
	raw, err := t.r.ReadDotBytes()
	if err != nil {
		return false // cut off before its end: RFC 5321, section 4.1.1.4, it is dropped
	}
	scene, struck := t.s.next(AtEnd)
	if !struck || scene.Keep {
		t.s.keep(string(raw), t.from, t.rcpts)
	}
	if struck {
		return t.act(scene)
	}
	return t.say("250 2.0.0 queued as 4XyZ12")
}
