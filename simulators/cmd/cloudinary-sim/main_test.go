package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestItServesUntilItIsStoppedAndSaysWhere(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, w) }()

	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err)
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	resp, err := http.Get(url + "/_control/clock")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, string(body), `"scale": 1`)

	stop()
	require.NoError(t, <-ended)
}

func TestItSaysWhatIsWrongWithItsFlags(t *testing.T) {
	t.Parallel()

	require.ErrorContains(t, run(t.Context(), []string{"-addr", "nowhere"}, io.Discard), "listen on nowhere")
	require.ErrorContains(t, run(t.Context(), []string{"-speed", "fast"}, io.Discard), "read the flags")
}
