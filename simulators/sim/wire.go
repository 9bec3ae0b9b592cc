package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxControlBody is far above any rule a person would write.
const maxControlBody = 1 << 20

// Hang keeps a call without an answer until its client goes away, stop is
// closed or max has passed, and then ends the connection without a byte. The
// caller must have read the request's body, or the server would not notice that
// the client left. It does not return.
func Hang(r *http.Request, stop <-chan struct{}, max time.Duration) {
	end := time.NewTimer(max)
	defer end.Stop()

	select {
	case <-r.Context().Done():
	case <-stop:
	case <-end.C:
	}
	panic(http.ErrAbortHandler)
}

// ResetConnection ends the connection so that the client sees a reset instead
// of a regular end. It does not return.
//
// A client of Go's net/http repeats a call by itself when a connection that it
// reuses is lost before any answer and the call has an idempotency key.
func ResetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 or a recorder: the nearest thing to it
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		// With no time to linger the kernel sends RST instead of FIN. An error
		// means that the connection is gone already, which is what was wanted.
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
	panic(http.ErrAbortHandler)
}

// WriteJSON writes v as an indented JSON answer of the control API.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // addresses are copied from these answers by hand
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that left is its own affair
}

// WriteProblem writes err as an answer of the control API.
func WriteProblem(w http.ResponseWriter, status int, err error) {
	WriteJSON(w, status, map[string]string{"error": err.Error()})
}

// ReadJSON reads the body of a request to the control API into v and refuses
// fields that v does not have. An empty body leaves v as it is.
func ReadJSON(r *http.Request, v any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, maxControlBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil && err != io.EOF {
		return fmt.Errorf("read the JSON body: %w", err)
	}
	return nil
}
