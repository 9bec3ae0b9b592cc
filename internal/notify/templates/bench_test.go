package templates_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
)

func BenchmarkRender(b *testing.B) {
	v := templates.Sample(notify.KindPlaced, templates.Turkish)
	for b.Loop() {
		if _, err := templates.Render(v); err != nil {
			b.Fatal(err)
		}
	}
}
