package sheet

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/bedesten/bedesten/internal/catalog"
)

// Limits of what reading XML takes: a token, which is a text or a tag with all it says,
// how deep elements stand in each other, and how many there are. The last one is
// what a sheet of the largest size has where each cell is a digit.
const (
	maxToken    = 1 << 20
	maxDepth    = 64
	maxElements = 20_000_000
)

var (
	errToken = errors.New("a text or a tag is too long")
	errDepth = errors.New("elements stand too deep in each other")
	errCount = errors.New("there are too many elements")
)

// part is one XML file of a workbook on its way.
type part struct {
	name  string
	from  io.ReadCloser
	gate  *gate
	xml   *xml.Decoder
	depth int
	count int
}

func openPart(ctx context.Context, f *zip.File) (*part, error) {
	from, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", f.Name, err)
	}
	g := &gate{ctx: ctx, from: from}
	return &part{name: f.Name, from: from, gate: g, xml: xml.NewDecoder(g)}, nil
}

// next returns the next token, good until the one after it. io.EOF is the end of a part
// that is whole: the decoder knows which elements are open, the archive the checksum.
func (p *part) next() (xml.Token, error) {
	p.gate.left = maxToken
	token, err := p.xml.Token()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.name, err)
	}
	switch token.(type) {
	case xml.StartElement:
		if p.depth++; p.depth > maxDepth {
			return nil, fmt.Errorf("reading %s: %w", p.name, errDepth)
		}
		if p.count++; p.count > maxElements {
			return nil, fmt.Errorf("reading %s: %w", p.name, errCount)
		}
	case xml.EndElement:
		p.depth--
	}
	return token, nil
}

// each shows every element of the part to its end, and closes it.
func (p *part) each(visit func(xml.StartElement) error) error {
	token, err := p.next()
	for ; err == nil; token, err = p.next() {
		if element, is := token.(xml.StartElement); is {
			if err := visit(element); err != nil {
				return errors.Join(err, p.Close())
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, p.Close())
}

// text adds what the element that has just begun says, to its end: values and texts,
// but neither formulas nor how a text is pronounced. Of one that is longer than a cell
// may be it keeps as much as shows that.
func (p *part) text(to []byte) ([]byte, error) {
	outside, limit := p.depth-1, len(to)+catalog.MaxSheetCell+1
	said, unsaid := 0, 0
	for p.depth > outside {
		token, err := p.next()
		if err != nil {
			return nil, wholeOr(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "v", "t":
				said = p.depth
			case "rPh", "f":
				unsaid = p.depth
			}
		case xml.EndElement:
			if p.depth < said {
				said = 0
			}
			if p.depth < unsaid {
				unsaid = 0
			}
		case xml.CharData:
			if said > 0 && unsaid == 0 {
				to = append(to, token[:min(len(token), limit-len(to))]...)
			}
		}
	}
	return to, nil
}

// wholeOr keeps an end amid an element from being taken for that of the part.
func wholeOr(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (p *part) Close() error {
	if err := p.from.Close(); err != nil {
		return fmt.Errorf("closing %s: %w", p.name, err)
	}
	return nil
}

// attribute returns an attribute without a namespace, or in any.
func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// gate lets through what one token may hold, and nothing once nobody waits any more.
type gate struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no room for it
	from io.Reader
	left int
}

func (g *gate) Read(p []byte) (int, error) {
	if err := g.ctx.Err(); err != nil {
		return 0, fmt.Errorf("the reading was ended: %w", err)
	}
	if g.left <= 0 {
		return 0, errToken
	}
	n, err := g.from.Read(p[:min(len(p), g.left)])
	g.left -= n
	return n, err //nolint:wrapcheck // an io.Reader's own
}
