package notify

import "time"

// LetterKinds are what mails about accounts tell, by the names that the identity
// noun gives them. Each has a template in every language.
var LetterKinds = []string{
	"confirm_account", "account_exists", "reset_password", "password_changed",
	"confirm_email", "email_changing", "email_changed", "email_moved",
	"second_factor_on", "second_factor_off", "recovery_code_used", "passkey_added", "passkey_removed", "passkey_copied",
	"new_device", "session_stolen", "many_tries", "export_ready", "erasure_asked", "account_erased",
}

// LetterView is everything that a mail about an account shows. Every letter needs
// Kind, Language, ShopName, ShopURL and At; those that ask for something need Link,
// and those that tell of an end, of their link or of a time to withdraw, need Until.
type LetterView struct {
	// Kind is one of LetterKinds.
	Kind     string
	Language string

	ShopName string
	// ShopURL and Link are http or https.
	ShopURL string
	// ShopAddress and SupportEmail stand in the footer where they are given.
	ShopAddress, SupportEmail string
	// Name greets; it is empty where nobody is known by it.
	Name string
	// Link does what the letter is about, or leads to where it is put right. Until
	// is how long it is good for, or until when something can be withdrawn; zero
	// where that does not matter.
	Link  string
	Until time.Time
	// At is when it happened, Device on what, where that is known.
	At     time.Time
	Device string
}
