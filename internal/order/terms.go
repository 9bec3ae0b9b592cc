package order

import "time"

// Acceptance is a text that the shopper accepted at checkout: which version of
// it, by its hash too, and when. Kind, Language and Number name a version as the
// terms noun keeps it.
type Acceptance struct {
	Kind       string    `bson:"kind" json:"kind"`
	Language   string    `bson:"language" json:"language"`
	Number     int64     `bson:"number" json:"number"`
	Hash       string    `bson:"hash" json:"hash"`
	AcceptedAt time.Time `bson:"accepted_at" json:"accepted_at"`
}
