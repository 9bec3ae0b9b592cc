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
const demoStories = 8

type demoCmd struct {
	All    bool   `help:"Tell every story, not only the first eight."`
	Golden string `help:"Write how the stories are told into this folder, instead of comparing." type:"path"`
}

// Run plays the stories side by side, tells each from its beginning to its end,
// compares it with its golden telling, and ends with the audit.
func (c demoCmd) Run(ctx context.Context, out io.Writer) error {
	return stage(ctx, out, func(l *lab.Lab) error { return c.play(ctx, out, l) })
}

func (c demoCmd) play(ctx context.Context, out io.Writer, l *lab.Lab) error {
	stories := lab.Stories()
	if !c.All && c.Golden == "" {
		stories = stories[:demoStories]
	}
	fmt.Fprintf(out, "%d orders on their way, each to its end: a parcel takes three seconds, fourteen days to send it back take %s …\n",
		len(stories), l.App.Policy.ReturnWindow)
	var wrong []error
	n := 0
	for told := range l.Tell(ctx, stories) {
		n++
		fmt.Fprintf(out, "\n%d. %s\n", n, told.Story.Title)
		if told.Err != nil {
			fmt.Fprintln(out, "   went otherwise, see below")
			wrong = append(wrong, told.Err)
			continue
		}
		tell(out, told.Shopper, told.Entries)
		if told.Story.Unseen != "" {
			fmt.Fprintf(out, "   (%s)\n", told.Story.Unseen)
		}
		wrong = append(wrong, c.compare(told.Story, lab.Told(told.Entries)))
	}
	report, err := l.App.Auditor(30 * time.Second).Run(ctx)
	if err != nil {
		return errors.Join(append(wrong, err)...)
	}
	fmt.Fprintf(out, "\n%s", report)
	if !report.Clean() {
		wrong = append(wrong, errFindings)
	}
	return errors.Join(wrong...)
}

// stage starts the rig with a worker that can be frozen and killed, plays, and
// stops it. What the servers say of their inner life, such as of a worker that a
// story kills, is shown only where something went wrong.
func stage(ctx context.Context, out io.Writer, play func(*lab.Lab) error) (err error) {
	fmt.Fprintln(out, "starting stores, Temporal, the simulators of Stripe, EasyPost and SendGrid, API and worker …")
	said := &kept{}
	defer func() {
		if err != nil {
			said.show(os.Stderr)
		}
	}()
	l, err := lab.Start(ctx, lab.Options{Log: quiet(), Child: said})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := errors.Join(l.StartAPI(ctx), l.StartWorkerProcess(ctx, io.Discard, self, "run-worker")); err != nil {
		return err
	}
	return play(l)
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
	for _, e := range entries {
		what, detail, money := string(e.Kind), e.Detail, ""
		if number, state, of := strings.Cut(e.Detail, " "); of && e.Kind == order.EntryParcel {
			what, detail = "parcel "+number, state
		}
		if e.Amount != nil {
			money = e.Amount.String()
		}
		line := fmt.Sprintf("   %7.2f s  %-26s %-18s %-14s %s", e.At.Sub(entries[0].At).Seconds(), words(what), e.Status, money, words(detail))
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

// words writes a name of ours as a person would.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }
