package sim

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
)

// Kind says what a fault does. The stage at which it strikes follows from it.
type Kind string

// Faults that strike in front of the provider's idempotency layer: the call has
// no effect and nothing is kept under its key.
const (
	// TimeoutBefore never answers.
	TimeoutBefore Kind = "timeout_before"
	// ResetBefore cuts the connection.
	ResetBefore Kind = "connection_reset"
	// Error500Before answers 500.
	Error500Before Kind = "error_500_before"
	// RateLimit answers 429.
	RateLimit Kind = "rate_limit"
	// Answer answers with the fault's own status, type, code and message.
	Answer Kind = "answer"
)

// Faults that strike while the call runs and holds its key. A replay of a kept
// answer does not meet them.
const (
	// Slow waits DelayMS before the effect, and carries on when the client has
	// gone away meanwhile.
	Slow Kind = "slow"
	// Decline makes the card's bank say no with the fault's code.
	Decline Kind = "decline"
	// Error500Kept has no effect, answers 500 and keeps the 500 under the key.
	Error500Kept Kind = "error_500_kept"
	// Error500After has its effect, answers 500 and keeps the 500 under the key.
	Error500After Kind = "error_500_after"
)

// Faults of providers that answer HTTP 200 with an error in it, which strike
// while the call runs. An injector takes them only when its simulator allows
// them.
const (
	// ErrorIn200 has no effect and answers 200 with an error in the body.
	ErrorIn200 Kind = "error_200"
	// ErrorIn200After has its effect and answers 200 with an error in the body.
	ErrorIn200After Kind = "error_200_after"
)

// Faults that strike on the way back: the call took effect and its true answer
// is kept under the key. A replay meets them too.
const (
	// TimeoutAfter never answers.
	TimeoutAfter Kind = "timeout_after"
	// ResetAfter cuts the connection.
	ResetAfter Kind = "connection_reset_after"
	// BrokenBody answers with half of the body, or with HTML when the fault has a
	// status other than 200.
	BrokenBody Kind = "broken_body"
)

// Faults of webhooks.
const (
	// WebhookDuplicate delivers an event twice.
	WebhookDuplicate Kind = "webhook_duplicate"
	// WebhookReorder delivers an event after the next one about the same object,
	// or after DelayMS (a second when zero) if none comes.
	WebhookReorder Kind = "webhook_reorder"
	// WebhookDelay delivers an event DelayMS late.
	WebhookDelay Kind = "webhook_delay"
	// WebhookDrop never delivers an event.
	WebhookDrop Kind = "webhook_drop"
)

// Stage is the moment in the life of a call or of a webhook at which a fault
// strikes.
type Stage int

// The stages, in the order in which a call meets them.
const (
	StageFront Stage = iota + 1
	StageEffect
	StageReply
	StageWebhook
)

var stageOf = map[Kind]Stage{
	TimeoutBefore: StageFront, ResetBefore: StageFront, Error500Before: StageFront, RateLimit: StageFront, Answer: StageFront,
	Slow: StageEffect, Decline: StageEffect, Error500Kept: StageEffect, Error500After: StageEffect,
	ErrorIn200: StageEffect, ErrorIn200After: StageEffect,
	TimeoutAfter: StageReply, ResetAfter: StageReply, BrokenBody: StageReply,
	WebhookDuplicate: StageWebhook, WebhookReorder: StageWebhook, WebhookDelay: StageWebhook, WebhookDrop: StageWebhook,
}

// Fault is a rule: what goes wrong, for which calls or webhooks, and how often.
type Fault struct {
	// ID is given by the injector.
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`

	// Match narrows the rule; the zero Match fits everything.
	Match Match `json:"match"`

	// Skip lets the first matches pass.
	Skip int `json:"skip,omitempty"`

	// Times is how often the rule strikes before it is spent; zero means until it
	// is cleared.
	Times int `json:"times,omitempty"`

	// Probability, when between 0 and 1, makes the rule strike that share of its
	// matches, drawn from Seed: the same seed and the same order of matches give
	// the same strikes.
	Probability float64 `json:"probability,omitempty"`
	Seed        uint64  `json:"seed,omitempty"`

	// Code is the decline code of Decline, or the error code of Answer and RateLimit.
	Code string `json:"code,omitempty"`

	// Status, Type and Message complete Answer; Status also serves BrokenBody.
	Status  int    `json:"status,omitempty"`
	Type    string `json:"type,omitempty"`
	Message string `json:"message,omitempty"`

	// DelayMS is wall time in milliseconds: for Slow and the late webhooks the
	// delay, for the time-outs the longest wait (the simulator's own when zero).
	DelayMS int64 `json:"delay_ms,omitempty"`

	// Hits counts the strikes so far.
	Hits int `json:"hits"`
}

// Match picks calls and webhooks. Empty fields fit everything.
type Match struct {
	Method string `json:"method,omitempty"`
	// Path is a pattern as of the standard library's path.Match.
	Path string `json:"path,omitempty"`
	// Operation is a name such as payment_intent.confirm; a trailing * fits any ending.
	Operation string `json:"operation,omitempty"`
	// Event is a webhook's event type; a trailing * fits any ending.
	Event string `json:"event,omitempty"`
	// Metadata must all be found in the call's or its object's metadata.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Target is what a rule is held against: a call (Method, Path, Operation) or a
// webhook (Event), with the metadata of its object.
type Target struct {
	Method, Path, Operation, Event string
	Metadata                       map[string]string
}

// Validate reports everything that makes the rule senseless.
func (f Fault) Validate() error {
	var errs []error
	stage, known := stageOf[f.Kind]
	if !known {
		errs = append(errs, fmt.Errorf("unknown kind %q", f.Kind))
	}
	if f.Skip < 0 || f.Times < 0 || f.DelayMS < 0 {
		errs = append(errs, errors.New("skip, times and delay_ms can't be negative"))
	}
	if f.Probability < 0 || f.Probability > 1 {
		errs = append(errs, errors.New("probability is a number from 0 to 1"))
	}
	if f.DelayMS == 0 && (f.Kind == Slow || f.Kind == WebhookDelay) {
		errs = append(errs, fmt.Errorf("%s needs delay_ms", f.Kind))
	}
	if f.Kind == Answer && (f.Status < 400 || f.Status > 599) {
		errs = append(errs, errors.New("answer needs a status from 400 to 599"))
	}
	if _, err := path.Match(f.Match.Path, "/"); err != nil {
		errs = append(errs, fmt.Errorf("path %q: %w", f.Match.Path, err))
	}
	return errors.Join(append(errs, f.Match.validate(known, stage))...)
}

// validate refuses a match that could never fit the kind.
func (m Match) validate(known bool, stage Stage) error {
	if !known {
		return nil
	}
	call := m.Method != "" || m.Path != "" || m.Operation != ""
	if stage == StageWebhook && call {
		return errors.New("a webhook is matched by event and metadata, not by method, path or operation")
	}
	if stage != StageWebhook && m.Event != "" {
		return errors.New("a call is matched by method, path, operation and metadata, not by event")
	}
	return nil
}

// fits reports whether t is what m asks for.
func (m Match) fits(t Target) bool {
	if m.Method != "" && !strings.EqualFold(m.Method, t.Method) {
		return false
	}
	if m.Path != "" {
		// Validate has refused malformed patterns.
		if ok, _ := path.Match(m.Path, t.Path); !ok {
			return false
		}
	}
	if !fitsName(m.Operation, t.Operation) || !fitsName(m.Event, t.Event) {
		return false
	}
	for k, v := range m.Metadata {
		if got, ok := t.Metadata[k]; !ok || got != v {
			return false
		}
	}
	return true
}

func fitsName(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, start)
	}
	return pattern == name
}

// clone keeps a caller from reaching the injector's own rule.
func (f Fault) clone() Fault {
	f.Match.Metadata = maps.Clone(f.Match.Metadata)
	return f
}
