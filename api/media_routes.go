package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/media"
)

// MediaAccess is embedded in the input of routes about one picture.
type MediaAccess struct {
	MediaID string `path:"media_id" doc:"The picture's id" example:"med_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

type declareMediaInput struct {
	Body struct {
		ContentType string `json:"content_type" enum:"image/jpeg,image/png,image/webp" doc:"What the file is. It is looked at: a file that is something else is refused."`
		Bytes       int64  `json:"bytes" minimum:"1" maximum:"15728640" doc:"How many bytes the file has, exactly." example:"482113"`
		SHA256      string `json:"sha256,omitempty" pattern:"^[0-9a-f]{64}$" doc:"The file's SHA-256 in hexadecimal digits, if it is to be compared."`
	}
}

type declareMediaOutput struct {
	Location string `header:"Location"`
	Body     struct {
		MediaView
		Upload UploadView `json:"upload"`
	}
}

// UploadView is the one request by which a browser uploads a picture.
type UploadView struct {
	Method    string            `json:"method" enum:"PUT,POST"`
	URL       string            `json:"url" format:"uri"`
	Headers   map[string]string `json:"headers,omitempty" doc:"Sent as they are, with the file as the body."`
	Fields    map[string]string `json:"fields,omitempty" doc:"Where there are some: sent as multipart/form-data, all of them, and the file as file behind them."`
	ExpiresAt time.Time         `json:"expires_at"`
}

type uploadMediaInput struct {
	ContentType string `header:"Content-Type" doc:"image/jpeg, image/png or image/webp." example:"image/jpeg"`
	RawBody     []byte
}

type mediaOutput struct {
	Location string `header:"Location"`
	Body     MediaView
}

type listMediaInput struct {
	State  media.State `query:"state" enum:"awaiting_upload,uploaded,ready,refused,deleting,deleted"`
	Limit  int         `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor string      `query:"cursor" maxLength:"60" doc:"next_cursor of the page before."`
}

type listMediaOutput struct {
	Body struct {
		Items      []MediaView `json:"items" nullable:"false" doc:"The newest first."`
		NextCursor string      `json:"next_cursor,omitempty" doc:"Missing on the last page."`
	}
}

type putMediaInput struct {
	MediaAccess
	Until       int64  `query:"until" doc:"As in the address that was given."`
	Signature   string `query:"signature" maxLength:"200" doc:"As in the address that was given."`
	ContentType string `header:"Content-Type" doc:"As it was declared." example:"image/jpeg"`
	RawBody     []byte
}

type renditionInput struct {
	MediaAccess
	Size        string `path:"size" doc:"thumbnail, card or full" example:"card"`
	IfNoneMatch string `header:"If-None-Match" doc:"An ETag that was sent before."`
}

// MediaView is a picture, as staff see it.
type MediaView struct {
	ID          string                   `json:"id" example:"med_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	State       media.State              `json:"state" enum:"awaiting_upload,uploaded,ready,refused,deleting,deleted" doc:"A picture that is uploaded or ready can be used by products; ready ones are shown."`
	Reason      media.Reason             `json:"reason,omitempty" enum:"not_a_picture,other_type,other_size,other_content,too_large,too_many_pixels,animated,broken,missing" doc:"Why it was refused."`
	ContentType string                   `json:"content_type" example:"image/jpeg"`
	Bytes       int64                    `json:"bytes" example:"482113"`
	Width       int64                    `json:"width,omitempty" doc:"As it is seen, once somebody looked." example:"4000"`
	Height      int64                    `json:"height,omitempty" example:"3000"`
	SHA256      string                   `json:"sha256,omitempty"`
	Renditions  map[string]RenditionView `json:"renditions" doc:"By thumbnail, card and full, once it is ready: within 160, 480 and 1600 pixels, upright, without what the camera wrote."`
	UsedBy      []string                 `json:"used_by" nullable:"false" doc:"The ids of what shows it. One that nothing uses for seven days is deleted." example:"[\"prd_01k3v8m4w0f3q2x9y6z7a1b2c3\"]"`
	CreatedBy   string                   `json:"created_by" example:"ayse"`
	CreatedAt   time.Time                `json:"created_at"`
}

// RenditionView is a picture in one size.
type RenditionView struct {
	URL         string `json:"url" format:"uri"`
	ContentType string `json:"content_type" example:"image/webp"`
	Bytes       int64  `json:"bytes" example:"18211"`
	Width       int64  `json:"width" example:"480"`
	Height      int64  `json:"height" example:"360"`
}

// tagMedia groups the routes of pictures.
const tagMedia = "media"

func (a *API) mediaRoutes() {
	staff := func(r Route) Route {
		r.Tag, r.Access, r.Permission = tagMedia, Staff, identity.WriteCatalogue
		return r
	}
	handle(a, staff(Route{
		ID: "declare-media", Method: http.MethodPost, Path: "/v1/staff/media", Status: http.StatusCreated,
		Summary: "Say what picture is to come, and be allowed to upload it",
		Description: "The answer's `upload` is the one request by which a browser brings the file to where pictures are kept, within a quarter of an " +
			"hour. Tell of it by `upload-of-media-done` then.",
	}), a.declareMedia)
	handle(a, staff(Route{
		ID: "upload-media", Method: http.MethodPost, Path: "/v1/staff/media/upload", Status: http.StatusCreated, AnyBody: true, MaxBody: media.MaxBytes,
		Codes:   []fault.Code{fault.Invalid},
		Summary: "Upload a picture through the API",
		Description: "The body is the file itself. The same file again is the same picture. What is no JPEG, PNG or WebP, is another one than its " +
			"Content-Type says, moves, or has more than 40 megapixels is refused; `reason` says which.",
	}), a.uploadMedia)
	a.takesPictures("/v1/staff/media/upload", http.MethodPost)
	handle(a, staff(Route{
		ID: "upload-of-media-done", Method: http.MethodPost, Path: "/v1/staff/media/{media_id}/uploaded", Status: http.StatusAccepted, AnyBody: true,
		Codes:   []fault.Code{fault.Conflict},
		Summary: "Say that a picture was uploaded", Description: "It is looked at then, and is ready or refused a moment later. May be repeated.",
	}), a.mediaUploaded)
	handle(a, staff(Route{ID: "get-media", Method: http.MethodGet, Path: "/v1/staff/media/{media_id}", Summary: "Look at a picture"}), a.getMedia)
	handle(a, staff(Route{ID: "list-media", Method: http.MethodGet, Path: "/v1/staff/media", Summary: "List pictures"}), a.listMedia)
	handle(a, staff(Route{
		ID: "delete-media", Method: http.MethodDelete, Path: "/v1/staff/media/{media_id}", Status: http.StatusNoContent, Codes: []fault.Code{fault.Conflict},
		Summary: "Delete a picture", Description: "One that is used, or is just being looked at, is not: 409, and `used_by` says by what.",
	}), a.deleteMedia)
	handle(a, Route{
		ID: "put-media", Method: http.MethodPut, Path: uploadsPath + "{media_id}", Tag: tagMedia, Access: UploadTicket, Status: http.StatusNoContent,
		AnyBody: true, MaxBody: media.MaxBytes, Codes: []fault.Code{fault.NotFound, fault.Invalid, fault.Conflict},
		Summary: "Bring a picture by the address that was given for it", Description: "Where pictures are kept on the shop's own disk.",
	}, a.putMedia)
	a.takesPictures(uploadsPath+"{media_id}", http.MethodPut)
	handle(a, Route{
		ID: "get-rendition", Method: http.MethodGet, Path: "/v1/media/{media_id}/{size}", Tag: tagMedia, Access: Public, Codes: []fault.Code{fault.NotFound},
		Summary: "A picture in one size", Produces: []string{"image/webp"}, NotModified: true,
		Description: "Where pictures are kept on the shop's own disk; elsewhere their addresses are of where they are kept.",
	}, a.getRendition)
}

// uploadsPath is where the shop's own disk takes pictures.
const uploadsPath = "/v1/media-uploads/"

// takesPictures says in the document what a body that is no JSON has to be.
func (a *API) takesPictures(path, method string) {
	item := a.huma.OpenAPI().Paths[path]
	op := item.Post
	if method == http.MethodPut {
		op = item.Put
	}
	content := map[string]*huma.MediaType{}
	for _, kind := range media.Types {
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.RequestBody.Content = content
}
