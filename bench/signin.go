package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/lab"
)

// entries is what signing in costs, alone and under attack.
type entries struct {
	accounts int
	alone    latency
	// known is somebody whose own account is attacked, on their own device; stranger
	// somebody else, each time from an address that was never seen.
	known, stranger honest
	attackers       map[int]int
	attack          time.Duration
}

// honest is what people met who had the right password.
type honest struct {
	times    latency
	worst    time.Duration
	answered map[int]int
}

// String tells how long they waited, and how often they were let in (201).
func (h honest) String() string {
	return fmt.Sprintf("p50 %.0f ms, worst %.0f ms, answers %v", ms(h.times.p50), ms(h.worst), h.answered)
}

// The attack: so many wrong passwords a minute, from so many addresses.
const (
	wrongAMinute = 10_000
	addresses    = 100
)

// measureEntries measures signing in among n accounts, first alone and then under attack.
func measureEntries(ctx context.Context, n int) (s entries, err error) {
	s = entries{accounts: n, attackers: map[int]int{}, attack: time.Minute}
	l, err := lab.Start(ctx, lab.Options{Change: lab.Guarded})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	if err := l.StartWorker(ctx); err != nil {
		return s, err
	}
	if err := l.StartAPI(ctx); err != nil {
		return s, err
	}
	began := time.Now()
	if err := l.Enrol(ctx, n); err != nil {
		return s, err
	}
	fmt.Printf("%d accounts in %.0f s\n", n, time.Since(began).Seconds())
	d := door{url: l.Config.PublicURL, http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	alone, err := repeated(ctx, 60, 1, func(ctx context.Context, i int) error {
		return d.mustOpen(ctx, i*(n/100)%n, i)
	})
	if err != nil {
		return s, err
	}
	s.alone = alone.latency()
	return s, s.underAttack(ctx, d)
}

// door is where people sign in.
type door struct {
	url  string
	http *http.Client
}

// try signs in from the address with the number and returns the status and the
// device's token.
func (d door) try(ctx context.Context, account int, password, device, from string) (status int, token string, err error) {
	body, err := json.Marshal(map[string]string{"email": lab.EmailOf(account), "password": password, "device_token": device})
	if err != nil {
		return 0, "", fmt.Errorf("writing a sign-in: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/v1/sessions", bytes.NewReader(body))
	if err != nil {
		return 0, "", fmt.Errorf("signing in: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Forwarded-For", from)
	res, err := d.http.Do(req)
	if err != nil {
		return 0, "", fmt.Errorf("signing in: %w", err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, "", fmt.Errorf("signing in: %w", err)
	}
	var answer struct {
		Device string `json:"device_token"`
	}
	return res.StatusCode, answer.Device, json.Unmarshal(raw, &answer)
}

func (d door) mustOpen(ctx context.Context, account, from int) error {
	status, _, err := d.try(ctx, account, lab.Password, "", address(10, from))
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("signing in answered %d", status)
	}
	return err
}

// address is the n-th of a network.
func address(network, n int) string { return fmt.Sprintf("10.%d.%d.%d", network, n/250, n%250+1) }

// underAttack lets people in while others guess. The guessers know the mail address of
// the one whom they are after, and try others besides.
func (s *entries) underAttack(ctx context.Context, d door) error {
	_, device, err := d.try(ctx, 0, lab.Password, "", address(20, 0))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.attack)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	for a := range addresses {
		all.Go(func() {
			every := time.NewTicker(time.Minute * addresses / wrongAMinute)
			defer every.Stop()
			for i := 0; ; i++ {
				select {
				case <-ctx.Done():
					return
				case <-every.C:
				}
				target := 0
				if i%2 == 1 {
					target = 1 + (a*31+i)%50
				}
				status, _, err := d.try(ctx, target, "yanlış parola "+strconv.Itoa(i), "", address(30, a))
				if err == nil {
					mu.Lock()
					s.attackers[status]++
					mu.Unlock()
				}
			}
		})
	}
	all.Go(func() { s.known = people(ctx, d, func(int) (int, string, string) { return 0, device, address(20, 0) }) })
	all.Go(func() {
		s.stranger = people(ctx, d, func(n int) (int, string, string) { return 100 + n, "", address(40, n) })
	})
	all.Wait()
	if s.attackers[http.StatusCreated] > 0 {
		return fmt.Errorf("%d wrong passwords were let in", s.attackers[http.StatusCreated])
	}
	return nil
}

// between is how often an honest person signs in: a device that is known has two a
// minute, after ten.
const between = 5 * time.Second

// people sign in with the right password now and then.
func people(ctx context.Context, d door, who func(n int) (account int, device, from string)) honest {
	h := honest{answered: map[int]int{}}
	var each []time.Duration
	every := time.NewTicker(between)
	defer every.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			h.times = times{each: each, total: between}.latency()
			if len(each) > 0 {
				h.worst = slices.Max(each)
			}
			return h
		case <-every.C:
		}
		account, device, from := who(n)
		began := time.Now()
		status, _, err := d.try(ctx, account, lab.Password, device, from)
		if err == nil {
			each = append(each, time.Since(began))
			h.answered[status]++
		}
	}
}

// String tells it in a few lines.
func (s entries) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Signing in among %d accounts, one at a time: p50 %.0f ms, p95 %.0f ms\n", s.accounts, ms(s.alone.p50), ms(s.alone.p95))
	fmt.Fprintf(&b, "Under %d wrong passwords a minute from %d addresses, for %s:\n", wrongAMinute, addresses, s.attack)
	fmt.Fprintf(&b, "  on a known device, own account attacked: %s\n", s.known)
	fmt.Fprintf(&b, "  somebody else, from a new address:       %s\n", s.stranger)
	fmt.Fprintf(&b, "  the guessers' answers:                   %v\n", s.attackers)
	return b.String()
}
