package app

import (
	"context"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/terms"
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

// Legal is what the texts that shoppers accept say of the shop.
func (a *App) Legal() terms.Shop { return a.legal() }

// LetterLink is the address that a letter leads to.
func (a *App) LetterLink(kind identity.NoticeKind, ticketID string) string {
	return a.letterLink(kind, ticketID)
}
