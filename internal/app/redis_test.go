package app_test

import (
	"context"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/redis"
)

// realRedis starts the machine's own redis-server, which devstack's stand-in is
// held against, with a password. The returned function ends it.
func realRedis(t *testing.T, password string) (url string, stop func()) {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server is on the PATH: apt-get install redis-server")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, bin, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--requirepass", password, "--dir", t.TempDir(), "--daemonize", "no")
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	url = "redis://:" + password + "@127.0.0.1:" + port + "/0"
	require.Eventually(t, func() bool {
		c := client(t, url)
		return c.Ping(t.Context()).Err() == nil
	}, 10*time.Second, 50*time.Millisecond, "redis-server does not answer on port "+port)
	return url, stop
}

func client(t *testing.T, url string) *goredis.Client {
	t.Helper()
	options, err := redis.Options(url)
	require.NoError(t, err)
	options.MaxRetries = -1
	c := goredis.NewClient(options)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// examined is what the doctor says of Redis.
func examined(t *testing.T, url string) app.Finding {
	t.Helper()
	for _, f := range app.Examine(t.Context(), config.Config{RedisAddr: url, PolicyName: "production", TemporalAddr: "127.0.0.1:1", MongoURL: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1"}) {
		if f.Name == "Redis" {
			return f
		}
	}
	require.Fail(t, "the doctor says nothing of Redis")
	return app.Finding{}
}

func TestRedis_OfTheMachineIsExaminedAndCounts(t *testing.T) {
	t.Parallel()
	url, stop := realRedis(t, "parola-"+strconv.FormatInt(time.Now().UnixNano(), 36))

	found := examined(t, url)
	require.NoError(t, found.Err)
	require.Contains(t, found.Detail, "answers at 127.0.0.1:")

	limiter := redis.NewLimiter(client(t, url))
	for range 3 {
		count, err := limiter.Take(t.Context(), "checkouts:kadikoy", 3600, 3)
		require.NoError(t, err)
		require.Zero(t, count.Wait)
	}
	count, err := limiter.Take(t.Context(), "checkouts:kadikoy", 3600, 3)
	require.NoError(t, err)
	require.Positive(t, count.Wait)
	require.LessOrEqual(t, count.Wait, time.Second)

	wrong := examined(t, "redis://:yanlis@"+found.Detail[len("answers at "):]+"/0")
	require.ErrorContains(t, wrong.Err, "WRONGPASS")
	require.NotContains(t, wrong.Err.Error(), "yanlis")

	stop()
	require.Error(t, examined(t, url).Err)
	_, err = limiter.Take(t.Context(), "checkouts:kadikoy", 3600, 3)
	require.Error(t, err)
}
