package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// growth is how reading costs more as a catalogue grows.
type growth []shelf

// curve is one line of the plot.
type curve struct {
	name, colour string
	of           func(shelf) float64
}

var curves = []curve{
	{"page, p99 ms", "#1b6ca8", func(s shelf) float64 { return ms(s.page.p99) }},
	{"list with facets, warm, p99 ms", "#2a9d5c", func(s shelf) float64 { return ms(s.list.p99) }},
	{"search with facets, uncached, p99 ms", "#c2571a", func(s shelf) float64 { return ms(s.found.p99) }},
	{"the same, one at a time, p99 ms", "#e0a030", func(s shelf) float64 { return ms(s.alone.p99) }},
	{"index, MB", "#7a5195", func(s shelf) float64 { return float64(s.heap) / (1 << 20) }},
	{"cold start from the snapshot, s", "#8a8a8a", func(s shelf) float64 { return s.restored.Seconds() }},
}

// String is the growth as a table.
func (g growth) String() string {
	var b strings.Builder
	b.WriteString("### How it grows\n\n| products |")
	for _, c := range curves {
		b.WriteString(" " + c.name + " |")
	}
	b.WriteString(" page of bare | list of bare |\n|" + strings.Repeat("---|", len(curves)+3) + "\n")
	for _, s := range g {
		fmt.Fprintf(&b, "| %d |", s.products)
		for _, c := range curves {
			fmt.Fprintf(&b, " %.1f |", c.of(s))
		}
		fmt.Fprintf(&b, " %.2f | %.2f |\n", s.page.rate/s.barePage.rate, s.list.rate/s.bareList.rate)
	}
	b.WriteString("\n![How it grows](catalogue.svg)\n")
	return b.String()
}

// Size of the plot, and where its axes are.
const (
	plotWidth, plotHeight               = 760, 420
	plotLeft, plotTop, plotRight, plotY = 60, 24, 500, 360
)

// plot draws the growth: both axes are logarithmic, as sizes and times are.
func (g growth) plot() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12"><rect width="100%%" height="100%%" fill="#fff"/>`, plotWidth, plotHeight)
	low, high := 0.1, 1000.0
	first, last := float64(g[0].products), float64(g[len(g)-1].products)
	x := func(n float64) float64 {
		return plotLeft + (plotRight-plotLeft)*math.Log(n/first)/math.Log(max(last/first, math.E))
	}
	y := func(v float64) float64 {
		return plotY - (plotY-plotTop)*math.Log(min(max(v, low), high)/low)/math.Log(high/low)
	}
	for v := low; v <= high; v *= 10 {
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#e4e4e4"/><text x="%d" y="%.1f" text-anchor="end" fill="#555">%g</text>`, plotLeft, y(v), plotRight, plotLeft-8, y(v)+4, v)
	}
	for _, s := range g {
		n := float64(s.products)
		fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="#e4e4e4"/><text x="%.1f" y="%d" text-anchor="middle" fill="#555">%d</text>`, x(n), plotTop, plotY, x(n), plotY+20, s.products)
	}
	for i, c := range curves {
		points := make([]string, len(g))
		for k, s := range g {
			points[k] = fmt.Sprintf("%.1f,%.1f", x(float64(s.products)), y(c.of(s)))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`, x(float64(s.products)), y(c.of(s)), c.colour)
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`, strings.Join(points, " "), c.colour)
		at := plotTop + 16 + 24*i
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="14" height="4" fill="%s"/><text x="%d" y="%d" fill="#222">%s</text>`, plotRight+24, at-4, c.colour, plotRight+44, at+2, c.name)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle" fill="#555">products in the catalogue</text></svg>`, (plotLeft+plotRight)/2, plotY+44)
	return b.String() + "\n"
}

// draw writes the plot beside the records.
func (g growth) draw(folder string) error {
	if len(g) < 2 {
		return nil
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("making the folder of records: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "catalogue.svg"), []byte(g.plot()), 0o600); err != nil {
		return fmt.Errorf("drawing how it grows: %w", err)
	}
	return nil
}
