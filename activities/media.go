package activities

import (
	"context"
	"log/slog"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

// Pictures looks at what was uploaded, and makes it into what pages show.
type Pictures struct {
	Store    media.Store
	Storages media.Storages
	Imager   media.Imager
	Clock    clock.Clock
	Log      *slog.Logger
}

// PictureInput names a picture. SHA256 is that of the bytes that were looked at.
type PictureInput struct {
	MediaID string `json:"media_id"`
	SHA256  string `json:"sha256,omitempty"`
}

// PictureStep is where a picture stands after a step.
type PictureStep struct {
	State  media.State  `json:"state"`
	Reason media.Reason `json:"reason,omitempty"`
	SHA256 string       `json:"sha256,omitempty"`
}

func stepOf(a media.Asset) PictureStep { return PictureStep{State: a.State, Reason: a.Reason} }

// InspectPicture looks at what was uploaded: is it there, is it what it was said to
// be, and can it be unpacked without harm. One that is none that we take is refused.
func (p *Pictures) InspectPicture(ctx context.Context, in PictureInput) (PictureStep, error) {
	return p.step(ctx, in, func(ctx context.Context, a media.Asset) (PictureStep, error) {
		_, facts, err := p.read(ctx, a)
		if err == nil {
			err = a.Matches(facts)
		}
		return PictureStep{State: a.State, SHA256: facts.SHA256}, err
	})
}

// RenderPicture makes the sizes of the bytes that were looked at, has them kept, and
// makes the picture ready. Each of it comes to the same when it is done again.
func (p *Pictures) RenderPicture(ctx context.Context, in PictureInput) (PictureStep, error) {
	return p.step(ctx, in, func(ctx context.Context, a media.Asset) (PictureStep, error) {
		raw, facts, err := p.read(ctx, a)
		if err == nil && facts.SHA256 != in.SHA256 {
			err = media.Refuse(media.OtherContent, "picture %s was replaced while it was looked at", a.ID)
		}
		if err != nil {
			return PictureStep{}, err
		}
		made, err := p.render(ctx, a, raw)
		if err != nil {
			return PictureStep{}, err
		}
		crashpoint.Here("picture.rendered")
		a, err = p.Store.Finish(ctx, a.ID, facts, made, p.Clock().UTC())
		return stepOf(a), err
	})
}

// step does something about a picture that waits for it, and refuses one whose bytes
// are at fault. What is asked of a picture that is further already is done.
func (p *Pictures) step(ctx context.Context, in PictureInput, do func(context.Context, media.Asset) (PictureStep, error)) (step PictureStep, err error) {
	err = beating(ctx, func(ctx context.Context) error {
		a, err := p.Store.Find(ctx, in.MediaID)
		if fault.Is(err, fault.NotFound) {
			step = PictureStep{State: media.Deleted}
			return nil
		}
		if err != nil || a.State != media.Uploaded {
			step = stepOf(a)
			return err
		}
		step, err = do(ctx, a)
		if why, refused := media.ReasonOf(err); refused {
			p.Log.InfoContext(ctx, "a picture is refused", "picture", a.ID, "reason", why, "error", err)
			a, err = p.Store.Refuse(ctx, a.ID, why, p.Clock().UTC())
			step = stepOf(a)
		}
		return err
	})
	if err != nil {
		p.Log.WarnContext(ctx, "a picture cannot be worked on", "picture", in.MediaID, "error", err)
	}
	return step, forTemporal(err)
}

// read returns a picture's bytes and what they are.
func (p *Pictures) read(ctx context.Context, a media.Asset) ([]byte, media.Facts, error) {
	storage, err := p.Storages.Of(a.Storage)
	if err != nil {
		return nil, media.Facts{}, err
	}
	raw, err := media.ReadAll(ctx, storage, a.Key)
	if fault.Is(err, fault.NotFound) {
		err = media.Refuse(media.Missing, "nothing was uploaded for picture %s", a.ID)
	}
	if err != nil {
		return nil, media.Facts{}, err
	}
	facts, err := p.Imager.Glance(raw)
	return raw, facts, err
}

// render has the sizes made where the picture is kept, once it is known that it can be
// unpacked; elsewhere it makes and keeps them.
func (p *Pictures) render(ctx context.Context, a media.Asset, raw []byte) (map[string]media.Rendition, error) {
	storage, err := p.Storages.Of(a.Storage)
	if err != nil {
		return nil, err
	}
	resizer, resizes := storage.(media.Resizer)
	sizes := media.Sizes
	if resizes {
		sizes = nil
	}
	made, err := p.Imager.Render(raw, sizes)
	if err != nil {
		return nil, err
	}
	if resizes {
		return resizer.Resize(ctx, a.Key, media.Sizes)
	}
	renditions := map[string]media.Rendition{}
	for _, size := range media.Sizes {
		m := made[size.Name]
		m.Key = media.RenditionKey(a.ID, size.Name)
		if err := storage.Put(ctx, m.Key, m.ContentType, m.Body); err != nil {
			return nil, err
		}
		renditions[size.Name] = m.Rendition
	}
	return renditions, nil
}
