package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
)

// demoStories is how many of the rig's stories the demo tells.
const demoStories = 5

type demoCmd struct {
	All    bool   `help:"Tell every story, not only the first five."`
	Golden string `help:"Write how the stories are told into this folder, instead of comparing." type:"path"`
}

// Run plays the stories one after the other, compares each with its golden
// telling, and ends with the audit.
func (c demoCmd) Run(ctx context.Context, out io.Writer) (err error) {
	l, err := stage(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	stories := lab.Stories()
	if !c.All && c.Golden == "" {
		stories = stories[:demoStories]
	}
	var wrong []error
	for i, s := range stories {
		fmt.Fprintf(out, "\n%d. %s\n", i+1, s.Title)
		shopper, entries, err := s.Play(ctx, l)
		if err != nil {
			return err
		}
		tell(out, shopper, entries)
		if s.Unseen != "" {
			fmt.Fprintf(out, "   (%s)\n", s.Unseen)
		}
		wrong = append(wrong, c.compare(s, lab.Told(entries)))
	}
	report, err := l.App.Auditor(30 * time.Second).Run(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%s", report)
	if !report.Clean() {
		wrong = append(wrong, errFindings)
	}
	return errors.Join(wrong...)
}

// stage starts the rig with a worker that can be frozen and killed.
func stage(ctx context.Context, out io.Writer) (*lab.Lab, error) {
	fmt.Fprintln(out, "starting stores, Temporal, the Stripe simulator, API and worker …")
	l, err := lab.Start(ctx, lab.Options{Log: quiet(), Child: os.Stderr})
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err == nil {
		err = errors.Join(l.StartAPI(ctx), l.StartWorkerProcess(ctx, io.Discard, self, "run-worker"))
	}
	if err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	return l, nil
}

func (c demoCmd) compare(s lab.Story, told string) error {
	if c.Golden != "" {
		return os.WriteFile(filepath.Join(c.Golden, s.Name+".txt"), []byte(told), 0o600)
	}
	golden, err := s.Golden()
	if err != nil {
		return err
	}
	if golden != told {
		return fmt.Errorf("story %s is told otherwise than golden/%s.txt says:\n%s", s.Name, s.Name, golden)
	}
	return nil
}

// tell prints a timeline as a table.
func tell(out io.Writer, p *lab.Shopper, entries []order.Entry) {
	fmt.Fprintf(out, "   order %s\n", p.OrderID)
	if len(entries) == 0 {
		return
	}
	first := entries[0].At
	for _, e := range entries {
		money := ""
		if e.Amount != nil {
			money = e.Amount.String()
		}
		fmt.Fprintf(out, "   %7.2f s  %-26s %-18s %-14s %s\n", e.At.Sub(first).Seconds(),
			strings.ReplaceAll(string(e.Kind), "_", " "), e.Status, money, e.Detail)
	}
}
