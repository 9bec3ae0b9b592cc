package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
)

// atShop is what a command knows of the shop that it is about: the one that the
// environment names, or one that dev runs on this machine.
type atShop struct {
	Shop string `env:"BEDESTEN_SHOP" placeholder:"PORT" help:"The shop that runs here with its API at this port. Without it the one that the environment names, else the only one that runs here."`
}

// naming are the variables that say which shop is meant. Others, such as who is
// told of it, say nothing of that.
var naming = []string{"BEDESTEN_MONGO_URL", "BEDESTEN_TEMPORAL_ADDR", "BEDESTEN_REDIS_ADDR"}

// config returns how the shop is reached, and says which it is where the
// environment does not.
func (s atShop) config() (config.Config, error) {
	vars := env.ToMap(os.Environ())
	var named []string
	for _, name := range naming {
		if vars[name] != "" {
			named = append(named, name)
		}
	}
	if s.Shop == "" && len(named) > 0 {
		cfg, err := config.Load(vars)
		if err != nil {
			err = fmt.Errorf("%w\nset these (.env.example explains each). The environment names a shop by %s, so none that runs here was looked for: "+
				"unset that, or choose one with --shop", err, strings.Join(named, ", "))
		}
		return cfg, err
	}
	all, err := notes()
	if err != nil {
		return config.Config{}, err
	}
	if s.Shop == "" && len(all) == 0 {
		cfg, err := config.Load(vars)
		if err != nil {
			err = fmt.Errorf("%w\nset these (.env.example explains each), or run `make dev`: no shop runs here, and one that does is found by itself", err)
		}
		return cfg, err
	}
	n, err := choose(all, s.Shop)
	if err != nil {
		return config.Config{}, err
	}
	maps.Copy(vars, n.vars)
	fmt.Fprintf(os.Stderr, "the shop that runs here at %s\n", n.vars["BEDESTEN_PUBLIC_URL"])
	return config.Load(vars)
}

// open connects to the shop.
func (s atShop) open(ctx context.Context) (*app.App, error) {
	cfg, err := s.config()
	if err != nil {
		return nil, err
	}
	return app.Open(ctx, cfg, quiet())
}
