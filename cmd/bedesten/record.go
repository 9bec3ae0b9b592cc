package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.temporal.io/api/temporalproto"

	"github.com/bedesten/bedesten/internal/lab"
)

type recordCmd struct {
	Into string `default:"workflows/testdata/histories/order" help:"The folder of the recordings." type:"path"`
}

// Run plays every story that has no recording yet and writes its history. A
// recording is added, never edited: delete nothing here.
func (c recordCmd) Run(ctx context.Context, out io.Writer) error {
	missing := []lab.Story{}
	for _, s := range lab.Stories() {
		if _, err := os.Stat(c.file(s)); errors.Is(err, os.ErrNotExist) {
			missing = append(missing, s)
		}
	}
	if len(missing) == 0 {
		_, err := fmt.Fprintln(out, "every story has its recording")
		return err
	}
	return stage(ctx, out, func(l *lab.Lab) error { return c.record(ctx, out, l, missing) })
}

func (c recordCmd) record(ctx context.Context, out io.Writer, l *lab.Lab, missing []lab.Story) error {
	if err := os.MkdirAll(c.Into, 0o755); err != nil {
		return fmt.Errorf("making the recordings' folder: %w", err)
	}
	for _, s := range missing {
		shopper, _, err := s.Play(ctx, l)
		if err != nil {
			return err
		}
		told, err := l.History(ctx, shopper.OrderID)
		if err != nil {
			return err
		}
		raw, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(told)
		if err != nil {
			return fmt.Errorf("writing the history of %s: %w", s.Name, err)
		}
		if err := os.WriteFile(c.file(s), raw, 0o600); err != nil {
			return fmt.Errorf("keeping the history of %s: %w", s.Name, err)
		}
		fmt.Fprintf(out, "recorded %-20s %d events\n", s.Name, len(told.GetEvents()))
	}
	return nil
}

func (c recordCmd) file(s lab.Story) string { return filepath.Join(c.Into, s.Name+".json") }
