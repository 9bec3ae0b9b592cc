package catalog

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"math"
)

// glyphs are the drawings of categories on a field of 100 × 100, in strokes.
var glyphs = map[string]string{
	"beauty":              `<path d="M42 48h16v38H42zM45 48V30l10-12v30M38 86h24"/>`,
	"fragrances":          `<path d="M30 44h40v42H30zM42 44V32h16v12M46 32V20h8v12M58 24h14M38 58h24"/>`,
	"furniture":           `<path d="M24 52V34a8 8 0 0 1 8-8h36a8 8 0 0 1 8 8v18M16 52h12v14h44V52h12v26H16zM22 78v8M78 78v8"/>`,
	"groceries":           `<path d="M18 38h64l-8 46H26zM32 38l12-22M68 38L56 16M38 50v22M50 50v22M62 50v22"/>`,
	"home-decoration":     `<path d="M34 18h32l10 32H24zM50 50v30M34 84h32"/>`,
	"kitchen-accessories": `<path d="M16 46h56v14a24 24 0 0 1-24 24h-8a24 24 0 0 1-24-24zM72 50h16M34 36c-6-8 6-8 0-18M52 36c-6-8 6-8 0-18"/>`,
	"laptops":             `<path d="M24 26h52v38H24zM12 74h76l-6 8H18z"/>`,
	"mens-shirts":         `<path d="M36 18L16 30l8 18 8-4v40h36V44l8 4 8-18-20-12-14 10zM50 28v56"/>`,
	"mens-shoes":          `<path d="M14 36h22l16 20 28 6a8 8 0 0 1 6 8v6H14zM14 68h72M42 46l-8 6M50 54l-8 6"/>`,
	"mens-watches":        `<circle cx="50" cy="50" r="22"/><path d="M40 30l2-16h16l2 16M40 70l2 16h16l2-16M50 38v12l9 6"/>`,
	"mobile-accessories":  `<path d="M22 56V48a28 28 0 0 1 56 0v8M16 54h14v26H16zM70 54h14v26H70z"/>`,
	"motorcycle":          `<circle cx="24" cy="66" r="14"/><circle cx="76" cy="66" r="14"/><path d="M24 66l16-24h24l12 24M40 42l-8-10H22M50 66l14-24"/>`,
	"skin-care":           `<path d="M32 36h36v50H32zM42 36V24h16v12M50 24v-8h14M40 52h20M40 62h20"/>`,
	"smartphones":         `<rect x="32" y="12" width="36" height="76" rx="6"/><path d="M44 20h12M46 80h8"/>`,
	"sports-accessories":  `<circle cx="50" cy="50" r="34"/><path d="M16 50h68M50 16v68M26 26c14 14 14 34 0 48M74 26c-14 14-14 34 0 48"/>`,
	"sunglasses":          `<path d="M12 42h76M16 42c0 30 30 30 32 4M84 42c0 30-30 30-32 4M48 46c2-4 2-4 4 0"/>`,
	"tablets":             `<rect x="20" y="16" width="60" height="68" rx="6"/><path d="M46 76h8"/>`,
	"tops":                `<path d="M36 16v10a14 14 0 0 0 28 0V16M36 26l-10 20 8 8v30h32V54l8-8-10-20"/>`,
	"vehicle":             `<path d="M12 66V52l12-4 12-18h30l16 18 8 6v12zM38 46h36"/><circle cx="30" cy="68" r="9"/><circle cx="72" cy="68" r="9"/>`,
	"womens-bags":         `<path d="M20 40h60l6 46H14zM34 40V30a16 16 0 0 1 32 0v10M14 58h72"/>`,
	"womens-dresses":      `<path d="M40 14v12L34 44l-18 42h68L66 44l-6-18V14M34 44h32"/>`,
	"womens-jewellery":    `<path d="M34 26h32l14 18-30 42-30-42zM20 44h60M42 44l8 42 8-42"/>`,
	"womens-shoes":        `<path d="M16 30c0 20 14 28 30 38s26 10 40 10v-8c-14 0-24-8-36-22S28 26 16 30zM18 44v40h6V54"/>`,
	"womens-watches":      `<circle cx="50" cy="50" r="18"/><path d="M44 33l-2-21h16l-2 21M44 67l-2 21h16l-2-21M50 40v10l7 4"/>`,
}

// anyGlyph is the drawing of a category that has none of its own.
const anyGlyph = `<path d="M20 36l30-16 30 16v34L50 86 20 70zM20 36l30 16 30-16M50 52v34"/>`

// Draw returns the picture of a product as SVG: its category's glyph on a
// ground whose colour is the brand's own, always the same for one brand.
func Draw(p Product) []byte {
	hue := hueOf(p.Brand + "/" + p.MainCategory())
	glyph, known := glyphs[p.MainCategory()]
	if !known {
		glyph = anyGlyph
	}
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img" aria-labelledby="t">`)
	fmt.Fprintf(&b, `<title id="t">%s</title>`, escape(p.Title.In(Turkish)))
	fmt.Fprintf(&b, `<rect width="400" height="400" fill="hsl(%d 45%% 92%%)"/>`, hue)
	fmt.Fprintf(&b, `<circle cx="200" cy="180" r="130" fill="hsl(%d 45%% 84%%)"/>`, hue)
	fmt.Fprintf(&b, `<g transform="translate(100 80) scale(2)" fill="none" stroke="hsl(%d 55%% 28%%)" stroke-width="4" stroke-linejoin="round" stroke-linecap="round">%s</g>`, hue, glyph)
	label := p.Brand
	if label == "" {
		label = p.Title.In(Turkish)
	}
	fmt.Fprintf(&b, `<text x="200" y="366" text-anchor="middle" font-family="system-ui, sans-serif" font-size="24" fill="hsl(%d 55%% 22%%)">%s</text></svg>`, hue, escape(shorten(label)))
	return b.Bytes()
}

func hueOf(s string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // a hash never fails to write
	// The golden angle sets hues of similar hashes apart.
	return int(math.Mod(float64(h.Sum32()%1000)*137.508, 360))
}

const labelLength = 26

func shorten(s string) string {
	runes := []rune(s)
	if len(runes) <= labelLength {
		return s
	}
	return string(runes[:labelLength-1]) + "…"
}

func escape(s string) string {
	var b bytes.Buffer
	// EscapeText fails only when the writer does, and a buffer never does.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
