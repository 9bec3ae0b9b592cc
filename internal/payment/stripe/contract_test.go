package stripe_test

import (
	"context"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/payment/paymenttest"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/simulators/sim"
	simulator "github.com/bedesten/bedesten/simulators/stripe"
)

// callTimeout is short: the tests of unanswered calls wait for it.
const callTimeout = 300 * time.Millisecond

func TestGateway_KeepsTheContract(t *testing.T) {
	t.Parallel()

	paymenttest.Run(t, paymenttest.Cards{
		Good: "pm_card_visa", Declined: "pm_card_visa_chargeDeclinedInsufficientFunds", Lost: "pm_card_visa_chargeDeclinedLostCard",
		Challenge: "pm_card_threeDSecure2Required", ChallengeDeclined: "pm_card_threeDSecureRequiredChargeDeclined",
	}, func(t *testing.T) paymenttest.Bench {
		server, url := simulate(t)
		return paymenttest.Bench{
			Gateway: gatewayAt(url, simulator.DefaultSecretKey), Provider: provider{server},
			WrongKey: gatewayAt(url, "sk_test_yanlis"), Nobody: gatewayAt(nobody(t), simulator.DefaultSecretKey),
		}
	})
}

// simulate starts a Stripe of the test's own.
func simulate(t *testing.T) (*simulator.Server, string) {
	t.Helper()
	server := simulator.New(simulator.Config{MaxHang: 2 * time.Second})
	listener := httptest.NewServer(server)
	server.SetPublicURL(listener.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, server.Close(ctx))
		listener.Close()
	})
	return server, listener.URL
}

func gatewayAt(url, key string) *stripe.Gateway {
	return stripe.New(stripe.Config{
		URL: url, SecretKey: key, WebhookSecrets: []string{simulator.DefaultWebhookSecret}, CallTimeout: callTimeout,
	})
}

// nobody returns an address that was free a moment ago.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}

// provider is the simulator, told what Stripe's API cannot be asked for.
type provider struct{ server *simulator.Server }

var _ paymenttest.Provider = provider{}

// FinishChallenge is the shopper at the bank's page.
func (p provider) FinishChallenge(ref string, confirmed bool) error {
	outcome := simulator.ChallengeFail
	if confirmed {
		outcome = simulator.ChallengeComplete
	}
	_, err := p.server.FinishChallenge(ref, outcome)
	return err
}

var operations = map[paymenttest.Call]string{
	paymenttest.CallOpen: "payment_intent.create", paymenttest.CallAuthorize: "payment_intent.confirm",
	paymenttest.CallFinalize: "payment_intent.confirm", paymenttest.CallCancel: "payment_intent.cancel",
	paymenttest.CallLookup: "payment_intent.retrieve",
}

var troubles = map[paymenttest.Trouble]sim.Kind{
	paymenttest.TimeoutBefore: sim.TimeoutBefore, paymenttest.TimeoutAfter: sim.TimeoutAfter, paymenttest.BrokenAnswer: sim.BrokenBody,
	paymenttest.RateLimited: sim.RateLimit, paymenttest.ErrorKept: sim.Error500Kept, paymenttest.ErrorKeptAfter: sim.Error500After,
}

// Strike adds a fault rule that is spent after one call.
func (p provider) Strike(call paymenttest.Call, trouble paymenttest.Trouble) error {
	_, err := p.server.AddFault(sim.Fault{Kind: troubles[trouble], Times: 1, Match: sim.Match{Operation: operations[call]}})
	return err
}
