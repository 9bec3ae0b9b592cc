package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
)

const (
	// heartbeat is how often a stream says that it is there: proxies close those
	// that say nothing for a minute.
	heartbeat = 15 * time.Second
	// streamLife is after how long a stream ends. The client comes back by itself,
	// and proves again that it may.
	streamLife = 15 * time.Minute
	// streamWrite is how long a client may take to accept what it is sent.
	streamWrite = 10 * time.Second
	// streamRetry is after how long a client comes back.
	streamRetry = 2 * time.Second
)

type eventsInput struct {
	OrderAccess
	LastEventID string `header:"Last-Event-ID" maxLength:"400" doc:"The last line that was read, as browsers send it when they come back."`
	After       string `query:"after" maxLength:"400" doc:"The same, for whoever has read the timeline and begins to listen."`
}

func (a *API) eventRoutes() {
	handle(a, Route{
		ID: "follow-order", Method: http.MethodGet, Path: "/v1/orders/{order_id}/events", Tag: "order", Access: OrderSecret,
		Summary: "Follow an order's story while it is written", Produces: []string{"text/event-stream"},
		Description: "Server-sent events: each is of the type `entry`, its data is a line of the timeline and its id the line's id. " +
			"Without `Last-Event-ID` or `after` it begins with the first line. A line that comes again takes the place of the one with the same id. " +
			"An id that is no line of this story begins it again. Comments keep the connection open, `retry` says when to come back. " +
			"The stream ends after a while; browsers come back by themselves. When too many follow at a time it is refused (429, 503), " +
			"and browsers give up: open another one after Retry-After.",
	}, a.follow)
}

// EndStreams ends every stream: a server that is being stopped waits for them
// otherwise.
func (a *API) EndStreams() { a.stories.drain() }

// follow opens a stream of an order's story.
func (a *API) follow(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	o, err := a.openOrder(ctx, in.OrderID)
	if err != nil {
		return nil, err
	}
	l, err := a.stories.join(o.ID, requestOf(ctx).address)
	if err != nil {
		return nil, err
	}
	lines, err := a.Orders.Timeline(ctx, o.ID)
	if err != nil {
		a.stories.leave(l)
		return nil, err
	}
	last := in.LastEventID
	if last == "" {
		last = in.After
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer a.stories.leave(l)
		s := newStream(humagin.Unwrap(hc).Writer, requestOf(ctx).language)
		s.skip(lines, last)
		if err := a.stream(hc.Context(), s, l, lines); err != nil {
			a.Log.DebugContext(ctx, "a stream was cut", "request_id", RequestID(ctx), "order", o.ID, "error", err)
		}
	}}, nil
}

// stream writes the story until the client leaves, the server stops or the stream
// has lived long enough.
func (a *API) stream(ctx context.Context, s *stream, l *listener, lines []order.Entry) error {
	if err := s.begin(); err != nil {
		return err
	}
	if err := s.send(lines); err != nil {
		return err
	}
	beat, life := time.NewTicker(heartbeat), time.NewTimer(streamLife)
	defer beat.Stop()
	defer life.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-a.stories.drained:
			return nil
		case <-life.C:
			return nil
		case <-beat.C:
			err = s.write(": still here\n\n")
		case <-l.changed:
			err = s.send(a.stories.lines(l))
		}
		if err != nil {
			return err
		}
	}
}

// stream writes server-sent events (html.spec.whatwg.org, "Server-sent events").
type stream struct {
	out      http.ResponseWriter
	control  *http.ResponseController
	language string
	// sent are the lines that the client has, by their ids.
	sent map[string]time.Time
}

func newStream(out http.ResponseWriter, language string) *stream {
	return &stream{out: out, control: http.NewResponseController(out), language: language, sent: map[string]time.Time{}}
}

func (s *stream) begin() error {
	h := s.out.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep it until there is more
	s.out.WriteHeader(http.StatusOK)
	return s.write(fmt.Sprintf("retry: %d\n\n", streamRetry.Milliseconds()))
}

// skip leaves out what the client has read: everything up to the line with the
// given id. One that is not there skips nothing.
func (s *stream) skip(lines []order.Entry, last string) {
	for i := len(lines) - 1; last != "" && i >= 0; i-- {
		if lines[i].ID != last {
			continue
		}
		for _, e := range lines[:i+1] {
			s.sent[e.ID] = e.At
		}
		return
	}
}

// send writes the lines that the client does not have yet.
func (s *stream) send(lines []order.Entry) error {
	for _, e := range lines {
		if at, has := s.sent[e.ID]; has && at.Equal(e.At) {
			continue
		}
		data, err := json.Marshal(lineOf(e, s.language))
		if err != nil {
			return fault.Wrap(err, fault.Internal, "a line of the story cannot be written")
		}
		if err := s.write(fmt.Sprintf("id: %s\nevent: entry\ndata: %s\n\n", e.ID, data)); err != nil {
			return err
		}
		s.sent[e.ID] = e.At
	}
	return nil
}

// write sends a piece now. The deadline of the whole answer does not hold for a
// stream; each piece has its own.
func (s *stream) write(piece string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return fmt.Errorf("bounding a write: %w", err)
	}
	if _, err := s.out.Write([]byte(piece)); err != nil {
		return fmt.Errorf("writing to a stream: %w", err)
	}
	if err := s.control.Flush(); err != nil {
		return fmt.Errorf("flushing a stream: %w", err)
	}
	return nil
}
