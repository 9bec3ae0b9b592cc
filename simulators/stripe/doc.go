// Package stripe is a stateful server that speaks Stripe's real wire format, as
// strict as Stripe itself: what the product's adapter sends to it, it could send
// to api.stripe.com.
//
// It knows PaymentIntents with their charges, refunds, disputes, balance
// transactions and events, payment methods made of Stripe's official test cards,
// 3-D Secure with a challenge page for a browser, idempotency keys, signed
// webhooks, and holds that lapse. Answers are rendered in API version 2023-10-16.
// Faults, clock, journal and books are reached through Go methods or through the
// control API under /_control/ (../README.md).
//
// Every rule names Stripe's page in a comment. Where the pages are silent the
// comment says "unverified": the stricter or the less convenient reading is then
// taken.
package stripe
