package mongo_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

// Merchandisers put the same pictures into one product and take them out, all at
// once: in the end exactly those are in use that the product shows.
func TestIllustrated_WhatAProductShowsIsInUseWhoeverElseWrites(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	pictures := mongo.NewMedia(db)
	s := catalog.Illustrated{Store: mongo.NewCatalog(db, clock.System), Pictures: pictures, Now: clock.System}
	ids := make([]string, 4)
	for i := range ids {
		a := media.New(media.Disk, media.Facts{ContentType: "image/jpeg", Bytes: 10, SHA256: fmt.Sprint(i)}, "ayse", time.Now())
		require.NoError(t, pictures.Create(t.Context(), a))
		_, err := pictures.Arrive(t.Context(), a.ID, time.Now())
		require.NoError(t, err)
		ids[i] = a.ID
	}
	_, err := s.Create(t.Context(), product(1, "Lokum", "LOKUM-1"))
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			ctx := context.WithoutCancel(t.Context())
			for range 25 {
				p, err := s.Find(ctx, "prd_01")
				if err != nil {
					t.Error(err)
					return
				}
				p.Pictures = nil
				for _, id := range ids {
					if rand.IntN(2) == 0 {
						p.Pictures = append(p.Pictures, catalog.Picture{Media: id})
					}
				}
				if _, err := s.Replace(ctx, p); err != nil && !fault.Is(err, fault.Stale) {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	p, err := s.Find(t.Context(), "prd_01")
	require.NoError(t, err)
	shown := map[string]bool{}
	for _, id := range p.Media() {
		shown[id] = true
	}
	for _, id := range ids {
		a, err := pictures.Find(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, shown[id], a.Users["prd_01"], "%s", id)
	}
}
