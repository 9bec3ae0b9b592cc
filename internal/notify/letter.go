package notify

import "time"

// LetterView is everything that a mail about an account shows. Every letter needs
// Kind, Language, ShopName and Name; those that ask for something need Link.
type LetterView struct {
	// Kind names what is told, as the identity noun does.
	Kind     string
	Language string

	ShopName, ShopURL, SupportEmail string
	// Name greets; it may be empty, where nobody is known by it.
	Name string
	// Link does what the letter is about, or leads to where it is put right. Until
	// is how long it is good for; zero where that does not matter.
	Link  string
	Until time.Time
	// At is when it happened, Device where.
	At     time.Time
	Device string
}
