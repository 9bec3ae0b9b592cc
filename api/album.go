package api

import (
	"context"
	"sync"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/media"
)

// album is where the pictures of some products are, by their ids. One that is not
// ready yet is not in it.
type album map[string]map[string]pictureSize

// album returns where the pictures of products are.
func (a *API) album(ctx context.Context, products []catalog.Product) (album, error) {
	in := album{}
	var missing []string
	for _, p := range products {
		for _, mediaID := range p.Media() {
			if sizes, known := a.developed.find(mediaID); known {
				in[mediaID] = sizes
				continue
			}
			missing = append(missing, mediaID)
		}
	}
	if len(missing) == 0 {
		return in, nil
	}
	assets, err := a.Pictures.Many(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, asset := range assets {
		sizes, err := a.sizesOf(asset)
		if err != nil {
			// A page without a picture sells more than none.
			a.Log.ErrorContext(ctx, "a picture cannot be shown", "media", asset.ID, "error", err)
			continue
		}
		if len(sizes) > 0 {
			in[asset.ID] = sizes
			a.developed.learn(asset.ID, sizes)
		}
	}
	return in, nil
}

func (a *API) sizesOf(asset media.Asset) (map[string]pictureSize, error) {
	urls, err := a.Storages.URLs(asset)
	if err != nil {
		return nil, err
	}
	sizes := make(map[string]pictureSize, len(urls))
	for name, url := range urls {
		sizes[name] = pictureSize{URL: url, Width: asset.Renditions[name].Width, Height: asset.Renditions[name].Height}
	}
	return sizes, nil
}

// of shows a product's pictures in their order.
func (in album) of(p catalog.Product, language string) []pictureView {
	pictures := make([]pictureView, 0, len(p.Pictures))
	for _, picture := range p.Pictures {
		if picture.Name != "" {
			pictures = append(pictures, pictureView{URL: picturesPath + picture.Name, Alt: picture.Alt.In(language)})
			continue
		}
		if sizes, ready := in[picture.Media]; ready {
			pictures = append(pictures, pictureView{URL: sizes[media.Full].URL, Alt: picture.Alt.In(language), Sizes: sizes})
		}
	}
	return pictures
}

// developed remembers pictures that are ready: they do not change as long as a
// product shows them.
type developed struct {
	mu    sync.RWMutex
	sizes map[string]map[string]pictureSize
}

// maxDeveloped bounds what is remembered; beyond it everything is learnt anew.
const maxDeveloped = 50_000

func (d *developed) find(mediaID string) (map[string]pictureSize, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	sizes, known := d.sizes[mediaID]
	return sizes, known
}

func (d *developed) learn(mediaID string, sizes map[string]pictureSize) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sizes == nil || len(d.sizes) >= maxDeveloped {
		d.sizes = map[string]map[string]pictureSize{}
	}
	d.sizes[mediaID] = sizes
}
