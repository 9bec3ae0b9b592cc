package notifytest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// lines makes line ends plain, for SMTP ends lines with CR LF, and drops those
// at the end, for each transport adds its own.
func lines(s string) string {
	return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
}

// parseMail decodes a mail as it came over the wire. Its key is the part of the
// Message-ID before the @.
func parseMail(raw string) (Received, error) {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return Received{}, fmt.Errorf("read the mail: %w", err)
	}
	if len(m.Header["Subject"]) != 1 || len(m.Header["To"]) != 1 || len(m.Header["Bcc"]) != 0 {
		return Received{}, fmt.Errorf("the mail has headers that it should not: %v", m.Header)
	}
	key, _, _ := strings.Cut(strings.Trim(m.Header.Get("Message-Id"), "<>"), "@")
	out := Received{Key: key}
	if out.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return Received{}, fmt.Errorf("decode the subject: %w", err)
	}
	from, err := mail.ParseAddress(m.Header.Get("From"))
	if err != nil {
		return Received{}, fmt.Errorf("read the sender: %w", err)
	}
	to, err := mail.ParseAddress(m.Header.Get("To"))
	if err != nil {
		return Received{}, fmt.Errorf("read the recipient: %w", err)
	}
	out.From, out.FromName, out.To, out.ToName = from.Address, from.Name, to.Address, to.Name
	return out, out.parseBody(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
}

// parseBody fills in the text and the HTML.
func (r *Received) parseBody(contentType, encoding string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("read the content type: %w", err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		return r.parseParts(multipart.NewReader(body, params["boundary"]))
	}
	text, err := decode(encoding, body)
	switch {
	case err != nil:
		return err
	case !strings.EqualFold(params["charset"], "utf-8"):
		return fmt.Errorf("the charset is %q", params["charset"])
	case kind == "text/plain":
		r.Text = text
	case kind == "text/html":
		r.HTML = text
	}
	return nil
}

func (r *Received) parseParts(parts *multipart.Reader) error {
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the next part: %w", err)
		}
		if err := r.parseBody(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
			return err
		}
	}
}

func decode(encoding string, body io.Reader) (string, error) {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return "", fmt.Errorf("decode %s: %w", encoding, err)
	}
	return string(raw), nil
}
