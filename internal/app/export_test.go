package app

import (
	"context"

	"github.com/bedesten/bedesten/internal/config"
)

// ExamineOne is Examine of one server.
func ExamineOne(ctx context.Context, cfg config.Config, name string) Finding {
	for _, l := range looks(cfg) {
		if l.name == name {
			return l.take(ctx, cfg)
		}
	}
	panic("the doctor knows no " + name)
}
