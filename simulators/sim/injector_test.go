package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sim"
)

var confirmCall = sim.Target{
	Method: "POST", Path: "/v1/payment_intents/pi_1/confirm", Operation: "payment_intent.confirm",
	Metadata: map[string]string{"order_id": "ord_01H", "op_id": "ord_01H-authorize-1"},
}

func TestARuleStrikesWhatItMatches(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		match sim.Match
		want  bool
	}{
		{"everything", sim.Match{}, true},
		{"the method in any case", sim.Match{Method: "post"}, true},
		{"another method", sim.Match{Method: "GET"}, false},
		{"a path pattern", sim.Match{Path: "/v1/payment_intents/*/confirm"}, true},
		{"a pattern that does not cross a slash", sim.Match{Path: "/v1/*"}, false},
		{"the operation", sim.Match{Operation: "payment_intent.confirm"}, true},
		{"every operation of a kind", sim.Match{Operation: "payment_intent.*"}, true},
		{"another operation", sim.Match{Operation: "payment_intent.capture"}, false},
		{"the order", sim.Match{Metadata: map[string]string{"order_id": "ord_01H"}}, true},
		{"another order", sim.Match{Metadata: map[string]string{"order_id": "ord_02K"}}, false},
		{"metadata that is not there", sim.Match{Metadata: map[string]string{"shipment_id": ""}}, false},
		{"all of them", sim.Match{Method: "POST", Operation: "payment_intent.*", Metadata: map[string]string{"op_id": "ord_01H-authorize-1"}}, true},
		{"all but one", sim.Match{Method: "POST", Operation: "refund.*", Metadata: map[string]string{"order_id": "ord_01H"}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var in sim.Injector
			_, err := in.Add(sim.Fault{Kind: sim.RateLimit, Match: tt.match})
			require.NoError(t, err)

			_, struck := in.Pick(sim.StageFront, confirmCall)
			require.Equal(t, tt.want, struck)
			_, struck = in.Pick(sim.StageReply, confirmCall)
			require.False(t, struck, "only at its own stage")
		})
	}
}

// strikes returns how the next n calls fared: x for a strike.
func strikes(in *sim.Injector, n int) string {
	out := ""
	for range n {
		if _, struck := in.Pick(sim.StageFront, confirmCall); struck {
			out += "x"
		} else {
			out += "."
		}
	}
	return out
}

func TestARuleSkipsAndIsSpent(t *testing.T) {
	t.Parallel()
	var in sim.Injector
	_, err := in.Add(sim.Fault{Kind: sim.TimeoutBefore, Skip: 2, Times: 3})
	require.NoError(t, err)

	require.Equal(t, "..xxx...", strikes(&in, 8))
	require.Equal(t, 3, in.List()[0].Hits)
}

func TestTheFirstRuleThatStrikesWins(t *testing.T) {
	t.Parallel()
	var in sim.Injector
	for _, f := range []sim.Fault{{Kind: sim.RateLimit, Times: 1}, {Kind: sim.Error500Before}} {
		_, err := in.Add(f)
		require.NoError(t, err)
	}

	first, _ := in.Pick(sim.StageFront, confirmCall)
	require.Equal(t, sim.RateLimit, first.Kind)
	second, _ := in.Pick(sim.StageFront, confirmCall)
	require.Equal(t, sim.Error500Before, second.Kind)
}

func TestTheSameSeedGivesTheSameStrikes(t *testing.T) {
	t.Parallel()
	draw := func(seed uint64) string {
		var in sim.Injector
		_, err := in.Add(sim.Fault{Kind: sim.RateLimit, Probability: 0.3, Seed: seed})
		require.NoError(t, err)
		return strikes(&in, 60)
	}

	require.Equal(t, draw(7), draw(7))
	require.NotEqual(t, draw(7), draw(8))
	require.Contains(t, draw(7), "x")
	require.Contains(t, draw(7), ".")
}

func TestARuleOfTheInjectorCanNotBeChangedFromOutside(t *testing.T) {
	t.Parallel()
	var in sim.Injector
	metadata := map[string]string{"order_id": "ord_01H"}
	_, err := in.Add(sim.Fault{Kind: sim.RateLimit, Match: sim.Match{Metadata: metadata}})
	require.NoError(t, err)

	metadata["order_id"] = "ord_02K"
	in.List()[0].Match.Metadata["order_id"] = "ord_03M"
	require.Equal(t, "x", strikes(&in, 1))
}

func TestAKindIsTakenOnlyWhereItsSimulatorHasIt(t *testing.T) {
	t.Parallel()
	var in sim.Injector

	_, err := in.Add(sim.Fault{Kind: sim.ErrorIn200})
	require.ErrorContains(t, err, "this simulator has no error_200")
	in.Allow(sim.ErrorIn200, sim.ErrorIn200After)
	in.Refuse(sim.Error500Kept)
	_, err = in.Add(sim.Fault{Kind: sim.ErrorIn200After, Times: 1})
	require.NoError(t, err)
	_, err = in.Add(sim.Fault{Kind: sim.Error500Kept})
	require.ErrorContains(t, err, "this simulator has no error_500_kept")

	_, struck := in.Pick(sim.StageEffect, sim.Target{})
	require.True(t, struck)
}

func TestWhetherARuleAimsIsToldWithoutCounting(t *testing.T) {
	t.Parallel()
	var in sim.Injector
	_, err := in.Add(sim.Fault{Kind: sim.RateLimit, Skip: 1, Times: 1, Match: sim.Match{Operation: "payment_intent.*"}})
	require.NoError(t, err)

	for range 3 {
		require.True(t, in.Aims(sim.StageFront, confirmCall))
	}
	require.False(t, in.Aims(sim.StageReply, confirmCall), "only at its own stage")
	require.False(t, in.Aims(sim.StageFront, sim.Target{Operation: "refund.create"}))
	require.Equal(t, ".x.", strikes(&in, 3))
	require.False(t, in.Aims(sim.StageFront, confirmCall), "a spent rule aims at nothing")
}
