package identity

import "context"

// Standing is how much is known for somebody who brings a password, before it was
// looked at. It decides whose turn it is when many come at once.
type Standing int

// Standings, the best first.
const (
	// Known: on a device in which the account was signed in to.
	Known Standing = iota
	// Fresh: nothing is known.
	Fresh
	// Suspect: from an address whose last passwords were wrong, or at an account that
	// many guess at.
	Suspect
)

// Standings is how many there are.
const Standings = int(Suspect) + 1

type standingKey struct{}

// WithStanding says in ctx how somebody stands.
func WithStanding(ctx context.Context, s Standing) context.Context {
	return context.WithValue(ctx, standingKey{}, s)
}

// StandingIn returns what WithStanding said; Fresh where it said nothing.
func StandingIn(ctx context.Context) Standing {
	if s, said := ctx.Value(standingKey{}).(Standing); said {
		return s
	}
	return Fresh
}
