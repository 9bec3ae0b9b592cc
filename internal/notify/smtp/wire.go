package smtp

import (
	"context"
	"crypto/tls"
	"net"
	netmail "net/mail"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/wneessen/go-mail"
)

// wire is the connection of one send. It is kept apart from go-mail, which
// leaves it open when a greeting fails and can't be interrupted while it waits.
type wire struct {
	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

// dial returns a function that connects, encrypted from the first byte when
// asked for.
func (w *wire) dial(encrypted bool, config *tls.Config) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if !w.hold(conn) {
			return nil, context.Cause(ctx)
		}
		if !encrypted {
			return conn, nil
		}
		secure := tls.Client(conn, config)
		return secure, secure.HandshakeContext(ctx)
	}
}

// hold takes a connection in and reports whether it may be used.
func (w *wire) hold(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		_ = conn.Close() // given up while it was dialled
		return false
	}
	w.conn = conn
	return true
}

// close ends the connection, now or as soon as there is one.
func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed && w.conn != nil {
		_ = w.conn.Close() // whatever it says, nothing more is sent over it
	}
	w.closed = true
}

// broken reports whether s would break out of its header.
func broken(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// validAddress reports whether s is one address and nothing else.
func validAddress(s string) bool {
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == "" && !broken(s)
}

var keyShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,200}$`)

func validKey(s string) bool { return keyShape.MatchString(s) }

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
