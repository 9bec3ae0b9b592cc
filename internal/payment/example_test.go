package payment_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/payment"
)

func ExampleOpID() {
	fmt.Println(payment.AttemptID("ord_1", "checkout"))
	fmt.Println(payment.OpID("ord_1", payment.OpAuthorize, "checkout"))
	// Output:
	// ord_1-attempt-checkout
	// ord_1-authorize-checkout
}

func ExampleAttempt_Next() {
	a := at(payment.Submitting)
	fmt.Println(a.Next(payment.Answer{Outcome: payment.Unsure}))
	fmt.Println(a.Next(saw(payment.StandsAction)))
	fmt.Println(a.Next(saw(payment.StandsHeld)))
	// Output:
	// unknown <nil>
	// action_required <nil>
	// authorized <nil>
}

func ExampleAttempt_Knows() {
	a := at(payment.Authorized)
	fmt.Println(a.Knows(payment.Event{Ref: "pi_1", Claims: payment.StandsHeld}))
	fmt.Println(a.Knows(payment.Event{Ref: "pi_1", Claims: payment.StandsCaptured}))
	// Output:
	// true
	// false
}

func ExampleState_Ended() {
	fmt.Println(payment.Unknown.Ended(), payment.Voided.Ended())
	// Output: false true
}
