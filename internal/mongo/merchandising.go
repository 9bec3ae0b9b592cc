package mongo

import (
	"context"

	"github.com/bedesten/bedesten/internal/catalog"
)

var _ catalog.Merchandisers = (*Catalog)(nil)

// merchandisingID is the document of what merchandisers say.
const merchandisingID = "merchandising"

// Merchandising returns what was said last.
func (s *Catalog) Merchandising(ctx context.Context) (catalog.Merchandising, error) {
	var m catalog.Merchandising
	err := s.single(ctx, merchandisingID, &m)
	return m, err
}

// SaveMerchandising announces, then writes, what is said from now on.
func (s *Catalog) SaveMerchandising(ctx context.Context, m catalog.Merchandising) (catalog.Merchandising, error) {
	if err := m.Check(); err != nil {
		return m, err
	}
	m.Revision, m.At = m.Revision+1, s.now().UTC()
	return m, saveSingle(ctx, s, merchandisingID, m, m.Revision)
}
