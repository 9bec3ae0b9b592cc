package cloudinary

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// upload keeps a picture. Only the type private is served: an original that anybody
// can get holds what the camera wrote.
func (s *Server) upload(c *call) (answer, *apiError) {
	publicID := c.params.Get("public_id")
	if err := addressed(c); err != nil {
		return answer{}, err
	}
	if there, found := s.pictures[publicID]; found && c.params.Get("overwrite") == "false" {
		// "A response is returned immediately if an asset with the same public ID is found"
		// (cloudinary.com/documentation/image_upload_api_reference#upload_optional_parameters).
		shown := s.show(there, "")
		shown["existing"] = true
		return ok(shown)
	}
	p, err := s.taken(c, publicID)
	if err != nil {
		return answer{}, err
	}
	s.pictures[publicID] = p
	return ok(s.show(p, c.params.Get("eager")))
}

// addressed refuses what names no private picture.
func addressed(c *call) *apiError {
	publicID := c.params.Get("public_id")
	if publicID == "" {
		return badRequest("Missing required parameter - public_id")
	}
	if strings.ContainsAny(publicID, `?&#\%<>+`) || strings.TrimSpace(publicID) != publicID {
		return badRequest(fmt.Sprintf("public_id (%s) is invalid", publicID))
	}
	if kind := c.params.Get("type"); kind != "private" {
		return badRequest("Invalid type " + kind)
	}
	return nil
}

// taken looks at the file: its kind, its limits, and whether its sizes can be made.
func (s *Server) taken(c *call, publicID string) (*picture, *apiError) {
	format := formatOf(c.file)
	allowed := strings.Split(c.params.Get("allowed_formats"), ",")
	switch {
	case int64(len(c.file)) > s.cfg.MaxBytes:
		return nil, badRequest(fmt.Sprintf("File size too large. Got %d. Maximum is %d.", len(c.file), s.cfg.MaxBytes))
	case format == "" && c.auto:
		// github.com/cloudinary/pycloudinary, issue 266.
		return nil, badRequest("Raw file format bin not allowed")
	case format == "":
		return nil, badRequest("Invalid image file")
	case !slices.Contains(allowed, format):
		return nil, badRequest("Image file format " + format + " not allowed")
	}
	s.versions++
	p := &picture{
		publicID: publicID, format: format, body: c.file, version: 1_790_000_000 + s.versions, at: s.clock.Now().UTC(), derived: map[string]derivation{},
	}
	cfg, err := p.config()
	if err != nil {
		return nil, badRequest("Invalid image file")
	}
	if pixels := int64(cfg.Width) * int64(cfg.Height); pixels > s.cfg.MaxPixels {
		return nil, badRequest(fmt.Sprintf("Image size too large. Got %d pixels. Maximum is %d.", pixels, s.cfg.MaxPixels))
	}
	p.size.X, p.size.Y = cfg.Width, cfg.Height
	return p, p.derive(c.params.Get("eager"))
}

// show renders a picture, with what an eager parameter asked for in its order.
func (s *Server) show(p *picture, eager string) map[string]any {
	shown := map[string]any{
		"asset_id": p.etag(), "public_id": p.publicID, "version": p.version, "version_id": p.etag(),
		"signature": sign("public_id="+p.publicID+"&version="+strconv.FormatInt(p.version, 10), s.cfg.APISecret),
		"width":     p.size.X, "height": p.size.Y, "format": p.format, "resource_type": "image", "created_at": p.at.Format(time.RFC3339),
		"tags": []string{}, "bytes": len(p.body), "type": "private", "etag": p.etag(), "placeholder": false, "access_mode": "public",
		"url": s.address(p, ""), "secure_url": s.address(p, ""), "original_filename": "file",
	}
	if eager == "" {
		return shown
	}
	made := []map[string]any{}
	for _, name := range wanted(eager) {
		d := p.derived[name]
		made = append(made, map[string]any{
			"transformation": name, "width": d.size.X, "height": d.size.Y, "bytes": len(d.body), "format": "webp",
			"url": s.address(p, name), "secure_url": s.address(p, name),
		})
	}
	shown["eager"] = made
	return shown
}

func (s *Server) address(p *picture, transformation string) string {
	way := []string{s.publicURL, s.cfg.CloudName, "image", "private", transformation, "v" + strconv.FormatInt(p.version, 10), p.publicID + "." + p.format}
	return strings.Join(slices.DeleteFunc(way, func(part string) bool { return part == "" }), "/")
}

// explicit makes sizes of what is there
// (cloudinary.com/documentation/image_upload_api_reference#explicit).
func (s *Server) explicit(c *call) (answer, *apiError) {
	if err := addressed(c); err != nil {
		return answer{}, err
	}
	p, found := s.pictures[c.params.Get("public_id")]
	if !found {
		return answer{}, notFound(c.params.Get("public_id"))
	}
	if err := p.derive(c.params.Get("eager")); err != nil {
		return answer{}, err
	}
	return ok(s.show(p, c.params.Get("eager")))
}

// destroy answers 200 also for what is not there
// (cloudinary.com/documentation/image_upload_api_reference#destroy).
func (s *Server) destroy(c *call) (answer, *apiError) {
	if err := addressed(c); err != nil {
		return answer{}, err
	}
	publicID := c.params.Get("public_id")
	if _, found := s.pictures[publicID]; !found {
		return ok(map[string]string{"result": "not found"})
	}
	delete(s.pictures, publicID)
	return ok(map[string]string{"result": "ok"})
}
