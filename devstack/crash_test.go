package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.temporal.io/sdk/client"
)

// TestKill_LosesNothing kills the whole stack while orders are written and
// workflows wait, and starts it again on the same data.
func TestKill_LosesNothing(t *testing.T) {
	t.Parallel()
	data := folder(t)
	p := start(t, "--data", data)
	s := newShop(t, p)
	s.work(t)
	runs := startOrders(t, s)
	require.NoError(t, s.cache.Set(t.Context(), "cart:c_1", "kilim", 0).Err())

	acknowledged := writeUntilKilled(t, s, p)
	t.Logf("%d orders were acknowledged before the kill", len(acknowledged))
	require.NotEmpty(t, acknowledged)

	began := time.Now()
	again := start(t, "--data", data)
	t.Logf("up again after %s", time.Since(began).Round(time.Millisecond))
	require.Equal(t, p.Temporal, again.Temporal)
	require.Equal(t, p.Mongo, again.Mongo)
	require.Equal(t, p.Redis, again.Redis)

	requireOrders(t, s, acknowledged)
	requireFinish(t, s, runs, began)
	require.ErrorIs(t, newShop(t, again).cache.Get(t.Context(), "cart:c_1").Err(), redis.Nil, "Redis starts empty")
}

// startOrders starts workflows that will wait to be paid.
func startOrders(t *testing.T, s shop) []client.WorkflowRun {
	t.Helper()
	runs := make([]client.WorkflowRun, 10)
	for i := range runs {
		opts := client.StartWorkflowOptions{ID: fmt.Sprintf("order/ord_%d", i), TaskQueue: queue}
		run, err := s.temporal.ExecuteWorkflow(t.Context(), opts, order)
		require.NoError(t, err)
		runs[i] = run
	}
	return runs
}

// writeUntilKilled inserts and updates orders from several goroutines, kills
// the stack in the middle of that and returns the ids whose last write was
// acknowledged.
func writeUntilKilled(t *testing.T, s shop, p *process) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var ids []string
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("ord_%d_%d", w, i)
				if _, err := s.orders.InsertOne(ctx, bson.M{"_id": id, "rev": int64(0)}); err != nil {
					return
				}
				if _, err := s.orders.UpdateByID(ctx, id, bson.M{"$set": bson.M{"rev": int64(1)}}); err != nil {
					return
				}
				mu.Lock()
				ids = append(ids, id)
				mu.Unlock()
			}
		})
	}
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(ids) > 200
	}, patience, time.Millisecond)
	p.kill(t)
	cancel()
	wg.Wait()
	return ids
}

func requireOrders(t *testing.T, s shop, ids []string) {
	t.Helper()
	for _, id := range ids {
		var doc struct{ Rev int64 }
		require.NoError(t, s.orders.FindOne(t.Context(), bson.M{"_id": id}).Decode(&doc), id)
		require.EqualValues(t, 1, doc.Rev, id)
	}
}

// requireFinish signals every order, with the client and the worker that saw
// the server die, and waits for its end.
func requireFinish(t *testing.T, s shop, runs []client.WorkflowRun, began time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, run := range runs {
		require.Eventually(t, func() bool {
			return s.temporal.SignalWorkflow(ctx, run.GetID(), run.GetRunID(), "paid", nil) == nil
		}, patience, 50*time.Millisecond)
	}
	for i, run := range runs {
		var got string
		require.NoError(t, run.Get(ctx, &got))
		require.Equal(t, "reserved, shipped", got)
		if i == 0 {
			t.Logf("the worker went on %s after the restart began", time.Since(began).Round(time.Millisecond))
		}
	}
}

// TestKill_DuringTheFirstStartLeavesNothingThatStopsTheNext kills starts on one
// folder at random moments.
func TestKill_DuringTheFirstStartLeavesNothingThatStopsTheNext(t *testing.T) {
	t.Parallel()
	data := folder(t)

	for range 8 {
		p := launch(t, "--data", data)
		select {
		case <-time.After(rand.N(600 * time.Millisecond)):
		case <-p.exited:
			require.FailNow(t, "a start failed", "%s", p.stderr)
		}
		p.kill(t)
	}
	newShop(t, start(t, "--data", data)).roundTrip(t)
}
