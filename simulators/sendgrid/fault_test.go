package sendgrid_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sim"
)

func TestACallWithoutAnAnswerSentItsMailOrNot(t *testing.T) {
	t.Parallel()

	for kind, mails := range map[sim.Kind]int{sim.TimeoutBefore: 0, sim.TimeoutAfter: 1, sim.ResetBefore: 0, sim.ResetAfter: 1} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.fault(t, sim.Fault{Kind: kind, Times: 1, DelayMS: 200, Match: sim.Match{Operation: "mail.send"}})

			_, err := r.send(t, letter())
			require.Error(t, err)
			require.Len(t, r.Sent(), mails)
			require.Eventually(t, func() bool { return len(r.Calls()) == 1 }, time.Second, time.Millisecond)
			call := r.Calls()[0]
			require.Zero(t, call.Status)
			require.Equal(t, []sim.Kind{kind}, call.Faults)
			require.Equal(t, map[string]string{"send_key": "mail_01H-1", "order_id": "ord_01H"}, call.Metadata)

			r.sent(t, letter())
			require.Len(t, r.Sent(), mails+1, "nothing is deduplicated")
		})
	}
}

func TestAnErrorSentItsMailOrNot(t *testing.T) {
	t.Parallel()

	tests := []struct {
		fault  sim.Fault
		status int
		mails  int
		body   string
	}{
		{sim.Fault{Kind: sim.Error500Before}, 500, 0, `{"errors":[{"message":"internal server error","field":null,"help":null}]}`},
		{sim.Fault{Kind: sim.Error500After}, 500, 1, `{"errors":[{"message":"internal server error","field":null,"help":null}]}`},
		{sim.Fault{Kind: sim.RateLimit}, 429, 0, `{"errors":[{"message":"too many requests","field":null,"help":null}]}`},
		{sim.Fault{Kind: sim.Answer, Status: 503}, 503, 0, `{"errors":[{"message":"Service Unavailable","field":null,"help":null}]}`},
		{sim.Fault{Kind: sim.Answer, Status: 400, Code: "subject", Message: "No."}, 400, 0, `{"errors":[{"message":"No.","field":"subject","help":null}]}`},
		{sim.Fault{Kind: sim.BrokenBody}, 502, 1, ""},
		{sim.Fault{Kind: sim.BrokenBody, Status: 504}, 504, 1, ""},
		{sim.Fault{Kind: sim.Slow, DelayMS: 30}, 202, 1, ""},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind)+http.StatusText(tt.fault.Status), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			tt.fault.Times = 1
			r.fault(t, tt.fault)

			resp, err := r.send(t, letter())
			require.NoError(t, err)
			require.Equal(t, tt.status, resp.StatusCode)
			require.Len(t, r.Sent(), tt.mails)
			if tt.body != "" {
				require.JSONEq(t, tt.body, resp.Body)
			}
			if tt.status == 429 {
				require.Equal(t, []string{"0"}, resp.Headers["X-Ratelimit-Remaining"])
				require.NotEmpty(t, resp.Headers["X-Ratelimit-Reset"])
			}
			if tt.fault.Kind == sim.BrokenBody {
				require.Contains(t, resp.Body, "<center>nginx</center>")
			}
		})
	}
}

func TestASlowCallGoesOnWhenItsClientHasLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.Slow, DelayMS: 2300, Times: 1})

	_, err := r.send(t, letter()) // gives up after two seconds
	require.Error(t, err)
	require.Empty(t, r.Sent(), "too early to believe a no")
	require.Eventually(t, func() bool { return len(r.Sent()) == 1 }, 2*time.Second, 10*time.Millisecond)
}

func TestAFaultIsAimedAtAMailByArgumentOrRecipient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.Error500Before, Match: sim.Match{Metadata: map[string]string{"order_id": "ord_02K"}}})
	r.fault(t, sim.Fault{Kind: sim.RateLimit, Match: sim.Match{Metadata: map[string]string{"to": "mehmet@posta.example"}}})

	r.sent(t, letter())
	other := letter()
	other.Personalizations[0].SetCustomArg("order_id", "ord_02K")
	for m, status := range map[*mail.SGMailV3]int{other: 500, letter("mehmet@posta.example"): 429} {
		resp, err := r.send(t, m)
		require.NoError(t, err)
		require.Equal(t, status, resp.StatusCode)
	}
}

func TestAFaultThatMakesNoSenseHereIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for _, kind := range []sim.Kind{sim.Decline, sim.Error500Kept, sim.ErrorIn200} {
		_, err := r.AddFault(sim.Fault{Kind: kind})
		require.Error(t, err, kind)
	}
	require.Empty(t, r.Faults())
}

func TestFaultsAreClearedAndABadRequestStillMeetsThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.RateLimit})

	resp, _ := r.post(t, "{")
	require.Equal(t, 429, resp.StatusCode)
	r.ClearFaults()
	resp, _ = r.post(t, "{")
	require.Equal(t, 400, resp.StatusCode)
}
