package order

import "context"

// Stories lets somebody follow the stories of orders while they are written.
type Stories interface {
	// Revisions returns a mark for each of the orders that there are, by their ids.
	// An order's mark changes with every write of its document.
	Revisions(ctx context.Context, orderIDs []string) (map[string]string, error)

	// Timeline returns the order's story, oldest first.
	Timeline(ctx context.Context, orderID string) ([]Entry, error)
}

// Notifier is told when an order's story was written. What it passes on is a hint
// that may be lost: whoever follows a story looks by itself too.
type Notifier interface {
	Saved(ctx context.Context, orderID string)
}

// Hints hands on what Notifier was told, in whatever process.
type Hints interface {
	// Listen calls heard for each order that was saved until ctx is done. What is
	// said while nobody listens, or while the way is broken, is lost.
	Listen(ctx context.Context, heard func(orderID string)) error
}
