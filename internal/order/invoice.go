package order

// Invoice is who the order's invoice is made out to, as it was at checkout: a
// person by Name and IdentityNumber, or a company by Title, TaxNumber and
// TaxOffice. It never leaves MongoDB for Temporal, logs or mails.
type Invoice struct {
	// Kind is personal or company.
	Kind           string  `bson:"kind" json:"kind" enum:"personal,company"`
	Name           string  `bson:"name,omitempty" json:"name,omitempty"`
	IdentityNumber string  `bson:"identity_number,omitempty" json:"identity_number,omitempty"`
	Title          string  `bson:"title,omitempty" json:"title,omitempty"`
	TaxNumber      string  `bson:"tax_number,omitempty" json:"tax_number,omitempty"`
	TaxOffice      string  `bson:"tax_office,omitempty" json:"tax_office,omitempty"`
	Address        Address `bson:"address" json:"address"`
}
