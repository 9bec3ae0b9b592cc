package activities_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

var (
	_ identity.Post    = (*bell)(nil)
	_ identity.Privacy = (*bell)(nil)
)

// Send takes letters where the product starts a workflow for each.
func (b *bell) Send(_ context.Context, l identity.Letter) error { return b.ring("letter " + l.ID) }

// Resume takes accounts where the product starts an erasure.
func (b *bell) Resume(_ context.Context, accountID string) error { return b.ring("erase " + accountID) }

// Erase is nothing that a sweep does.
func (b *bell) Erase(context.Context, string) error { panic("a sweep wakes nobody that sleeps") }

// Export takes exports where the product starts a workflow for each.
func (b *bell) Export(_ context.Context, e identity.Export) error {
	return b.ring("copy " + e.AccountID + "/" + e.ID)
}

func (b *bell) ring(what string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken[what] {
		return fault.New(fault.Unavailable, "Temporal does not answer")
	}
	b.other = append(b.other, what)
	return nil
}

func TestReopenErasures_FindsEverybodyWhoIsToBeForgotten(t *testing.T) {
	t.Parallel()
	b := newBroom(t)
	now := time.Now().UTC()
	for id, e := range map[string]*identity.Erasure{"usr_1": nil, "usr_2": {ID: "era_2", Due: now.Add(time.Hour)}, "usr_3": {ID: "era_3", Due: now}} {
		require.NoError(t, b.Accounts.Create(t.Context(), identity.Account{ID: id, Personal: identity.Person{Email: id + "@example.com"}, Erasure: e, Rev: 1, CreatedAt: now}))
	}
	b.bell.broken["erase usr_2"] = true
	_, err := b.sweep(b.ReopenErasures)
	require.Error(t, err)
	require.Equal(t, []string{"erase usr_3"}, b.bell.other, "one that cannot be begun holds up no other")

	b.bell.broken, b.bell.other = map[string]bool{}, nil
	result, err := b.sweep(b.ReopenErasures)
	require.NoError(t, err)
	require.Equal(t, 2, result.Looked)
	require.Equal(t, []string{"erase usr_2", "erase usr_3"}, b.bell.other)

	require.NoError(t, b.Accounts.Erase(t.Context(), "usr_3", now))
	b.bell.other = nil
	_, err = b.sweep(b.ReopenErasures)
	require.NoError(t, err)
	require.Equal(t, []string{"erase usr_2"}, b.bell.other)
}

func TestReopenErasures_FindsExportsThatNobodyMakes(t *testing.T) {
	t.Parallel()
	b := newBroom(t)
	now := time.Now().UTC().Truncate(time.Millisecond)
	old := now.Add(-time.Hour)
	for id, asked := range map[string]time.Time{"exp_1": old, "exp_2": old, "exp_3": old, "exp_4": now} {
		require.NoError(t, b.Exports.Ask(t.Context(), identity.Export{ID: id, AccountID: "usr_" + id[4:], AskedAt: asked}))
	}
	made, err := b.Exports.Find(t.Context(), "exp_3")
	require.NoError(t, err)
	_, err = b.Exports.Keep(t.Context(), made, nil, now)
	require.NoError(t, err)

	b.bell.broken["copy usr_1/exp_1"] = true
	_, err = b.sweep(b.ReopenErasures)
	require.Error(t, err)
	require.Equal(t, []string{"copy usr_2/exp_2"}, b.bell.other, "one that cannot be begun holds up no other")

	b.bell.broken, b.bell.other = map[string]bool{}, nil
	result, err := b.sweep(b.ReopenErasures)
	require.NoError(t, err)
	require.Equal(t, 2, result.Looked, "one is made, and one is about to be begun by who asked for it")
	require.Equal(t, []string{"copy usr_1/exp_1", "copy usr_2/exp_2"}, b.bell.other)
}

func TestReopenErasures_ComesToAllExportsHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	b := newBroom(t)
	old := time.Now().UTC().Add(-time.Hour)
	for n := range 130 {
		require.NoError(t, b.Exports.Ask(t.Context(), identity.Export{ID: fmt.Sprintf("exp_%03d", n), AccountID: "usr_1", AskedAt: old}))
	}
	for _, looked := range []int{100, 30, 100} {
		result, err := b.sweep(b.ReopenErasures)
		require.NoError(t, err)
		require.Equal(t, looked, result.Looked)
	}
}

func TestRelayLetters_HandsOverWhatNobodyCouldTakeThen(t *testing.T) {
	t.Parallel()
	b := newBroom(t)
	now := time.Now().UTC().Truncate(time.Millisecond)
	for id, at := range map[string]time.Time{"let_old": now.Add(-time.Hour), "let_older": now.Add(-2 * time.Hour), "let_new": now} {
		require.NoError(t, b.LetterBox.Keep(t.Context(), identity.Letter{ID: id, Kind: identity.NoticePassword, AccountID: "usr_1", At: at}))
		require.NoError(t, b.LetterBox.Keep(t.Context(), identity.Letter{ID: id, Kind: identity.NoticePassword, AccountID: "usr_1", At: at}), "kept twice it is there once")
	}
	b.bell.broken["letter let_old"] = true
	_, err := b.sweep(b.RelayLetters)
	require.Error(t, err)
	require.Equal(t, "letter let_older", strings.Join(b.bell.other, ","))
	b.bell.broken = map[string]bool{}
	result, err := b.sweep(b.RelayLetters)
	require.NoError(t, err)
	require.Equal(t, activities.SweepResult{Told: 1}, result)
	require.Equal(t, "letter let_older,letter let_old", strings.Join(b.bell.other, ","), "each is handed over once, and none that is just being")
}
