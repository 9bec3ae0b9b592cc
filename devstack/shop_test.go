package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	mongooptions "go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const queue = "orders"

// shop is a client of the parts that a devstack runs; the others are nil.
type shop struct {
	temporal client.Client
	orders   *mongo.Collection
	cache    *redis.Client
}

// newShop connects to a devstack.
func newShop(t *testing.T, p *process) shop {
	t.Helper()
	var s shop
	if p.Temporal != "" {
		c, err := client.Dial(client.Options{HostPort: p.Temporal, Namespace: p.Namespace, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		s.temporal = c
	}
	if p.Mongo != "" {
		c, err := mongo.Connect(mongooptions.Client().ApplyURI(p.Mongo).SetTimeout(patience))
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Disconnect(context.Background()) })
		s.orders = c.Database("shop").Collection("orders")
	}
	if p.Redis != "" {
		s.cache = redis.NewClient(&redis.Options{Addr: p.Redis})
		t.Cleanup(func() { _ = s.cache.Close() })
	}
	return s
}

// roundTrip asks each part to keep something and to give it back.
func (s shop) roundTrip(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if s.temporal != nil {
		run, err := s.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "order/ord_hello", TaskQueue: queue}, order)
		require.NoError(t, err)
		_, err = s.temporal.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
		require.NoError(t, err)
	}
	if s.orders != nil {
		_, err := s.orders.InsertOne(ctx, bson.M{"_id": "ord_hello", "city": "İzmir"})
		require.NoError(t, err)
		var doc struct{ City string }
		require.NoError(t, s.orders.FindOne(ctx, bson.M{"_id": "ord_hello"}).Decode(&doc))
		require.Equal(t, "İzmir", doc.City)
	}
	if s.cache != nil {
		require.NoError(t, s.cache.Set(ctx, "cart:c_1", "kilim", time.Minute).Err())
		got, err := s.cache.Get(ctx, "cart:c_1").Result()
		require.NoError(t, err)
		require.Equal(t, "kilim", got)
	}
}

// order reserves, waits for the payment and ships.
func order(ctx workflow.Context) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 5 * time.Second})
	var reserved, shipped string
	if err := workflow.ExecuteActivity(ctx, act, "reserved").Get(ctx, &reserved); err != nil {
		return "", err
	}
	workflow.GetSignalChannel(ctx, "paid").Receive(ctx, nil)
	if err := workflow.ExecuteActivity(ctx, act, "shipped").Get(ctx, &shipped); err != nil {
		return "", err
	}
	return reserved + ", " + shipped, nil
}

func act(_ context.Context, what string) (string, error) { return what, nil }

// work runs a worker until the test ends.
func (s shop) work(t *testing.T) {
	t.Helper()
	w := worker.New(s.temporal, queue, worker.Options{WorkerStopTimeout: time.Second, StickyScheduleToStartTimeout: time.Second})
	w.RegisterWorkflow(order)
	w.RegisterActivity(act)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}
