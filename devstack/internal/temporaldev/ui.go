package temporaldev

import (
	"github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// ui is the running web UI.
type ui struct {
	server *server.Server
	done   chan struct{}
}

// startUI serves the web UI, without logging its requests and without fetching
// news from the Internet.
func startUI(cfg Config) *ui {
	u := &ui{done: make(chan struct{})}
	u.server = server.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: cfg.frontendAddress(),
		Host:                cfg.Host,
		Port:                cfg.Ports.UI,
		EnableUI:            true,
		DefaultNamespace:    Namespace,
		DisableNewsFetch:    true,
		HideLogs:            true,
		// The UI is served over plain HTTP.
		CORS: uiconfig.CORS{CookieInsecure: true},
	}))
	go func() {
		defer close(u.done)
		if err := u.server.Start(); err != nil {
			cfg.Log.Error("the Temporal UI ended", "error", err)
		}
	}()
	return u
}

func (u *ui) stop() {
	u.server.Stop()
	<-u.done
}
