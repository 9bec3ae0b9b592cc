package mongo_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

func record(result string) idempotency.Record {
	return idempotency.Record{
		ID: idempotency.ID("crt_1|1", "checkout", "anahtar"), BodyHash: "gövde", ResultID: result,
		CreatedAt: noon, KeepUntil: noon.Add(idempotency.KeepMoney),
	}
}

func TestIdempotency_TheFirstResultIsEverybodysResult(t *testing.T) {
	t.Parallel()
	s := mongo.NewIdempotency(mongotest.Database(t))
	first, fresh, err := s.Begin(t.Context(), record("ord_1"))
	require.NoError(t, err)
	require.True(t, fresh)
	require.Equal(t, "ord_1", first.ResultID)

	again, fresh, err := s.Begin(t.Context(), record("ord_2"))
	require.NoError(t, err)
	require.False(t, fresh)
	require.Equal(t, "ord_1", again.ResultID)
	require.Zero(t, again.Status, "never answered: it is resumed")

	require.NoError(t, s.Finish(t.Context(), first.ID, 201))
	require.NoError(t, s.Finish(t.Context(), first.ID, 409))
	again, _, err = s.Begin(t.Context(), record("ord_3"))
	require.NoError(t, err)
	require.Equal(t, 201, again.Status, "the first answer stays the first answer")

	other := record("ord_4")
	other.BodyHash = "başka gövde"
	_, _, err = s.Begin(t.Context(), other)
	require.True(t, fault.Is(err, fault.KeyReused))
}

func TestIdempotency_OneOfManyAtOnceIsTheFirst(t *testing.T) {
	t.Parallel()
	s := mongo.NewIdempotency(mongotest.Database(t))
	results, freshOnes := make([]string, 8), make([]bool, 8)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			rec, fresh, err := s.Begin(t.Context(), record(string(rune('a'+i))))
			if err == nil {
				results[i], freshOnes[i] = rec.ResultID, fresh
			}
		})
	}
	wg.Wait()
	count := 0
	for i, result := range results {
		require.Equal(t, results[0], result)
		if freshOnes[i] {
			count++
		}
	}
	require.NotEmpty(t, results[0])
	require.Equal(t, 1, count)
}

func TestIdempotency_IsForgottenWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	s := mongo.NewIdempotency(mongotest.Database(t))
	_, _, err := s.Begin(t.Context(), record("ord_1"))
	require.NoError(t, err)

	later := record("ord_2")
	later.BodyHash, later.CreatedAt = "başka gövde", noon.Add(idempotency.KeepMoney)
	later.KeepUntil = later.CreatedAt.Add(idempotency.KeepOther)
	rec, fresh, err := s.Begin(t.Context(), later)
	require.NoError(t, err)
	require.True(t, fresh, "a key may be used again after thirty days, swept or not")
	require.Equal(t, "ord_2", rec.ResultID)

	swept, err := s.Sweep(t.Context(), later.KeepUntil.Add(-time.Second))
	require.NoError(t, err)
	require.Zero(t, swept)
	swept, err = s.Sweep(t.Context(), later.KeepUntil)
	require.NoError(t, err)
	require.Equal(t, 1, swept)
}
