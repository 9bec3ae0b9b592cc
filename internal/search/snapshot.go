package search

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
)

// snapshot is a file of what the index was built of, for the next start: frames of
// products, each with the moment up to which everything stands in the file once it
// does. Products that change are appended; of several revisions the last counts. A
// frame that was torn by a crash ends the file.
type snapshot struct {
	path string
	// shop is whose products it holds: the file of another database is not read.
	shop string
	file *os.File
	// written is how many products the file holds, some of them several times.
	written int64
}

// frame is what is written at once.
type frame struct {
	// Shop and Format stand in the first one: whose file it is, and how it is written.
	Shop   string `json:"shop,omitempty"`
	Format int    `json:"format,omitempty"`

	Watermark int64             `json:"watermark"` // milliseconds
	Products  []catalog.Product `json:"products"`
}

const (
	// snapshotFormat grows whenever a product is written otherwise: a field that has
	// another name would be read as empty.
	snapshotFormat = 2
	// frameHead is the length of a frame and its checksum.
	frameHead = 8
	maxFrame  = 256 << 20
	// markEvery is how often a file is told that nothing has changed.
	markEvery = time.Hour
)

// begin makes a new file beside the old one.
func (s *snapshot) begin() error {
	if err := s.close(); err != nil {
		return err
	}
	file, err := os.OpenFile(s.path+".new", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("making the search's snapshot: %w", err)
	}
	s.file, s.written = file, 0
	return s.write(frame{Shop: s.shop, Format: snapshotFormat})
}

// complete puts the new file in the place of the old one.
func (s *snapshot) complete() error {
	if err := errors.Join(s.file.Sync(), os.Rename(s.path+".new", s.path)); err != nil {
		return fmt.Errorf("keeping the search's snapshot: %w", err)
	}
	return nil
}

func (s *snapshot) close() error {
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file = nil
	return file.Close()
}

// add appends products. Of those that shoppers do not see it keeps the revision.
func (s *snapshot) add(products []catalog.Product, watermark time.Time) error {
	f := frame{Watermark: watermark.UnixMilli(), Products: make([]catalog.Product, len(products))}
	for i, p := range products {
		f.Products[i] = p
		if p.Status != catalog.Active {
			f.Products[i] = catalog.Product{ID: p.ID, Revision: p.Revision, Status: p.Status}
		}
	}
	if err := s.write(f); err != nil {
		return err
	}
	s.written += int64(len(products))
	return nil
}

func (s *snapshot) write(f frame) error {
	body, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("writing the search's snapshot: %w", err)
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(body)))
	head = binary.LittleEndian.AppendUint32(head, crc32.ChecksumIEEE(body))
	if _, err := s.file.Write(append(head, body...)); err != nil {
		return fmt.Errorf("writing the search's snapshot: %w", err)
	}
	return nil
}

// restore reads the file, and calls each with its frames, of which several are read
// at once. It returns the moment up to which everything is there; zero where there is
// no file, or not one whole frame. What follows the last whole frame is cut off.
func (s *snapshot) restore(ctx context.Context, each func(frame)) (time.Time, error) {
	file, err := os.OpenFile(s.path, os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("opening the search's snapshot: %w", err)
	}
	s.file, s.written = file, 0
	whole, watermark, err := s.frames(ctx, each)
	if err != nil {
		return time.Time{}, err
	}
	if err := file.Truncate(whole); err != nil {
		return time.Time{}, fmt.Errorf("cutting the search's snapshot: %w", err)
	}
	if _, err := file.Seek(whole, io.SeekStart); err != nil {
		return time.Time{}, fmt.Errorf("going on with the search's snapshot: %w", err)
	}
	if watermark == 0 {
		return time.Time{}, nil
	}
	return time.UnixMilli(watermark), nil
}

// frames reads frames until one is not whole. It returns where that begins, and the
// last watermark before it.
func (s *snapshot) frames(ctx context.Context, each func(frame)) (whole, watermark int64, err error) {
	var mu sync.Mutex
	var readers sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	in := bufio.NewReaderSize(s.file, 1<<20)
	first, ours := s.first(in)
	if !ours {
		return 0, 0, nil
	}
	whole = first
	for ctx.Err() == nil {
		body, there := nextFrame(in)
		if !there {
			break
		}
		whole += frameHead + int64(len(body))
		free <- struct{}{}
		readers.Go(func() {
			defer func() { <-free }()
			var f frame
			broken := json.Unmarshal(body, &f)
			if broken == nil {
				each(f)
			}
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, broken)
			watermark = max(watermark, f.Watermark)
			s.written += int64(len(f.Products))
		})
	}
	readers.Wait()
	return whole, watermark, errors.Join(err, ctx.Err())
}

// first reads the first frame, and reports where it ends and whether the file is this
// shop's, as it is written today.
func (s *snapshot) first(in io.Reader) (end int64, ours bool) {
	body, there := nextFrame(in)
	var f frame
	if !there || json.Unmarshal(body, &f) != nil {
		return 0, false
	}
	return frameHead + int64(len(body)), f.Shop == s.shop && f.Format == snapshotFormat
}

// nextFrame reads the next frame; false at the end, and where it is not whole.
func nextFrame(in io.Reader) ([]byte, bool) {
	var head [frameHead]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, false
	}
	length := binary.LittleEndian.Uint32(head[:4])
	if length > maxFrame {
		return nil, false
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in, body); err != nil {
		return nil, false
	}
	return body, crc32.ChecksumIEEE(body) == binary.LittleEndian.Uint32(head[4:])
}
