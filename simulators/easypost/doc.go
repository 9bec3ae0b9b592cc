// Package easypost is a stateful server that speaks version 2 of EasyPost's API,
// as strict as EasyPost itself or stricter: what the product's adapter sends to
// it, it could send to api.easypost.com.
//
// It knows shipments with inline addresses and parcels, rates from a table,
// buying, labels as PDF, ZPL and PNG, refunds of labels, trackers that travel by
// the clock, events and signed webhooks. Answers have the fields that
// easypost-go/v5 v5.0.0 reads, in the shape of the exchanges recorded beside its
// tests (github.com/EasyPost/easypost-go, tests/cassettes). Faults, clock,
// journal and books are reached through Go methods or through the control API
// under /_control/ (../README.md).
//
// Every rule names EasyPost's page in a comment. Where the pages are silent the
// comment says "unverified": the stricter or the less convenient reading is then
// taken.
package easypost
