package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
)

// Limits of a workbook: of all that it unpacks to, of its table of texts, and of the
// parts that only say where others are.
const (
	maxUnpacked = 256 << 20
	maxShared   = 128 << 20
	maxSmall    = 4 << 20
	maxParts    = 1000
	maxTexts    = 4_000_000
)

// Parts that every workbook has where the packaging says (ECMA-376 part 2, 6.5 and 7.2).
const (
	contentTypes = "[content_types].xml"
	relations    = "_rels/.rels"
)

// workbook is an archive of parts of which none was unpacked yet, beside its texts.
type workbook struct {
	ctx    context.Context //nolint:containedctx // a SheetReader is read without one
	parts  map[string]*zip.File
	first  string
	shared texts
}

// openWorkbook finds the first sheet the way that a spreadsheet does: by relations, not
// by names of files.
func openWorkbook(ctx context.Context, content []byte) (*workbook, error) {
	b := &workbook{ctx: ctx, parts: map[string]*zip.File{}}
	if err := b.measure(content); err != nil {
		return nil, err
	}
	main, err := b.main()
	if err != nil {
		return nil, err
	}
	first, err := b.firstSheet(main)
	if err != nil {
		return nil, err
	}
	links, err := b.links(relationsOf(main))
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		switch {
		case l.id == first && l.kind == "worksheet":
			b.first = resolved(main, l.target)
		case l.kind == "sharedStrings":
			if err := b.share(resolved(main, l.target)); err != nil {
				return nil, err
			}
		}
	}
	if b.first == "" {
		return nil, fault.New(fault.Invalid, "the workbook's first sheet holds no rows")
	}
	return b, nil
}

// measure looks at what the archive states before anything of it is unpacked: a size
// that is stated is one that a part cannot exceed (archive/zip, checksumReader).
func (b *workbook) measure(content []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return b.damaged(err)
	}
	if len(archive.File) > maxParts {
		return fault.New(fault.Invalid, "the workbook has too many parts")
	}
	var unpacked uint64
	for _, f := range archive.File {
		if unpacked += f.UncompressedSize64; f.UncompressedSize64 > maxUnpacked || unpacked > maxUnpacked {
			return fault.New(fault.Invalid, "the workbook unpacks to more than %d MB", maxUnpacked>>20)
		}
		name := strings.ToLower(strings.ReplaceAll(f.Name, "\\", "/"))
		if _, twice := b.parts[name]; twice {
			return b.damaged(fmt.Errorf("%s is there twice", f.Name))
		}
		b.parts[name] = f
	}
	return nil
}

// main returns the name of the part that names the sheets.
func (b *workbook) main() (string, error) {
	types, err := b.open(contentTypes, maxSmall)
	if err == nil {
		err = types.each(func(xml.StartElement) error { return nil })
	}
	if err != nil {
		return "", b.damaged(err)
	}
	links, err := b.links(relations)
	if err != nil {
		return "", b.damaged(err)
	}
	for _, l := range links {
		if l.kind == "officeDocument" {
			return resolved("", l.target), nil
		}
	}
	return "", b.damaged(errors.New("no relation leads to a workbook"))
}

// firstSheet returns by which relation the first sheet is found.
func (b *workbook) firstSheet(main string) (string, error) {
	p, err := b.open(main, maxSmall)
	if err != nil {
		return "", err
	}
	first, found := "", false
	err = p.each(func(element xml.StartElement) error {
		if element.Name.Local == "sheet" && !found {
			first, found = attribute(element, "id"), true
		}
		return nil
	})
	if err == nil && !found {
		return "", fault.New(fault.Invalid, "the workbook has no sheet")
	}
	return first, b.damaged(err)
}

// link is a relation of a part to another; kind is the last word of its type, which is
// the same in the strict and in the transitional form.
type link struct{ id, kind, target string }

func (b *workbook) links(name string) ([]link, error) {
	p, err := b.open(name, maxSmall)
	if err != nil {
		return nil, err
	}
	var links []link
	err = p.each(func(element xml.StartElement) error {
		if element.Name.Local == "Relationship" && attribute(element, "TargetMode") != "External" {
			links = append(links, link{attribute(element, "Id"), path.Base(attribute(element, "Type")), attribute(element, "Target")})
		}
		return nil
	})
	return links, b.damaged(err)
}

// relationsOf is where the relations of a part are.
func relationsOf(name string) string {
	return path.Join(path.Dir(name), "_rels", path.Base(name)+".rels")
}

// resolved is the part that a relation of another leads to.
func resolved(from, target string) string {
	target = strings.ToLower(strings.ReplaceAll(target, "\\", "/"))
	if !strings.HasPrefix(target, "/") {
		target = path.Join("/", path.Dir(from), target)
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}

// share reads the table of texts that cells name by their numbers. Programs that write
// texts into cells may leave it out.
func (b *workbook) share(name string) error {
	if b.parts[name] == nil {
		return nil
	}
	p, err := b.open(name, maxShared)
	if err != nil {
		return err
	}
	return b.damaged(p.each(func(element xml.StartElement) (err error) {
		if element.Name.Local != "si" {
			return nil
		}
		if len(b.shared.ends) == maxTexts {
			return fault.New(fault.Invalid, "the workbook has too many texts")
		}
		if b.shared.all, err = p.text(b.shared.all); err == nil {
			b.shared.ends = append(b.shared.ends, len(b.shared.all))
		}
		return err
	}))
}

// open begins to read a part that is no larger than it may be.
func (b *workbook) open(name string, limit uint64) (*part, error) {
	f, there := b.parts[name]
	if !there {
		return nil, b.damaged(fmt.Errorf("%s is not there", name))
	}
	if f.UncompressedSize64 > limit {
		return nil, fault.New(fault.Invalid, "%s in the workbook is larger than %d MB", path.Base(name), limit>>20)
	}
	p, err := openPart(b.ctx, f)
	return p, b.damaged(err)
}

// damaged says what is wrong with a workbook, unless it is said already or nobody waits
// for it any more.
func (b *workbook) damaged(err error) error {
	if err == nil || b.ctx.Err() != nil || fault.Is(err, fault.Invalid) {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "the file is no XLSX workbook, is damaged, or is protected by a password")
}

// texts are kept in one piece: a header for each would be larger than most of them.
type texts struct {
	all  []byte
	ends []int
}

func (t texts) at(n int) (string, error) {
	if n < 0 || n >= len(t.ends) {
		return "", fmt.Errorf("there is no shared text %d", n)
	}
	start := 0
	if n > 0 {
		start = t.ends[n-1]
	}
	return unescaped(string(t.all[start:t.ends[n]])), nil
}
