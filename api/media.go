package api

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/media"
)

func (a *API) viewMedia(m media.Asset) (MediaView, error) {
	urls, err := a.Storages.URLs(m)
	view := MediaView{
		ID: m.ID, State: m.State, Reason: m.Reason, ContentType: m.ContentType, Bytes: m.Bytes, Width: m.Width, Height: m.Height, SHA256: m.SHA256,
		Renditions: map[string]RenditionView{}, UsedBy: slices.Sorted(maps.Keys(m.Users)), CreatedBy: m.CreatedBy, CreatedAt: m.CreatedAt,
	}
	if view.UsedBy == nil {
		view.UsedBy = []string{}
	}
	for name, url := range urls {
		r := m.Renditions[name]
		view.Renditions[name] = RenditionView{URL: url, ContentType: r.ContentType, Bytes: r.Bytes, Width: r.Width, Height: r.Height}
	}
	return view, err
}

// shown is the answer about a picture.
func (a *API) shown(m media.Asset) (*mediaOutput, error) {
	view, err := a.viewMedia(m)
	return &mediaOutput{Location: mediaPath(m.ID), Body: view}, err
}

func mediaPath(mediaID string) string { return "/v1/staff/media/" + mediaID }

// declareMedia writes down what is to come, before anybody is allowed to bring it.
func (a *API) declareMedia(ctx context.Context, in *declareMediaInput) (*declareMediaOutput, error) {
	storage, err := a.Storages.Of(a.Storages.Current)
	if err != nil {
		return nil, err
	}
	now := a.Clock().UTC()
	said := media.Facts{ContentType: in.Body.ContentType, Bytes: in.Body.Bytes, SHA256: in.Body.SHA256}
	m := media.New(storage.Name(), said, requestOf(ctx).operator, now)
	m.TicketUntil = now.Add(media.TicketLife)
	if err := a.Pictures.Create(ctx, m); err != nil {
		return nil, err
	}
	ticket, err := storage.Ticket(ctx, m)
	if err != nil {
		return nil, err
	}
	a.target(ctx, m.ID)
	out := &declareMediaOutput{Location: mediaPath(m.ID)}
	if out.Body.MediaView, err = a.viewMedia(m); err != nil {
		return nil, err
	}
	a.changed(ctx, nil, out.Body.MediaView)
	out.Body.Upload = UploadView{Method: ticket.Method, URL: ticket.URL, Headers: ticket.Headers, Fields: ticket.Fields, ExpiresAt: ticket.ExpiresAt}
	return out, nil
}

// uploadMedia looks at a picture before anything is kept of it. The bytes are its key:
// a request that is repeated finds the picture of the first one.
func (a *API) uploadMedia(ctx context.Context, in *uploadMediaInput) (*mediaOutput, error) {
	facts, err := a.Imager.Glance(in.RawBody)
	if err == nil {
		said, header := facts, mediaType(in.ContentType)
		said.ContentType = header
		err = media.Asset{Facts: said}.Matches(facts)
	}
	if err != nil {
		return nil, inField(err, "body")
	}
	now := a.Clock().UTC()
	m, err := a.Pictures.Share(ctx, media.New(a.Storages.Current, facts, requestOf(ctx).operator, now), now)
	if err != nil {
		return nil, err
	}
	a.target(ctx, m.ID)
	if m.State == media.AwaitingUpload {
		if err := a.keepMedia(ctx, m, in.RawBody); err != nil {
			return nil, err
		}
		if m, err = a.Pictures.Arrive(ctx, m.ID, now); err != nil {
			return nil, err
		}
	}
	return a.process(ctx, m)
}

func (a *API) keepMedia(ctx context.Context, m media.Asset, body []byte) error {
	storage, err := a.Storages.Of(m.Storage)
	if err != nil {
		return err
	}
	return storage.Put(ctx, m.Key, m.ContentType, body)
}

// process has a picture looked at that waits for it. It stays uploaded where nobody can
// be told: asking again, and the sweeper, tell them then.
func (a *API) process(ctx context.Context, m media.Asset) (*mediaOutput, error) {
	if m.State == media.Uploaded {
		if err := a.PictureRuns.Process(ctx, m.ID); err != nil {
			return nil, err
		}
	}
	out, err := a.shown(m)
	if err == nil {
		a.changed(ctx, nil, out.Body)
	}
	return out, err
}

func (a *API) findMedia(ctx context.Context, mediaID string) (media.Asset, error) {
	if !id.Valid(id.Media, mediaID) {
		return media.Asset{}, noMedia()
	}
	m, err := a.Pictures.Find(ctx, mediaID)
	if fault.Is(err, fault.NotFound) {
		return media.Asset{}, noMedia()
	}
	return m, err
}

func noMedia() error { return fault.New(fault.NotFound, "no such picture") }

// mediaUploaded takes nobody's word for it that a picture came.
func (a *API) mediaUploaded(ctx context.Context, in *MediaAccess) (*mediaOutput, error) {
	m, err := a.findMedia(ctx, in.MediaID)
	if err != nil {
		return nil, err
	}
	if m.State == media.AwaitingUpload {
		storage, err := a.Storages.Of(m.Storage)
		if err != nil {
			return nil, err
		}
		if _, err := storage.Stat(ctx, m.Key); fault.Is(err, fault.NotFound) {
			return nil, fault.New(fault.Conflict, "nothing was uploaded for this picture yet")
		} else if err != nil {
			return nil, err
		}
		if m, err = a.Pictures.Arrive(ctx, m.ID, a.Clock().UTC()); err != nil {
			return nil, err
		}
	}
	return a.process(ctx, m)
}

func (a *API) getMedia(ctx context.Context, in *MediaAccess) (*mediaOutput, error) {
	m, err := a.findMedia(ctx, in.MediaID)
	if err != nil {
		return nil, err
	}
	return a.shown(m)
}

func (a *API) listMedia(ctx context.Context, in *listMediaInput) (*listMediaOutput, error) {
	if in.Cursor != "" && !id.Valid(id.Media, in.Cursor) {
		return nil, fault.New(fault.Invalid, "this cursor is of no list of ours").With(detailField, "query.cursor")
	}
	found, err := a.Pictures.List(ctx, media.Search{State: in.State, Before: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &listMediaOutput{}
	out.Body.Items = make([]MediaView, len(found))
	for i, m := range found {
		if out.Body.Items[i], err = a.viewMedia(m); err != nil {
			return nil, err
		}
	}
	if len(found) == in.Limit {
		out.Body.NextCursor = found[len(found)-1].ID
	}
	return out, nil
}

func (a *API) deleteMedia(ctx context.Context, in *MediaAccess) (*struct{}, error) {
	before, err := a.findMedia(ctx, in.MediaID)
	if err != nil {
		return nil, err
	}
	after, err := a.Pictures.Delete(ctx, before.ID, a.Clock().UTC())
	if err != nil {
		return nil, err
	}
	a.changed(ctx, map[string]any{"state": before.State}, map[string]any{"state": after.State})
	return nil, nil
}

// openUpload refuses, before its body is read, an upload that nobody allowed.
func (a *API) openUpload(c *gin.Context) error {
	until, err := strconv.ParseInt(c.Query("until"), 10, 64)
	mediaID := c.Param("media_id")
	if err != nil || !id.Valid(id.Media, mediaID) || !media.Opens(a.Secrets, c.Query("signature"), mediaID, until, a.Clock()) {
		return fault.New(fault.NotFound, "there is no such upload, or its time is over")
	}
	return nil
}

// putMedia keeps what was declared, and nothing else. A second one changes nothing.
func (a *API) putMedia(ctx context.Context, in *putMediaInput) (*struct{}, error) {
	m, err := a.findMedia(ctx, in.MediaID)
	if err != nil {
		return nil, err
	}
	if m.Storage != media.Disk || m.State != media.AwaitingUpload {
		return nil, fault.New(fault.Conflict, "this picture was uploaded already")
	}
	facts, err := a.Imager.Glance(in.RawBody)
	if err == nil && mediaType(in.ContentType) != m.ContentType {
		err = media.Refuse(media.OtherType, "this was said to be %s", m.ContentType)
	}
	if err == nil {
		err = m.Matches(facts)
	}
	if err != nil {
		return nil, inField(err, "body")
	}
	return nil, a.keepMedia(ctx, m, in.RawBody)
}

// getRendition sends a picture that is on the shop's own disk. Its address is never
// another one's, so whoever has it need not ask again.
func (a *API) getRendition(ctx context.Context, in *renditionInput) (*huma.StreamResponse, error) {
	m, err := a.findMedia(ctx, in.MediaID)
	if err != nil {
		return nil, err
	}
	r, made := m.Renditions[in.Size]
	if !made || m.State != media.Ready || m.Storage != media.Disk {
		return nil, noMedia()
	}
	storage, err := a.Storages.Of(m.Storage)
	if err != nil {
		return nil, err
	}
	tag := `"` + m.ID + "-" + in.Size + `"`
	if in.IfNoneMatch == tag {
		return &huma.StreamResponse{Body: func(hc huma.Context) { keepRendition(hc, tag).WriteHeader(http.StatusNotModified) }}, nil
	}
	kept, err := storage.Stat(ctx, r.Key)
	if err != nil {
		return nil, goneMedia(err)
	}
	body, err := storage.Open(ctx, r.Key)
	if err != nil {
		return nil, goneMedia(err)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer body.Close()
		if err := sendRendition(hc, r.ContentType, kept.Bytes, tag, body); err != nil {
			a.Log.InfoContext(ctx, "a picture was cut off", "picture", m.ID, "error", err)
		}
	}}, nil
}

// goneMedia says of a file that is gone what is said of a picture that never was.
func goneMedia(err error) error {
	if fault.Is(err, fault.NotFound) {
		return noMedia()
	}
	return err
}

// keepRendition has browsers keep what is answered, and pages of other sites show it.
func keepRendition(hc huma.Context, tag string) http.ResponseWriter {
	out := humagin.Unwrap(hc).Writer
	h := out.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return out
}

func sendRendition(hc huma.Context, contentType string, bytes int64, tag string, body io.Reader) error {
	out := keepRendition(hc, tag)
	out.Header().Set("Content-Type", contentType)
	out.Header().Set("Content-Length", strconv.FormatInt(bytes, 10))
	out.WriteHeader(http.StatusOK)
	_, err := io.Copy(out, body)
	return err
}
