// Package outcome names how a call to somebody else's server ended. Money,
// labels and mails all go out by such calls, and all of them have the same
// three answers, yes, no and unknown, with two kinds of "no" that are ours.
package outcome

// Outcome is how a call to a provider ended.
type Outcome string

// Outcomes of a call.
const (
	// Yes: the provider did it, or showed what it has.
	Yes Outcome = "yes"
	// No: the provider declined for certain.
	No Outcome = "no"
	// RefusedByProvider: our request was wrong (4xx, keys, permission). Nothing
	// happened; a person has to mend it.
	RefusedByProvider Outcome = "refused"
	// NotSent: nothing was executed (connection refused, rate limit); the same
	// request may go out again.
	NotSent Outcome = "not_executed"
	// Unsure: it may have happened. Look it up; never guess.
	Unsure Outcome = "unknown"
	// Missing: the provider has no such object.
	Missing Outcome = "not_found"
)
