package api

// What the problems that shoppers meet most say.
const (
	saidInternal        = "this is not your fault; tell us the request_id if it happens again"
	saidStale           = "prices or items changed since they were shown: look at the cart again"
	saidCheckedOut      = "this cart is already an order"
	saidAttemptOpen     = "the last payment has no certain answer yet: wait for it"
	saidDeclined        = "the payment was declined"
	saidDeclinedForGood = "the payment was declined, and no attempt is left: the order is over, and the cart is open again"
	saidUnpayable       = "the payment provider cannot be used right now; your items stay reserved, try again in a moment"
)
