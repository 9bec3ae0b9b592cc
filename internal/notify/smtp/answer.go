package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/outcome"
)

// notReached is the answer of a send that ended before the mail was offered:
// nothing was handed over, whatever happened. A connection that failed may be
// tried again; a certificate, a password or a missing extension is for a person
// to mend.
func notReached(err error) notify.Answer {
	var reply *textproto.Error
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.As(err, &reply):
		return byReply(reply.Code, "", outcome.RefusedByProvider)
	case errors.As(err, &certificate):
		return notify.Answer{Outcome: outcome.RefusedByProvider, Code: "smtp_certificate"}
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return notify.Answer{Outcome: outcome.NotSent, Code: "no_connection"}
	}
	return notify.Answer{Outcome: outcome.RefusedByProvider, Code: "smtp_setup"}
}

// refused is the answer of a mail that was offered and not taken. A reply of the
// server is definite: 4yz is "not now", 5yz is "never" (RFC 5321, section
// 4.2.1). Without a reply the mail may have been taken once its content was on
// the way; before that, it was not.
func refused(err error) notify.Answer {
	var failed *mail.SendError
	if !errors.As(err, &failed) {
		return notify.Answer{Outcome: outcome.Unsure, Code: "no_answer"}
	}
	if code := failed.ErrorCode(); code != 0 {
		never := outcome.RefusedByProvider
		if failed.Reason == mail.ErrSMTPRcptTo && aboutRecipient(code, failed.EnhancedStatusCode()) {
			never = outcome.No
		}
		return byReply(code, failed.EnhancedStatusCode(), never)
	}
	switch failed.Reason {
	case mail.ErrWriteContent, mail.ErrSMTPDataClose, mail.ErrAmbiguous:
		return notify.Answer{Outcome: outcome.Unsure, Code: "no_answer"}
	case mail.ErrGetSender, mail.ErrGetRcpts, mail.ErrNoUnencoded:
		return notify.Answer{Outcome: outcome.RefusedByProvider, Code: "smtp_setup"}
	}
	return notify.Answer{Outcome: outcome.NotSent, Code: "no_connection"}
}

// byReply turns a reply into an answer; never is what a 5yz means here.
func byReply(code int, enhanced string, never outcome.Outcome) notify.Answer {
	a := notify.Answer{Outcome: never, Code: strings.TrimSpace(strconv.Itoa(code) + " " + enhanced)}
	if code < 500 {
		a.Outcome = outcome.NotSent
	}
	return a
}

// aboutRecipient reports whether a recipient was refused for its own sake: an
// address (x.1.z) or a mailbox (x.2.z), and not a policy (x.7.z) that is about
// us (RFC 3463). Without an enhanced code the basic ones for mailboxes count.
func aboutRecipient(code int, enhanced string) bool {
	if enhanced != "" {
		return strings.HasPrefix(enhanced, "5.1.") || strings.HasPrefix(enhanced, "5.2.")
	}
	return code == 550 || code == 551 || code == 553
}
